//! Records: list, read, create, update, upsert, delete, search.

use std::cmp::Ordering;

use axum::response::Response;
use serde_json::{Value, json};

use super::criteria::{self, Criteria};
use super::org::{Org, blank, id_of, title};
use super::{Ask, data, failure, outcome, outcomes, paged, required_param};
use crate::call::Answer;
use crate::http::{Object, empty, header_text, json};
use crate::rows::{Kind, Module};

/// The details that a write answers with.
pub(super) fn written(org: &Org, module: &Module, record: &Object, message: &str) -> Value {
    let full = org.complete(module, record);
    let details: Object = ["Modified_Time", "Modified_By", "Created_Time", "id", "Created_By"]
        .into_iter()
        .map(|field| {
            let mut value = full[field].clone();
            if let Some(user) = value.as_object_mut() {
                user.remove("email");
            }
            (field.to_owned(), value)
        })
        .collect();
    let mut details = Value::from(details);
    if org.version > 2 {
        details["$approval_state"] = "approved".into();
    }
    outcome("SUCCESS", details, message)
}

/// Leaves the fields that the query asks for, and the id.
fn only_asked(ask: &Ask, records: &mut [Object]) {
    if let Some(fields) = ask.query("fields") {
        let asked: Vec<&str> = fields.split(',').map(str::trim).collect();
        for record in records {
            record.retain(|name, _| name == "id" || asked.contains(&name.as_str()));
        }
    }
}

/// A list does not show the rows of subforms.
fn without_subforms(module: &Module, records: &mut [Object]) {
    for field in module.of_kind(|kind| *kind == Kind::Subform) {
        for record in records.iter_mut() {
            record.remove(field);
        }
    }
}

/// Converted leads are shown when they are asked for.
fn unconverted(ask: &Ask, records: &mut Vec<Object>) {
    match ask.query("converted").unwrap_or("false") {
        "both" => {}
        wanted => records.retain(|record| {
            let converted = record.get("Converted__s").and_then(Value::as_bool).unwrap_or(false);
            converted == (wanted == "true")
        }),
    }
}

/// Sorts as the query says.
fn sorted(ask: &Ask, records: &mut [Object]) {
    if let Some(field) = ask.query("sort_by") {
        records.sort_by(|a, b| compare(a.get(field), b.get(field)));
        if !ask.query("sort_order").is_some_and(|order| order.eq_ignore_ascii_case("asc")) {
            records.reverse();
        }
    }
}

pub(super) fn list(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    // Versions from 3 on do not choose the fields themselves.
    if ask.version > 2 && ask.query("fields").is_none() {
        return Err(required_param("fields"));
    }
    if ask.query("fields").is_some_and(|fields| fields.split(',').count() > 50) {
        let details = json!({ "param_name": "fields", "limit": 50 });
        return Err(failure(400, "LIMIT_EXCEEDED", details, "only 50 fields can be asked for"));
    }
    org.fill(module);
    let mut records: Vec<Object> = org.all(&module.name).iter().map(|record| org.complete(module, record)).collect();
    if let Some(ids) = ask.query("ids") {
        let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
        records.retain(|record| record["id"].as_str().is_some_and(|id| ids.contains(&id)));
    }
    unconverted(ask, &mut records);
    let since = header_text(&ask.call.headers, "if-modified-since");
    if let Ok(since) = since.parse::<jiff::Timestamp>() {
        records.retain(|record| {
            let at = record["Modified_Time"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            at.is_some_and(|at| at > since)
        });
        if records.is_empty() {
            return Ok(empty(304));
        }
    }
    sorted(ask, &mut records);
    without_subforms(module, &mut records);
    only_asked(ask, &mut records);
    paged(ask, &records)
}

/// Numbers by value, digits in a text as numbers, other texts letter by letter; null comes first.
pub(super) fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null)) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) if digits(a) && digits(b) => a.len().cmp(&b.len()).then(a.cmp(b)),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Object(a), Value::Object(b)) => compare(a.get("name"), b.get("name")),
        (a, b) => b.is_null().cmp(&a.is_null()),
    }
}

pub(super) fn one(ask: &Ask, org: &mut Org, module: &Module, id: &str) -> Answer {
    let record = ask.record(org, module, id)?;
    let mut found = vec![org.complete(module, &record)];
    unconverted(ask, &mut found);
    if found.is_empty() {
        return Ok(empty(204));
    }
    only_asked(ask, &mut found);
    Ok(json(200, json!({ "data": found })))
}

