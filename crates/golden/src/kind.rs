//! What the product of a golden script gives it, by the kind of its function.

use std::path::Path;

use rainwright::{Data, Form, FormHost, Script};

use crate::Settings;

/// The variables that the product gives to a function of this kind.
pub(crate) fn of_product(path: &Path, settings: &Settings, script: &Script) -> Result<Vec<(String, Data)>, String> {
    let Some(kind) = settings.kind else {
        let wrong = || format!("{}: event: it needs a kind", path.display());
        return if settings.event.is_some() { Err(wrong()) } else { Ok(Vec::new()) };
    };
    if kind.is_form_event() {
        return Ok(Vec::new());
    }
    let entries = script.entries();
    let entry = match &settings.entry {
        Some(name) => entries.iter().find(|entry| entry.name == *name),
        None => entries.first().filter(|_| !script.has_main()),
    };
    let own: Vec<&str> = entry.iter().flat_map(|entry| &entry.params).map(|param| param.name.as_str()).collect();
    let values = kind.values(event(path, settings)?.as_deref(), &own);
    values.map_err(|problem| format!("{}: event: {}. {}", path.display(), problem.message, problem.help()))
}

/// The form that an event of Creator sees, when the test has no records.
pub(crate) fn form_of(path: &Path, settings: &Settings) -> Result<Option<Form>, String> {
    let Some(kind) = settings.kind.filter(|kind| kind.is_form_event() && settings.forms.is_empty()) else {
        return Ok(None);
    };
    let own = event(path, settings)?;
    let form = Form::read(own.as_deref().unwrap_or(kind.form));
    form.map(Some).map_err(|failure| format!("{}: event: {}", path.display(), failure.message()))
}

/// What an event did to its form, a line each.
pub(crate) fn happened(form: &Form, host: &FormHost<'_>, locale: &rainwright::Locale) -> Vec<String> {
    let mut lines: Vec<String> = host.events().iter().map(|event| format!("event: {event}")).collect();
    if host.cancelled() {
        lines.push("not saved".to_owned());
    }
    lines.push(format!("fields: {}", form.fields().to_json(locale)));
    lines.extend(form.row().map(|row| format!("row: {}", row.to_json(locale))));
    lines
}

/// The JSON of the event, from the setting itself or from a file beside the golden script.
fn event(path: &Path, settings: &Settings) -> Result<Option<String>, String> {
    let Some(event) = &settings.event else { return Ok(None) };
    if event.starts_with('{') {
        return Ok(Some(event.clone()));
    }
    crate::play::read_named("event", event, path).map(Some)
}
