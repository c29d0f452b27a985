//! A record as scripts of its form have it.

use rainwright::effect::DataMap;
use rainwright::{Code, Data, Problem, Records};
use rainwright_records::{Storage, Store};

/// A record as `input` has it: composite fields and rows of subforms as maps.
///
/// # Errors
/// A form or record that is not there.
pub(crate) fn read(store: &mut Store, form: &str, id: i64) -> Result<DataMap, Problem> {
    let own = row(store, form, id)?;
    let table = store.schema().expect(form)?.clone();
    let mut fields = DataMap::new();
    for (key, value) in own.iter() {
        let Some(name) = key.as_text().filter(|name| !name.contains('.')) else { continue };
        let storage = table.field(name).map(rainwright_records::Field::storage);
        let value = match (storage, value) {
            (Some(Storage::Composite), _) => {
                let parts = own.iter().filter_map(|(key, part)| {
                    let part_name = key.as_text()?.strip_prefix(name)?.strip_prefix('.')?;
                    Some((part_name.to_owned(), part.clone()))
                });
                Data::map(parts.collect::<Vec<_>>())
            }
            (_, Data::Records(set)) => {
                let mut rows = Vec::with_capacity(set.ids.len());
                for id in &set.ids {
                    let row = row(store, &set.form, *id)?;
                    let kept = row.into_iter().filter(|(key, _)| {
                        let name = key.as_text().unwrap_or_default();
                        name == "ID" || !rainwright_records::SYSTEM.iter().any(|(system, _)| *system == name)
                    });
                    rows.push(Data::map(
                        kept.map(|(k, v)| (k.as_text().unwrap_or_default().to_owned(), v)).collect::<Vec<_>>(),
                    ));
                }
                Data::Collection(Box::new(Data::List(rows)))
            }
            (_, other) => other.clone(),
        };
        fields.insert(name, value);
    }
    Ok(fields)
}

fn row(store: &mut Store, form: &str, id: i64) -> Result<DataMap, Problem> {
    match store.perform(&Records::Rows { form: form.to_owned(), ids: vec![id] })? {
        Data::Records(set) => match set.rows.into_iter().next() {
            Some(Data::Map(row)) => Ok(row),
            _ => {
                let message = format!("The form '{form}' has no record {id}");
                Err(Problem::new(Code::BadArgument, message).with_help("List the records with `dg app query`."))
            }
        },
        _ => Ok(DataMap::new()),
    }
}
