//! COQL: `select Last_Name, Account_Name.Account_Name from Contacts where … order by … limit …`.

mod parse;

use std::cmp::Ordering;

use axum::response::Response;
use serde_json::{Value, json};

use super::org::{Org, id_of};
use super::records::compare;
use super::{Ask, criteria, failure};
use crate::call::Answer;
use crate::http::{Object, empty, json};
use crate::rows::{Kind, Module};
use parse::{Column, Condition, SelectQuery, Test};

/// The most records that one query gives.
const MOST: usize = 2000;

fn wrong(code: &str, details: Value, message: &str) -> Response {
    failure(400, code, details, message)
}

/// Answers `POST /coql`.
pub(super) fn answer(ask: &Ask) -> Answer {
    let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
    let Some(text) = body["select_query"].as_str() else {
        let details = json!({ "api_name": "select_query" });
        return Err(wrong("MANDATORY_NOT_FOUND", details, "required field not found"));
    };
    let query = parse::query(text).map_err(|(message, near)| {
        let details = if near.is_empty() { json!({}) } else { json!({ "near": near }) };
        wrong("SYNTAX_ERROR", details, &message)
    })?;
    let mut world = ask.call.ctx.world();
    let mut org = ask.org(&mut world);
    let module = org.module(&query.module).ok_or_else(|| {
        wrong(
            "INVALID_QUERY",
            json!({ "reason": "invalid module", "api_name": query.module }),
            "the module name given seems to be invalid",
        )
    })?;
    if query.limit > MOST {
        return Err(wrong("LIMIT_EXCEEDED", json!({ "limit": MOST }), "the limit given is above the maximum"));
    }
    if org.lenient.is_none() {
        check(&org, &module, &query)?;
    }
    org.fill(&module);
    let records: Vec<Object> = org.all(&module.name).iter().map(|record| org.complete(&module, record)).collect();
    let mut found: Vec<Object> =
        records.into_iter().filter(|record| takes(&org, &module, record, &query.condition)).collect();
    for (column, descending) in query.order.iter().rev() {
        found.sort_by(|a, b| {
            let (a, b) = (reach(&org, &module, a, column), reach(&org, &module, b, column));
            let order = compare(Some(&a), Some(&b));
            if *descending { order.reverse() } else { order }
        });
    }
    let rows = match query.columns.iter().any(|column| column.function.is_some()) || !query.group.is_empty() {
        true => grouped(&mut org, &module, &query, &found),
        false => found.iter().map(|record| plain(&org, &module, &query, record)).collect(),
    };
    let shown = crate::http::page(&rows, query.offset, query.limit);
    if shown.is_empty() {
        return Ok(empty(204));
    }
    let more = query.offset + shown.len() < rows.len();
    Ok(json(200, json!({ "data": shown, "info": { "count": shown.len(), "more_records": more } })))
}

/// Names of fields must be known; a module that no row describes has what its records have.
fn check(org: &Org, module: &Module, query: &SelectQuery) -> Result<(), Response> {
    let mut names: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
    query.condition.names(&mut names);
    names.extend(query.order.iter().map(|(name, _)| name.as_str()));
    for name in names {
        let first = name.split('.').next().unwrap_or(name);
        let held = |record: &Object| record.contains_key(first);
        let aliased = query.columns.iter().any(|column| column.alias.as_deref() == Some(name));
        if name != "*"
            && first != "id"
            && !aliased
            && module.field(first).is_none()
            && !org.all(&module.name).iter().any(held)
        {
            let details = json!({ "column_name": name, "reason": "column given seems to be invalid" });
            return Err(wrong("INVALID_QUERY", details, "column given seems to be invalid"));
        }
    }
    Ok(())
}

/// The value under a path such as `Account_Name.Website`.
fn reach(org: &Org, module: &Module, record: &Object, path: &str) -> Value {
    let Some((first, rest)) = path.split_once('.') else {
        return record.get(path).cloned().unwrap_or_default();
    };
    let Some(lookup) = record.get(first).filter(|value| !value.is_null()) else { return Value::Null };
    if rest == "id" {
        return lookup.get("id").cloned().unwrap_or_default();
    }
    let id = id_of(lookup);
    let target = match module.field(first).map(|field| &field.kind) {
        Some(Kind::Lookup(target)) if target != "*" => Some(target.clone()),
        Some(Kind::User) => None,
        _ => org.module_of(&id),
    };
    match target.and_then(|name| org.module(&name)) {
        Some(target) => match org.store.find(org.flavor.product, &target.name, "id", &id) {
            Some(record) => reach(org, &target, &org.complete(&target, record), rest),
            None => Value::Null,
        },
        // A user: what the lookup itself tells.
        None => lookup
            .get(if rest == "last_name" || rest == "full_name" { "name" } else { rest })
            .cloned()
            .unwrap_or_default(),
    }
}

