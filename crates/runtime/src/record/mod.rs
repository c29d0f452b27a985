//! Records HTTP calls into a text file, and answers calls from one.

mod format;

pub use format::{Exchange, RecordedRequest, parse, print};

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rainwright_connections::redact::{self, MASK, Masker};
use rainwright_diagnostic::{Code, FileUse, Problem, file_problem};
use rainwright_effect::{Body, HttpResponse};

use crate::http;

/// Headers of an answer that differ from call to call and tell a script nothing.
const VOLATILE: &[&str] = &["connection", "date", "keep-alive", "transfer-encoding"];

/// Where recorded calls go to or come from.
#[derive(Debug)]
pub enum Tape {
    /// Calls go out, and are written down.
    Record(Recorder),
    /// Calls are answered from a recording and nothing goes out.
    Replay(Replayer),
}

/// Appends calls to a file, secrets masked; what was written stays there when the process dies.
#[derive(Debug)]
pub struct Recorder {
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    File(Mutex<File>, PathBuf),
    Memory(Arc<Mutex<String>>),
}

impl Recorder {
    /// Starts a recording at `path`; one that is there already is replaced.
    ///
    /// # Errors
    /// [`Code::FileProblem`] when the file cannot be written.
    pub fn create(path: &Path) -> Result<Self, Problem> {
        let failed = |e| file_problem(path, FileUse::Write, &e);
        let mut file = File::create(path).map_err(failed)?;
        file.write_all(format::title().as_bytes()).map_err(failed)?;
        Ok(Self { sink: Sink::File(Mutex::new(file), path.to_owned()) })
    }

    /// A recording that is kept in memory, and its text, which grows with each call.
    #[must_use]
    pub fn in_memory() -> (Self, Arc<Mutex<String>>) {
        let text = Arc::new(Mutex::new(format::title()));
        (Self { sink: Sink::Memory(Arc::clone(&text)) }, text)
    }

    /// Writes one call down.
    ///
    /// # Errors
    /// [`Code::FileProblem`] when the file cannot be written.
    pub fn write(
        &self,
        request: RecordedRequest,
        answer: &Result<HttpResponse, Problem>,
        masker: &Masker,
    ) -> Result<(), Problem> {
        let mut text = String::new();
        format::print_one(&mask(request, answer, masker), &mut text);
        match &self.sink {
            Sink::File(file, path) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.write_all(text.as_bytes()).map_err(|e| file_problem(path, FileUse::Write, &e))
            }
            Sink::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
                Ok(())
            }
        }
    }
}

/// Answers calls from a recording, in its order.
#[derive(Debug)]
pub struct Replayer {
    left: Mutex<VecDeque<Exchange>>,
}

impl Replayer {
    /// Reads a recording from its text.
    ///
    /// # Errors
    /// [`Code::CannotParse`] with the line that is not right.
    pub fn new(text: &str) -> Result<Self, Problem> {
        Ok(Self { left: Mutex::new(parse(text)?.into()) })
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    /// [`Code::FileProblem`] when it cannot be read, [`Code::CannotParse`] when a line is not right.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|e| file_problem(path, FileUse::Read, &e))?;
        Self::new(&text).map_err(|problem| Problem { message: format!("{}: {problem}", path.display()), ..problem })
    }

    /// The recorded answer to a call, which must be the next one.
    ///
    /// A `***` in the recording stands for any text, and so does a `{name}` that no connection filled.
    /// Only headers that the recording names and the call has are compared, and a body only when the recording has one.
    ///
    /// # Errors
    /// [`Code::NotRecorded`] when the next recorded call is another one; a recorded failure as it was recorded.
    pub fn answer(&self, call: &RecordedRequest) -> Result<HttpResponse, Problem> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = format!("{} {}", call.method, show(&call.url));
        let difference = match left.front() {
            None => "the recording holds no further call".to_owned(),
            Some(next) => match difference(&next.request, call) {
                None => {
                    return left.pop_front().map_or_else(|| Err(not_recorded(&shown, "")), |e| e.answer);
                }
                Some(what) => format!("the next recorded call is {} {}{what}", next.request.method, next.request.url),
            },
        };
        Err(not_recorded(&shown, &difference))
    }

    /// How many recorded calls were not made yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The bytes of a body and its content type, as a recording shows them; parts are separated by fixed boundaries.