pub(super) fn create(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    let mut items = Vec::new();
    for (index, fields) in data(ask)?.into_iter().enumerate() {
        items.push(match org.insert(module, fields, index) {
            Ok(record) => written(org, module, &record, "record added"),
            Err(wrong) => wrong,
        });
    }
    Ok(outcomes(ask, 201, items))
}

/// One record by the id in the path, or several by the ids in the body.
pub(super) fn update(ask: &Ask, org: &mut Org, module: &Module, id: Option<&str>) -> Answer {
    let mut items = Vec::new();
    for (index, fields) in data(ask)?.into_iter().enumerate() {
        let Some(id) = id.map(str::to_owned).or_else(|| fields.get("id").map(id_of)) else {
            let details = json!({ "api_name": "id", "json_path": format!("$.data[{index}].id") });
            items.push(outcome("MANDATORY_NOT_FOUND", details, "required field not found"));
            continue;
        };
        items.push(match org.change(module, &id, fields, index) {
            Ok(record) => written(org, module, &record, "record updated"),
            Err(wrong) => wrong,
        });
    }
    Ok(outcomes(ask, 200, items))
}

/// Updates the record that agrees in one of the fields to compare, else adds one.
pub(super) fn upsert(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    let records = data(ask)?;
    let given: Object = serde_json::from_slice(&ask.call.body).unwrap_or_default();
    let named = given.get("duplicate_check_fields").cloned().unwrap_or_default();
    let named: Vec<String> = serde_json::from_value(named).unwrap_or_default();
    let own = Some(module.setting("unique")).filter(|field| !field.is_empty());
    let fields: Vec<String> = named.into_iter().chain(own.map(str::to_owned)).collect();
    let mut items = Vec::new();
    for (index, record) in records.into_iter().enumerate() {
        let by_id = record.get("id").map(id_of).filter(|id| org.find(module, id).is_some());
        let twin = by_id.map(|id| (None, id)).or_else(|| {
            fields.iter().find_map(|field| {
                let value = record.get(field).filter(|value| !blank(Some(value)))?;
                let found = org.all(&module.name).iter().find(|other| same(other.get(field), value))?;
                Some((Some(field.clone()), found["id"].as_str()?.to_owned()))
            })
        });
        let (action, field, result) = match twin {
            Some((field, id)) => ("update", field, org.change(module, &id, record, index)),
            None => ("insert", None, org.insert(module, record, index)),
        };
        items.push(match result {
            Ok(record) => {
                let message = if action == "insert" { "record added" } else { "record updated" };
                let mut item = written(org, module, &record, message);
                item["action"] = action.into();
                item["duplicate_field"] = field.into();
                item
            }
            Err(wrong) => wrong,
        });
    }
    Ok(outcomes(ask, 200, items))
}

/// Whether two values of a field mean the same: texts in any case, lookups by id.
fn same(found: Option<&Value>, wanted: &Value) -> bool {
    match (found, wanted) {
        (Some(Value::String(found)), Value::String(wanted)) => found.eq_ignore_ascii_case(wanted),
        (Some(Value::Object(found)), wanted) => found.get("id").is_some_and(|id| *id == id_of(wanted)),
        (Some(found), wanted) => found == wanted,
        (None, _) => false,
    }
}

/// One record by the id in the path, or several by `?ids=`.
pub(super) fn delete(ask: &Ask, org: &mut Org, module: &Module, id: Option<&str>) -> Answer {
    let Some(ids) = id.or_else(|| ask.query("ids")).filter(|ids| !ids.is_empty()) else {
        return Err(required_param("ids"));
    };
    let mut items = Vec::new();
    for id in ids.split(',').map(str::trim) {
        items.push(match org.remove(module, id) {
            Some(_) => outcome("SUCCESS", json!({ "id": id }), "record deleted"),
            None => outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid"),
        });
    }
    Ok(outcomes(ask, 200, items))
}

/// What was deleted, by `?type=all`, `recycle` or `permanent`.
pub(super) fn deleted(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    let wanted = ask.query("type").unwrap_or("all");
    let mut gone: Vec<Object> = org.all("deleted").to_vec();
    gone.retain(|record| record["module"] == module.name.as_str() && (wanted == "all" || record["type"] == wanted));
    for record in &mut gone {
        record.remove("module");
    }
    paged(ask, &gone)
}

