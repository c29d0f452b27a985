//! Records as Creator's API shows and takes them: everything in a report is text, a lookup is its ID with what it shows.

use std::collections::BTreeSet;

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, DataMap, Decimal, FieldPath, RecordSet};
use rainwright_records::{Field, LearningStore, SYSTEM, Storage, Table, as_text};
use rainwright_value::{DAY, Locale, parse_moment};
use serde_json::{Value, json};

use crate::http::Object;

/// The fields that the product fills and that a report shows.
const NOTED: [&str; 3] = ["Added_Time", "Modified_Time", "Added_User"];

/// A text as the kind that it is sure to be: a day or an instant in Creator's own format, a decimal with its point.
pub(super) fn of_text(text: String) -> Data {
    let bytes = text.as_bytes();
    let is_day = |day: &[u8]| day.len() == 11 && day[2] == b'-' && day[6] == b'-' && day[0].is_ascii_digit();
    if is_day(bytes) || bytes.len() == 20 && is_day(&bytes[..11]) && bytes[11] == b' ' {
        match parse_moment(&text, &Locale::default()) {
            Some(rainwright_value::Value::Date(millis)) if bytes.len() == 11 => {
                return Data::Date(millis.div_euclid(DAY));
            }
            Some(rainwright_value::Value::DateTime(millis) | rainwright_value::Value::Date(millis)) => {
                return Data::DateTime { millis, offset: 0 };
            }
            _ => {}
        }
    }
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    match text.trim_start_matches('-').split_once('.') {
        Some((whole, part)) if digits(whole, 15) && digits(part, 6) => {
            text.parse::<Decimal>().map_or(Data::Text(text), Data::Decimal)
        }
        _ => Data::Text(text),
    }
}

/// JSON as the kinds of a record.
pub(super) fn of_json(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(flag) => Data::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.to_string().parse::<Decimal>()) {
            (Some(number), _) => Data::Number(number),
            (_, Ok(decimal)) => Data::Decimal(decimal),
            _ => Data::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => of_text(text.clone()),
        Value::Array(items) => Data::List(items.iter().map(of_json).collect()),
        Value::Object(map) => Data::Map(map.iter().map(|(key, value)| (key.clone(), of_json(value))).collect()),
    }
}

/// The record that `{"display_value": …, "ID": …}` means.
fn linked(value: &Value) -> Option<(i64, String)> {
    let map = value.as_object()?;
    let id = map.get("ID").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))?;
    let shown = map.get("display_value").or_else(|| map.get("zc_display_value"))?;
    Some((id.parse().ok()?, shown.as_str().unwrap_or_default().to_owned()))
}

/// The fields of a record, as a call gives them, for the form as it is known.
fn fields(store: &mut LearningStore, form: &str, record: &Object) -> Result<Vec<(FieldPath, Data)>, Problem> {
    let mut found = Vec::new();
    for (name, value) in record {
        if SYSTEM.iter().any(|(system, _)| system.eq_ignore_ascii_case(name)) {
            continue;
        }
        let known = store.store().schema().table(form).and_then(|table| table.field(name)).map(Field::storage);
        let data = match (&known, value) {
            (Some(Storage::Lookups(_)), Value::Array(items)) => Data::List(
                items
                    .iter()
                    .map(|item| linked(item).map_or_else(|| of_json(item), |(id, _)| Data::Number(id)))
                    .collect(),
            ),
            // What a file field shows is where the file is.
            (Some(Storage::File(_)), Value::String(path)) => Data::Text(file_name(path).to_owned()),
            (None | Some(Storage::Lookup(_)), value) => match linked(value) {
                Some((id, shown)) => {
                    let target = match &known {
                        Some(Storage::Lookup(target)) => target.clone(),
                        _ => name.clone(),
                    };
                    if !store.is_described(&target) {
                        provide(store, &target, id, &shown)?;
                    }
                    Data::Records(Box::new(RecordSet { form: target, single: true, ids: vec![id], rows: Vec::new() }))
                }
                None => of_json(value),
            },
            _ => of_json(value),
        };
        found.push((FieldPath(vec![name.clone()]), data));
    }
    Ok(found)
}

