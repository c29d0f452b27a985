//! Calls that go wrong on purpose: `//@ fault: POST */members = 429`, and what `--chaos` does at every call.

use rainwright::{Call, Code, Effect, HttpResponse, Outcome, Problem, Refusal};

use crate::sent::fits;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The service answers with this status and does nothing.
    Status(u16),
    /// The service does it, and the answer never arrives.
    Timeout,
    /// The service does it, and the answer breaks off in the middle.
    Cut,
    /// The call arrives twice.
    Twice,
}

impl Fault {
    /// What `--chaos` tries at every call.
    pub const ALL: &'static [Fault] =
        &[Fault::Status(401), Fault::Status(429), Fault::Status(500), Fault::Timeout, Fault::Cut, Fault::Twice];

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "timeout" => Ok(Fault::Timeout),
            "cut" => Ok(Fault::Cut),
            "twice" => Ok(Fault::Twice),
            status => match status.parse() {
                Ok(status @ 400..=599) => Ok(Fault::Status(status)),
                _ => Err(format!("fault: '{status}' is none of timeout, cut, twice and a status from 400 to 599")),
            },
        }
    }

    /// Performs a call that goes wrong so.
    pub(crate) fn perform(
        self,
        call: Call,
        mut inner: impl FnMut(Call) -> Result<Outcome, Refusal>,
    ) -> Result<Outcome, Refusal> {
        if !matches!(call.effect, Effect::Http(_)) {
            // A mail or a text message is taken or refused; there is no answer that could be cut.
            let refused = Problem::new(Code::SendFailed, "The message was not taken (a fault of this test).");
            return match self {
                Fault::Twice => inner(call.clone()).and_then(|_| inner(call)),
                _ => Err(refused.into()),
            };
        }
        match self {
            Fault::Status(status) => Ok(Outcome::Http(Box::new(refusal(status)))),
            Fault::Timeout => {
                inner(call)?;
                Err(Problem::new(Code::Timeout, "socket timeout error: no answer in time (a fault of this test).")
                    .into())
            }
            Fault::Cut => {
                let outcome = inner(call)?;
                let Outcome::Http(mut response) = outcome else { return Ok(outcome) };
                let half = response.body.len() / 2;
                response.body.truncate(half);
                Ok(Outcome::Http(response))
            }
            Fault::Twice => {
                let first = inner(call.clone())?;
                inner(call)?;
                Ok(first)
            }
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Status(status) => write!(f, "{status}"),
            Fault::Timeout => f.write_str("timeout"),
            Fault::Cut => f.write_str("cut answer"),
            Fault::Twice => f.write_str("delivered twice"),
        }
    }
}

/// What a service says when it refuses: JSON for mistakes of the caller, a page of HTML for its own.
fn refusal(status: u16) -> HttpResponse {
    let (kind, body) = match status {
        401 => ("application/json", r#"{"code":"INVALID_TOKEN","message":"invalid oauth token","status":"error"}"#),
        429 => ("application/json", r#"{"code":"TOO_MANY_REQUESTS","message":"too many requests","status":"error"}"#),
        400..=499 => ("application/json", r#"{"code":"REFUSED","message":"the request was refused","status":"error"}"#),
        _ => ("text/html", "<html><body><h1>Internal Server Error</h1></body></html>"),
    };
    let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
    if status == 429 {
        headers.push(("retry-after".to_owned(), "1".to_owned()));
    }
    HttpResponse { status, headers, body: body.into() }
}

/// A fault that waits for its call.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// The call of this number, from 1.
    Number(usize, Fault),
    /// The first calls with this method, or any with `*`, whose address fits.
    Matching {
        /// The method, or `*`.
        method: String,
        /// The address, in which `*` matches anything.
        url: String,
        /// What happens.
        fault: Fault,
    },
    /// One of the sandbox's own faults, as JSON.
    Sandbox(String),
}

impl Planned {
    /// Reads `2 = timeout`, `POST */members = 429` or the JSON of a fault of the sandbox.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.starts_with('{') {
            return Ok(Planned::Sandbox(text.to_owned()));
        }
        let wrong = || format!("fault: '{text}' is not like: POST */members = 429");
        let (call, fault) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (call, fault) = (call.trim(), Fault::read(fault.trim())?);
        if let Ok(number) = call.parse() {
            return Ok(Planned::Number(number, fault));
        }
        let (method, url) = call.split_once(' ').ok_or_else(wrong)?;
        Ok(Planned::Matching { method: method.to_ascii_uppercase(), url: url.trim().to_owned(), fault })
    }

    /// Whether it waits for this call, the `number`th of its run.
    pub(crate) fn meets(&self, number: usize, effect: &Effect) -> Option<Fault> {
        match (self, effect) {
            (Planned::Number(at, fault), _) if *at == number => Some(*fault),
            (Planned::Matching { method, url, fault }, Effect::Http(request)) => {
                let same_method = method == "*" || request.method.eq_ignore_ascii_case(method);
                (same_method && fits(url, &request.url)).then_some(*fault)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Fault, Planned};
    use rainwright::{Call, Effect, HttpRequest, HttpResponse, Outcome};

    #[test]
    fn faults_are_read() {
        assert_eq!(Planned::read("2 = timeout"), Ok(Planned::Number(2, Fault::Timeout)));
        let post = Planned::read("post */members* = 429").unwrap();
        let call = |method: &str| Effect::Http(Box::new(HttpRequest::new(method, "https://a.example/members/7")));
        assert_eq!(post.meets(1, &call("POST")), Some(Fault::Status(429)));
        assert_eq!(post.meets(1, &call("GET")), None);
        assert!(Planned::read("2 = 200").is_err() && Planned::read("POST = 500").is_err());
    }

    #[test]
    fn a_cut_answer_and_a_timeout_happen_after_the_service_has_done_it() {
        let call = || Call::new(Effect::Http(Box::new(HttpRequest::new("POST", "https://a.example/"))));
        let mut done = 0;
        let mut inner = |_: Call| {
            done += 1;
            Ok(Outcome::Http(Box::new(HttpResponse { status: 200, headers: Vec::new(), body: "12345678".into() })))
        };
        let cut = Fault::Cut.perform(call(), &mut inner).unwrap().into_http().unwrap();
        assert_eq!(cut.body, "1234");
        assert!(Fault::Timeout.perform(call(), &mut inner).is_err());
        assert_eq!(Fault::Status(500).perform(call(), &mut inner).unwrap().into_http().unwrap().status, 500);
        Fault::Twice.perform(call(), &mut inner).unwrap();
        assert_eq!(done, 4);
    }
}
