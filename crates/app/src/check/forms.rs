//! Fields whose settings do not fit together: initial values, lookups that keep another field in step, what is shown of them.

use rainwright::Data;
use rainwright_records::{Field, Form};

use super::{Finding, Parts, expression, meant};
use crate::submit::written;

/// Checks the fields of a form or subform.
pub(super) fn check(parts: &Parts<'_>, name: &str, form: &Form, found: &mut Vec<Finding>) {
    for field in &form.fields {
        let place = format!("{name}.{}", field.name);
        initial(field, &place, found);
        let Some(target) = field.looks_up.as_deref() else { continue };
        // A form that is not there is told of the forms as a whole.
        let Some(other) = parts.schema.table(target) else { continue };
        if let Some(back) = field.bidirectional.as_deref() {
            match other.field(back) {
                None => {
                    let near = meant(back, other.fields().map(|field| field.name.as_str()));
                    let message = format!("It keeps '{target}.{back}' in step, and there is no such field{near}");
                    found.push(Finding::error(&place, message));
                }
                Some(back) if back.looks_up.is_none() => {
                    let message = format!("It keeps '{target}.{}' in step, which looks up no form", back.name);
                    found.push(Finding::error(&place, message));
                }
                Some(_) => {}
            }
        }
        if let Some(filter) = field.filter.as_deref()
            && let Err(why) = expression::read(&format!("{target}[{filter}]"))
        {
            found.push(Finding::error(&place, format!("The filter '{filter}' cannot be read: {why}")));
        }
        let shows = field.shows.as_deref().map(|shows| shows.trim().trim_start_matches('[').trim_end_matches(']'));
        if let Some(shows) = shows.filter(|shows| !shows.trim().is_empty()) {
            match expression::read(shows) {
                Err(why) => {
                    let message = format!("What is shown of a record, '{shows}', cannot be read: {why}");
                    found.push(Finding::error(&place, message));
                }
                Ok(tree) => {
                    for why in parts.unknown(target, &tree) {
                        found.push(Finding::warning(&place, format!("What is shown of a record: {why}")));
                    }
                }
            }
        }
    }
}

fn initial(field: &Field, place: &str, found: &mut Vec<Finding>) {
    let Some(initial) = field.initial.as_deref() else { return };
    if let Some(computed) = initial.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        if let Err(why) = expression::read(computed) {
            found.push(Finding::error(place, format!("The initial value cannot be read: {why}")));
        }
        return;
    }
    if field.choices.is_empty() || field.other_choices || field.looks_up.is_some() {
        return;
    }
    let values = match written(initial) {
        Data::List(items) => items.iter().map(Data::to_string).collect(),
        value => vec![value.to_string()],
    };
    for value in values.iter().filter(|value| !value.is_empty() && !field.choices.contains(value)) {
        let near = meant(value, field.choices.iter().map(String::as_str));
        let message = format!("The initial value '{value}' is none of the choices{near}");
        found.push(Finding::warning(place, message));
    }
}