/// The record that a lookup of a learned form shows is there.
fn provide(store: &mut LearningStore, form: &str, id: i64, shown: &str) -> Result<(), Problem> {
    let name = (FieldPath::parse("Name"), Data::from(shown));
    let there = store.store().schema().table(form).is_some() && store.store().exists(form, id)?;
    if there { Ok(()) } else { store.put(form, id, &[name]) }
}

/// What a call gives a record of a form, which comes into being if need be.
pub(super) fn given(store: &mut LearningStore, form: &str, record: &Object) -> Result<Vec<(FieldPath, Data)>, Problem> {
    store.learn_form(form)?;
    fields(store, form, record)
}

/// Adds a record, or changes the one that has its ID; says the ID.
pub(super) fn put(store: &mut LearningStore, form: &str, id: Option<i64>, record: &Object) -> Result<i64, Problem> {
    let fields = given(store, form, record)?;
    match id {
        Some(id) if store.store().exists(form, id)? => store.store_fields(form, id, &fields).map(|()| id),
        Some(id) => store.put(form, id, &fields).map(|()| id),
        None => store.submit(form, &fields),
    }
}

/// The name of a file in the path that a report shows.
fn file_name(path: &str) -> &str {
    path.split_once("filepath=").map_or(path, |(_, name)| name)
}

/// The digits of a DECIMAL as the API shows them: with two places after the point at least.
fn two_places(mut digits: String) -> String {
    if !digits.is_empty() {
        let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
        if places == 0 {
            digits.push('.');
        }
        digits.extend(std::iter::repeat_n('0', 2_usize.saturating_sub(places)));
    }
    digits
}

/// For whom records are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Version 2: a link by the text that shows it, several values as one text.
    Older,
    /// Version 2.1: a link with the fields that show it, several values as a list.
    Newer,
    /// The state file, which must hold all that there is to read again.
    Kept,
}

/// Shows the records of a form.
pub(super) struct Shower<'s> {
    pub(super) store: &'s mut LearningStore,
    pub(super) app: &'s str,
    pub(super) style: Style,
}