#[must_use]
pub fn body_bytes(body: &Body) -> (Vec<u8>, Option<String>) {
    const BOUNDARY: &str = "rainwright";
    match body {
        Body::Empty => (Vec::new(), None),
        Body::Text { text, content_type } => (text.as_bytes().to_vec(), Some(content_type.clone())),
        Body::Bytes { bytes, content_type } => (bytes.to_vec(), Some(content_type.clone())),
        Body::Form { pairs } => (http::form(pairs).into_bytes(), Some("application/x-www-form-urlencoded".to_owned())),
        Body::Multipart { parts } => {
            let mut out = Vec::new();
            for part in parts {
                out.extend(
                    format!("--{BOUNDARY}\ncontent-disposition: form-data; name=\"{}\"", http::part_name(&part.name))
                        .bytes(),
                );
                if let Some(file) = &part.file_name {
                    out.extend(format!("; filename=\"{}\"", http::part_name(file)).bytes());
                }
                if let Some(kind) = &part.content_type {
                    out.extend(format!("\ncontent-type: {kind}").bytes());
                }
                out.extend(b"\n\n");
                out.extend(&part.bytes);
                out.push(b'\n');
            }
            out.extend(format!("--{BOUNDARY}--").bytes());
            (out, Some(format!("multipart/form-data; boundary={BOUNDARY}")))
        }
    }
}

fn mask(request: RecordedRequest, answer: &Result<HttpResponse, Problem>, masker: &Masker) -> Exchange {
    let request = RecordedRequest {
        url: masker.mask(&show(&request.url)).into_owned(),
        headers: mask_headers(&request.headers, masker),
        body: request.body.map(|b| mask_bytes(&b, masker)),
        ..request
    };
    let answer = match answer {
        Ok(answer) => {
            let headers: Vec<_> =
                answer.headers.iter().filter(|(n, _)| !VOLATILE.contains(&n.as_str())).cloned().collect();
            Ok(HttpResponse {
                status: answer.status,
                headers: mask_headers(&headers, masker),
                body: mask_bytes(&answer.body, masker).into(),
            })
        }
        Err(problem) => Err(Problem::new(problem.code, masker.mask(&problem.message).into_owned())),
    };
    Exchange { request, answer }
}

fn mask_headers(headers: &[(String, String)], masker: &Masker) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), masker.mask(&redact::header(name, value)).into_owned())).collect()
}

fn mask_bytes(bytes: &[u8], masker: &Masker) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    // Binary data may hold texts as well: a file part beside a text part.
    for chunk in bytes.utf8_chunks() {
        masked.extend(masker.mask(chunk.valid()).bytes());
        masked.extend(chunk.invalid());
    }
    masked
}

/// An address for messages and recordings; what is not an address has no parameters to mask.
fn show(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| redact::url(&url))
}

/// In what a call differs from the recorded one; `None` when it is the same.
fn difference(recorded: &RecordedRequest, call: &RecordedRequest) -> Option<String> {
    if !recorded.method.eq_ignore_ascii_case(&call.method) || !same_url(&recorded.url, &call.url) {
        return Some(String::new());
    }
    for (name, value) in &recorded.headers {
        let found = call.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect::<Vec<_>>();
        if !found.is_empty() && !found.iter().any(|(_, v)| fits(value, v.trim())) {
            return Some(format!(" with another value of header `{name}`"));
        }
    }
    match &recorded.body {
        Some(body) if !same_body(body, call.body.as_deref().unwrap_or_default()) => {
            Some(" with another body".to_owned())
        }
        _ => None,
    }
}

fn same_url(recorded: &str, call: &str) -> bool {
    // Written as a host may be, so that the address can be brought into its usual form.
    const NAME: &str = "rainwright-name";
    let usual = |url: &str| url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
    let call = usual(&without_names(call).join(NAME));
    meets(&usual(recorded).split(MASK).collect::<Vec<_>>(), &call.split(NAME).collect::<Vec<_>>())
}

/// The pieces of an address between its unfilled `{name}` places.
fn without_names(url: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = url[from..].find('{').map(|i| i + from) {
        let name = url[open + 1..].split('}').next().unwrap_or_default();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        from = open + 1;
        if is_name && url[from + name.len()..].starts_with('}') {
            pieces.push(&url[start..open]);
            from += name.len() + 1;
            start = from;
        }
    }
    pieces.push(&url[start..]);
    pieces
}

