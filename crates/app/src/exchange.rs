//! Records in and out: all of an application as JSON, and rows of a form.

use std::collections::HashMap;

use rainwright::builtins::json_data;
use rainwright::effect::{DataMap, FieldPath, Query};
use rainwright::{Code, Data, Failure, Problem, Records};
use rainwright_records::{FieldType, SYSTEM, Storage, Store};

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
            Storage::Rows => {
                let mut rows = Vec::new();
                if let Data::Records(set) = value {
                    for id in &set.ids {
                        let mut inner = self::row(store, &set.form, *id)?;
                        inner.remove("ID");
                        rows.push(Data::Map(inner));
                    }
                }
                Data::List(rows)
            }
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

/// Reads a JSON text of records for [`load`]; numbers keep every digit.
///
/// # Errors
/// A text that is no JSON, with the place.
pub fn read_rows(text: &str) -> Result<Data, Problem> {
    json_data(text)
}

/// Adds records: rows of one form, or `{"Form": [{…}, …]}` as [`dump`] writes them. `ID` in a row names it for the lookups
/// of other rows; the records get IDs of their own. All are added, or none. Says how many.
///
/// # Errors
/// Rows that cannot be read, or that break a rule of their form.
pub fn load(store: &mut Store, form: Option<&str>, rows: &Data) -> Result<usize, Failure> {
    store.begin()?;
    let added = add_all(store, form, rows);
    store.end(added.is_ok())?;
    added
}

fn add_all(store: &mut Store, form: Option<&str>, rows: &Data) -> Result<usize, Failure> {
    let bad = |message: &str| {
        Failure::from(Problem::new(Code::CannotParse, message).with_help("dg app dump shows how it looks."))
    };
    let sets: Vec<(String, &[Data])> = match (form, rows) {
        (Some(form), Data::List(rows)) => vec![(form.to_owned(), rows)],
        (_, Data::Map(forms)) => {
            let named = forms.iter().map(|(form, rows)| Some((form.to_string(), rows.as_list()?)));
            named.collect::<Option<_>>().ok_or_else(|| bad("The records of a form are a list of objects"))?
        }
        _ => return Err(bad("Records are a list of objects, or an object of such lists by form")),
    };
    let mut known: HashMap<String, i64> = HashMap::new();
    let mut later = Vec::new();
    let mut count = 0;
    for (form, rows) in sets {
        let table = store.schema().expect(&form)?.clone();
        for row in rows {
            let row = row.as_map().ok_or_else(|| bad("A record is an object of fields"))?;
            let (mut fields, mut links) = (Vec::new(), Vec::new());
            for (name, value) in row.iter() {
                let name = name.as_text().unwrap_or_default();
                let is_system = SYSTEM.iter().any(|(system, _)| *system == name);
                let field = table.expect(name.split('.').next().unwrap_or(name))?;
                if is_system || field.kind.is_computed() && field.kind != FieldType::Formula {
                    continue;
                }
                let is_link = matches!(field.storage(), Storage::Lookup(_) | Storage::Lookups(_));
                if is_link {
                    links.push((FieldPath::parse(name), value.clone()));
                } else {
                    fields.push((FieldPath::parse(name), value.clone()));
                }
            }
            let id = store.submit(&form, &fields)?;
            count += 1;
            if let Some(old) = row.get("ID") {
                known.insert(old.to_string(), id);
            }
            later.push((form.clone(), id, links));
        }
    }
    let mut added = Vec::with_capacity(later.len());
    // Lookups come last: they may point to records that came later.
    for (form, id, links) in later {
        let fields: Vec<(FieldPath, Data)> =
            links.into_iter().map(|(path, value)| (path, linked(&value, &known))).collect();
        if !fields.is_empty() {
            store.store_fields(&form, id, &fields)?;
        }
        added.push((form, id));
    }
    for (form, id) in added {
        if let Some(problem) = store.missing(&form, id)? {
            let help = format!("A record of '{form}' lacks it.");
            return Err(problem.with_help(help).into());
        }
    }
    Ok(count)
}

/// The IDs of a lookup: those of the file by what the records got.
fn linked(value: &Data, known: &HashMap<String, i64>) -> Data {
    match value {
        Data::List(items) => Data::List(items.iter().map(|item| linked(item, known)).collect()),
        other => known.get(&other.to_string()).map_or_else(|| other.clone(), |id| Data::Number(*id)),
    }
}