impl Shower<'_> {
    fn text(&self, value: &Data) -> String {
        as_text(value, &self.store.store().settings().locale).unwrap_or_default()
    }

    /// The records of these IDs, with these fields or with all.
    pub(super) fn records(
        &mut self,
        form: &str,
        ids: &[i64],
        wanted: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Object>, Problem> {
        let rows = self.store.rows(form, ids)?;
        let mut shown: Vec<Object> =
            ids.iter().zip(&rows).filter_map(|(id, row)| self.record(form, *id, row.as_map()?)).collect();
        if let Some(wanted) = wanted {
            shown.iter_mut().for_each(|record| record.retain(|name, _| name == "ID" || wanted.contains(name)));
        }
        Ok(shown)
    }

    fn record(&mut self, form: &str, id: i64, row: &DataMap) -> Option<Object> {
        let table = self.store.table(form)?;
        let mut shown = Object::new();
        for field in table.fields() {
            if let Some(value) = self.field(form, id, field, row) {
                shown.insert(field.name.clone(), value);
            }
        }
        for name in NOTED {
            shown.insert(name.into(), self.text(row.get(name).unwrap_or(&Data::Null)).into());
        }
        shown.insert("ID".into(), id.to_string().into());
        Some(shown)
    }

    fn field(&mut self, form: &str, id: i64, field: &Field, row: &DataMap) -> Option<Value> {
        let value = |name: &str| row.get(name).cloned().unwrap_or_default();
        let found = value(&field.name);
        let ids = || found.as_list().unwrap_or_default().iter().filter_map(Data::as_number);
        Some(match field.storage() {
            Storage::Nothing => return None,
            Storage::Composite => {
                let parts = field.kind.parts().iter().map(|part| {
                    ((*part).to_owned(), Value::from(self.text(&value(&format!("{}.{part}", field.name)))))
                });
                let mut parts: Object = parts.collect();
                parts.insert(self.display_key().into(), self.text(&found).into());
                parts.into()
            }
            Storage::Decimal if self.style != Style::Kept && self.store.is_described(form) => {
                two_places(self.text(&found)).into()
            }
            Storage::Lookup(to) => found.as_number().map_or_else(|| json!(""), |id| self.link(field, &to, id)),
            Storage::Lookups(to) => match self.style {
                Style::Older => joined(ids().map(|id| self.display(field, &to, id).0)),
                Style::Newer | Style::Kept => ids().map(|id| self.link(field, &to, id)).collect::<Vec<_>>().into(),
            },
            Storage::Choices => {
                let chosen = found.as_list().unwrap_or_default().iter().map(|one| self.text(one));
                match self.style {
                    Style::Older => joined(chosen),
                    Style::Newer | Style::Kept => chosen.collect::<Vec<_>>().into(),
                }
            }
            Storage::Rows | Storage::Children(_) => match &found {
                Data::Records(set) => self.subform(set)?,
                _ => json!([]),
            },
            Storage::File(_) => match rainwright_records::file_name(&found) {
                name if name.is_empty() => json!(""),
                name => self.path(form, id, &field.name, &name).into(),
            },
            _ => self.text(&found).into(),
        })
    }

    /// The rows of a subform; for calls each has the text of its columns beside them.
    fn subform(&mut self, set: &RecordSet) -> Option<Value> {
        let mut rows = self.records(&set.form, &set.ids, None).ok()?;
        if self.style != Style::Kept {
            let key = self.display_key();
            for row in &mut rows {
                row.retain(|name, _| !NOTED.contains(&name.as_str()));
                let columns = row.iter().filter(|(name, _)| *name != "ID");
                let text = joined(columns.filter_map(|(_, column)| {
                    column.as_str().or_else(|| column.get(key)?.as_str()).map(str::to_owned)
                }));
                row.insert(key.into(), text);
            }
        }
        Some(rows.into())
    }

    /// The key of the display text in the map of a record, a name or an address.
    fn display_key(&self) -> &'static str {
        if self.style == Style::Newer { "zc_display_value" } else { "display_value" }
    }

    /// Where the file of a field is.
    pub(super) fn path(&self, form: &str, id: i64, field: &str, name: &str) -> String {
        let base = if self.style == Style::Newer { "/creator/v2.1/data" } else { "/api/v2" };
        format!("{base}/sandbox/{}/report/{form}/{id}/{field}/download?filepath={name}", self.app)
    }

    /// What shows a record that a lookup leads to: its text, as the lookup's expression says it, and the fields of it; else
    /// the first field that has a text.
    fn display(&mut self, lookup: &Field, form: &str, id: i64) -> (String, Object) {
        let row = self.store.rows(form, &[id]).ok().and_then(|mut rows| rows.pop()).unwrap_or_default();
        let Some(table) = self.store.table(form) else { return (id.to_string(), Object::new()) };
        let label = lookup.shows.as_deref().filter(|_| self.style != Style::Kept);
        let label = label.and_then(|shows| self.store.label(form, id, shows));
        let text = |field: &Field| row.get(&field.name).map(|value| self.text(value)).filter(|text| !text.is_empty());
        let named = lookup.shows.as_deref().map(|shows| fields_of(shows, &table)).unwrap_or_default();
        let chosen: Vec<&Field> = match named.is_empty() {
            true => table.fields().filter(|field| text(field).is_some()).take(1).collect(),
            false => named,
        };
        let texts: Vec<String> = chosen.iter().filter_map(|field| text(field)).collect();
        let joined = || if texts.is_empty() { id.to_string() } else { texts.join(" ") };
        let whole = label.unwrap_or_else(joined);
        let fields = chosen.iter().map(|field| (field.name.clone(), text(field).unwrap_or_default().into())).collect();
        (whole, fields)
    }

    /// A record that a lookup leads to.
    fn link(&mut self, lookup: &Field, form: &str, id: i64) -> Value {
        let (text, fields) = self.display(lookup, form, id);
        let mut link = if self.style == Style::Newer { fields } else { Object::new() };
        link.insert(self.display_key().into(), text.into());
        link.insert("ID".into(), id.to_string().into());
        link.into()
    }
}

/// Several values as one text.
fn joined(texts: impl Iterator<Item = String>) -> Value {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// The fields of a form that an expression names, in its order.
fn fields_of<'t>(expression: &str, table: &'t Table) -> Vec<&'t Field> {
    let mut found: Vec<&Field> = Vec::new();
    // Every second piece is a text in quotes.
    for piece in expression.split('"').step_by(2) {
        for word in piece.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let field = table.fields().find(|field| field.name == word);
            found.extend(field.filter(|field| !found.iter().any(|known| known.name == field.name)));
        }
    }
    found
}