/// `?criteria=…`, `?email=…`, `?phone=…` or `?word=…`
pub(super) fn search(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    let filter = filter(ask)?;
    let mut records: Vec<Object> = org.all(&module.name).iter().map(|record| org.complete(module, record)).collect();
    if let Filter::Criteria(criteria) = &filter {
        if criteria.tests() > 10 {
            let details = json!({ "limit": 10 });
            return Err(failure(400, "LIMIT_EXCEEDED", details, "only ten criteria can be given"));
        }
        let unknown = |field: &&str| {
            *field != "id" && !records.is_empty() && records.iter().all(|record| !record.contains_key(*field))
        };
        if org.lenient.is_none()
            && let Some(field) = criteria.fields().iter().find(|field| unknown(field))
        {
            let details = json!({ "reason": "invalid field", "api_name": field });
            return Err(failure(400, "INVALID_QUERY", details, "Invalid query formed"));
        }
    }
    records.retain(|record| filter.takes(module, record));
    if records.is_empty()
        && let Some(made) = org.make_fitting(module, &filter.wishes(module))
    {
        records.extend(Some(org.complete(module, &made)).filter(|record| filter.takes(module, record)));
    }
    unconverted(ask, &mut records);
    sorted(ask, &mut records);
    without_subforms(module, &mut records);
    only_asked(ask, &mut records);
    paged(ask, &records)
}

enum Filter {
    Criteria(Criteria),
    Email(String),
    Phone(String),
    Word(String),
}

fn filter(ask: &Ask) -> Result<Filter, Response> {
    let lower = |name: &str| ask.query(name).map(str::to_lowercase);
    if let Some(text) = ask.query("criteria") {
        let wrong = |reason| failure(400, "INVALID_QUERY", json!({ "reason": reason }), "Invalid query formed");
        return criteria::parse(text).map(Filter::Criteria).map_err(wrong);
    }
    let email = lower("email").map(Filter::Email);
    let phone = || lower("phone").map(Filter::Phone);
    let word = || lower("word").map(Filter::Word);
    match email.or_else(phone).or_else(word) {
        Some(Filter::Word(word)) if word.chars().count() < 2 => {
            Err(failure(400, "INVALID_DATA", json!({ "param_name": "word", "minimum_length": 2 }), "invalid data"))
        }
        Some(filter) => Ok(filter),
        None => {
            let details = json!({ "param_names": ["criteria", "email", "phone", "word"] });
            Err(failure(400, "REQUIRED_PARAM_MISSING", details, "One of the expected parameter is missing"))
        }
    }
}

impl Filter {
    /// Values that a record has which it takes, as far as it names some.
    fn wishes(&self, module: &Module) -> Vec<(String, String)> {
        let first = |kind: Kind| module.of_kind(move |own| *own == kind).next().map(str::to_owned);
        match self {
            Filter::Criteria(criteria) => criteria.wishes(),
            Filter::Email(email) => first(Kind::Email).map(|field| (field, email.clone())).into_iter().collect(),
            Filter::Phone(phone) => first(Kind::Phone).map(|field| (field, phone.clone())).into_iter().collect(),
            Filter::Word(_) => Vec::new(),
        }
    }

    fn takes(&self, module: &Module, record: &Object) -> bool {
        let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        match self {
            Filter::Criteria(criteria) => {
                let free = |field: &str| module.field(field).is_some_and(|f| matches!(f.kind, Kind::Text | Kind::Area));
                criteria.takes(record, &free)
            }
            Filter::Email(email) => module.of_kind(|kind| *kind == Kind::Email).any(|field| text(field) == *email),
            Filter::Phone(phone) => {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                let wanted = digits(phone);
                module.of_kind(|kind| *kind == Kind::Phone).any(|field| {
                    let found = text(field);
                    found == *phone || (!wanted.is_empty() && digits(&found) == wanted)
                })
            }
            Filter::Word(word) => {
                let has = |value: &Value| match value {
                    Value::String(text) => text.to_lowercase().contains(word),
                    Value::Object(lookup) => lookup
                        .get("name")
                        .and_then(Value::as_str)
                        .is_some_and(|text| text.to_lowercase().contains(word)),
                    _ => false,
                };
                record.iter().filter(|(name, _)| !name.starts_with('$')).any(|(_, value)| has(value))
            }
        }
    }
}

/// A copy of a record.
pub(super) fn clone(ask: &Ask, org: &mut Org, module: &Module, id: &str) -> Answer {
    let mut fields = ask.record(org, module, id)?;
    for own in ["id", "Created_Time", "Modified_Time"] {
        fields.remove(own);
    }
    let item = match org.insert(module, fields, 0) {
        Ok(record) => {
            let name = title(module, &record);
            let mut item = written(org, module, &record, "record added");
            item["details"]["name"] = name;
            item
        }
        Err(wrong) => wrong,
    };
    Ok(outcomes(ask, 201, vec![item]))
}