/// A row of the result: each column under its name, and the id always.
fn plain(org: &Org, module: &Module, query: &SelectQuery, record: &Object) -> Object {
    let mut row = Object::new();
    for Column { name, alias, .. } in &query.columns {
        let mut value = reach(org, module, record, name);
        // A lookup column gives the id alone.
        if value.get("id").is_some() && value.get("name").is_some() {
            value = json!({ "id": value["id"] });
        }
        row.insert(alias.clone().unwrap_or_else(|| name.clone()), value);
    }
    row.insert("id".into(), record.get("id").cloned().unwrap_or_default());
    row
}

/// Rows of groups, or of all records at once.
fn grouped(org: &mut Org, module: &Module, query: &SelectQuery, found: &[Object]) -> Vec<Object> {
    let mut groups: Vec<(Vec<Value>, Vec<&Object>)> = Vec::new();
    for record in found {
        let key: Vec<Value> = query.group.iter().map(|name| reach(org, module, record, name)).collect();
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(record),
            None => groups.push((key, vec![record])),
        }
    }
    if groups.is_empty() && query.group.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    groups
        .iter()
        .map(|(key, members)| {
            let mut row = Object::new();
            for column in &query.columns {
                let values =
                    || members.iter().map(|record| reach(org, module, record, &column.name)).filter(|v| !v.is_null());
                let value = match column.function.as_deref() {
                    None => match query.group.iter().position(|name| *name == column.name) {
                        Some(at) => key.get(at).cloned().unwrap_or_default(),
                        None => members.first().map_or(Value::Null, |record| reach(org, module, record, &column.name)),
                    },
                    Some("count") => json!(if column.name == "*" { members.len() } else { values().count() }),
                    Some("min") => values().min_by(|a, b| compare(Some(a), Some(b))).unwrap_or_default(),
                    Some("max") => values().max_by(|a, b| compare(Some(a), Some(b))).unwrap_or_default(),
                    Some(name) => {
                        let numbers: Vec<f64> = values().filter_map(|value| value.as_f64()).collect();
                        let sum: f64 = numbers.iter().sum();
                        match name {
                            "avg" if numbers.is_empty() => Value::Null,
                            "avg" => json!(sum / numbers.len() as f64),
                            _ => json!(sum),
                        }
                    }
                };
                let shown =
                    column.function.as_ref().map_or_else(|| column.name.clone(), |f| format!("{f}({})", column.name));
                row.insert(column.alias.clone().unwrap_or(shown), value);
            }
            row
        })
        .collect()
}

fn takes(org: &Org, module: &Module, record: &Object, condition: &Condition) -> bool {
    match condition {
        Condition::All(terms) => terms.iter().all(|term| takes(org, module, record, term)),
        Condition::Any(terms) => terms.iter().any(|term| takes(org, module, record, term)),
        Condition::Is { column, test } => {
            let found = reach(org, module, record, column);
            let found = found.get("id").cloned().unwrap_or(found);
            fits(&found, test)
        }
    }
}

fn fits(found: &Value, test: &Test) -> bool {
    let order = |wanted: &Value| -> Option<Ordering> {
        match wanted {
            Value::Null => found.is_null().then_some(Ordering::Equal),
            _ if found.is_null() => None,
            wanted => criteria::order(found, &id_of(wanted)),
        }
    };
    match test {
        Test::Null(wanted) => (found.is_null() || found == "") == *wanted,
        Test::Equal(value) => order(value) == Some(Ordering::Equal),
        Test::Unequal(value) => order(value) != Some(Ordering::Equal),
        Test::Less(value) => order(value) == Some(Ordering::Less),
        Test::LessEqual(value) => matches!(order(value), Some(Ordering::Less | Ordering::Equal)),
        Test::Greater(value) => order(value) == Some(Ordering::Greater),
        Test::GreaterEqual(value) => matches!(order(value), Some(Ordering::Greater | Ordering::Equal)),
        Test::In(values) => values.iter().any(|value| order(value) == Some(Ordering::Equal)),
        Test::NotIn(values) => values.iter().all(|value| order(value) != Some(Ordering::Equal)),
        Test::Between(first, last) => {
            matches!(order(first), Some(Ordering::Greater | Ordering::Equal))
                && matches!(order(last), Some(Ordering::Less | Ordering::Equal))
        }
        Test::NotBetween(first, last) => order(first) == Some(Ordering::Less) || order(last) == Some(Ordering::Greater),
        Test::Like(pattern) => found.as_str().is_some_and(|text| like(text, pattern)),
        Test::NotLike(pattern) => found.as_str().is_some_and(|text| !like(text, pattern)),
    }
}

/// `%` stands for anything.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let mut pieces = pattern.split('%');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
