//! Runs tasks against a host that keeps the effects and answers what a test gives it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod blocks;
mod fetch;
mod invokeurl;
mod rows;
mod services;
mod shapes;

use std::collections::VecDeque;

use rainwright_diagnostic::Problem;
use rainwright_value::{FileValue, Result, Value, read_json};

use crate::{Call, Context, TaskCall, block_task, integration, method};
use rainwright_effect::{Body, Call as HostCall, Effect, Host, HttpRequest, HttpResponse, Outcome, Refusal};

/// Keeps every effect; answers HTTP calls with what it was given, or with an empty JSON object.
#[derive(Default)]
pub(super) struct TestHost {
    pub effects: Vec<Effect>,
    pub answers: VecDeque<Outcome>,
}

impl Host for TestHost {
    fn perform(&mut self, call: HostCall) -> std::result::Result<Outcome, Refusal> {
        let http = matches!(call.effect, Effect::Http(_));
        self.effects.push(call.effect);
        Ok(match self.answers.pop_front() {
            Some(answer) => answer,
            None if http => http_answer(200, "application/json", "{}"),
            None => Outcome::Done,
        })
    }
}

impl TestHost {
    /// A host that answers one HTTP call.
    pub fn answering(status: u16, content_type: &str, body: &str) -> Self {
        Self::giving(http_answer(status, content_type, body))
    }

    /// A host that gives one outcome.
    pub fn giving(outcome: Outcome) -> Self {
        Self { answers: [outcome].into(), ..Self::default() }
    }

    /// The last HTTP call.
    pub fn request(&self) -> &HttpRequest {
        match self.effects.last() {
            Some(Effect::Http(request)) => request,
            other => panic!("an HTTP call was expected, not {other:?}"),
        }
    }

    /// Runs a block.
    pub fn block(&mut self, name: &str, entries: &[(&'static str, Value)]) -> Result {
        let task = block_task(name).unwrap();
        let mut cx = Context::new(self);
        (task.run)(&mut TaskCall { task, entries, cx: &mut cx })
    }

    /// Runs an integration task.
    pub fn task(&mut self, name: &str, args: &[Value]) -> Result {
        integration(name).unwrap().call(args, &mut Context::new(self))
    }

    /// Runs a function that has no receiver.
    pub fn function(&mut self, name: &str, args: &[Value]) -> Result {
        let row = method(name).and_then(|m| m.free).unwrap().row;
        let mut args = args.to_vec();
        row.apply(&mut Call {
            name: row.name,
            params: row.params,
            has_receiver: false,
            args: &mut args,
            cx: &mut Context::new(self),
        })
    }
}

pub(super) fn http_answer(status: u16, content_type: &str, body: &str) -> Outcome {
    let headers = match content_type {
        "" => vec![],
        content_type => vec![("content-type".to_owned(), content_type.to_owned())],
    };
    Outcome::Http(Box::new(HttpResponse { status, headers, body: body.as_bytes().to_vec().into() }))
}

/// A value from JSON.
pub(super) fn json(text: &str) -> Value {
    read_json(text, false).unwrap()
}

pub(super) fn file(name: &str, mime: &str, bytes: &str) -> Value {
    FileValue::new(name, mime, bytes.as_bytes().to_vec()).into()
}

/// A value as JSON text.
pub(super) fn shown(value: &Value) -> String {
    value.to_json(&rainwright_value::Locale::default())
}

/// The message of the problem that a task must have had.
pub(super) fn problem(result: Result) -> Problem {
    match result {
        Ok(value) => panic!("a problem was expected, not {value:?}"),
        Err(problem) => *problem,
    }
}

/// A body in one line, for comparing.
pub(super) fn body(request: &HttpRequest) -> String {
    match &request.body {
        Body::Empty => "empty".to_owned(),
        Body::Text { text, content_type } => format!("{content_type} | {text}"),
        Body::Bytes { bytes, content_type } => {
            format!("bytes {content_type} | {}", String::from_utf8_lossy(bytes))
        }
        Body::Form { pairs } => {
            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("form | {}", pairs.join("&"))
        }
        Body::Multipart { parts } => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| {
                    let file = part.file_name.as_deref().map(|f| format!(" file {f}")).unwrap_or_default();
                    let mime = part.content_type.as_deref().map(|m| format!(" ({m})")).unwrap_or_default();
                    format!("{}{file}{mime}={}", part.name, String::from_utf8_lossy(&part.bytes))
                })
                .collect();
            format!("multipart | {}", parts.join("; "))
        }
    }
}

pub(super) fn query(request: &HttpRequest) -> String {
    let pairs: Vec<String> = request.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
    pairs.join("&")
}
