//! What is done with records besides reading and writing: blueprints, owners, mails, copies, counts.

use axum::response::Response;
use serde_json::{Value, json};

use super::org::{Org, id_of, title};
use super::{Ask, error, failure, items, outcome, records, related, tags};
use crate::call::Answer;
use crate::http::{Object, json};
use crate::rows::{Kind, Module};

/// `/{Module}/actions/{action}`
pub(super) fn of_module(ask: &Ask, org: &mut Org, module: &Module, action: &str) -> Answer {
    match (ask.call.method.as_str(), action) {
        ("GET", "count") => Ok(json(200, json!({ "count": org.all(&module.name).len() }))),
        ("POST", "add_tags") => tags::change(ask, org, module, None, true),
        ("POST", "remove_tags") => tags::change(ask, org, module, None, false),
        ("POST", "change_owner") => {
            let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
            let ids: Vec<String> = body["ids"].as_array().into_iter().flatten().map(id_of).collect();
            let owner = owner(org, &body)?;
            let mut results = Vec::new();
            for id in ids {
                results.push(give(org, module, &id, &owner));
            }
            Ok(super::outcomes(ask, 200, results))
        }
        ("POST", "mass_update") => mass_update(ask, org, module),
        ("POST", "mass_delete") => {
            let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
            for id in body["ids"].as_array().into_iter().flatten().map(id_of).collect::<Vec<_>>() {
                org.remove(module, &id);
            }
            let details = json!({ "job_id": org.store.new_id() });
            Ok(json(202, json!({ "data": [outcome("SUCCESS", details, "mass delete scheduled successfully")] })))
        }
        _ => Err(error(404)),
    }
}

fn mass_update(ask: &Ask, org: &mut Org, module: &Module) -> Answer {
    let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
    let Some(fields) = body["data"].get(0).and_then(Value::as_object).cloned() else {
        return Err(failure(400, "MANDATORY_NOT_FOUND", json!({ "api_name": "data" }), "required field not found"));
    };
    let mut results = Vec::new();
    for id in body["ids"].as_array().into_iter().flatten().map(id_of).collect::<Vec<_>>() {
        results.push(match org.change(module, &id, fields.clone(), 0) {
            Ok(_) => outcome("SUCCESS", json!({ "id": id }), "record updated"),
            Err(wrong) => wrong,
        });
    }
    Ok(super::outcomes(ask, 200, results))
}

/// `/{Module}/{id}/actions/{action}`
pub(super) fn of_record(ask: &Ask, org: &mut Org, module: &Module, id: &str, action: &str) -> Answer {
    match (ask.call.method.as_str(), action) {
        ("POST", "add_tags") => tags::change(ask, org, module, Some(id), true),
        ("POST", "remove_tags") => tags::change(ask, org, module, Some(id), false),
        ("POST", "convert") if module.name == "Leads" => related::convert(ask, org, module, id),
        ("POST", "convert") => {
            Err(failure(400, "INVALID_MODULE", json!({}), "the module name given seems to be invalid"))
        }
        ("POST", "clone") => records::clone(ask, org, module, id),
        ("GET", "blueprint") => blueprint(ask, org, module, id),
        ("PUT", "blueprint") => transition(ask, org, module, id),
        ("POST", "send_mail") => send_mail(ask, org, module, id),
        ("POST", "change_owner") => {
            ask.record(org, module, id)?;
            let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
            let owner = owner(org, &body)?;
            let done = give(org, module, id, &owner);
            Ok(json(if done["status"] == "error" { 400 } else { 200 }, done))
        }
        ("POST", "get_related_records_count") => {
            ask.record(org, module, id)?;
            let wanted = items(ask, "get_related_records_count", 50)?;
            let counted: Vec<Value> = wanted
                .iter()
                .map(|item| {
                    let name = item.get("related_list").and_then(|list| list["api_name"].as_str()).unwrap_or_default();
                    let count = related::count(org, module, id, name).unwrap_or(0);
                    json!([{ "count": count, "related_list": { "api_name": name } }])
                })
                .collect();
            Ok(json(200, json!({ "get_related_records_count": counted })))
        }
        _ => Err(error(404)),
    }
}

fn owner(org: &Org, body: &Value) -> Result<Value, Response> {
    let id = if body["owner"].is_null() { return Err(missing("owner")) } else { id_of(&body["owner"]) };
    org.user(&id).ok_or_else(|| {
        failure(
            400,
            "INVALID_DATA",
            json!({ "api_name": "owner", "json_path": "$.owner.id" }),
            "the id given seems to be invalid",
        )
    })
}

