//! What hangs on a record: related lists, notes, attachments, campaign members, tags; and a lead's conversion.

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::records::complete;
use super::{Call, Org, data, error, failure, modules, outcome, outcomes, paged};
use crate::http::{Object, json, now_text};

/// A lead or contact in a campaign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    campaign: String,
    /// `Leads` or `Contacts`.
    module: String,
    record: String,
    status: String,
}

/// A file at a record; the sandbox keeps its name and size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    id: String,
    record: String,
    file_name: String,
    size: usize,
    created: String,
}

fn invalid_id() -> Response {
    failure(400, "INVALID_DATA", json!({ "api_name": "id" }), "the id given seems to be invalid")
}

/// The id in the path, if there is such a record.
fn known(call: &Call, org: &Org) -> Result<String, Response> {
    let id = call.id.clone().unwrap_or_default();
    org.find(call.module.name, &id).map(|_| id).ok_or_else(invalid_id)
}

pub(super) async fn list(call: Call) -> Result<Response, Response> {
    let world = call.ctx.world();
    let id = known(&call, &world.crm)?;
    let records = relation(&world.crm, call.module.name, &id, &call.relation)
        .ok_or_else(|| failure(400, "INVALID_DATA", json!({}), "the relation name given seems to be invalid"))?;
    Ok(paged(&call, &records))
}

/// The records of a related list; `None` when there is no such list.
fn relation(org: &Org, module: &str, id: &str, relation: &str) -> Option<Vec<Object>> {
    if relation == "Attachments" {
        let of_record = org.attachments.iter().filter(|attachment| attachment.record == id);
        return Some(of_record.map(Attachment::describe).collect());
    }
    let other = modules::find(relation)?;
    let person = |name: &str| matches!(name, "Leads" | "Contacts");
    if (module == "Campaigns" && person(relation)) || (person(module) && relation == "Campaigns") {
        let here = |member: &&Membership| match module {
            "Campaigns" => member.campaign == id && member.module == relation,
            _ => member.record == id && member.module == module,
        };
        let members = org.memberships.iter().filter(here);
        let record = |member: &Membership| {
            let there = if module == "Campaigns" { &member.record } else { &member.campaign };
            let mut record = complete(other, org.find(relation, there)?);
            record.insert("Member_Status".into(), member.status.clone().into());
            Some(record)
        };
        return Some(members.filter_map(record).collect());
    }
    let field = other.lookups.iter().find(|(_, target)| *target == module || *target == "*")?.0;
    let fits = |record: &&Object| record.get(field).is_some_and(|lookup| lookup["id"] == id);
    Some(org.of(relation).iter().filter(fits).map(|record| complete(other, record)).collect())
}

impl Attachment {
    fn describe(&self) -> Object {
        let described = json!({
            "id": self.id,
            "File_Name": self.file_name,
            "Size": self.size.to_string(),
            "Parent_Id": { "id": self.record },
            "Created_Time": self.created,
        });
        described.as_object().cloned().unwrap_or_default()
    }
}

/// Adds notes to a record.
pub(super) async fn add_note(call: Call, body: Bytes) -> Result<Response, Response> {
    let Some(notes) = modules::find(&call.relation).filter(|module| module.name == "Notes") else {
        return Err(error(404));
    };
    let records = data(&body)?;
    let org = &mut call.ctx.world().crm;
    let id = known(&call, org)?;
    let add = |mut note: Object| {
        note.insert("Parent_Id".into(), id.clone().into());
        match org.insert(notes, note) {
            Ok(note) => outcome("SUCCESS", json!({ "id": note["id"] }), "record added"),
            Err(wrong) => wrong,
        }
    };
    let items = records.into_iter().map(add).collect();
    Ok(outcomes(&call, 201, items))
}

/// Takes the part named `file`.
pub(super) async fn attach(call: Call, mut parts: Multipart) -> Result<Response, Response> {
    let no_file = || failure(400, "REQUIRED_PARAM_MISSING", json!({ "param_name": "file" }), "a file is missing");
    while let Some(part) = parts.next_field().await.map_err(|_| no_file())? {
        if part.name() != Some("file") {
            continue;
        }
        let file_name = part.file_name().unwrap_or("file").to_owned();
        let size = part.bytes().await.map_err(|_| no_file())?.len();
        let org = &mut call.ctx.world().crm;
        let record = known(&call, org)?;
        let id = org.new_id();
        org.attachments.push(Attachment { id: id.clone(), record, file_name, size, created: now_text() });
        let item = outcome("SUCCESS", json!({ "id": id }), "attachment uploaded successfully");
        return Ok(json(200, json!({ "data": [item] })));
    }
    Err(no_file())
}

/// The campaign and the person that a path such as `/Leads/1001/Campaigns/5001` names, in either order.
fn ends(call: &Call, org: &Org) -> Result<(String, String, String), Response> {
    let id = known(call, org)?;
    let (module, relation, other) = (call.module.name, call.relation.as_str(), call.other.clone());
    let ends = match (module, relation) {
        ("Campaigns", "Leads" | "Contacts") => (id, relation, other),
        ("Leads" | "Contacts", "Campaigns") => (other, module, id),
        _ => {
            return Err(failure(400, "INVALID_DATA", json!({}), "the relation name given seems to be invalid"));
        }
    };
    let exist = org.find("Campaigns", &ends.0).is_some() && org.find(ends.1, &ends.2).is_some();
    if exist { Ok((ends.0, ends.1.to_owned(), ends.2)) } else { Err(invalid_id()) }
}

