//! Analytics: workspaces with tables, whose rows are added, changed and deleted by a condition.

use axum::response::Response;
use serde_json::{Value, json};

#[cfg(test)]
use super::shelf::object;
use crate::call::{Answer, Call};
use crate::http::{Object, header_text, json};
use crate::world::World;
use crate::zoho;

pub(super) const PRODUCT: &str = "analytics";
const ORG: &str = "100000000000000900";

/// An error in the form of Analytics.
pub(crate) fn error(status: u16) -> Response {
    let (code, message) = match status {
        401 => (8535, "INVALID_OAUTHTOKEN"),
        403 => (8504, "OAUTH_SCOPE_MISMATCH"),
        404 => (7104, "INVALID_URL"),
        429 => (6043, "TOO_MANY_REQUESTS"),
        _ => (7005, "INTERNAL_ERROR"),
    };
    failure(status, code, message)
}

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(
        status,
        json!({ "status": "failure", "summary": message, "data": { "errorCode": code, "errorMessage": message } }),
    )
}

fn done(summary: &str, data: Value) -> Answer {
    Ok(json(200, json!({ "status": "success", "summary": summary, "data": data })))
}

/// Answers `restapi/v2/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let operation = match call.method.as_str() {
        "GET" => "read",
        "DELETE" => "delete",
        "PUT" => "update",
        _ => "create",
    };
    let data =
        call.path.first().is_some_and(|first| first == "api") || call.path.last().is_some_and(|last| last == "rows");
    let area = if data { "data" } else { "metadata" };
    if !zoho::permits(&call.access, "ZohoAnalytics", area, "", operation) {
        return Err(error(403));
    }
    let path = call.pieces();
    if let ["api", _, workspace, table] = path.as_slice() {
        return super::reports::serve(&call, workspace, table);
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    let ["restapi", "v2", rest @ ..] = path.as_slice() else {
        return Err(super::not_played("this part of Analytics", "use version 2 of its API"));
    };
    if rest != ["orgs"] && header_text(&call.headers, "zanalytics-orgid").is_empty() {
        return Err(failure(400, 8083, "ORGID_NOT_PRESENT_IN_THE_HEADER"));
    }
    match (call.method.as_str(), rest) {
        ("GET", ["orgs"]) => {
            let org = json!({ "orgId": ORG, "orgName": "Acme", "orgDesc": "", "createdBy": crate::oauth::USER, "planName": "Premium", "isDefault": true, "numberOfWorkspaces": 1, "role": "Account Admin" });
            done("Get organizations", json!({ "orgs": [org] }))
        }
        ("GET", ["workspaces"]) => {
            done("Get all workspaces", json!({ "ownedWorkspaces": workspaces(world), "sharedWorkspaces": [] }))
        }
        ("GET", ["workspaces", "owned"]) => done("Get owned workspaces", json!({ "workspaces": workspaces(world) })),
        ("GET", ["workspaces", "shared"]) => done("Get shared workspaces", json!({ "workspaces": [] })),
        ("GET", ["workspaces", id]) => match workspaces(world).into_iter().find(|one| one["workspaceId"] == *id) {
            Some(workspace) => done("Get workspace details", json!({ "workspaces": workspace })),
            None => Err(failure(400, 7103, "WORKSPACE_NOT_FOUND")),
        },
        ("GET", ["workspaces", id, "views"]) => done("Get views", json!({ "views": views(world, id) })),
        (method, ["workspaces", workspace, "views", view, "rows"]) => rows(&call, world, (workspace, view), method),
        _ => Err(super::not_played(
            "this part of Analytics",
            "add, change and delete rows, and list workspaces and views",
        )),
    }
}

/// The workspaces that hold tables; a fixed one when there is none.
fn workspaces(world: &World) -> Vec<Value> {
    let mut ids: Vec<String> = world
        .store
        .modules(PRODUCT)
        .iter()
        .filter_map(|table| table.split_once('/').map(|(id, _)| id.to_owned()))
        .collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        ids.push("100000000000000901".to_owned());
    }
    let one = |id: &String| json!({ "workspaceId": id, "workspaceName": "Sales", "workspaceDesc": "", "orgId": ORG, "createdTime": "1735689600000", "createdBy": crate::oauth::USER, "isDefault": true });
    ids.iter().map(one).collect()
}

fn views(world: &World, workspace: &str) -> Vec<Value> {
    let tables = world.store.modules(PRODUCT);
    let own = tables.iter().filter_map(|table| table.split_once('/')).filter(|(id, _)| *id == workspace);
    own.map(|(_, view)| json!({ "viewId": view, "viewName": "Orders", "viewDesc": "", "viewType": "Table", "folderId": "100000000000000902", "createdBy": crate::oauth::USER, "createdTime": "1735689600000" })).collect()
}