fn missing(field: &str) -> Response {
    failure(400, "MANDATORY_NOT_FOUND", json!({ "api_name": field }), "required field not found")
}

fn give(org: &mut Org, module: &Module, id: &str, owner: &Value) -> Value {
    let fields = Object::from_iter([("Owner".to_owned(), owner.clone())]);
    match org.change(module, id, fields, 0) {
        Ok(_) => outcome("SUCCESS", json!({ "id": id }), "owner updated successfully"),
        Err(wrong) => wrong,
    }
}

/// The field that a blueprint of the sandbox moves: the first list of statuses that the module has.
fn process(module: &Module) -> Option<(&str, &[String])> {
    let wanted = ["Stage", "Lead_Status", "Quote_Stage", "Status"];
    wanted.iter().find_map(|name| match &module.field(name)?.kind {
        Kind::Picklist(values) => Some((module.field(name)?.name.as_str(), values.as_slice())),
        _ => None,
    })
}

fn no_process() -> Response {
    failure(400, "RECORD_NOT_IN_PROCESS", json!({}), "record not in process")
}

/// Ids of transitions tell the value that they lead to, by its place in the list.
const FIRST_TRANSITION: usize = 200_000;

fn blueprint(ask: &Ask, org: &mut Org, module: &Module, id: &str) -> Answer {
    let record = ask.record(org, module, id)?;
    let Some((field, values)) = process(module) else { return Err(no_process()) };
    let now = record.get(field).cloned().unwrap_or_default();
    let transitions: Vec<Value> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| now != value.as_str())
        .map(|(at, value)| {
            json!({
                "id": (FIRST_TRANSITION + at).to_string(),
                "name": value,
                "next_field_value": value,
                "criteria_matched": true,
                "type": "manual",
                "data": {},
                "fields": [],
                "next_transitions": [],
                "percent_partial_save": 0.0,
            })
        })
        .collect();
    let info = json!({
        "api_name": field,
        "field_label": field.replace('_', " "),
        "field_name": field,
        "field_value": now,
        "is_continuous": false,
        "column_name": field.to_uppercase(),
        "escalation": null,
    });
    Ok(json(200, json!({ "blueprint": { "process_info": info, "transitions": transitions } })))
}

fn transition(ask: &Ask, org: &mut Org, module: &Module, id: &str) -> Answer {
    ask.record(org, module, id)?;
    let Some((field, values)) = process(module) else { return Err(no_process()) };
    let wish = items(ask, "blueprint", 1)?.remove(0);
    let Some(chosen) = wish.get("transition_id").map(id_of) else { return Err(missing("transition_id")) };
    let at = chosen.parse::<usize>().ok().and_then(|number| number.checked_sub(FIRST_TRANSITION));
    let value = at.and_then(|at| values.get(at)).cloned();
    let value = value.or_else(|| org.lenient.and_then(|_| values.first().cloned()));
    let Some(value) = value else {
        return Err(failure(400, "INVALID_DATA", json!({ "api_name": "transition_id" }), "invalid data"));
    };
    let mut fields = wish.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    fields.remove("Notes");
    fields.insert(field.to_owned(), value.into());
    match org.change(module, id, fields, 0) {
        Ok(_) => Ok(json(200, outcome("SUCCESS", json!({ "id": id }), "transition updated successfully"))),
        Err(wrong) => Err(json(400, wrong)),
    }
}

/// A mail to a record is captured.
fn send_mail(ask: &Ask, org: &mut Org, module: &Module, id: &str) -> Answer {
    let record = ask.record(org, module, id)?;
    let mails = items(ask, "data", 1)?;
    let mut results = Vec::new();
    for mut mail in mails {
        if mail.get("from").is_none_or(Value::is_null) {
            return Err(missing("from"));
        }
        mail.insert("module".into(), module.name.as_str().into());
        mail.insert("record".into(), json!({ "id": id, "name": title(module, &record) }));
        let message_id = org.store.new_id();
        mail.insert("message_id".into(), message_id.clone().into());
        crate::outbox::keep(org.store, "crm", "mail", mail.into());
        results.push(outcome("SUCCESS", json!({ "message_id": message_id }), "Your mail has been sent successfully."));
    }
    Ok(json(200, json!({ "data": results })))
}
