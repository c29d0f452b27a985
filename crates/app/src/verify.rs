//! The product's own checks of what is submitted: mandatory fields, choices, formats, lengths, values that must be unique.

use rainwright::effect::{Aggregate, Comparison, Criteria, DataMap, FieldPath, Operand, Query};
use rainwright::{Data, Failure, Records};
use rainwright_records::{Field, FieldType, Form, Storage};

use crate::submit::rows;
use crate::{FormState, Running};

/// What a form says of a value that another record has.
pub(crate) const TAKEN: &str = "This value already exists. Enter a unique value.";

/// What is wrong with fields: their names and messages.
pub(crate) type Errors = Vec<(String, String)>;

impl Running<'_> {
    /// What can be said of a filled form before anything is looked up: mandatory fields that are shown, choices, formats,
    /// lengths.
    pub(crate) fn check(&self, form: &Form, state: &FormState) -> Errors {
        let mut errors = Vec::new();
        for field in &form.fields {
            let value = state.get(&field.name);
            if is_blank(&value) {
                if field.required && !state.hidden.contains(&field.name) && !field.kind.is_computed() {
                    errors.push((field.name.clone(), missing(field)));
                }
                continue;
            }
            if let Some(message) = wrong(field, &value, state.choices.get(&field.name)) {
                errors.push((field.name.clone(), message));
            }
            for row in rows(&value) {
                for column in &field.fields {
                    let value = row.get(&column.name).cloned().unwrap_or_default();
                    let name = format!("{}.{}", field.name, column.name);
                    if is_blank(&value) {
                        let demanded = column.required && !column.kind.is_computed() && !state.hidden.contains(&name);
                        errors.extend(demanded.then(|| (name, missing(column))));
                    } else if let Some(message) = wrong(column, &value, state.choices.get(&name)) {
                        errors.push((name, message));
                    }
                }
            }
        }
        errors
    }

    /// What other records say against a submission: values that must be unique, links to records that are not there, the
    /// most records that the form may hold.
    pub(crate) fn check_others(
        &mut self,
        form: &Form,
        before: &DataMap,
        state: &FormState,
        id: Option<i64>,
    ) -> Result<Errors, Failure> {
        let mut errors = Vec::new();
        for field in &form.fields {
            let value = state.get(&field.name);
            if is_unset(&value) || before.get(&field.name) == Some(&value) {
                continue;
            }
            if field.unique && self.is_taken(form, field, &value, id)? {
                errors.push((field.name.clone(), TAKEN.to_owned()));
            }
            if let (Storage::Lookup(to), Some(linked)) = (field.storage(), value.as_number())
                && !self.store.exists(&to, linked)?
            {
                let message = format!("Invalid column value for {}: there is no record {linked}", field.shown());
                errors.push((field.name.clone(), message));
            }
        }
        if let (Some(most), None) = (form.entries, id)
            && u64::try_from(self.count(&form.name)?).unwrap_or(0) >= most
        {
            errors.push((String::new(), format!("The form holds its {most} records already")));
        }
        Ok(errors)
    }

    pub(crate) fn is_taken(
        &mut self,
        form: &Form,
        field: &Field,
        value: &Data,
        id: Option<i64>,
    ) -> Result<bool, Failure> {
        if !field.storage().is_column() {
            return Ok(false);
        }
        let compare = |name: &str, comparison, value| Criteria::Compare {
            left: Operand::Field(FieldPath(vec![name.to_owned()])),
            comparison,
            right: Operand::Value(value),
        };
        let mut of = vec![compare(&field.name, Comparison::Equal, value.clone())];
        of.extend(id.map(|id| compare("ID", Comparison::NotEqual, Data::Number(id))));
        let query = Query { form: form.name.clone(), criteria: Some(Criteria::All { of }), ..Query::default() };
        let counted = self.store.perform(&Records::Aggregate { query, function: Aggregate::Count, field: None })?;
        Ok(counted.as_number() != Some(0))
    }
}

fn missing(field: &Field) -> String {
    format!("Enter a value for {}", field.shown())
}

pub(crate) fn is_unset(value: &Data) -> bool {
    match value {
        Data::Null => true,
        Data::Bool(flag) => !flag,
        Data::Text(text) => text.is_empty(),
        Data::List(items) => items.is_empty(),
        Data::Map(parts) => parts.iter().all(|(_, part)| is_unset(part)),
        Data::Collection(inner) => is_unset(inner),
        _ => false,
    }
}

/// Whether a value is none to a mandatory field: blanks alone fill nothing in.
fn is_blank(value: &Data) -> bool {
    match value {
        Data::Text(text) => text.trim().is_empty(),
        Data::Map(parts) => parts.iter().all(|(_, part)| is_blank(part)),
        other => is_unset(other),
    }
}

/// What is wrong with a value; `offered` are choices that a script put in place of the field's own.
fn wrong(field: &Field, value: &Data, offered: Option<&Vec<String>>) -> Option<String> {
    let offered = offered.unwrap_or(&field.choices);
    if !offered.is_empty() && !field.other_choices && field.looks_up.is_none() {
        let chosen: Vec<String> = match value.as_list() {
            Some(items) => items.iter().map(Data::to_string).collect(),
            None => vec![value.to_string()],
        };
        if let Some(other) = chosen.iter().find(|chosen| !offered.contains(chosen)) {
            return Some(format!("'{other}' is none of the choices of {}", field.shown()));
        }
    }
    if let (Data::Date(day), false) = (value, field.days.is_empty()) {
        // The first day that is counted was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        if !field.days.iter().any(|allowed| i64::from(*allowed) == weekday) {
            return Some(format!("This day of the week cannot be chosen for {}", field.shown()));
        }
    }
    let too_long = format!("'{}' has exceeded its maximum digits.", field.name);
    if let (Storage::Number | Storage::Decimal, Some(most)) = (field.storage(), field.max) {
        let digits = value.to_string().bytes().filter(u8::is_ascii_digit).count();
        return (digits > most).then_some(too_long);
    }
    let text = value.as_text()?;
    if field.kind == FieldType::Email && !is_address(text) {
        return Some(format!("Enter a valid email address for {}", field.shown()));
    }
    let most = field.max.unwrap_or(field.kind.usual_maximum());
    (text.chars().count() > most).then_some(too_long)
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.contains(char::is_whitespace)
}
