//! The text form of recorded HTTP calls: `>` lines go out, `<` lines come back.
//!
//! ```text
//! # recording 1
//! > GET https://us6.api.mailchimp.com/3.0/ping
//! > authorization: ***
//! < 200
//! < content-type: application/json
//! <
//! < {"health_status":"Everything's Chimpy!"}
//! ```
//!
//! An empty `>` or `<` line comes before a body. A body that is not plain text is written as `base64:` and its bytes in base64;
//! `! 4008 message` is a call that failed. Empty lines and lines that begin with `#` between calls are skipped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::HttpResponse;

/// The first line of a recording; the number rises when the form changes.
const TITLE: &str = "# recording 1";
const BASE64: &str = "base64:";
/// Characters of base64 in a line.
const WIDTH: usize = 100;

/// Names and values, in order.
type Headers = Vec<(String, String)>;

/// The request of a recorded call, as it was signed, secrets masked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedRequest {
    /// The method in upper case.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body; `None` when the recording does not say.
    pub body: Option<Vec<u8>>,
}

/// One recorded call.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// What went out.
    pub request: RecordedRequest,
    /// What came back.
    pub answer: Result<HttpResponse, Problem>,
}

/// Reads a recording.
///
/// # Errors
/// [`Code::CannotParse`] with the line that is not right.
pub fn parse(text: &str) -> Result<Vec<Exchange>, Problem> {
    let mut exchanges = Vec::new();
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(i, l)| (i + 1, l))
        .filter(|(_, l)| !(l.trim().is_empty() || l.starts_with('#')))
        .peekable();
    while let Some((number, line)) = lines.next() {
        let (method, url) = content(line, '>')
            .and_then(|l| l.trim().split_once(' '))
            .ok_or_else(|| wrong(number, line, "`> METHOD URL`"))?;
        let mut sent = Vec::new();
        while let Some(line) = lines.next_if(|(_, l)| l.starts_with('>')) {
            sent.push(line);
        }
        let (headers, body) = message(&sent, '>')?;
        let request = RecordedRequest { method: method.to_uppercase(), url: url.trim().to_owned(), headers, body };

        let Some((number, line)) = lines.next() else {
            return Err(Problem::new(
                Code::CannotParse,
                format!("The recording ends after `{method} {url}`, without its answer."),
            ));
        };
        let answer = if let Some(failure) = content(line, '!') {
            Err(parse_failure(failure).ok_or_else(|| wrong(number, line, "`! NUMBER MESSAGE`"))?)
        } else {
            let status = content(line, '<')
                .and_then(|l| l.trim().parse().ok())
                .ok_or_else(|| wrong(number, line, "`< STATUS`"))?;
            let mut received = Vec::new();
            while let Some(line) = lines.next_if(|(_, l)| l.starts_with('<')) {
                received.push(line);
            }
            let (headers, body) = message(&received, '<')?;
            let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
            Ok(HttpResponse { status, headers, body: body.unwrap_or_default().into() })
        };
        exchanges.push(Exchange { request, answer });
    }
    Ok(exchanges)
}

/// Writes a recording; [`parse`] reads the same calls back.
#[must_use]
pub fn print(exchanges: &[Exchange]) -> String {
    let mut out = format!("{TITLE}\n");
    for exchange in exchanges {
        print_one(exchange, &mut out);
    }
    out
}

/// Appends one call to the text of a recording.
pub(super) fn print_one(exchange: &Exchange, out: &mut String) {
    let request = &exchange.request;
    out.push_str(&format!("\n> {} {}\n", request.method, request.url));
    print_message(&request.headers, request.body.as_deref().unwrap_or_default(), '>', out);
    match &exchange.answer {
        Ok(answer) => {
            out.push_str(&format!("< {}\n", answer.status));
            print_message(&answer.headers, &answer.body, '<', out);
        }
        Err(problem) => out.push_str(&format!("! {} {}\n", problem.code.number(), problem.message.replace('\n', " "))),
    }
}

/// The line that opens a recording.
pub(super) fn title() -> String {
    format!("{TITLE}\n")
}

