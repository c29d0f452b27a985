//! Sheet: worksheets as tables of records, each with the number of its row.

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::world::World;
use crate::zoho;

const PRODUCT: &str = "sheet";
/// The row of the first record, below the headings.
const FIRST_ROW: usize = 2;

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(status, json!({ "status": "failure", "error_code": code, "error_message": message }))
}

/// An error in the form of Sheet.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 2888, "Invalid OAuth token."),
        403 => failure(401, 2889, "Invalid OAuth scope."),
        404 => failure(404, 2862, "No such spreadsheet found."),
        _ => failure(status, 2800, "Internal error"),
    }
}

/// Answers `v2/{resource_id}` with the method in a form field.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let ["v2", book] = path.as_slice() else { return Err(error(404)) };
    if !["read", "update", "create"]
        .iter()
        .any(|operation| zoho::permits(&call.access, "ZohoSheet", "dataAPI", "", operation))
    {
        return Err(error(403));
    }
    let Some(method) = call.field("method") else { return Err(failure(400, 2831, "The parameter method is missing.")) };
    let sheet = call.field("worksheet_name").unwrap_or_else(|| "Sheet1".into());
    let module = format!("{book}.{sheet}");
    let mut world = call.ctx.world();
    let world = &mut *world;
    let done = |mut body: Value| {
        body["method"] = method.as_str().into();
        body["status"] = "success".into();
        Ok(json(200, body))
    };
    match method.as_str() {
        "worksheet.list" => {
            let mut names: Vec<String> = world
                .store
                .modules(PRODUCT)
                .iter()
                .filter_map(|name| Some(name.strip_prefix(*book)?.strip_prefix('.')?.to_owned()))
                .collect();
            if names.is_empty() {
                names.push("Sheet1".into());
            }
            let list = names.iter().enumerate().map(
                |(at, name)| json!({ "worksheet_name": name, "worksheet_id": format!("{at}#"), "is_active": at == 0 }),
            );
            done(json!({ "spreadsheet_name": book, "worksheet_names": list.collect::<Vec<_>>() }))
        }
        "worksheet.records.add" => {
            let rows = read(&call, "json_data")?;
            let first = FIRST_ROW + world.store.all(PRODUCT, &module).len();
            let rows: Vec<Object> =
                rows.as_array().into_iter().flatten().filter_map(|row| row.as_object().cloned()).collect();
            let last = (first + rows.len()).saturating_sub(1);
            for row in rows {
                world.store.add(PRODUCT, &module, row);
            }
            done(
                json!({ "sheet_name": sheet, "start_row": first, "end_row": last, "start_column": 1, "end_column": 1 }),
            )
        }
        "worksheet.records.fetch" => {
            let fitting = fitting(&call, world, &module);
            let start =
                call.field("records_start_index").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
            let count = call.field("count").and_then(|text| text.parse().ok()).unwrap_or(1000);
            let shown = page(&fitting, start - 1, count);
            done(
                json!({ "spreadsheet_name": book, "worksheet_name": sheet, "header_row": 1, "records_start_index": start, "records_end_index": start - 1 + shown.len(), "records": shown }),
            )
        }
        "worksheet.records.update" => {
            let data = read(&call, "data")?;
            let fields = data.as_object().cloned().unwrap_or_default();
            let rows: Vec<usize> = fitting(&call, world, &module)
                .iter()
                .filter_map(|row| Some(row.get("row_index")?.as_u64()? as usize))
                .collect();
            let mut all = world.store.all(PRODUCT, &module).to_vec();
            for row in &rows {
                if let Some(record) = all.get_mut(row - FIRST_ROW) {
                    record.extend(fields.clone());
                }
            }
            world.store.load(PRODUCT, &module, all);
            done(json!({ "sheet_name": sheet, "no_of_affected_rows": rows.len() }))
        }
        "worksheet.records.delete" => {
            let gone: Vec<usize> = fitting(&call, world, &module)
                .iter()
                .filter_map(|row| Some(row.get("row_index")?.as_u64()? as usize))
                .collect();
            let mut at = FIRST_ROW;
            world.store.retain(PRODUCT, &module, |_| {
                at += 1;
                !gone.contains(&(at - 1))
            });
            done(json!({ "sheet_name": sheet, "no_of_rows_deleted": gone.len() }))
        }
        "worksheet.csvdata.set" => {
            let row = number(&call, "row")?;
            let column = number(&call, "column")?;
            let text = call.field("data").unwrap_or_default();
            let mut all = world.store.all(PRODUCT, &module).to_vec();
            let mut names: Vec<String> = all.first().map(|first| first.keys().cloned().collect()).unwrap_or_default();
            for (at, line) in text.lines().enumerate() {
                // Above the records are the names of the columns, which these calls do not change.
                let Some(index) = (row + at).checked_sub(FIRST_ROW) else { continue };
                while all.len() <= index {
                    all.push(Object::new());
                }
                for (at, value) in line.split(',').enumerate() {
                    while names.len() < column + at {
                        names.push(format!("Column{}", names.len() + 1));
                    }
                    all[index].insert(names[column + at - 1].clone(), value.trim().into());
                }
            }
            world.store.load(PRODUCT, &module, all);
            done(json!({}))
        }
        "replace" => {
            let (old, new) = (call.field("search").unwrap_or_default(), call.field("replace_with").unwrap_or_default());
            if old.is_empty() {
                return Err(failure(400, 2831, "The parameter search is missing."));
            }
            let mut all = world.store.all(PRODUCT, &module).to_vec();
            for value in all.iter_mut().flat_map(|record| record.values_mut()) {
                if let Value::String(text) = value {
                    *text = text.replace(&old, &new);
                }
            }
            world.store.load(PRODUCT, &module, all);
            done(json!({}))
        }
        _ => Err(super::not_played(&format!("the method {method} of Sheet"), "add, fetch, update and delete records")),
    }
}

