//! Forms and records of golden scripts: `//@ form:`, `//@ records:`, and `//@ after:` for what must be there afterwards.

use std::path::Path;

use rainwright::builtins::json_data;
use rainwright::effect::{DataMap, FieldFacts, FieldPath, FormFacts, Holds, Query, RecordSet};
use rainwright::{Code, Data, Locale, Problem, Records};
use rainwright_diagnostic::{explained, file_trouble};
use rainwright_records::{Form, Store, WrittenTypes, facts};

use crate::{GoldenFile, Settings};

/// Adds the records that a section gives; says their IDs in order.
pub(crate) fn fill(store: &mut Store, settings: &Settings) -> Result<Vec<i64>, String> {
    let mut ids = Vec::new();
    for (form, rows) in &settings.records {
        for row in rows_of(rows)? {
            let fields = row.into_iter().map(|(name, value)| (FieldPath::parse(&name), given(&ids, value)));
            let fields: Vec<(FieldPath, Data)> = fields.collect();
            ids.push(store.submit(form, &fields).map_err(say)?);
        }
    }
    Ok(ids)
}

/// `"#2"` is the ID of the second record.
pub(crate) fn given(ids: &[i64], value: Data) -> Data {
    match value {
        Data::Text(text) => {
            let place = text.strip_prefix('#').and_then(|n| n.parse::<usize>().ok());
            match place.and_then(|n| ids.get(n.wrapping_sub(1))) {
                Some(id) => Data::Number(*id),
                None => text.into(),
            }
        }
        Data::List(items) => Data::List(items.into_iter().map(|item| given(ids, item)).collect()),
        Data::Map(map) => {
            let mut found = DataMap::new();
            map.into_iter().for_each(|(key, value)| found.push(key, given(ids, value)));
            Data::Map(found)
        }
        other => other,
    }
}

/// What is not as `//@ after:` says, each as what was expected and what is there.
pub(crate) fn differences(
    store: &mut Store,
    ids: &[i64],
    settings: &Settings,
) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for (form, rows) in &settings.after {
        let query = Query { form: form.clone(), ..Query::default() };
        let Data::Records(set) = store.perform(&Records::Fetch { query, field: None }).map_err(say)? else {
            continue;
        };
        let expected = rows_of(rows)?;
        for (place, row) in expected.iter().enumerate() {
            let wanted = row.iter().map(|(name, value)| (name.clone(), given(ids, value.clone())));
            let mut wanted = by_parts(wanted);
            let actual = match set.ids.get(place) {
                Some(id) => actual(store, form, *id, &mut wanted)?,
                None => Vec::new(),
            };
            let shown = |fields: &[(String, Data)]| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                if fields.is_empty() {
                    format!("{form} {}: none", place + 1)
                } else {
                    format!("{form} {}: {}", place + 1, fields.join(", "))
                }
            };
            let (wanted, actual) = (shown(&wanted), shown(&actual));
            if wanted != actual {
                found.push((wanted, actual));
            }
        }
        if set.ids.len() > expected.len() {
            found.push((format!("{form}: {} records", expected.len()), format!("{form}: {} records", set.ids.len())));
        }
    }
    Ok(found)
}

/// Fields with the parts of names and addresses as fields of their own: `Name.first_name`.
fn by_parts(fields: impl IntoIterator<Item = (String, Data)>) -> Vec<(String, Data)> {
    let mut found = Vec::new();
    for (name, value) in fields {
        match value {
            Data::Map(parts) => {
                found.extend(parts.iter().map(|(part, value)| (format!("{name}.{part}"), value.clone())));
            }
            value => found.push((name, value)),
        }
    }
    found
}

/// What a record holds in the fields that are wanted of it; what is wanted becomes written in the same way.
fn actual(
    store: &mut Store,
    form: &str,
    id: i64,
    wanted: &mut [(String, Data)],
) -> Result<Vec<(String, Data)>, String> {
    let mut found = Vec::new();
    for (name, wanted) in wanted {
        let read = Records::Read { form: form.to_owned(), id, field: FieldPath::parse(name) };
        let mut value = store.perform(&read).map_err(say)?;
        if let (Data::List(rows), Data::Records(set)) = (&mut *wanted, &value)
            && rows.iter().all(|row| row.as_map().is_some())
        {
            found.push((name.clone(), Data::List(rows_there(store, set, rows)?)));
            continue;
        }
        if matches!(value, Data::Date(_) | Data::DateTime { .. } | Data::Time { .. }) {
            // A date is written as a user would type it.
            let typed = store.fit(form, name, wanted.clone()).unwrap_or_else(|_| wanted.clone());
            if typed == value {
                *wanted = value.iso().into();
            }
            value = value.iso().into();
        }
        found.push((name.clone(), rainwright_records::as_shown(&value, &Locale::default())));
    }
    Ok(found)
}