fn rows(call: &Call, world: &mut World, (workspace, view): (&str, &str), method: &str) -> Answer {
    let config = call.field("CONFIG").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let config = config.ok_or_else(|| failure(400, 8016, "CONFIG_PARAMETER_MISSING_OR_INVALID"))?;
    let table = format!("{workspace}/{view}");
    let columns = config.get("columns").and_then(Value::as_object).cloned();
    let criteria = config["criteria"].as_str().unwrap_or_default();
    let condition = Condition::read(criteria).map_err(|why| failure(400, 7232, &why))?;
    let needs_columns = || columns.clone().ok_or_else(|| failure(400, 8015, "COLUMNS_PARAMETER_MISSING"));
    match method {
        "POST" => {
            let columns = needs_columns()?;
            world.store.add(PRODUCT, &table, columns.clone());
            done("Add row", json!({ "addedColumns": columns, "invalidColumns": {} }))
        }
        "PUT" => {
            let columns = needs_columns()?;
            if condition.is_all() && config["updateAllRows"] != true {
                return Err(failure(400, 8017, "CRITERIA_PARAMETER_MISSING"));
            }
            let mut all: Vec<Object> = world.store.all(PRODUCT, &table).to_vec();
            let mut changed = 0;
            for row in all.iter_mut().filter(|row| condition.takes(row)) {
                row.extend(columns.clone());
                changed += 1;
            }
            if changed == 0 && config["addIfNotExist"] == true {
                all.push(columns.clone());
            }
            world.store.load(PRODUCT, &table, all);
            done("Update rows", json!({ "updatedColumns": columns, "updatedRows": changed, "invalidColumns": {} }))
        }
        "DELETE" => {
            if condition.is_all() && config["deleteAllRows"] != true {
                return Err(failure(400, 8017, "CRITERIA_PARAMETER_MISSING"));
            }
            let before = world.store.all(PRODUCT, &table).len();
            world.store.retain(PRODUCT, &table, |row| !condition.takes(row));
            let deleted = before - world.store.all(PRODUCT, &table).len();
            done("Delete rows", json!({ "deletedRows": deleted }))
        }
        _ => Err(error(404)),
    }
}

/// `"Item"='Hat' and "Table"."Amount" > 5`: comparisons that all must hold.
#[derive(Debug, PartialEq)]
pub(super) struct Condition(Vec<(String, String, String)>);

const SIGNS: &[&str] = &["<>", "!=", "<=", ">=", "=", "<", ">"];

impl Condition {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("INVALID_CRITERIA: {text}");
        let mut tests = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let mut column = quoted(&mut rest, '"').ok_or_else(wrong)?;
            if let Some(after) = rest.strip_prefix('.') {
                rest = after;
                column = quoted(&mut rest, '"').ok_or_else(wrong)?;
            }
            rest = rest.trim_start();
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(wrong)?;
            rest = rest[sign.len()..].trim_start();
            let value = if rest.starts_with('\'') {
                quoted(&mut rest, '\'').ok_or_else(wrong)?
            } else {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (value, after) = rest.split_at(end);
                rest = after;
                value.to_owned()
            };
            tests.push((column, (*sign).to_owned(), value));
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            }
            let joined = rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("and "));
            rest = rest.get(4..).filter(|_| joined).ok_or_else(wrong)?.trim_start();
        }
        Ok(Self(tests))
    }

    fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn takes(&self, row: &Object) -> bool {
        self.0.iter().all(|(column, sign, wanted)| {
            let found = row.get(column).map(text).unwrap_or_default();
            let order = match (found.parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(a), Ok(b)) => a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal),
                _ => found.as_str().cmp(wanted.as_str()),
            };
            match sign.as_str() {
                "=" => order.is_eq(),
                "<>" | "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is between quotes at the beginning; a doubled quote stands for one.
fn quoted(rest: &mut &str, quote: char) -> Option<String> {
    let inner = rest.strip_prefix(quote)?;
    let mut value = String::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            value.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            value.push(quote);
        } else {
            *rest = &inner[at + quote.len_utf8()..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let row = object(json!({ "Item": "Hat's", "Amount": 7 }));
        let takes = |text: &str| Condition::read(text).map(|condition| condition.takes(&row));
        assert_eq!(takes(r#""Item"='Hat''s'"#), Ok(true));
        assert_eq!(takes(r#""Orders"."Amount" > 5 and "Item" <> 'Cap'"#), Ok(true));
        assert_eq!(takes(r#""Amount" < 7"#), Ok(false));
        assert_eq!(takes(""), Ok(true));
        assert!(
            takes("Item = 'Hat'").is_err()
                && takes(r#""Item"='Hat"#).is_err()
                && takes(r#""Item"='a' or "b"='c'"#).is_err()
        );
    }
}
