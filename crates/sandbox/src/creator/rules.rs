//! What a record must keep to be stored through Creator's API, and what the API says when it does not.

use rainwright_diagnostic::{Code, Problem};
use rainwright_records::{Field, FieldType, LearningStore, SYSTEM, Storage, Table};
use serde_json::Value;

use super::errors::Refusal;
use crate::http::Object;

/// Whether calls cannot give a field a value: it is computed, only shown, or holds a file.
fn is_closed(field: &Field) -> bool {
    field.kind.is_computed()
        || matches!(field.kind, FieldType::File | FieldType::Audio | FieldType::Video | FieldType::Signature)
}

fn is_system(name: &str) -> bool {
    SYSTEM.iter().any(|(system, _)| system.eq_ignore_ascii_case(name))
}

/// Whether a value fills a field in.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(parts) => parts.values().all(is_unset),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The texts of a value: its own, or those of its elements.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Number(_) | Value::Bool(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Checks what a call gives a record, as far as the form is known: a new record must have all mandatory fields.
pub(super) fn check(store: &LearningStore, form: &str, record: &Object, is_new: bool) -> Result<(), Refusal> {
    let Some(table) = store.store().schema().table(form) else { return Ok(()) };
    let is_described = store.is_described(form);
    let mut wrong = Object::new();
    for (name, value) in record.iter().filter(|(name, _)| !is_system(name)) {
        let Some(field) = table.field(name) else {
            if is_described {
                wrong.insert(name.clone(), format!("The form {form} has no such field").into());
            }
            continue;
        };
        if is_closed(field) {
            return Err(Refusal::of(3050, &field.name));
        }
        if is_unset(value) {
            if field.required {
                wrong.insert(field.name.clone(), lacks(field));
            }
        } else if is_described {
            check_value(field, value)?;
        }
    }
    if is_new {
        let given = |field: &&Field| record.keys().any(|name| name.eq_ignore_ascii_case(&field.name));
        let demanded = table.fields().filter(|field| field.required && !is_closed(field));
        for field in demanded.filter(|field| !given(field)) {
            wrong.insert(field.name.clone(), lacks(field));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::fields(wrong)) }
}

fn lacks(field: &Field) -> Value {
    format!("Enter a value for {}", field.shown()).into()
}

fn check_value(field: &Field, value: &Value) -> Result<(), Refusal> {
    let texts = texts(value);
    let storage = field.storage();
    if matches!(storage, Storage::Text | Storage::Choice) {
        let most = field.max.unwrap_or(field.kind.usual_maximum());
        if texts.iter().any(|text| text.chars().count() > most) {
            return Err(Refusal::of(8011, &field.name));
        }
    }
    let is_chosen = !field.choices.is_empty() && !field.other_choices;
    if is_chosen && matches!(storage, Storage::Text | Storage::Choice | Storage::Choices) {
        // Several choices may come as one text.
        let parts = texts.iter().flat_map(|text| match storage {
            Storage::Choices if !field.choices.contains(text) => text.split(',').map(str::trim).collect(),
            _ => vec![text.as_str()],
        });
        let strange = parts.into_iter().find(|part| !field.choices.iter().any(|choice| choice == part));
        if let Some(strange) = strange {
            return Err(Refusal::of(2902, strange));
        }
    }
    Ok(())
}

/// The values that a change writes again because no other record may have them: the API looks at all unique fields, also at
/// those that the call does not touch.
pub(super) fn unique_rest(table: &Table, given: &Object) -> Vec<String> {
    let touched = |field: &Field| given.keys().any(|name| name.eq_ignore_ascii_case(&field.name));
    let rest = table.fields().filter(|field| field.unique && !touched(field) && !is_closed(field));
    rest.map(|field| field.name.clone()).collect()
}

/// What the API says of a problem that the store had with a record.
pub(super) fn refused(store: &LearningStore, form: &str, problem: &Problem) -> Refusal {
    let table = store.store().schema().table(form);
    let quoted = |text: &str| text.split('\'').nth(1).unwrap_or_default().to_owned();
    let named = quoted(&problem.message);
    let field = table.and_then(|table| table.field(&named));
    match (problem.code, field) {
        (Code::OutOfRange, Some(field)) => Refusal::of(8011, &field.name),
        (Code::WrongKind, Some(field)) if field.storage() == Storage::Decimal => Refusal::of(8012, &field.name),
        (_, Some(field)) => Refusal::fields(Object::from_iter([(field.name.clone(), problem.message.clone().into())])),
        (Code::LimitReached, None) => Refusal::record(&problem.message),
        (Code::BadArgument | Code::UnknownName, None) if named == form => Refusal::of(2893, form),
        _ => {
            // A value that is there already: the help has the field by the name that people see.
            let shown = problem.help.as_deref().map(quoted).unwrap_or_default();
            let mut fields = table.into_iter().flat_map(Table::fields);
            match fields.find(|field| field.unique && field.shown() == shown) {
                Some(field) => {
                    Refusal::fields(Object::from_iter([(field.name.clone(), problem.message.clone().into())]))
                }
                None => Refusal::record(&problem.message),
            }
        }
    }
}