/// Makes a person a member of a campaign, or changes the member's status.
pub(super) async fn link(call: Call, body: Bytes) -> Result<Response, Response> {
    let fields = data(&body)?.into_iter().next().unwrap_or_default();
    let org = &mut call.ctx.world().crm;
    let (campaign, module, record) = ends(&call, org)?;
    let status = fields.get("Member_Status").and_then(Value::as_str).unwrap_or("Planned").to_owned();
    org.memberships.retain(|member| member.campaign != campaign || member.record != record);
    org.memberships.push(Membership { campaign, module, record, status });
    let item = outcome("SUCCESS", json!({ "id": call.other }), "relation updated");
    Ok(json(200, json!({ "data": [item] })))
}

/// Takes a person out of a campaign.
pub(super) async fn unlink(call: Call) -> Result<Response, Response> {
    let org = &mut call.ctx.world().crm;
    let (campaign, _, record) = ends(&call, org)?;
    org.memberships.retain(|member| member.campaign != campaign || member.record != record);
    let item = outcome("SUCCESS", json!({ "id": call.other }), "relation removed");
    Ok(json(200, json!({ "data": [item] })))
}

pub(super) async fn add_tags(call: Call, body: Bytes) -> Result<Response, Response> {
    change_tags(&call, &body, |tags, name| {
        if tags.iter().all(|tag| tag["name"] != name) {
            tags.push(json!({ "name": name }));
        }
    })
}

pub(super) async fn remove_tags(call: Call, body: Bytes) -> Result<Response, Response> {
    change_tags(&call, &body, |tags, name| tags.retain(|tag| tag["name"] != name))
}

/// The names stand in `?tag_names=a,b` or in the body's `tags`; the records in the path or in `?ids=` or `ids`.
fn change_tags(call: &Call, body: &[u8], change: impl Fn(&mut Vec<Value>, &str)) -> Result<Response, Response> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let in_query = |name: &str| -> Vec<String> {
        call.query.text(name).split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let in_body = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().or(item["name"].as_str()).map(str::to_owned)).collect()
    };
    let names = [in_query("tag_names"), in_body(&body["tags"])].concat();
    if names.is_empty() {
        let details = json!({ "param_name": "tag_names" });
        return Err(failure(400, "REQUIRED_PARAM_MISSING", details, "One of the expected parameter is missing"));
    }
    let ids = match &call.id {
        Some(id) => vec![id.clone()],
        None => [in_query("ids"), in_body(&body["ids"])].concat(),
    };
    let org = &mut call.ctx.world().crm;
    let tag = |id: String| {
        let Some(record) = org.find(call.module.name, &id) else {
            return outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid");
        };
        let mut tags = record.get("Tag").and_then(Value::as_array).cloned().unwrap_or_default();
        names.iter().for_each(|name| change(&mut tags, name));
        let shown: Vec<Value> = tags.iter().map(|tag| tag["name"].clone()).collect();
        let fields = Object::from_iter([("Tag".to_owned(), Value::from(tags))]);
        match org.change(call.module, &id, fields) {
            Ok(_) => outcome("SUCCESS", json!({ "id": id, "tags": shown }), "tags updated successfully"),
            Err(wrong) => wrong,
        }
    };
    let items = ids.into_iter().map(tag).collect();
    Ok(outcomes(call, 200, items))
}

/// Makes a contact of a lead, an account of its company, and a deal if one is described.
pub(super) async fn convert(call: Call, body: Bytes) -> Result<Response, Response> {
    let wishes = data(&body)?.into_iter().next().unwrap_or_default();
    let (Some(contacts), Some(accounts), Some(deals)) =
        (modules::find("Contacts"), modules::find("Accounts"), modules::find("Deals"))
    else {
        return Err(error(500));
    };
    let org = &mut call.ctx.world().crm;
    let id = known(&call, org)?;
    if call.module.name != "Leads" {
        return Err(failure(400, "INVALID_MODULE", json!({}), "only leads are converted"));
    }
    let lead = org.find("Leads", &id).cloned().unwrap_or_default();
    let refused = |wrong: Value| json(400, json!({ "data": [wrong] }));
    let mut account = Value::Null;
    if let Some(company) = lead.get("Company").filter(|company| company.is_string()) {
        let fields = Object::from_iter([("Account_Name".to_owned(), company.clone())]);
        account = org.insert(accounts, fields).map_err(refused)?["id"].clone();
    }
    let copied = ["First_Name", "Last_Name", "Email", "Phone", "Mobile"];
    let mut contact: Object = lead.into_iter().filter(|(name, _)| copied.contains(&name.as_str())).collect();
    if !account.is_null() {
        contact.insert("Account_Name".into(), account.clone());
    }
    let contact = org.insert(contacts, contact).map_err(refused)?["id"].clone();
    let mut deal = Value::Null;
    if let Some(described) = wishes.get("Deals").and_then(Value::as_object) {
        let mut fields = described.clone();
        fields.insert("Contact_Name".into(), contact.clone());
        deal = org.insert(deals, fields).map_err(refused)?["id"].clone();
    }
    org.remove(call.module, &id);
    Ok(json(200, json!({ "data": [{ "Contacts": contact, "Deals": deal, "Accounts": account }] })))
}