/// Whether two texts can be the same when any text may be between the pieces of each.
fn meets(a: &[&str], b: &[&str]) -> bool {
    let letters = |pieces: &[&str]| -> Vec<Option<char>> {
        let pieces = pieces.iter().map(|piece| piece.chars().map(Some).collect::<Vec<_>>());
        pieces.collect::<Vec<_>>().join(&None)
    };
    let (a, b) = (letters(a), letters(b));
    // Row by row: `row[j]` is whether the first i letters of `a` can meet the first j of `b`.
    let mut row: Vec<bool> = Vec::with_capacity(b.len() + 1);
    row.push(true);
    for letter in &b {
        row.push(row.last() == Some(&true) && letter.is_none());
    }
    for x in &a {
        let mut next = vec![row[0] && x.is_none()];
        for (j, y) in b.iter().enumerate() {
            next.push(match (x, y) {
                (Some(x), Some(y)) => row[j] && x == y,
                _ => row[j + 1] || next[j],
            });
        }
        row = next;
    }
    row.last() == Some(&true)
}

/// Bodies are what was on the wire: as JSON they are the same whatever their blanks and the order of their keys, and numbers
/// as a reader of JSON with floating-point numbers has them.
fn same_body(recorded: &[u8], call: &[u8]) -> bool {
    if recorded == call {
        return true;
    }
    let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    if let (Some(a), Some(b)) = (json(recorded), json(call))
        && a == b
    {
        return true;
    }
    match (std::str::from_utf8(recorded), std::str::from_utf8(call)) {
        (Ok(recorded), Ok(call)) => recorded.contains(MASK) && fits(recorded, call),
        _ => false,
    }
}

/// Whether `text` fits `pattern`, in which each masked secret stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split(MASK);
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn not_recorded(call: &str, why: &str) -> Problem {
    Problem::new(Code::NotRecorded, format!("{call} is not what the recording goes on with: {why}."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn get(url: &str) -> RecordedRequest {
        RecordedRequest { method: "GET".into(), url: url.into(), ..RecordedRequest::default() }
    }

    #[test]
    fn calls_are_answered_in_order() {
        let tape =
            Replayer::new("> GET https://a.example\n< 200\n<\n< one\n> GET https://***.b.example/x?k=***\n< 404\n")
                .unwrap();
        let early = tape.answer(&get("https://us1.b.example/x?k=1")).unwrap_err();
        assert_eq!(early.code, Code::NotRecorded);
        assert!(early.message.contains("the next recorded call is GET https://a.example"), "{early}");
        assert_eq!(tape.answer(&get("https://a.example/")).unwrap().body, "one");
        assert_eq!(tape.answer(&get("https://{dc}.b.example/x?k=7")).unwrap().status, 404);
        assert_eq!(tape.left(), 0);
        assert!(tape.answer(&get("https://a.example/")).unwrap_err().message.contains("no further call"));
    }

    #[test]
    fn headers_and_bodies_are_compared_when_recorded() {
        let text = "> POST https://a.example/\n> Authorization: Bearer ***\n> X-A: 1\n>\n> {\"a\":1,\"b\":2}\n< 200\n";
        let call = |a: &str, body: &str| {
            let mut call = get("https://a.example/");
            call.method = "POST".into();
            call.headers = vec![("authorization".into(), "Bearer secret".into()), ("x-a".into(), a.into())];
            call.body = Some(body.as_bytes().to_vec());
            Replayer::new(text).unwrap().answer(&call)
        };
        assert!(call("1", r#"{"b": 2, "a": 1}"#).is_ok());
        assert!(call("2", r#"{"b":2,"a":1}"#).unwrap_err().message.contains("header `X-A`"));
        assert!(call("1", "{}").unwrap_err().message.contains("another body"));
    }

    #[test]
    fn masks_stand_for_any_text() {
        assert!(fits("a", "a") && fits("***", "") && fits("a***c***e", "abcde") && fits("a***", "a***"));
        assert!(!fits("a", "ab") && !fits("a***c", "ab") && !fits("a***b***b", "ab"));
        assert!(
            same_url("https://***.b/x?k=***", "https://{dc}.b/x?k=7")
                && same_url("https://us1.b/{", "https://{dc}.b/{")
        );
        assert!(!same_url("https://us1.b/x", "https://{dc}.c/x") && !same_url("https://us1.b/x", "https://{d c}.b/x"));
    }
}
