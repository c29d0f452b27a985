//! Records: list, read, create, update, upsert, delete, search.

use std::cmp::Ordering;

use axum::body::Bytes;
use axum::response::Response;
use serde_json::{Value, json};

use super::criteria::{self, Criteria};
use super::modules::{self, Module};
use super::{Call, Org, data, failure, outcome, outcomes, paged};
use crate::http::{Object, empty, is_email, json, now_text};

/// When the shipped records were made.
const LONG_AGO: &str = "2025-01-06T09:00:00+00:00";
/// The id of the first record that is made.
const FIRST_ID: u64 = 4_876_876_000_000_100_001;

impl Org {
    /// The records of a module.
    pub(super) fn of(&self, module: &str) -> &[Object] {
        self.records.get(module).map(Vec::as_slice).unwrap_or_default()
    }

    /// The record with that id.
    pub(super) fn find(&self, module: &str, id: &str) -> Option<&Object> {
        self.of(module).iter().find(|record| record["id"] == id)
    }

    /// A new id.
    pub(super) fn new_id(&mut self) -> String {
        self.made += 1;
        (FIRST_ID + self.made - 1).to_string()
    }

    /// Adds a record, or says what is wrong with it.
    pub(super) fn insert(&mut self, module: &Module, mut fields: Object) -> Result<Object, Value> {
        let blank = |field: &&&str| fields.get(**field).is_none_or(|value| value.is_null() || value == "");
        if let Some(field) = module.mandatory.iter().find(blank) {
            return Err(outcome("MANDATORY_NOT_FOUND", json!({ "api_name": field }), "required field not found"));
        }
        self.normalise(module, &mut fields)?;
        let now = now_text();
        let mut record = Object::new();
        record.insert("id".into(), self.new_id().into());
        record.extend(fields);
        record.insert("Created_Time".into(), now.clone().into());
        record.insert("Modified_Time".into(), now.into());
        self.records.entry(module.name.into()).or_default().push(record.clone());
        Ok(record)
    }

    /// Changes a record, or says what is wrong with the change.
    pub(super) fn change(&mut self, module: &Module, id: &str, mut fields: Object) -> Result<Object, Value> {
        if self.find(module.name, id).is_none() {
            return Err(outcome("INVALID_DATA", json!({ "api_name": "id" }), "the id given seems to be invalid"));
        }
        self.normalise(module, &mut fields)?;
        fields.remove("id");
        let records = self.records.entry(module.name.into()).or_default();
        match records.iter_mut().find(|record| record["id"] == id) {
            Some(record) => {
                record.extend(fields);
                record.insert("Modified_Time".into(), now_text().into());
                Ok(record.clone())
            }
            None => Err(super::outcome("INVALID_DATA", json!({}), "the id given seems to be invalid")),
        }
    }

    /// Takes a record away.
    pub(super) fn remove(&mut self, module: &Module, id: &str) -> Option<Object> {
        let records = self.records.get_mut(module.name)?;
        let at = records.iter().position(|record| record["id"] == id)?;
        Some(records.remove(at))
    }

    /// Checks the kinds of fields, and gives lookups their name beside the id.
    fn normalise(&self, module: &Module, fields: &mut Object) -> Result<(), Value> {
        for (name, value) in fields.iter_mut().filter(|(_, value)| !value.is_null()) {
            let wrong = |kind: &str| {
                Err(outcome("INVALID_DATA", json!({ "expected_data_type": kind, "api_name": name }), "invalid data"))
            };
            let name = name.as_str();
            if module.emails.contains(&name) && !value.as_str().is_some_and(|text| text.is_empty() || is_email(text)) {
                return wrong("email");
            }
            if module.numbers.contains(&name) && !value.is_number() {
                return wrong("double");
            }
            if let Some((_, target)) = module.lookups.iter().find(|(field, _)| *field == name) {
                let id = value.get("id").unwrap_or(value);
                let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                let targets = modules::all().filter(|found| *target == "*" || found.name == *target);
                let found = targets.filter_map(|found| Some((found, self.find(found.name, &id)?))).next();
                let Some((found, record)) = found else {
                    return wrong("lookup");
                };
                *value = json!({ "name": title(found, record), "id": id });
            }
        }
        Ok(())
    }
}

/// The text that names a record.
pub(super) fn title(module: &Module, record: &Object) -> Value {
    complete(module, record).get(module.title).cloned().unwrap_or_default()
}

