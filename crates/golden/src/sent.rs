//! What a run sent: its HTTP calls and messages, as `// calls` and `// mails` describe them.

use rainwright::builtins::json_data;
use rainwright::runtime::record::body_bytes;
use rainwright::{Effect, HttpRequest, Message, Outcome, Refusal};

use crate::expect::same_data;

/// Methods that change something.
const WRITES: &[&str] = &["POST", "PUT", "PATCH", "DELETE"];
/// The longest body that `--update` writes into a file.
const SHOWN_BODY: usize = 200;

/// One thing that a run sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// The line of the golden script; 0 for what another file sent.
    pub line: u32,
    pub what: Content,
    /// Whether the service has done it, as far as its answer tells.
    pub done: bool,
    /// The answer's body, to see whether a repetition made something new.
    pub answer: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Call { method: String, url: String, body: String },
    Mail { to: String, subject: String, text: String },
}

impl Content {
    /// What an effect sends, if it sends something.
    pub(crate) fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Http(request) => Some(Self::of_request(request)),
            Effect::Mail(message) => Some(Self::of_message(message)),
            Effect::Sms(message) => {
                Some(Content::Mail { to: message.to.join(", "), subject: message.text.clone(), text: String::new() })
            }
            _ => None,
        }
    }

    fn of_request(request: &HttpRequest) -> Self {
        let mut url = request.url.clone();
        for (name, value) in &request.query {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
        let body = String::from_utf8_lossy(&body_bytes(&request.body).0).into_owned();
        Content::Call { method: request.method.clone(), url, body }
    }

    fn of_message(message: &Message) -> Self {
        let all: Vec<&str> =
            [&message.to, &message.cc, &message.bcc].into_iter().flatten().map(String::as_str).collect();
        Content::Mail { to: all.join(", "), subject: message.subject.clone(), text: message.text.clone() }
    }

    /// Whether it changes something at the service.
    pub(crate) fn writes(&self) -> bool {
        match self {
            // COQL and other searches are sent as POST.
            Content::Call { method, url, .. } => {
                let path = url.split('?').next().unwrap_or_default();
                WRITES.contains(&method.as_str()) && !["/coql", "/search"].iter().any(|end| path.ends_with(end))
            }
            Content::Mail { .. } => true,
        }
    }

    pub(crate) fn is_call(&self) -> bool {
        matches!(self, Content::Call { .. })
    }

    /// In one line, without the body of a call.
    pub(crate) fn title(&self) -> String {
        match self {
            Content::Call { method, url, .. } => format!("{method} {}", url.split('?').next().unwrap_or_default()),
            Content::Mail { to, subject, .. } => format!("mail to {to}: {subject}"),
        }
    }

    /// As an expectation says it.
    pub(crate) fn shown(&self) -> String {
        let text = match self {
            Content::Call { method, url, body } if body.is_empty() || body.len() > SHOWN_BODY => {
                format!("{method} {url}")
            }
            Content::Call { method, url, body } => format!("{method} {url} {body}"),
            Content::Mail { to, subject, .. } => format!("{to}: {subject}"),
        };
        text.replace(['\n', '\r'], " ")
    }

    /// Whether it is what an expectation says. Only what the expectation names is compared: its query, its body.
    pub(crate) fn meets(&self, expected: &str) -> bool {
        match self {
            Content::Call { method, url, body } => {
                let mut parts = expected.trim().splitn(3, ' ');
                let (wanted_method, wanted_url) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let shown_url =
                    if wanted_url.contains('?') { url.as_str() } else { url.split('?').next().unwrap_or("") };
                method.eq_ignore_ascii_case(wanted_method)
                    && fits(wanted_url, shown_url)
                    && parts.next().is_none_or(|wanted| same_body(wanted.trim(), body))
            }
            Content::Mail { to, subject, text } => {
                let (head, wanted) = expected.split_once(" | ").map_or((expected, ""), |(head, text)| (head, text));
                fits(head.trim(), &format!("{to}: {subject}").replace('\n', " ")) && text.contains(wanted.trim())
            }
        }
    }
}

impl Sent {
    /// Takes note of the answer.
    pub(crate) fn answered(&mut self, outcome: &Result<Outcome, Refusal>) {
        match outcome {
            Ok(Outcome::Http(response)) => {
                self.done = response.status < 400;
                self.answer = response.body.to_vec();
            }
            other => self.done = other.is_ok(),
        }
    }
}

/// Bodies are what was on the wire: as JSON they are the same whatever their blanks and the order of their keys.
fn same_body(wanted: &str, body: &str) -> bool {
    match (json_data(wanted), json_data(body)) {
        (Ok(wanted), Ok(body)) => same_data(&body, &wanted, None),
        _ => fits(wanted, body),
    }
}

/// Whether a text fits a pattern in which `*` matches anything.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*').filter(|piece| !piece.is_empty());
    if !pattern.contains('*') {
        return pattern == text;
    }
    let mut rest = text;
    if !pattern.starts_with('*')
        && let Some(first) = pieces.next()
    {
        match rest.strip_prefix(first) {
            Some(tail) => rest = tail,
            None => return false,
        }
    }
    let mut pieces: Vec<&str> = pieces.collect();
    let last = if pattern.ends_with('*') { None } else { pieces.pop() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    last.is_none_or(|last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::{Content, fits};
    use rainwright::{Body, Effect, HttpRequest, Message};

    #[test]
    fn patterns() {
        assert!(
            fits("a*c", "abbc") && fits("*", "") && fits("*b*", "abc") && fits("ab", "ab") && fits("a*a*b", "axaxb")
        );
        assert!(!fits("a*c", "ab") && !fits("ab", "abc") && !fits("a*a", "a") && !fits("*x", "y"));
    }

    #[test]
    fn only_what_is_named_is_compared() {
        let mut request = HttpRequest::new("POST", "https://a.example/x");
        request.query.push(("q".into(), "1".into()));
        request.body = Body::text("{\"b\": 2, \"a\": 1}", "application/json");
        let sent = Content::of(&Effect::Http(Box::new(request))).unwrap_or(Content::Mail {
            to: String::new(),
            subject: String::new(),
            text: String::new(),
        });
        for expected in
            ["POST https://a.example/x", "POST *?q=1", "POST *.example/* {\"a\":1,\"b\":2}", "POST * *\"b\": 2*"]
        {
            assert!(sent.meets(expected), "{expected}");
        }
        for expected in ["GET https://a.example/x", "POST https://a.example/", "POST *?q=2", "POST * {\"a\":1}"] {
            assert!(!sent.meets(expected), "{expected}");
        }
        assert!(sent.writes() && sent.shown().starts_with("POST https://a.example/x?q=1 {"));
    }

    #[test]
    fn mails_name_recipients_and_subject() {
        let message = Message {
            to: vec!["a@x.example".into()],
            subject: "Hi".into(),
            text: "you owe 5".into(),
            ..Message::default()
        };
        let Some(sent) = Content::of(&Effect::Mail(Box::new(message))) else { return };
        assert!(sent.meets("a@x.example: Hi") && sent.meets("*: Hi | owe 5") && !sent.meets("*: Hi | owe 6"));
    }
}
