//! Related lists: records that point at a record, notes, links between many and many, and a deal's contact roles.

use axum::response::Response;
use serde_json::{Value, json};

use super::org::{Org, id_of};
use super::records::written;
use super::{Ask, data, failure, invalid_id, outcome, outcomes, paged};
use crate::call::Answer;
use crate::http::{Object, empty, json, now_text};
use crate::rows::{Kind, Module};

/// Modules whose records are linked many to many, and the field that tells what a record is in the other one.
const LINKED: &[(&str, &str, Option<&str>)] = &[
    ("Campaigns", "Leads", Some("Member_Status")),
    ("Campaigns", "Contacts", Some("Member_Status")),
    ("Campaigns", "Deals", None),
    ("Products", "Leads", None),
    ("Products", "Contacts", None),
    ("Products", "Accounts", None),
    ("Products", "Deals", None),
    ("Products", "Price_Books", Some("list_price")),
    ("Deals", "Contacts", Some("Contact_Role")),
];

/// Lists whose name is not that of their module: the name, the module, and the field that points here.
const NAMED: &[(&str, &str, &str)] = &[
    ("Child_Accounts", "Accounts", "Parent_Account"),
    ("Member_Accounts", "Accounts", "Parent_Account"),
    ("Reporting_Contacts", "Contacts", "Reporting_To"),
    ("Tasks", "Tasks", "What_Id"),
    ("Events", "Events", "What_Id"),
    ("Calls", "Calls", "What_Id"),
    ("Tasks_History", "Tasks", "What_Id"),
    ("Events_History", "Events", "What_Id"),
    ("Calls_History", "Calls", "What_Id"),
    ("Activities", "Tasks", "What_Id"),
    ("Activities_History", "Tasks", "What_Id"),
    ("SalesOrders", "Sales_Orders", ""),
    ("PurchaseOrders", "Purchase_Orders", ""),
    ("Sales_Orders", "Sales_Orders", ""),
    ("Pipelines", "Pipelines", ""),
];