/// A record with the fields that every record has.
pub(super) fn complete(module: &Module, record: &Object) -> Object {
    let robin = json!({ "name": "Robin", "id": "100000000000000001", "email": crate::oauth::USER });
    let mut full = record.clone();
    for (field, value) in [
        ("Owner", robin.clone()),
        ("Created_By", robin.clone()),
        ("Modified_By", robin),
        ("Created_Time", LONG_AGO.into()),
        ("Modified_Time", LONG_AGO.into()),
        ("Tag", json!([])),
    ] {
        full.entry(field).or_insert(value);
    }
    if module.title == "Full_Name" {
        let part = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
        let name = format!("{} {}", part("First_Name"), part("Last_Name"));
        full.insert("Full_Name".into(), name.trim().into());
    }
    full
}

/// The details that a write answers with.
fn written(module: &Module, record: &Object, message: &str) -> Value {
    let full = complete(module, record);
    let details: Object = ["Modified_Time", "Modified_By", "Created_Time", "id", "Created_By"]
        .into_iter()
        .map(|field| (field.to_owned(), full[field].clone()))
        .collect();
    outcome("SUCCESS", details.into(), message)
}

/// Leaves the fields that the query asks for, and the id.
fn only_asked(call: &Call, records: &mut [Object]) {
    if let Some(fields) = call.query.get("fields") {
        let asked: Vec<&str> = fields.split(',').map(str::trim).collect();
        for record in records {
            record.retain(|name, _| name == "id" || asked.contains(&name.as_str()));
        }
    }
}

pub(super) async fn list(call: Call) -> Response {
    // Versions from 3 on do not choose the fields themselves.
    if call.version > 2 && call.query.get("fields").is_none() {
        let details = json!({ "param_name": "fields" });
        return failure(400, "REQUIRED_PARAM_MISSING", details, "One of the expected parameter is missing");
    }
    let world = call.ctx.world();
    let mut records: Vec<Object> = world.crm.of(call.module.name).iter().map(|r| complete(call.module, r)).collect();
    if let Some(ids) = call.query.get("ids") {
        let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
        records.retain(|record| record["id"].as_str().is_some_and(|id| ids.contains(&id)));
    }
    if let Some(field) = call.query.get("sort_by") {
        records.sort_by(|a, b| compare(a.get(field), b.get(field)));
        if !call.query.text("sort_order").eq_ignore_ascii_case("asc") {
            records.reverse();
        }
    }
    only_asked(&call, &mut records);
    paged(&call, &records)
}

/// Numbers by value, digits in a text as numbers, other texts letter by letter; null comes first.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null)) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) if digits(a) && digits(b) => a.len().cmp(&b.len()).then(a.cmp(b)),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (a, b) => b.is_null().cmp(&a.is_null()),
    }
}

pub(super) async fn one(call: Call) -> Response {
    let world = call.ctx.world();
    let id = call.id.as_deref().unwrap_or_default();
    match world.crm.find(call.module.name, id) {
        Some(record) => {
            let mut found = [complete(call.module, record)];
            only_asked(&call, &mut found);
            json(200, json!({ "data": found }))
        }
        None => empty(204),
    }
}

pub(super) async fn create(call: Call, body: Bytes) -> Result<Response, Response> {
    let records = data(&body)?;
    let org = &mut call.ctx.world().crm;
    let insert = |fields| match org.insert(call.module, fields) {
        Ok(record) => written(call.module, &record, "record added"),
        Err(wrong) => wrong,
    };
    let items = records.into_iter().map(insert).collect();
    Ok(outcomes(&call, 201, items))
}

/// One record by the id in the path, or several by the ids in the body.
pub(super) async fn update(call: Call, body: Bytes) -> Result<Response, Response> {
    let records = data(&body)?;
    let org = &mut call.ctx.world().crm;
    let change = |fields: Object| {
        let in_body = fields.get("id").and_then(Value::as_str);
        let Some(id) = call.id.clone().or_else(|| in_body.map(str::to_owned)) else {
            return outcome("MANDATORY_NOT_FOUND", json!({ "api_name": "id" }), "required field not found");
        };
        match org.change(call.module, &id, fields) {
            Ok(record) => written(call.module, &record, "record updated"),
            Err(wrong) => wrong,
        }
    };
    let items = records.into_iter().map(change).collect();
    Ok(outcomes(&call, 200, items))
}

