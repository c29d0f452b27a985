//! What a browser sends for the fields of a form: the inputs that a value makes, and the value that inputs make.

use rainwright::effect::File;
use rainwright::{Data, Problem};
use rainwright_records::{Field, FieldType, Form, Schema, Storage};

use super::desk::Draft;

/// What an input holds.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    /// A text.
    Text(String),
    /// A file.
    File(File),
}

/// All inputs that were sent, in order.
pub(crate) type Posted = Vec<(String, Sent)>;

/// The first text of a name.
pub(crate) fn text<'p>(posted: &'p Posted, name: &str) -> Option<&'p str> {
    posted.iter().find_map(|(known, sent)| match sent {
        Sent::Text(text) if known == name => Some(text.as_str()),
        _ => None,
    })
}

/// The columns of a subform that a user fills in.
pub(crate) fn columns(schema: &Schema, form: &str, field: &Field) -> Vec<Field> {
    let wanted = |column: &Field| !column.kind.is_computed() && column.kind != FieldType::Subform;
    match field.storage() {
        Storage::Rows => field.fields.iter().filter(|column| wanted(column)).cloned().collect(),
        Storage::Children(rows) => {
            let Some(table) = schema.table(&rows) else { return Vec::new() };
            let is_link = |column: &Field| matches!(column.storage(), Storage::Lookup(to) if to == form);
            table.fields().filter(|column| wanted(column) && !is_link(column)).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// The rows of a subform's value.
pub(crate) fn rows(value: &Data) -> Vec<Data> {
    match value {
        Data::Collection(inner) => rows(inner),
        Data::List(items) => items.iter().filter(|item| item.as_map().is_some()).cloned().collect(),
        _ => Vec::new(),
    }
}

/// A value as an input holds it.
pub(crate) fn plain(value: &Data) -> String {
    match value {
        Data::Null | Data::Braces => String::new(),
        Data::Date(_) | Data::Time { .. } => value.iso(),
        // Without zone and fractions: inputs have local times.
        Data::DateTime { .. } => value.iso().get(..19).unwrap_or_default().to_owned(),
        Data::Records(set) => set.ids.first().map(i64::to_string).unwrap_or_default(),
        Data::File(file) => file.name.clone(),
        other => other.to_string(),
    }
}

/// The inputs of a field: their names and texts, as a browser sends them back when nothing is changed.
pub(crate) fn inputs(name: &str, field: &Field, columns: &[Field], value: &Data) -> Vec<(String, String)> {
    let one = |text: String| vec![(name.to_owned(), text)];
    match field.storage() {
        Storage::Flag => {
            if *value == true {
                one("true".to_owned())
            } else {
                Vec::new()
            }
        }
        Storage::Choices | Storage::Lookups(_) => {
            let items = value.as_list().unwrap_or_default().iter();
            items.map(|item| (name.to_owned(), plain(item))).collect()
        }
        Storage::Composite => {
            let parts = field.kind.parts().iter();
            parts.map(|part| (format!("{name}.{part}"), value.get(part).map(plain).unwrap_or_default())).collect()
        }
        Storage::Rows | Storage::Children(_) => {
            let mut found = Vec::new();
            for (place, row) in rows(value).iter().enumerate() {
                found.push((format!("{name}.{place}.ID"), plain(&row["ID"])));
                for column in columns {
                    found.extend(inputs(
                        &format!("{name}.{place}.{}", column.name),
                        column,
                        &[],
                        &row[column.name.as_str()],
                    ));
                }
            }
            found
        }
        Storage::File(_) | Storage::Nothing => Vec::new(),
        _ => one(plain(value)),
    }
}

/// The value that the inputs of a field make.
pub(crate) fn value(name: &str, field: &Field, columns: &[Field], sent: &[(String, String)]) -> Data {
    let of =
        |name: &str| sent.iter().filter(|(known, _)| known == name).map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    match field.storage() {
        Storage::Flag => (!of(name).is_empty()).into(),
        Storage::Choices | Storage::Lookups(_) => {
            Data::List(of(name).into_iter().filter(|text| !text.is_empty()).map(Data::from).collect())
        }
        Storage::Composite => Data::map(field.kind.parts().iter().map(|part| {
            let text = of(&format!("{name}.{part}")).first().copied().unwrap_or_default();
            (*part, text.to_owned())
        })),
        Storage::Rows | Storage::Children(_) => {
            let mut places: Vec<usize> = Vec::new();
            for (known, _) in sent {
                let place =
                    known.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')?.split('.').next()?.parse().ok());
                places.extend(place.filter(|place| !places.contains(place)));
            }
            places.sort_unstable();
            let row = |place: &usize| {
                let id = of(&format!("{name}.{place}.ID")).first().copied().unwrap_or_default().to_owned();
                let id = (!id.is_empty()).then(|| ("ID".to_owned(), Data::from(id)));
                let cells = columns.iter().map(|column| {
                    (column.name.clone(), value(&format!("{name}.{place}.{}", column.name), column, &[], sent))
                });
                Data::map(id.into_iter().chain(cells))
            };
            Data::List(places.iter().map(row).collect())
        }
        storage => {
            let text = of(name).first().copied().unwrap_or_default().replace("\r\n", "\n");
            match storage {
                // As inputs of a browser write it: `2026-11-27T10:00`, `10:00`.
                Storage::DateTime if text.len() == 16 => format!("{}:00", text.replace('T', " ")).into(),
                Storage::DateTime => text.replace('T', " ").into(),
                Storage::Time if text.len() == 5 => format!("{text}:00").into(),
                _ => text.into(),
            }
        }
    }
}

/// Whether an input belongs to a field.
fn belongs(input: &str, field: &str) -> bool {
    input.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The inputs of a field that were sent, files left out.
pub(crate) fn sent(posted: &Posted, field: &str) -> Vec<(String, String)> {
    let texts = posted.iter().filter_map(|(name, sent)| match sent {
        Sent::Text(text) if belongs(name, field) => Some((name.clone(), text.clone())),
        _ => None,
    });
    texts.collect()
}

/// The fields that the user changed since the form was drawn, with their new values.
pub(crate) fn changes(schema: &Schema, form: &Form, draft: &Draft, posted: &Posted) -> Vec<(String, Data)> {
    let mut found = Vec::new();
    for field in &form.fields {
        let name = &field.name;
        let shut = draft.state.hidden.contains(name) || draft.state.disabled.contains(name);
        if shut || field.kind.is_computed() {
            continue;
        }
        if matches!(field.storage(), Storage::File(_)) {
            let files = posted.iter().filter_map(|(known, sent)| match sent {
                Sent::File(file) if known == name => Some(Data::from(file.clone())),
                _ => None,
            });
            found.extend(files.last().map(|file| (name.clone(), file)));
            continue;
        }
        let columns = columns(schema, &form.name, field);
        let drawn = match draft.typed.get(name) {
            Some(typed) => typed.clone(),
            None => inputs(name, field, &columns, &draft.state.get(name)),
        };
        let now = sent(posted, name);
        let normal = |inputs: &[(String, String)]| {
            inputs.iter().map(|(name, text)| (name.clone(), text.replace("\r\n", "\n"))).collect::<Vec<_>>()
        };
        if normal(&now) != normal(&drawn) || draft.typed.contains_key(name) {
            found.push((name.clone(), value(name, field, &columns, &now)));
        }
    }
    found
}

/// A refusal for a row that cannot be meant.
pub(crate) fn no_row() -> Problem {
    Problem::new(rainwright::Code::BadArgument, "There is no such row")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn field(name: &str, kind: &str) -> Field {
        Field::new(name, FieldType::of_word(kind))
    }

    #[test]
    fn inputs_and_values_fit_together() {
        let lines = Field { fields: vec![field("Item", "text"), field("Paid", "checkbox")], ..field("Lines", "grid") };
        for (field, value) in [
            (field("A", "text"), Data::from("x")),
            (field("A", "checkbox"), true.into()),
            (field("A", "checkbox"), false.into()),
            (field("A", "list"), Data::from(vec!["a", "b"])),
            (
                field("A", "name"),
                Data::map([("prefix", ""), ("first_name", "Ada"), ("last_name", "L"), ("suffix", "")]),
            ),
            (
                lines.clone(),
                Data::List(vec![Data::map([("ID", Data::from("5")), ("Item", "a".into()), ("Paid", true.into())])]),
            ),
            (lines.clone(), Data::List(vec![Data::map([("Item", Data::from("")), ("Paid", false.into())])])),
        ] {
            let columns = field.fields.clone();
            let inputs = inputs("A", &field, &columns, &value);
            assert_eq!(super::value("A", &field, &columns, &inputs), value);
        }
        let at = field("A", "datetime");
        let sent = [("A".to_owned(), "2026-11-27T10:00".to_owned())];
        assert_eq!(value("A", &at, &[], &sent), Data::from("2026-11-27 10:00:00"));
    }
}
