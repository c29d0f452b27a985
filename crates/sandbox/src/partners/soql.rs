//! Salesforce and QuickBooks: records that are added, read and changed, and queries that look like SQL.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, empty, json};
use crate::makeup::{self, Dice};
use crate::oauth::Seen;
use crate::world::World;

/// What a query asks for.
#[derive(Debug, PartialEq)]
struct Select {
    from: String,
    /// Conditions that all hold: field, operator, value.
    terms: Vec<(String, String, String)>,
    limit: usize,
}

/// Reads `select … from X where a = 'b' and c > 1 order by d limit 5`.
fn select(text: &str) -> Option<Select> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = flat.to_lowercase();
    let from_at = lower.find(" from ")? + 6;
    let end = |at: usize, words: &[&str]| {
        words.iter().filter_map(|word| lower[at..].find(word).map(|found| at + found)).min().unwrap_or(flat.len())
    };
    let from = flat[from_at..end(from_at, &[" where ", " order", " limit", " startposition", " maxresults"])]
        .trim()
        .to_owned();
    let mut terms = Vec::new();
    if let Some(at) = lower.find(" where ") {
        let at = at + 7;
        let conditions = &flat[at..end(at, &[" order", " orderby", " limit", " startposition", " maxresults"])];
        let lowered = conditions.to_lowercase();
        let mut start = 0;
        while start < conditions.len() {
            let stop = lowered[start..].find(" and ").map_or(conditions.len(), |found| start + found);
            let term = conditions[start..stop].trim().trim_matches(['(', ')']);
            let sign =
                ["!=", ">=", "<=", "=", ">", "<", " LIKE ", " like "].into_iter().find(|sign| term.contains(sign))?;
            let (field, value) = term.split_once(sign)?;
            terms.push((
                field.trim().to_owned(),
                sign.trim().to_lowercase(),
                value.trim().trim_matches('\'').to_owned(),
            ));
            start = stop + 5;
        }
    }
    let number =
        |word: &str| lower.find(word).and_then(|at| lower[at + word.len()..].split_whitespace().next()?.parse().ok());
    let limit = number(" limit ").or_else(|| number(" maxresults ")).unwrap_or(2000);
    Some(Select { from, terms, limit })
}

impl Select {
    fn takes(&self, record: &Object) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        self.terms.iter().all(|(field, sign, wanted)| {
            let found = match record.get(field) {
                Some(Value::String(text)) => text.clone(),
                Some(value) if !value.is_null() => value.to_string(),
                _ => String::new(),
            };
            let order = match (found.parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted),
                _ => Some(found.to_lowercase().cmp(&wanted.to_lowercase())),
            };
            match sign.as_str() {
                "=" => order == Some(Equal),
                "!=" => order != Some(Equal),
                ">" => order == Some(Greater),
                "<" => order == Some(Less),
                ">=" => matches!(order, Some(Greater | Equal)),
                "<=" => matches!(order, Some(Less | Equal)),
                _ => found.to_lowercase().contains(&wanted.trim_matches('%').to_lowercase()),
            }
        })
    }
}

fn failure(status: u16, code: &str, message: &str) -> Option<Response> {
    Some(json(status, json!([{ "errorCode": code, "message": message }])))
}