/// How a list belongs to a record.
enum Relation {
    /// Through a field of the records there.
    Field(Module, Vec<String>),
    /// Through links.
    Link(Module, Option<&'static str>),
    /// There is such a list, with nothing in it that the sandbox keeps.
    Empty,
}

fn relation(org: &Org, module: &Module, name: &str) -> Option<Relation> {
    if matches!(name, "Emails" | "Invited_Events" | "CheckLists" | "Zoho_Survey" | "Social" | "Voice_of_Customer") {
        return Some(Relation::Empty);
    }
    let name = if name == "Contact_Roles" && module.name == "Deals" { "Contacts" } else { name };
    let link = LINKED
        .iter()
        .find(|(one, other, _)| (module.name == *one && name == *other) || (module.name == *other && name == *one));
    // A contact's deals point at it, and so do a product's price books not.
    let points = matches!((module.name.as_str(), name), ("Contacts" | "Accounts", "Deals"));
    if let Some((.., field)) = link.filter(|_| !points) {
        return Some(Relation::Link(org.module(name)?, *field));
    }
    let named = NAMED.iter().find(|(list, ..)| *list == name);
    let target = org.module(named.map_or(name, |(_, target, _)| target))?;
    let here = |kind: &Kind| matches!(kind, Kind::Lookup(to) if *to == module.name || to == "*");
    let fields: Vec<String> = target.of_kind(here).map(str::to_owned).collect();
    if fields.is_empty() {
        // A custom module may hold a lookup that no row describes: any of its fields that has this id.
        return (target.fields.len() == Module::custom("", &org.flavor.rows.common).fields.len())
            .then(|| Relation::Field(target, Vec::new()));
    }
    // Activities point at a person by one field and at anything else by another.
    Some(Relation::Field(target, fields))
}

fn no_list() -> Response {
    failure(400, "INVALID_DATA", json!({}), "the relation name given seems to be invalid")
}

fn unknown_other() -> Response {
    failure(400, "INVALID_DATA", json!({}), "the related id given seems to be invalid")
}

pub(super) fn serve(ask: &Ask, org: &mut Org, module: &Module, id: &str, name: &str, rest: &[&str]) -> Answer {
    ask.record(org, module, id)?;
    let Some(relation) = relation(org, module, name) else { return Err(no_list()) };
    let method = ask.call.method.as_str();
    match (method, rest, relation) {
        ("GET", [], Relation::Empty) => Ok(empty(204)),
        ("GET", [], relation) => {
            let records = listed(org, module, id, &relation);
            paged(ask, &asked(ask, records))
        }
        ("GET", [other], relation) => {
            let mut records = listed(org, module, id, &relation);
            records.retain(|record| record.get("id").is_some_and(|id| id == other));
            match records.is_empty() {
                true => Err(unknown_other()),
                false => Ok(json(200, json!({ "data": asked(ask, records) }))),
            }
        }
        ("POST", [], Relation::Field(target, fields)) => add(ask, org, id, &target, &fields),
        ("PUT", [], Relation::Link(target, field)) => {
            let mut items = Vec::new();
            for fields in data(ask)? {
                let other = fields.get("id").map(id_of).unwrap_or_default();
                items.push(link(org, module, id, &target, &other, field, fields));
            }
            Ok(outcomes(ask, 200, items))
        }
        ("PUT", [other], Relation::Link(target, field)) => {
            let fields = data(ask)?.into_iter().next().unwrap_or_default();
            org.find(&target, other).ok_or_else(unknown_other)?;
            Ok(outcomes(ask, 200, vec![link(org, module, id, &target, other, field, fields)]))
        }
        ("PUT", [other], Relation::Field(target, _)) => {
            let fields = data(ask)?.into_iter().next().unwrap_or_default();
            Ok(outcomes(
                ask,
                200,
                vec![match org.change(&target, other, fields, 0) {
                    Ok(record) => written(org, &target, &record, "record updated"),
                    Err(wrong) => wrong,
                }],
            ))
        }
        ("DELETE", [other], Relation::Link(target, _)) => {
            Ok(outcomes(ask, 200, vec![unlink(org, module, id, &target, other)]))
        }
        ("DELETE", [], Relation::Link(target, _)) => {
            let ids = ask.query("ids").unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
            let items = ids.map(|other| unlink(org, module, id, &target, other)).collect();
            Ok(outcomes(ask, 200, items))
        }
        ("DELETE", [other], Relation::Field(target, fields)) => Ok(outcomes(
            ask,
            200,
            vec![match org.find(&target, other).is_some() {
                false => outcome("INVALID_DATA", json!({ "id": other }), "the related id given seems to be invalid"),
                // A note belongs to its record; anything else only loses its pointer.
                true if target.name == "Notes" => {
                    org.remove(&target, other);
                    outcome("SUCCESS", json!({ "id": other }), "record deleted")
                }
                true => {
                    if let Some(record) = org.store.find_mut(org.flavor.product, &target.name, "id", other) {
                        for field in &fields {
                            record.insert(field.clone(), Value::Null);
                        }
                    }
                    outcome("SUCCESS", json!({ "id": other }), "relation removed")
                }
            }],
        )),
        _ => Err(super::error(405)),
    }
}

fn asked(ask: &Ask, mut records: Vec<Object>) -> Vec<Object> {
    if let Some(fields) = ask.query("fields") {
        let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
        for record in &mut records {
            record.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
        }
    }
    records
}

/// The records of a list.
fn listed(org: &Org, module: &Module, id: &str, relation: &Relation) -> Vec<Object> {
    match relation {
        Relation::Empty => Vec::new(),
        Relation::Field(target, fields) => {
            let points = |value: Option<&Value>| value.is_some_and(|value| id_of(value) == id);
            let fits = |record: &&Object| match fields.is_empty() {
                true => record.iter().any(|(name, value)| name != "id" && value.is_object() && points(Some(value))),
                false => fields.iter().any(|field| points(record.get(field))),
            };
            org.all(&target.name).iter().filter(fits).map(|record| org.complete(target, record)).collect()
        }
        Relation::Link(target, _) => {
            let links = org.all("links").iter();
            let ends = links.filter_map(|link| other_end(link, &module.name, id, &target.name).map(|end| (end, link)));
            ends.filter_map(|(end, link)| {
                let record = org.store.find(org.flavor.product, &target.name, "id", &end)?;
                let mut record = org.complete(target, record);
                let own = link.iter().filter(|(name, _)| !matches!(name.as_str(), "from" | "from_id" | "to" | "to_id"));
                record.extend(own.map(|(name, value)| (name.clone(), value.clone())));
                Some(record)
            })
            .collect()
        }
    }
}

/// The id at the other end of a link, when this end is that record and the other one is in that module.
fn other_end(link: &Object, module: &str, id: &str, target: &str) -> Option<String> {
    let text = |key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default();
    match () {
        () if text("from") == module && text("from_id") == id && text("to") == target => Some(text("to_id").into()),
        () if text("to") == module && text("to_id") == id && text("from") == target => Some(text("from_id").into()),
        () => None,
    }
}

/// Adds a record that points here, such as a note.
fn add(ask: &Ask, org: &mut Org, id: &str, target: &Module, fields: &[String]) -> Answer {
    let Some(field) = fields.first() else { return Err(no_list()) };
    let mut items = Vec::new();
    for (index, mut record) in data(ask)?.into_iter().enumerate() {
        record.insert(field.clone(), id.into());
        items.push(match org.insert(target, record, index) {
            Ok(record) => written(org, target, &record, "record added"),
            Err(wrong) => wrong,
        });
    }
    Ok(outcomes(ask, 201, items))
}

/// Links two records, or changes what one is in the other.
fn link(
    org: &mut Org,
    module: &Module,
    id: &str,
    target: &Module,
    other: &str,
    field: Option<&str>,
    mut own: Object,
) -> Value {
    if org.find(target, other).is_none() {
        return outcome("INVALID_DATA", json!({ "id": other }), "the related id given seems to be invalid");
    }
    let (from, to) = (module.name.clone(), target.name.clone());
    own.remove("id");
    if let Some(field) = field.filter(|field| *field == "Member_Status") {
        own.entry(field).or_insert_with(|| "Planned".into());
    }
    org.store.retain(org.flavor.product, "links", |link| other_end(link, &from, id, &to).as_deref() != Some(other));
    for (key, value) in [("from", from.as_str()), ("from_id", id), ("to", to.as_str()), ("to_id", other)] {
        own.insert(key.into(), value.into());
    }
    org.store.add(org.flavor.product, "links", own);
    outcome("SUCCESS", json!({ "id": other }), "relation updated")
}

fn unlink(org: &mut Org, module: &Module, id: &str, target: &Module, other: &str) -> Value {
    let mut found = false;
    org.store.retain(org.flavor.product, "links", |link| {
        let hit = other_end(link, &module.name, id, &target.name).as_deref() == Some(other);
        found |= hit;
        !hit
    });
    match found {
        true => outcome("SUCCESS", json!({ "id": other }), "relation removed"),
        false => outcome("INVALID_DATA", json!({ "id": other }), "the related id given seems to be invalid"),
    }
}

/// The lists that records of a module have, for its settings.
pub(super) fn lists_of(org: &Org, module: &Module) -> Vec<(String, String)> {
    let mut lists =
        vec![("Notes".to_owned(), "Notes".to_owned()), ("Attachments".to_owned(), "Attachments".to_owned())];
    for other in &org.flavor.rows.modules {
        let points = other.fields.iter().any(|field| matches!(&field.kind, Kind::Lookup(to) if *to == module.name || (to == "*" && field.name == "What_Id")));
        if points {
            lists.push((other.name.clone(), other.name.clone()));
        }
    }
    for (one, other, _) in LINKED {
        if *one == module.name {
            let list = if *one == "Deals" { "Contact_Roles" } else { other };
            lists.push((list.to_owned(), (*other).to_owned()));
        } else if *other == module.name {
            lists.push(((*one).to_owned(), (*one).to_owned()));
        }
    }
    let mut seen = Vec::new();
    lists.retain(|(name, _)| match seen.contains(name) {
        true => false,
        false => {
            seen.push(name.clone());
            true
        }
    });
    lists
}

/// How many records a list of a record has, for `actions/get_related_records_count`.
pub(super) fn count(org: &Org, module: &Module, id: &str, name: &str) -> Option<usize> {
    relation(org, module, name).map(|relation| listed(org, module, id, &relation).len())
}

/// Makes a contact of a lead, an account of its company, and a deal if one is described.
pub(super) fn convert(ask: &Ask, org: &mut Org, leads: &Module, id: &str) -> Answer {
    let wishes = data(ask)?.into_iter().next().unwrap_or_default();
    let lead = ask.record(org, leads, id)?;
    if lead.get("Converted__s").and_then(Value::as_bool) == Some(true) {
        return Err(failure(400, "ID_ALREADY_CONVERTED", json!({ "id": id }), "id already converted"));
    }
    let (Some(contacts), Some(accounts), Some(deals)) =
        (org.module("Contacts"), org.module("Accounts"), org.module("Deals"))
    else {
        return Err(invalid_id());
    };
    let refused = |wrong: Value| json(400, json!({ "data": [wrong] }));
    let existing = |org: &mut Org, module: &Module, key: &str| -> Result<Option<Object>, Response> {
        let Some(id) = wishes.get(key).filter(|wish| !wish.is_null()).map(id_of) else { return Ok(None) };
        let details = json!({ "api_name": key, "id": id });
        let unknown = || {
            json(400, json!({ "data": [outcome("INVALID_DATA", details.clone(), "the id given seems to be invalid")] }))
        };
        org.find(module, &id).map(Some).ok_or_else(unknown)
    };
    let mut account = existing(org, &accounts, "Accounts")?;
    if account.is_none()
        && let Some(company) = lead.get("Company").filter(|company| company.is_string())
    {
        let fields = Object::from_iter([("Account_Name".to_owned(), company.clone())]);
        account = Some(org.insert(&accounts, fields, 0).map_err(refused)?);
    }
    let contact = match existing(org, &contacts, "Contacts")? {
        Some(contact) => contact,
        None => {
            let copied = ["First_Name", "Last_Name", "Email", "Phone", "Mobile", "Lead_Source", "Description"];
            let mut fields: Object = lead
                .iter()
                .filter(|(name, _)| copied.contains(&name.as_str()))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            if let Some(account) = &account {
                fields.insert("Account_Name".into(), account["id"].clone());
            }
            org.insert(&contacts, fields, 0).map_err(refused)?
        }
    };
    let mut deal = None;
    if let Some(described) = wishes.get("Deals").and_then(Value::as_object) {
        let mut fields = described.clone();
        fields.retain(|name, _| !name.starts_with('$') && name != "Contact_Role");
        fields.insert("Contact_Name".into(), contact["id"].clone());
        if let Some(account) = &account {
            fields.insert("Account_Name".into(), account["id"].clone());
        }
        deal = Some(org.insert(&deals, fields, 0).map_err(refused)?);
    }
    let done = Object::from_iter([
        ("Converted__s".to_owned(), json!(true)),
        ("Converted_Date_Time".to_owned(), now_text().into()),
        ("Converted_Contact".to_owned(), contact["id"].clone()),
        ("Converted_Account".to_owned(), account.as_ref().map_or(Value::Null, |account| account["id"].clone())),
        ("Converted_Deal".to_owned(), deal.as_ref().map_or(Value::Null, |deal| deal["id"].clone())),
    ]);
    org.change(leads, id, done, 0).map_err(refused)?;
    let id_of = |record: Option<&Object>| record.map_or(Value::Null, |record| record["id"].clone());
    if ask.version < 7 {
        let made =
            json!({ "Contacts": contact["id"], "Deals": id_of(deal.as_ref()), "Accounts": id_of(account.as_ref()) });
        return Ok(json(200, json!({ "data": [made] })));
    }
    let named = |module: &Module, record: Option<&Object>| {
        record.map_or(Value::Null, |record| json!({ "name": super::org::title(module, record), "id": record["id"] }))
    };
    let details = json!({
        "Contacts": named(&contacts, Some(&contact)),
        "Deals": named(&deals, deal.as_ref()),
        "Accounts": named(&accounts, account.as_ref()),
    });
    let item = outcome("SUCCESS", details, "The record has been converted successfully");
    Ok(json(200, json!({ "data": [item] })))
}
