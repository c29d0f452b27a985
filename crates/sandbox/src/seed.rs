//! Reads the records that a sandbox starts with: a JSON file with comments, or a folder with JSON and CSV files.

use std::io;
use std::path::Path;

use rainwright_diagnostic::file_trouble;
use serde_json::{Map, Value};

use crate::crm;
use crate::http::Object;
use crate::rows::Kind;

/// An example of such a file, with comments.
pub const EXAMPLE_DATA: &str = include_str!("../seed/example.json");

fn invalid(path: &Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}

/// Reads a seed: `{"crm": {"Leads": […]}, …}`. In a folder, `crm.json` holds a product, `crm/Leads.json` or
/// `crm/Leads.csv` a module.
///
/// # Errors
/// When a file cannot be read or makes no sense; the error names it.
pub fn read_seed(path: &Path) -> io::Result<Value> {
    let mut seed = Map::new();
    if path.is_dir() {
        for entry in sorted(path)? {
            let Some(product) = stem(&entry) else { continue };
            if entry.is_dir() {
                let modules = seed.entry(product).or_insert_with(|| Map::new().into());
                for file in sorted(&entry)? {
                    if let (Some(module), Some(records), Some(modules)) = (
                        stem(&file),
                        module(&file, entry.file_name().and_then(|n| n.to_str()).unwrap_or_default())?,
                        modules.as_object_mut(),
                    ) {
                        modules.insert(module, records);
                    }
                }
            } else if has_extension(&entry, "json") {
                seed.insert(product, json(&entry)?);
            }
        }
    } else {
        match json(path)? {
            Value::Object(whole) => seed = whole,
            _ => return Err(invalid(path, "an object of products was expected")),
        }
    }
    Ok(seed.into())
}

/// What is in a folder, by name.
fn sorted(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| named(folder, &e))?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// An error that says which file it is about.
pub(crate) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {}", path.display(), file_trouble(error)))
}

fn stem(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    (!name.starts_with('.')).then(|| name.to_owned())
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

/// JSON in which lines that begin with `//` are comments.
fn json(path: &Path) -> io::Result<Value> {
    let text = std::fs::read_to_string(path).map_err(|e| named(path, &e))?;
    // Comments become empty lines, so that an error names the right one.
    let bare: Vec<&str> =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect();
    serde_json::from_str(&bare.join("\n")).map_err(|e| invalid(path, e))
}

/// The records of one file; `None` for a file of another kind.
fn module(path: &Path, product: &str) -> io::Result<Option<Value>> {
    if has_extension(path, "json") {
        let records = json(path)?;
        return if records.is_array() {
            Ok(Some(records))
        } else {
            Err(invalid(path, "a list of records was expected"))
        };
    }
    if !has_extension(path, "csv") {
        return Ok(None);
    }
    let name = stem(path).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(|e| invalid(path, e))?;
    let heads = reader.headers().map_err(|e| invalid(path, e))?.clone();
    let mut records = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| invalid(path, e))?;
        let cells = heads.iter().zip(row.iter()).filter(|(head, _)| !head.trim().is_empty());
        let record: Object = cells
            .map(|(head, cell)| (head.trim().to_owned(), value(product, &name, head.trim(), cell.trim())))
            .collect();
        records.push(Value::from(record));
    }
    Ok(Some(records.into()))
}

/// A cell as the kind of its field has it; text where no kind is known.
fn value(product: &str, module: &str, field: &str, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let kind = if product == "crm" { crm::kind(module, field) } else { None };
    match kind {
        Some(Kind::Integer) => cell.parse::<i64>().map_or_else(|_| cell.into(), Value::from),
        Some(Kind::Double) => cell.parse::<f64>().map_or_else(|_| cell.into(), Value::from),
        Some(Kind::Boolean) => cell.to_lowercase().parse::<bool>().map_or_else(|_| cell.into(), Value::from),
        _ => cell.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let crm = folder.path().join("crm");
        std::fs::create_dir(&crm).unwrap();
        std::fs::write(crm.join("Deals.csv"), "id,Deal_Name,Amount\n1,First,12.5\n2,\"Second, big\",\n").unwrap();
        std::fs::write(crm.join("Leads.json"), "// people\n[{\"Last_Name\": \"Ito\"}]").unwrap();
        std::fs::write(folder.path().join("books.json"), "{\"contacts\": []}").unwrap();
        let seed = read_seed(folder.path()).unwrap();
        assert_eq!(seed["crm"]["Deals"][0]["Amount"], 12.5);
        assert_eq!(seed["crm"]["Deals"][1]["Deal_Name"], "Second, big");
        assert!(seed["crm"]["Deals"][1]["Amount"].is_null() && seed["books"]["contacts"].is_array());
        std::fs::write(crm.join("Bad.json"), "{").unwrap();
        let error = read_seed(folder.path()).unwrap_err().to_string();
        assert!(error.contains("Bad.json"), "{error}");
    }

    #[test]
    fn the_example_is_a_seed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.json");
        std::fs::write(&path, EXAMPLE_DATA).unwrap();
        let seed = read_seed(&path).unwrap();
        assert_eq!(seed["creator"]["shop.Order"][0]["Item"], "Hat");
    }
}