/// A row or column, counted from 1.
fn number(call: &Call, field: &str) -> Result<usize, Response> {
    let text = call.field(field).unwrap_or_default();
    let number = text.trim().parse::<usize>().ok().filter(|number| (1..=100_000).contains(number));
    number.ok_or_else(|| failure(400, 2831, &format!("The parameter {field} is no number from 1 on.")))
}

fn read(call: &Call, field: &str) -> Result<Value, Response> {
    let text = call.field(field).unwrap_or_default();
    serde_json::from_str(&text)
        .map_err(|_| failure(400, 2831, &format!("The parameter {field} is missing or is no JSON.")))
}

/// The records that fit `criteria`, such as `"Month"="March" and "Amount">50`, with their rows.
fn fitting(call: &Call, world: &World, module: &str) -> Vec<Object> {
    let criteria = call.field("criteria").unwrap_or_default();
    let all = world.store.all(PRODUCT, module).iter().enumerate();
    let fits = |record: &Object| {
        criteria
            .split(" or ")
            .any(|any| any.split(" and ").all(|one| test(record, one.trim().trim_matches(['(', ')']))))
    };
    let found = all.filter(|(_, record)| criteria.trim().is_empty() || fits(record));
    found
        .map(|(at, record)| {
            let mut shown = Object::from_iter([("row_index".to_owned(), json!(at + FIRST_ROW))]);
            shown.extend(record.clone());
            shown
        })
        .collect()
}

fn test(record: &Object, text: &str) -> bool {
    for sign in ["!=", ">=", "<=", "=", ">", "<", " contains "] {
        let Some((column, wanted)) = text.split_once(sign) else { continue };
        let found = match record.get(column.trim().trim_matches('"')) {
            Some(Value::String(text)) => text.clone(),
            Some(value) if !value.is_null() => value.to_string(),
            _ => String::new(),
        };
        let wanted = wanted.trim().trim_matches('"');
        let order = match (found.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.partial_cmp(&b),
            _ => Some(found.to_lowercase().cmp(&wanted.to_lowercase())),
        };
        use std::cmp::Ordering::{Equal, Greater, Less};
        return match sign {
            "!=" => order != Some(Equal),
            ">=" => matches!(order, Some(Greater | Equal)),
            "<=" => matches!(order, Some(Less | Equal)),
            "=" => order == Some(Equal),
            ">" => order == Some(Greater),
            "<" => order == Some(Less),
            _ => found.to_lowercase().contains(&wanted.to_lowercase()),
        };
    }
    false
}
