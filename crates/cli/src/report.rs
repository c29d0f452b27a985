//! What `dg run` tells at the end: counts, what happened to a form, and all of it as one JSON object.

use std::collections::BTreeMap;

use rainwright::builtins::to_data;
use rainwright::effect::DataMap;
use rainwright::{Data, Done, Engine, Failure, LineCount, Problem, Ui, Value};

use crate::terminal;

/// What an event did to a form.
pub struct FormReport {
    /// What it did on screen, in order.
    pub events: Vec<Ui>,
    /// Whether the record is not to be saved, or not to be deleted.
    pub cancelled: bool,
    /// The fields at the end of the event.
    pub fields: Value,
    /// The row of the subform that the event was about, if it was about one.
    pub row: Option<Value>,
}

impl FormReport {
    /// Prints it: the events, whether the record is saved, the fields as JSON.
    pub fn print(&self, engine: &Engine) {
        for event in &self.events {
            terminal::out(&format!("event: {event}"));
        }
        if self.cancelled {
            let deletes = self.events.iter().any(|event| matches!(event, Ui::CancelDelete));
            let what = if deletes { "deleted" } else { "saved" };
            terminal::out(&format!("not {what}: the event cancelled it"));
        }
        terminal::out(&format!("fields: {}", self.fields.to_json(engine.locale())));
        if let Some(row) = &self.row {
            terminal::out(&format!("row: {}", row.to_json(engine.locale())));
        }
    }

    fn data(&self, engine: &Engine) -> Result<Data, Problem> {
        let mut map = DataMap::new();
        map.insert("events", self.events.iter().map(event).collect::<Vec<_>>());
        map.insert("cancelled", self.cancelled);
        map.insert("fields", data_of(&self.fields, engine)?);
        if let Some(row) = &self.row {
            map.insert("row", data_of(row, engine)?);
        }
        Ok(map.into())
    }
}

/// An event as a program reads it: what was done, to which field, with what.
fn event(action: &Ui) -> Data {
    let mut map = DataMap::new();
    map.insert("action", action.name());
    if let Some(field) = action.field() {
        map.insert("field", field.dotted());
    }
    match action {
        Ui::Alert { message, .. } | Ui::SuccessMessage { message } => map.insert("message", message.clone()),
        Ui::Choices { values, .. } | Ui::OpenUrl { values } => map.insert("values", values.clone()),
        Ui::Select { values, .. } | Ui::Deselect { values, .. } => map.insert("values", values.clone()),
        _ => {}
    }
    map.insert("text", action.to_string());
    map.into()
}

/// Tells on stderr what each line did: statements, calls of functions, effects.
pub fn counts(done: &Done, effects: &BTreeMap<&str, u64>) {
    let kinds: Vec<String> = effects.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let total: u64 = effects.values().sum();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    terminal::note(&format!(
        "{} statements, {} loop turns and calls, {total} effects{kinds}",
        done.statements, done.fuel
    ));
    let lines = done.counts.iter().enumerate().filter(|(_, count)| count.statements > 0);
    terminal::note("statements     calls   effects");
    for (line, count) in lines {
        let LineCount { statements, calls, effects } = count;
        terminal::note(&format!("{statements:>10}{calls:>10}{effects:>10}  line {}", line + 1));
    }
}

/// Prints the end of a run as one JSON object: `info`, `form` if there is one, and `result` or `error`.
///
/// # Errors
/// A result that cannot be written as JSON: it holds itself, or is nested too deeply.
pub fn json(
    engine: &Engine,
    result: Result<&Value, &Failure>,
    lines: &[String],
    form: Option<&FormReport>,
) -> Result<(), Problem> {
    let mut object = DataMap::new();
    object.insert("info", lines.to_vec());
    if let Some(form) = form {
        object.insert("form", form.data(engine)?);
    }
    match result {
        Ok(value) => object.insert("result", data_of(value, engine)?),
        Err(failure) => {
            let mut error: DataMap = [
                ("code", failure.code().to_string()),
                ("message", failure.message().to_owned()),
                ("help", failure.help().to_owned()),
            ]
            .into_iter()
            .collect();
            error.insert("line", failure.line());
            if !failure.notes().is_empty() {
                error.insert("notes", failure.notes().to_vec());
            }
            if let Some(place) = failure.place() {
                error.insert("file", place.source);
                error.insert("column", place.column);
            }
            object.insert("error", error);
        }
    }
    terminal::out(&Data::from(object).to_json());
    Ok(())
}

fn data_of(value: &Value, engine: &Engine) -> Result<Data, Problem> {
    to_data(value, engine.locale()).map_err(|problem| *problem)
}