/// The rows of a subform with the columns that are wanted of each; of one that nobody expects, its ID.
fn rows_there(store: &mut Store, set: &RecordSet, wanted: &mut [Data]) -> Result<Vec<Data>, String> {
    let mut found = Vec::new();
    for (place, id) in set.ids.iter().enumerate() {
        let Some(row) = wanted.get_mut(place) else {
            found.push(Data::map([("ID", *id)]));
            continue;
        };
        let columns = row.as_map().into_iter().flat_map(DataMap::iter);
        let mut columns = by_parts(columns.map(|(name, value)| (name.to_string(), value.clone())));
        found.push(Data::map(actual(store, &set.form, *id, &mut columns)?));
        *row = Data::map(columns);
    }
    Ok(found)
}

/// All forms that the sections of a golden script describe. If two sections disagree about a field, only its name is kept.
///
/// # Errors
/// A description that cannot be read.
pub fn forms(path: &Path, source: &str) -> Result<Vec<FormFacts>, String> {
    let file = GoldenFile::parse(path, source.to_owned())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut known: Vec<FormFacts> = Vec::new();
    for section in &file.sections {
        for form in facts(&read_forms(&section.settings, folder)?) {
            let Some(old) = known.iter_mut().find(|old| old.name == form.name) else {
                known.push(form);
                continue;
            };
            for field in form.fields {
                match old.fields.iter_mut().find(|old| old.name == field.name) {
                    None => old.fields.push(field),
                    Some(old) if *old == field => {}
                    Some(old) => {
                        *old = FieldFacts { name: field.name, holds: Holds::Nothing, ..FieldFacts::default() };
                    }
                }
            }
        }
    }
    Ok(known)
}

/// The forms that a section names.
pub(crate) fn read_forms(settings: &Settings, folder: &Path) -> Result<Vec<Form>, String> {
    settings.forms.iter().map(|text| read_form(text, folder)).collect()
}

/// A form as JSON, or the name of a TOML file with one.
fn read_form(text: &str, folder: &Path) -> Result<Form, String> {
    if text.starts_with('{') {
        let form = serde_json::from_str(text).map_err(|e| format!("form: {}", unread(&e)))?;
        known_types(serde_json::from_str(text).unwrap_or_default())?;
        return Ok(form);
    }
    let described =
        rainwright::runtime::trust::read_beside(&folder.join(text), folder).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                format!("form: there is no file '{text}': it is named as seen from this script")
            }
            _ => format!("form: '{text}' cannot be read: {}", file_trouble(&e)),
        })?;
    let form = toml::from_str(&described).map_err(|e| {
        let (why, help) = explained(e.message());
        format!("form: '{text}': {why}. {help}")
    })?;
    known_types(toml::from_str(&described).unwrap_or_default())?;
    Ok(form)
}

/// Refuses words for types that nobody knows.
fn known_types(written: WrittenTypes) -> Result<(), String> {
    match written.unknown().first() {
        Some((field, word)) => Err(format!("form: {field}: {}", WrittenTypes::said(word))),
        None => Ok(()),
    }
}

/// What the reader of JSON says, and what to do about it.
pub(crate) fn unread(error: &serde_json::Error) -> String {
    let said = error.to_string();
    if !said.starts_with("unknown field `") {
        return said;
    }
    let (why, help) = explained(said.split_once(" at line ").map_or(said.as_str(), |(said, _)| said));
    format!("{why}. {help}")
}

/// Rows of fields from a JSON list of objects; numbers keep their digits.
fn rows_of(json: &str) -> Result<Vec<Vec<(String, Data)>>, String> {
    let wrong = |why: String| format!("records are a list of JSON objects: {why}");
    let data = json_data(json).map_err(|problem| wrong(problem.message))?;
    let rows = data.as_list().ok_or_else(|| wrong("this is none".into()))?;
    let fields = |row: &Data| {
        let map = row.as_map().ok_or_else(|| wrong(format!("{row} is no object")))?;
        Ok(map.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
    };
    rows.iter().map(fields).collect()
}

fn say(problem: Problem) -> String {
    format!("{problem} {}", problem.help())
}

/// The answer of a run without forms.
pub(crate) fn none(records: &Records) -> Problem {
    let message = format!("The records of the form '{}' are not available in this run.", records.form());
    Problem::new(Code::NotSupported, message).with_help("Describe the form with `//@ form:`.")
}
