//! What the product of a golden script gives it, by the kind of its function.

use std::path::Path;

use rainwright::{Data, Script};

use crate::Settings;

/// The variables that the product gives to a function of this kind.
pub(crate) fn of_product(path: &Path, settings: &Settings, script: &Script) -> Result<Vec<(String, Data)>, String> {
    let say = |what: &str| format!("{}: event: {what}", path.display());
    let Some(kind) = settings.kind else {
        return if settings.event.is_some() { Err(say("it needs a kind")) } else { Ok(Vec::new()) };
    };
    let event = match &settings.event {
        Some(json) if json.starts_with('{') => Some(json.clone()),
        Some(name) => {
            let file = path.parent().unwrap_or(Path::new("")).join(name);
            Some(std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?)
        }
        None => None,
    };
    let entries = script.entries();
    let entry = match &settings.entry {
        Some(name) => entries.iter().find(|entry| entry.name == *name),
        None => entries.first().filter(|_| !script.has_main()),
    };
    if kind.is_form_event() {
        let example = kind.example();
        let form = event.as_deref().map_or(Ok(example), |json| {
            let value = rainwright::read_json(json).map_err(|problem| say(&problem.message()))?;
            script.to_data(&value).map_err(|failure| say(failure.message()))
        })?;
        let parts = [("input", "fields"), ("old", "old"), ("row", "row")];
        return Ok(parts
            .iter()
            .filter_map(|(name, part)| Some(((*name).to_owned(), form.get(part)?.clone())))
            .collect());
    }
    let own: Vec<&str> = entry.iter().flat_map(|entry| &entry.params).map(|param| param.name.as_str()).collect();
    kind.values(event.as_deref(), &own).map_err(|problem| say(&format!("{}. {}", problem.message, problem.help())))
}
