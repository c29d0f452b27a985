//! What `dg run` tells at the end: counts, what happened to a form, and all of it as one JSON object.

use std::collections::BTreeMap;

use rainwright::{Done, Engine, Failure, FormEvent, LineCount, Value};
use serde_json::{Value as Json, json};

use crate::terminal;

/// What an event did to a form.
pub struct FormReport {
    /// What it did on screen, in order.
    pub events: Vec<FormEvent>,
    /// Whether the record is not to be saved, or not to be deleted.
    pub cancelled: bool,
    /// The fields as they stand at the end.
    pub fields: Value,
}

impl FormReport {
    /// Prints it: the events, whether the record is saved, the fields as JSON.
    pub fn print(&self, engine: &Engine) {
        for event in &self.events {
            terminal::out(&format!("event: {event}"));
        }
        if self.cancelled {
            let deletes = self.events.iter().any(|event| event.action == "cancel delete");
            let what = if deletes { "deleted" } else { "saved" };
            terminal::out(&format!("not {what}: the event cancelled it"));
        }
        terminal::out(&format!("fields: {}", json_of(&self.fields, engine)));
    }

    fn json(&self, engine: &Engine) -> Json {
        let events = self.events.iter().map(|event| json!({ "action": event.action, "arguments": event.arguments }));
        json!({
            "events": events.collect::<Vec<_>>(),
            "cancelled": self.cancelled,
            "fields": json_of(&self.fields, engine),
        })
    }
}

/// Tells on stderr what each line did: statements, calls of functions, effects.
pub fn counts(done: &Done, effects: &BTreeMap<&str, u64>) {
    let kinds: Vec<String> = effects.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let total: u64 = effects.values().sum();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    terminal::note(&format!(
        "{} statements, {} loop turns and calls, {total} effects{kinds}",
        done.statements, done.steps
    ));
    let lines = done.counts.iter().enumerate().filter(|(_, count)| count.statements > 0);
    terminal::note("statements     calls   effects");
    for (line, count) in lines {
        let LineCount { statements, calls, effects } = count;
        terminal::note(&format!("{statements:>10}{calls:>10}{effects:>10}  line {}", line + 1));
    }
}

/// Prints the end of a run as one JSON object: `info`, `form` if there is one, and `result` or `error`.
pub fn json(engine: &Engine, result: Result<&Value, &Failure>, lines: &[String], form: Option<&FormReport>) {
    let mut object = json!({ "info": lines });
    if let Some(form) = form {
        object["form"] = form.json(engine);
    }
    match result {
        Ok(value) => object["result"] = json_of(value, engine),
        Err(failure) => {
            let mut error = json!({
                "code": failure.code().to_string(),
                "message": failure.message(),
                "help": failure.help(),
                "line": failure.line(),
            });
            if let Some(place) = failure.place() {
                error["file"] = place.source.into();
                error["column"] = place.column.into();
            }
            object["error"] = error;
        }
    }
    terminal::out(&object.to_string());
}

/// A value as JSON. A text is a JSON text here, not JSON to be read.
fn json_of(value: &Value, engine: &Engine) -> Json {
    match value.as_str() {
        Some(text) => text.into(),
        None => serde_json::from_str(&value.to_json(engine.locale())).unwrap_or_default(),
    }
}
