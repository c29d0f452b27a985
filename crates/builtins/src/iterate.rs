//! What `for each` runs over: the snapshot of a list, a text with commas, a CSV file, a collection, the keys of a map.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Entries, Result, Value};

/// The elements that `for each` visits, as they are now. Null has none; a map gives its keys, a CSV file its cells.
///
/// # Errors
/// [`Code::WrongKind`] for a value that has no elements.
pub fn iterate(value: &Value) -> Result<Vec<Value>> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::List(list) => list.items().clone(),
        Value::Map(map) => map.borrow().keys().cloned().collect(),
        Value::Collection(collection) => match &*collection.entries() {
            Entries::Undecided => Vec::new(),
            Entries::Row(row) => row.clone(),
            Entries::Keyed(map) => map.keys().cloned().collect(),
        },
        Value::Braces(braces) => match braces.decided() {
            Some(decided) => return iterate(decided),
            None => Vec::new(),
        },
        Value::Text(text) if text.is_empty() => Vec::new(),
        Value::Text(_) => crate::as_list(value).map(|list| list.items().clone()).unwrap_or_default(),
        Value::File(file) => crate::file::cells(file).ok_or_else(|| {
            let message = format!("for each runs over CSV files, but found {}", file.mime());
            Box::new(Problem::new(Code::WrongKind, message).with_help("Read the text with getFileContent()."))
        })?,
        Value::Record(_) => vec![value.clone()],
        Value::Records(_) => {
            let message = "The records must be read by a loop or an aggregate first";
            return Err(Box::new(Problem::new(Code::WrongKind, message)));
        }
        other => {
            let message =
                format!("for each runs over a LIST, KEY-VALUE, COLLECTION or TEXT, but found {}", other.kind());
            return Err(Box::new(Problem::new(Code::WrongKind, message)));
        }
    })
}

/// How many turns `for each index` makes over a value.
///
/// # Errors
/// As [`iterate`].
pub fn iteration_size(value: &Value) -> Result<usize> {
    match value {
        Value::List(list) => Ok(list.len()),
        Value::Records(records) => Ok(records.ids().len()),
        other => Ok(iterate(other)?.len()),
    }
}