/// Updates the record that agrees in one of the fields to compare, else adds one.
pub(super) async fn upsert(call: Call, body: Bytes) -> Result<Response, Response> {
    let records = data(&body)?;
    let given: Object = serde_json::from_slice(&body).unwrap_or_default();
    let named: Vec<String> = given
        .get("duplicate_check_fields")
        .and_then(|fields| serde_json::from_value(fields.clone()).ok())
        .unwrap_or_default();
    let own = call.module.duplicate_check.iter().map(|field| String::from(*field));
    let fields: Vec<String> = named.into_iter().chain(own).collect();
    let org = &mut call.ctx.world().crm;
    let upsert = |record: Object| {
        let twin = fields.iter().find_map(|field| {
            let value = record.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())?;
            let same = |other: &&Object| {
                other.get(field).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(value))
            };
            let found = org.of(call.module.name).iter().find(same)?;
            Some((field.clone(), found["id"].as_str()?.to_owned()))
        });
        let (action, field, result) = match twin {
            Some((field, id)) => ("update", Some(field), org.change(call.module, &id, record)),
            None => ("insert", None, org.insert(call.module, record)),
        };
        match result {
            Ok(record) => {
                let message = if action == "insert" { "record added" } else { "record updated" };
                let mut item = written(call.module, &record, message);
                item["action"] = action.into();
                item["duplicate_field"] = field.into();
                item
            }
            Err(wrong) => wrong,
        }
    };
    let items = records.into_iter().map(upsert).collect();
    Ok(outcomes(&call, 200, items))
}

/// One record by the id in the path, or several by `?ids=`.
pub(super) async fn delete(call: Call) -> Response {
    let ids = call.id.clone().unwrap_or_else(|| call.query.text("ids").to_owned());
    let org = &mut call.ctx.world().crm;
    let remove = |id: &str| match org.remove(call.module, id) {
        Some(_) => outcome("SUCCESS", json!({ "id": id }), "record deleted"),
        None => outcome("INVALID_DATA", json!({ "id": id }), "record not deleted"),
    };
    let items = ids.split(',').map(str::trim).map(remove).collect();
    outcomes(&call, 200, items)
}

/// `?criteria=…`, `?email=…`, `?phone=…` or `?word=…`
pub(super) async fn search(call: Call) -> Result<Response, Response> {
    let filter = filter(&call)?;
    let world = call.ctx.world();
    let complete = |record: &Object| complete(call.module, record);
    let mut records: Vec<Object> = world.crm.of(call.module.name).iter().map(complete).collect();
    if let Filter::Criteria(criteria) = &filter {
        let unknown = |field: &&str| !records.is_empty() && records.iter().all(|record| !record.contains_key(*field));
        if let Some(field) = criteria.fields().iter().find(|field| unknown(field)) {
            let details = json!({ "reason": "invalid field", "api_name": field });
            return Err(failure(400, "INVALID_QUERY", details, "Invalid query formed"));
        }
    }
    records.retain(|record| filter.takes(call.module, record));
    only_asked(&call, &mut records);
    Ok(paged(&call, &records))
}

enum Filter {
    Criteria(Criteria),
    Email(String),
    Phone(String),
    Word(String),
}

fn filter(call: &Call) -> Result<Filter, Response> {
    let lower = |name: &str| call.query.get(name).map(str::to_lowercase);
    if let Some(text) = call.query.get("criteria") {
        let wrong = |reason| failure(400, "INVALID_QUERY", json!({ "reason": reason }), "Invalid query formed");
        return criteria::parse(text).map(Filter::Criteria).map_err(wrong);
    }
    let email = lower("email").map(Filter::Email);
    let phone = || lower("phone").map(Filter::Phone);
    let word = || lower("word").map(Filter::Word);
    email.or_else(phone).or_else(word).ok_or_else(|| {
        let details = json!({ "param_names": ["criteria", "email", "phone", "word"] });
        failure(400, "REQUIRED_PARAM_MISSING", details, "One of the expected parameter is missing")
    })
}

impl Filter {
    fn takes(&self, module: &Module, record: &Object) -> bool {
        let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        match self {
            Filter::Criteria(criteria) => criteria.takes(record),
            Filter::Email(email) => module.emails.iter().any(|field| text(field) == *email),
            Filter::Phone(phone) => ["Phone", "Mobile"].iter().any(|field| text(field) == *phone),
            Filter::Word(word) => {
                let has = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase().contains(word));
                word.chars().count() > 1 && record.iter().any(|(_, value)| has(value))
            }
        }
    }
}
