//! Notes the tasks that a service has refused: what goes wrong later often follows from it.

use std::fmt;

use crate::{Call, Effect, Host, HttpResponse, Outcome, Refusal};

/// A task that a service has answered with a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRefusal {
    /// The service's id, such as `zoho_crm`.
    pub service: String,
    /// What it said: its own code where it gave one, else the status of the answer.
    pub code: String,
    /// 1-based line of the statement.
    pub line: u32,
    /// The function that it was in, when it was in one of another source.
    pub function: Option<String>,
}

impl fmt::Display for TaskRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.service.strip_prefix("zoho_").unwrap_or(&self.service);
        let name = if name == "crm" { "CRM".to_owned() } else { capitalised(name) };
        write!(f, "{name} answered {} at line {}", self.code, self.line)?;
        match &self.function {
            Some(function) => write!(f, " of {function}"),
            None => Ok(()),
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How many refusals of one run are kept.
const KEPT: usize = 20;

/// Looks at the answers that tasks get, and hands everything on.
pub(crate) struct Noting<'a> {
    pub(crate) inner: &'a mut dyn Host,
    pub(crate) refusals: Vec<TaskRefusal>,
}

impl Host for Noting<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let service = match &call.effect {
            Effect::Http(request) => request.service.clone(),
            _ => None,
        };
        let Some(service) = service.filter(|_| self.refusals.len() < KEPT) else {
            return self.inner.perform(call);
        };
        let (line, source, function) = (call.line, call.source, call.function.to_string());
        let outcome = self.inner.perform(call)?;
        if let Outcome::Http(response) = &outcome
            && let Some(code) = refusal(response)
        {
            let function = (source != 0).then_some(function);
            self.refusals.push(TaskRefusal { service, code, line, function });
        }
        Ok(outcome)
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}

/// The code of an answer that refuses; only what looks like a code is taken out of a stranger's text.
fn refusal(response: &HttpResponse) -> Option<String> {
    let status = || (response.status >= 400).then(|| format!("status {}", response.status));
    // A list of records is long and no refusal.
    if response.status < 400 && response.body.len() > 16_384 {
        return None;
    }
    // The bytes of the wire: only a code is read, and no value of it reaches the script.
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(&response.body) else { return status() };
    let first = body.get("data").and_then(|data| data.get(0)).unwrap_or(&body);
    let is_error = |value: &serde_json::Value| value.get("status").and_then(|s| s.as_str()) == Some("error");
    let code = match first.get("code").or_else(|| first.get("errorCode")) {
        Some(serde_json::Value::String(code)) if is_error(first) || response.status >= 400 => code.clone(),
        // Books and its kin answer with a number, 0 when all is well.
        Some(serde_json::Value::Number(code)) if code.as_i64() != Some(0) && body.get("message").is_some() => {
            code.to_string()
        }
        _ => return status(),
    };
    let plain = !code.is_empty() && code.len() <= 60 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { Some(code) } else { status().or(Some("an error".into())) }
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use crate::HttpResponse;

    #[test]
    fn refusals_are_told_from_answers() {
        for (status, body, expected) in [
            (200, r#"{"data":[{"code":"SUCCESS","status":"success"}]}"#, None),
            (200, r#"{"data":[{"code":"INVALID_DATA","status":"error"}]}"#, Some("INVALID_DATA")),
            (400, r#"{"code":"INVALID_MODULE","status":"error","message":"x"}"#, Some("INVALID_MODULE")),
            (200, r#"{"code":0,"message":"success"}"#, None),
            (200, r#"{"code":1002,"message":"no such invoice"}"#, Some("1002")),
            (200, r#"{"data":[{"code":"A-17","name":"a product"}]}"#, None),
            (500, "<html>", Some("status 500")),
            (400, r#"{"code":"rm -rf /\u001b[2J","status":"error"}"#, Some("status 400")),
            (200, "[]", None),
        ] {
            let response = HttpResponse { status, headers: Vec::new(), body: body.into() };
            assert_eq!(refusal(&response).as_deref(), expected, "{body}");
        }
    }
}