pub(super) fn salesforce(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["services", "data", version, rest @ ..] = path.as_slice() else { return None };
    let shown = |kind: &str, record: &Object| {
        let id = text(record, "Id");
        let mut shown = object(
            json!({ "attributes": { "type": kind, "url": format!("/services/data/{version}/sobjects/{kind}/{id}") } }),
        );
        shown.extend(record.clone());
        shown
    };
    match (seen.method.as_str(), rest) {
        ("GET", ["query"]) => {
            let asked = query(seen);
            let Some(select) = select(asked.text("q")) else {
                return failure(400, "MALFORMED_QUERY", "unexpected token");
            };
            let all = world.store.all("salesforce", &select.from).iter().filter(|record| select.takes(record));
            let found: Vec<Object> = all.take(select.limit).map(|record| shown(&select.from, record)).collect();
            ok(json!({ "totalSize": found.len(), "done": true, "records": found }))
        }
        ("POST", ["sobjects", kind]) => {
            let mut record = body(seen);
            if record.is_empty() {
                return failure(400, "REQUIRED_FIELD_MISSING", "Required fields are missing");
            }
            let id = super::id(world, "00Qsb");
            record.insert("Id".into(), id.clone().into());
            world.store.add("salesforce", kind, record);
            Some(json(201, json!({ "id": id, "success": true, "errors": [] })))
        }
        (method @ ("GET" | "PATCH" | "DELETE"), ["sobjects", kind, id]) => {
            if world.store.find("salesforce", kind, "Id", id).is_none() {
                let Some(seed) = world.lenient else {
                    return failure(404, "NOT_FOUND", "The requested resource does not exist");
                };
                let dice = Dice::new(seed, &["salesforce", kind, id]);
                let mut made = object(json!({ "Id": id }));
                made.extend(
                    ["FirstName", "LastName", "Email", "Phone"]
                        .iter()
                        .map(|name| ((*name).to_owned(), makeup::text(name, dice).into())),
                );
                world.store.add("salesforce", kind, made);
            }
            match method {
                "GET" => world.store.find("salesforce", kind, "Id", id).map(|record| shown(kind, record)).and_then(ok),
                "DELETE" => {
                    world.store.remove("salesforce", kind, "Id", id);
                    Some(empty(204))
                }
                _ => {
                    let change = body(seen);
                    world
                        .store
                        .find_mut("salesforce", kind, "Id", id)?
                        .extend(change.into_iter().filter(|(key, _)| key != "Id"));
                    Some(empty(204))
                }
            }
        }
        _ => None,
    }
}

pub(super) fn quickbooks(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["v3", "company", _, rest @ ..] = path.as_slice() else { return None };
    let fault = |status: u16, code: &str, message: &str| {
        let error = json!({ "Message": message, "Detail": message, "code": code });
        Some(json(
            status,
            json!({ "Fault": { "Error": [error], "type": "ValidationFault" }, "time": crate::http::now_text() }),
        ))
    };
    match (seen.method.as_str(), rest) {
        ("GET" | "POST", ["query"]) => {
            let asked = query(seen);
            let text = asked.get("query")?;
            let Some(select) = select(text) else { return fault(400, "4000", "Error parsing query") };
            let all =
                world.store.all("quickbooks", &select.from.to_lowercase()).iter().filter(|record| select.takes(record));
            let found: Vec<Object> = all.take(select.limit).cloned().collect();
            let mut answer = json!({});
            if !found.is_empty() {
                answer = json!({ "startPosition": 1, "maxResults": found.len() });
                answer[select.from.as_str()] = found.into();
            }
            ok(json!({ "QueryResponse": answer, "time": crate::http::now_text() }))
        }
        ("POST", [kind]) => {
            let mut record = body(seen);
            if record.is_empty() {
                return fault(400, "2020", "Required param missing, need to supply the required value for the API");
            }
            let name = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
            match record.get("Id").and_then(Value::as_str).map(str::to_owned) {
                Some(id) => match world.store.find_mut("quickbooks", kind, "Id", &id) {
                    Some(known) => {
                        known.extend(record);
                        ok(json!({ name: known.clone(), "time": crate::http::now_text() }))
                    }
                    None => fault(400, "610", "Object Not Found"),
                },
                None => {
                    record.insert("Id".into(), super::id(world, "").into());
                    record.insert("SyncToken".into(), "0".into());
                    world.store.add("quickbooks", kind, record.clone());
                    ok(json!({ name: record, "time": crate::http::now_text() }))
                }
            }
        }
        ("GET", [kind, id]) => match world.store.find("quickbooks", kind, "Id", id) {
            Some(record) => {
                let name = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
                ok(json!({ name: record, "time": crate::http::now_text() }))
            }
            None if *kind == "companyinfo" => None,
            None => fault(400, "610", "Object Not Found"),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read() {
        let read = select("SELECT Id, Name FROM Lead WHERE City = 'Pune' AND Amount >= 5 ORDER BY Name LIMIT 3");
        let term = |field: &str, sign: &str, value: &str| (field.to_owned(), sign.to_owned(), value.to_owned());
        let expected =
            Select { from: "Lead".into(), terms: vec![term("City", "=", "Pune"), term("Amount", ">=", "5")], limit: 3 };
        assert_eq!(read, Some(expected));
        assert_eq!(select("delete Lead"), None);
        let record = object(json!({ "City": "pune", "Amount": 7 }));
        assert!(
            select("select * from Lead where City = 'Pune' and Amount > 5").is_some_and(|query| query.takes(&record))
        );
        assert!(select("select * from Lead where City like '%un%'").is_some_and(|query| query.takes(&record)));
    }
}