fn message(lines: &[(usize, &str)], mark: char) -> Result<(Headers, Option<Vec<u8>>), Problem> {
    let mut headers = Vec::new();
    for (i, (number, line)) in lines.iter().enumerate() {
        let line = content(line, mark).ok_or_else(|| wrong(*number, line, "a header or body line"))?;
        if line.is_empty() {
            let body: Vec<&str> = lines[i + 1..].iter().filter_map(|(_, l)| content(l, mark)).collect();
            return Ok((headers, Some(parse_body(&body, *number)?)));
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong(*number, line, "`Name: value`, or an empty line before the body"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok((headers, None))
}

fn parse_body(lines: &[&str], number: usize) -> Result<Vec<u8>, Problem> {
    match lines.first().and_then(|l| l.strip_prefix(BASE64)) {
        Some(first) => STANDARD.decode(first.trim().to_owned() + &lines[1..].concat()).map_err(|_| {
            Problem::new(Code::CannotParse, format!("The body after line {number} of the recording is not base64."))
        }),
        None => Ok(lines.join("\n").into_bytes()),
    }
}

fn parse_failure(text: &str) -> Option<Problem> {
    let (number, message) = text.trim().split_once(' ')?;
    Some(Problem::new(Code::from_number(number.parse().ok()?)?, message))
}

fn print_message(headers: &[(String, String)], body: &[u8], mark: char, out: &mut String) {
    for (name, value) in headers {
        out.push_str(&format!("{mark} {name}: {value}\n"));
    }
    if body.is_empty() {
        return;
    }
    out.push_str(&format!("{mark}\n"));
    match std::str::from_utf8(body) {
        Ok(text) if is_plain(text) => text.split('\n').for_each(|line| print_line(line, mark, out)),
        _ => {
            print_line(BASE64, mark, out);
            let encoded = STANDARD.encode(body);
            // Base64 is ASCII, so that any cut lies between characters.
            let mut rest = encoded.as_str();
            while !rest.is_empty() {
                let (line, after) = rest.split_at(WIDTH.min(rest.len()));
                print_line(line, mark, out);
                rest = after;
            }
        }
    }
}

fn print_line(line: &str, mark: char, out: &mut String) {
    out.push(mark);
    if !line.is_empty() {
        out.push(' ');
        out.push_str(line);
    }
    out.push('\n');
}

/// Whether a text survives being written line by line.
fn is_plain(text: &str) -> bool {
    !text.starts_with(BASE64) && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

/// The text after the mark and one space.
fn content(line: &str, mark: char) -> Option<&str> {
    let rest = line.strip_prefix(mark)?;
    Some(rest.strip_prefix(' ').unwrap_or(rest))
}

fn wrong(number: usize, line: &str, expected: &str) -> Problem {
    Problem::new(Code::CannotParse, format!("Line {number} of the recording is `{line}`; expected {expected}."))
        .with_help("A call begins with `> GET https://…`, its answer with `< 200`; `dg run FILE --record PATH` writes such a file.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hand_written_recordings_are_read() {
        let text = "\n# a comment\n> get https://a.example/x?y=1\n> Authorization: Bearer t\n< 200\n< Content-Type: application/json\n<\n< {\n<  \"a\": 1}\n\n> POST https://a.example/\n>\n> a\n>\n> b\n! 4008 socket timeout error: late\n";
        let all = parse(text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].request.method, "GET");
        assert_eq!(all[0].request.headers, [("Authorization".to_owned(), "Bearer t".to_owned())]);
        let answer = all[0].answer.as_ref().unwrap();
        assert_eq!(
            (answer.header("content-type"), &*answer.body),
            (Some("application/json"), b"{\n \"a\": 1}".as_slice())
        );
        assert_eq!(all[1].request.body.as_deref(), Some(b"a\n\nb".as_slice()));
        assert_eq!(all[1].answer.as_ref().unwrap_err().code, Code::Timeout);
    }

    #[test]
    fn every_body_survives() {
        for body in [
            &b""[..],
            b"a",
            b"a\n",
            b"\n\na\n\n",
            b"a\r\nb",
            b"base64:x",
            b"\x00\xff\xfe",
            b"# not a comment\n> x\n< y\n! z",
            "ä\tß".as_bytes(),
        ] {
            let exchange = Exchange {
                request: RecordedRequest {
                    method: "POST".into(),
                    url: "https://a.example/".into(),
                    headers: vec![("x".into(), "y: z".into())],
                    body: Some(body.to_vec()).filter(|b| !b.is_empty()),
                },
                answer: Ok(HttpResponse {
                    status: 201,
                    headers: vec![("a".into(), String::new())],
                    body: [body, body].concat().into(),
                }),
            };
            assert_eq!(
                parse(&print(&[exchange.clone(), exchange.clone()])).unwrap(),
                [exchange.clone(), exchange],
                "{body:?}"
            );
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line) in [
            ("GET x", "Line 1"),
            ("> GET", "Line 1"),
            ("> GET x\n> nonsense\n< 200", "Line 2"),
            ("> GET x\n< abc", "Line 2"),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.message.contains(line), "{text}: {problem}");
        }
        assert!(parse("> GET https://a.example/").unwrap_err().message.contains("without its answer"));
    }
}
