//! Functions of an organisation, which the program around runs: the sandbox itself knows no scripts.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::json;

/// What a function is called with, and what it gives: its name and its arguments by name; its result as text, or why it
/// failed.
pub type RunFunction = dyn Fn(&str, Value) -> Result<String, String> + Send + Sync;

/// Runs functions for CRM's `functions/{name}/actions/execute` and for Creator's custom APIs.
#[derive(Clone)]
pub struct Runner(Arc<RunFunction>);

impl Runner {
    /// A runner that calls this.
    pub fn new(run: impl Fn(&str, Value) -> Result<String, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(run))
    }

    /// Calls a function: its result, or why it failed.
    pub(crate) fn run(&self, name: &str, arguments: Value) -> Result<String, String> {
        (self.0)(name, arguments)
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runner")
    }
}

/// The arguments: those of the query, with `arguments` as JSON text among them, and the body as `crmAPIRequest`.
fn arguments(call: &Call) -> Value {
    let mut given = json!({});
    for (name, text) in call.query.iter().filter(|(name, _)| !matches!(name.as_str(), "auth_type" | "zapikey")) {
        match (name.as_str(), serde_json::from_str::<Value>(text)) {
            ("arguments", Ok(Value::Object(named))) => {
                for (name, value) in named {
                    given[name.as_str()] = value;
                }
            }
            _ => given[name.as_str()] = text.clone().into(),
        }
    }
    let body = String::from_utf8_lossy(&call.body);
    given["crmAPIRequest"] = json!({
        "body": body,
        "params": call.query.iter().map(|(name, text)| json!({ name: text })).collect::<Vec<_>>(),
        "record": null,
        "user_info": { "email": crate::oauth::USER },
    });
    given
}

/// Whether a call is one of a function, with the key that functions have instead of a token.
pub(crate) fn has_key(call: &Call) -> bool {
    call.query.get("zapikey").is_some_and(|key| !key.is_empty())
        && matches!(call.pieces().as_slice(), [_, "functions", _, "actions", "execute"])
}

/// Answers `functions/{name}/actions/execute`.
pub(crate) fn execute(call: &Call, name: &str) -> Answer {
    let Some(runner) = &call.ctx.options().runner else {
        let instead = "call the function by its name, or give the sandbox a runner";
        return Err(crate::products::not_played("CRM's functions of an organisation", instead));
    };
    Ok(match runner.run(name, arguments(call)) {
        Ok(output) => {
            let details =
                json!({ "output": output, "output_type": "string", "id": "100000000000000041", "userMessage": [] });
            json(200, json!({ "code": "success", "details": details, "message": "function executed successfully" }))
        }
        Err(why) => json(200, json!({ "code": "error", "details": { "output": null }, "message": why })),
    })
}
