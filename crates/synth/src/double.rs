//! Answers of services that somebody plays: asked once for each call, and kept for the runs that follow.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use rainwright::effect::{Body, Data, HttpRequest, HttpResponse};

use crate::read_json;

/// Plays services that are known better than a script's use of them tells, such as Zoho CRM with its modules and fields.
pub trait Doubles: std::fmt::Debug {
    /// What the service answers to a call; `None` where nobody plays it.
    fn answer(&self, request: &HttpRequest) -> Option<HttpResponse>;
}

/// What a service said to a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// It answered with this.
    Answer { status: u16, body: Data },
    /// It would not do what the script asks for.
    Refused(String),
}

/// Calls that are asked for at most, over all runs of a script.
const MOST: usize = 250;
/// Bytes of an answer that are looked at.
const LARGEST: usize = 256 << 10;

/// The services, and what they said. The same calls in the same order get the same answers.
#[derive(Debug)]
pub(crate) struct Memory {
    doubles: Rc<dyn Doubles>,
    known: RefCell<HashMap<u64, Option<Said>>>,
    asked: Cell<usize>,
}

impl Memory {
    pub(crate) fn new(doubles: Rc<dyn Doubles>) -> Self {
        Self { doubles, known: RefCell::default(), asked: Cell::new(0) }
    }

    /// What the service answers to a call; `history` is a digest of the earlier calls that changed something.
    pub(crate) fn ask(&self, history: &mut u64, request: &HttpRequest) -> Option<Said> {
        let mut hasher = DefaultHasher::new();
        history.hash(&mut hasher);
        (&request.method, &request.url, &request.query).hash(&mut hasher);
        hash_body(&request.body, &mut hasher);
        let key = hasher.finish();
        if request.method != "GET" {
            *history = key;
        }
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        if self.asked.get() >= MOST {
            return None;
        }
        self.asked.set(self.asked.get() + 1);
        let said = self.doubles.answer(request).and_then(|response| said(request, &response));
        self.known.borrow_mut().insert(key, said.clone());
        said
    }
}

fn hash_body(body: &Body, hasher: &mut DefaultHasher) {
    match body {
        Body::Form { pairs } => pairs.hash(hasher),
        Body::Multipart { parts } => {
            for part in parts {
                (&part.name, &part.file_name).hash(hasher);
                part.bytes.hash(hasher);
            }
        }
        other => other.shared_bytes().hash(hasher),
    }
}

/// What an answer says. A record that is not there, and what is no JSON, says nothing: made-up data will do better.
fn said(request: &HttpRequest, response: &HttpResponse) -> Option<Said> {
    let writes = request.method != "GET";
    if response.body.len() > LARGEST {
        return None;
    }
    let body = read_json(std::str::from_utf8(&response.body).ok()?)?;
    match response.status {
        200..=203 | 207 => match refusal(&body) {
            Some(why) if writes => Some(Said::Refused(why)),
            Some(_) => None,
            None => Some(Said::Answer { status: response.status, body }),
        },
        // A login or an address that is not played is nothing that the script does wrong.
        400 | 409 | 422 if writes => Some(Said::Refused(refusal(&body).unwrap_or_else(|| "it answers 400".to_owned()))),
        _ => None,
    }
}

/// Why a service would not do something, in the words of its answer.
fn refusal(body: &Data) -> Option<String> {
    let text = |data: &Data, key: &str| data.get(key).and_then(Data::as_text).map(str::to_owned);
    let items = body.get("data").and_then(Data::as_list).unwrap_or_default();
    let wrong = items.iter().find(|item| item.get("status").is_some_and(|status| *status == *"error"));
    let whole = (body.get("status").is_some_and(|status| *status == *"error")
        || body.get("errorCode").is_some()
        || body.get("code").and_then(Data::as_number).is_some_and(|code| !matches!(code, 0 | 200 | 3000)))
    .then_some(body);
    let wrong = wrong.or(whole)?;
    let why = text(wrong, "message").or_else(|| text(wrong, "code")).unwrap_or_else(|| wrong.to_json());
    let field = wrong.get("details").and_then(|details| text(details, "api_name"));
    Some(field.map_or(why.clone(), |field| format!("{why}: {field}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Doubles, Memory, Said, said};
    use rainwright::effect::{Body, HttpRequest, HttpResponse};
    use std::cell::Cell;
    use std::rc::Rc;

    #[derive(Debug, Default)]
    struct Counting(Cell<usize>);

    impl Doubles for Counting {
        fn answer(&self, _: &HttpRequest) -> Option<HttpResponse> {
            self.0.set(self.0.get() + 1);
            Some(answer(200, &format!(r#"{{"n":{}}}"#, self.0.get())))
        }
    }

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn the_same_calls_in_the_same_order_are_asked_for_once() {
        let doubles = Rc::new(Counting::default());
        let memory = Memory::new(Rc::<Counting>::clone(&doubles));
        let get = HttpRequest::new("GET", "https://example.com/a");
        let mut post = HttpRequest::new("POST", "https://example.com/a");
        post.body = Body::Form { pairs: vec![("a".into(), "1".into())] };
        let run = || {
            let mut history = 0;
            let first = memory.ask(&mut history, &get);
            memory.ask(&mut history, &post);
            // What was written may be read now.
            let second = memory.ask(&mut history, &get);
            (first, second)
        };
        let (first, second) = run();
        assert_ne!(first, second);
        assert_eq!(run(), (first, second));
        assert_eq!(doubles.0.get(), 3);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_service() {
        let post = HttpRequest::new("POST", "https://example.com");
        let crm = r#"{"data":[{"code":"MANDATORY_NOT_FOUND","details":{"api_name":"Last_Name"},"message":"required field not found","status":"error"}]}"#;
        assert_eq!(said(&post, &answer(202, crm)), Some(Said::Refused("required field not found: Last_Name".into())));
        assert_eq!(
            said(&post, &answer(400, r#"{"code":1002,"message":"no such invoice"}"#)),
            Some(Said::Refused("no such invoice".into()))
        );
        let get = HttpRequest::new("GET", "https://example.com");
        assert_eq!(said(&get, &answer(404, crm)), None);
        assert_eq!(said(&get, &answer(204, "")), None);
        assert!(matches!(
            said(&get, &answer(200, r#"{"code":0,"invoice":{}}"#)),
            Some(Said::Answer { status: 200, .. })
        ));
    }
}
