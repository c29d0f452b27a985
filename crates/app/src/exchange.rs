//! Records out: all of an application as JSON. How they come in again: [`crate::load`].

use rainwright::effect::{DataMap, Query};
use rainwright::{Data, Failure, Records};
use rainwright_records::{Storage, Store};

/// All records of the forms, as `{"Form": [{…}, …]}`; IDs are texts.
///
/// # Errors
/// A database that cannot be read.
pub fn dump(store: &mut Store) -> Result<Data, Failure> {
    let tables: Vec<_> = store.schema().tables().filter(|t| t.parent.is_none() && !t.form.stateless).cloned().collect();
    let mut all = DataMap::new();
    for table in tables {
        let query = Query { form: table.name.clone(), ..Query::default() };
        let ids = match store.perform(&Records::Fetch { query, field: None })? {
            Data::Records(set) => set.ids,
            _ => Vec::new(),
        };
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.push(Data::Map(row(store, &table.name, id)?));
        }
        all.insert(table.name, rows);
    }
    Ok(Data::Map(all))
}

fn row(store: &mut Store, form: &str, id: i64) -> Result<DataMap, Failure> {
    let table = store.schema().expect(form)?.clone();
    let Data::Records(set) = store.perform(&Records::Rows { form: form.to_owned(), ids: vec![id] })? else {
        return Ok(DataMap::new());
    };
    let row = set.rows.into_iter().next().unwrap_or_default();
    let mut out = DataMap::new();
    out.insert("ID", id.to_string());
    for field in table.fields() {
        let value = &row[field.name.as_str()];
        let shown = match field.storage() {
            Storage::Rows => rows_of(store, value)?,
            // They are dumped with their own form.
            Storage::Children(_) => continue,
            Storage::Composite => {
                let parts = field.kind.parts().iter().map(|part| {
                    let key = format!("{}.{part}", field.name);
                    ((*part).to_owned(), plain(&row[key.as_str()], false))
                });
                Data::map(parts)
            }
            Storage::Lookup(_) | Storage::Lookups(_) => plain(value, true),
            _ => plain(value, false),
        };
        out.insert(field.name.clone(), shown);
    }
    Ok(out)
}

/// The rows of a subform as they are dumped.
///
/// # Errors
/// A database that cannot be read.
pub fn rows_of(store: &mut Store, value: &Data) -> Result<Data, Failure> {
    let mut rows = Vec::new();
    if let Data::Records(set) = value {
        for id in &set.ids {
            let mut inner = row(store, &set.form, *id)?;
            inner.remove("ID");
            rows.push(Data::Map(inner));
        }
    }
    Ok(Data::List(rows))
}

/// Data as it is dumped: decimals, which other readers of JSON may round, and IDs as texts.
fn plain(data: &Data, ids: bool) -> Data {
    match data {
        Data::Number(number) if ids => number.to_string().into(),
        Data::Null | Data::Bool(_) | Data::Number(_) => data.clone(),
        Data::List(items) => Data::List(items.iter().map(|item| plain(item, ids)).collect()),
        // As it reads in the application's zone, which is where it is loaded again.
        Data::DateTime { .. } => data.iso().get(..19).unwrap_or_default().replace('T', " ").into(),
        Data::Date(_) | Data::Time { .. } => data.iso().into(),
        other => other.to_string().into(),
    }
}
