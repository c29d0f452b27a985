//! Custom APIs: functions that have an address of their own.

use serde_json::{Value, json};

use super::DONE;
use crate::call::{Answer, Call};
use crate::http::{Object, json as answer};
use crate::products::not_played;

/// The parameter that a call may have instead of a token.
const KEY: &str = "publickey";

/// Whether a call is one of a custom API, with the key that such have instead of a token.
pub(crate) fn has_key(call: &Call) -> bool {
    call.query.get(KEY).is_some_and(|key| !key.is_empty()) && matches!(call.pieces().as_slice(), ["custom", _, _])
}

/// Answers `custom/{owner}/{api}`: the function of that name, called with what the query and the body hold.
pub(super) fn serve(call: &Call, name: &str) -> Answer {
    let Some(runner) = &call.ctx.options().runner else {
        return Err(not_played("custom APIs of Creator without a runner", "call the function that the API is made of"));
    };
    let given = call.query.iter().filter(|(name, _)| name != KEY);
    let mut arguments: Object = given.map(|(name, text)| (name.clone(), text.clone().into())).collect();
    if let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) {
        arguments.extend(body);
    }
    match runner.run(name, arguments.into()) {
        Ok(text) => {
            let result: Value = serde_json::from_str(&text).unwrap_or_else(|_| text.into());
            Ok(answer(200, json!({ "code": DONE, "result": result })))
        }
        // What Creator says of a function that fails is not documented.
        Err(why) => Err(answer(500, json!({ "error": "function_failed", "message": why }))),
    }
}
