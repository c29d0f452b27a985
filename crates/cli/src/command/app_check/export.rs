//! What of an export cannot be read, so that the application has less than its export.

use rainwright::LineIndex;
use rainwright_diagnostic::closest;
use rainwright_records::FieldType;
use rainwright_syntax::ast::Item;
use rainwright_syntax::ds::{self, ExportedField};

/// Its lines, with what is wrong there: where the export breaks off, and functions that have no name.
pub fn unread(source: &str) -> Vec<(u32, String)> {
    let lines = LineIndex::new(source);
    let mut found = Vec::new();
    for script in ds::scripts(source).into_iter().filter(|script| script.is_function) {
        let parsed = ds::parse_script(source, &script);
        if !parsed.tree.items.iter().any(|item| matches!(item, Item::Function(_))) {
            let why = parsed.diagnostics.first().map_or("it has no name", |found| found.problem.message.as_str());
            found.push((lines.line(script.span.start), format!("The function cannot be read: {why}")));
        }
    }
    if let Some(end) = ds::breaks_off(source) {
        let message = format!("{}. {}", end.problem.message, end.problem.help());
        found.push((lines.line(end.span.start), message));
    }
    found
}

/// The fields whose type nobody knows, as `Form.Field`, with what is said of them.
pub fn unknown_types(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for form in ds::forms(source) {
        add_unknown_types(&form.name, &form.fields, &mut found);
    }
    found
}

fn add_unknown_types(place: &str, fields: &[ExportedField], found: &mut Vec<(String, String)>) {
    for field in fields {
        let place = format!("{place}.{}", field.name);
        let kind = FieldType::of_word(&field.kind);
        // The values of some fields are those of another service.
        let is_elsewhere = field.settings.iter().any(|(key, _)| matches!(key.as_str(), "datasource" | "module"));
        if kind == FieldType::Other && !is_elsewhere && field.kind != kind.word() {
            let near = closest(&field.kind, FieldType::words());
            let near = near.map(|near| format!(". Did you mean '{near}'?")).unwrap_or_default();
            let message = format!("There is no type '{}': the field holds texts{near}", field.kind);
            found.push((place.clone(), message));
        }
        if kind.parts().is_empty() {
            add_unknown_types(&place, &field.fields, found);
        }
    }
}
