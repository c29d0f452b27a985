//! The paths below a record: status, mails, comments, addresses, persons, files, payments; and the settings.

use axum::response::Response;
use serde_json::{Value, json};

use super::{Ask, capital, done, error, failure, invalid, now};
use crate::call::Answer;
use crate::crm::{give, keep};
use crate::http::{Object, json};
use crate::outbox;
use crate::rows::Module;
use crate::world::World;

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn success(key: &str, value: Value) -> Response {
    let mut body = json!({ "code": 0, "message": "success" });
    body[key] = value;
    json(200, body)
}

/// `/{module}/{id}/{part}/…`
pub(super) fn serve(ask: &Ask, world: &mut World, module: &Module, id: &str, part: &str, rest: &[&str]) -> Answer {
    let record = ask.find(world, module, id)?;
    match (ask.call.method.as_str(), part, rest) {
        (_, "comments", rest) => comments(ask, world, module, id, rest),
        ("GET", "contactpersons", rest) => {
            let persons = record.get("contact_persons").cloned().unwrap_or_default();
            match rest.first() {
                None => Ok(success("contact_persons", persons)),
                Some(wanted) => {
                    let mut persons = persons.as_array().cloned().unwrap_or_default().into_iter();
                    let found = persons.find(|person| crate::store::is(person.get("contact_person_id"), wanted));
                    let found = found.ok_or_else(|| failure(404, 1002, "Contact person does not exist."))?;
                    Ok(success("contact_person", found))
                }
            }
        }
        ("POST", "contactpersons", []) if module.name == "customers" => person(ask, world, module, &[]),
        ("GET", "address", []) => {
            Ok(success("addresses", record.get("addresses").cloned().unwrap_or_else(|| json!([]))))
        }
        ("POST", "address", []) => {
            let mut address = ask.body()?;
            address.insert("address_id".into(), world.store.new_id().into());
            let mut addresses = record.get("addresses").and_then(Value::as_array).cloned().unwrap_or_default();
            addresses.push(address.clone().into());
            put(ask, world, module, id, "addresses", addresses.into());
            let mut body = json!({ "code": 0, "message": "The address has been added." });
            body["address_info"] = address.into();
            Ok(json(201, body))
        }
        ("PUT", "address", [which @ ("billing" | "shipping")]) => {
            let address = ask.body()?;
            put(ask, world, module, id, &format!("{which}_address"), address.into());
            Ok(done(&format!("{} address updated", capital(which))))
        }
        ("POST", "email", []) => email(ask, world, module, &record),
        ("GET", "email", []) => {
            Ok(success("data", json!({ "subject": "", "body": "", "to_contacts": [], "from_emails": [] })))
        }
        (_, "attachment" | "documents" | "receipt", []) => attachment(ask, world, module, id),
        ("GET", "payments", []) if module.name == "invoices" => {
            let applies = |payment: &&Object| {
                let invoices = payment.get("invoices").and_then(Value::as_array).into_iter().flatten();
                invoices.into_iter().any(|invoice| crate::store::is(invoice.get("invoice_id"), id))
            };
            let payments = world.store.all(ask.flavor.product, "customerpayments").iter().filter(applies);
            Ok(success("payments", payments.cloned().collect::<Vec<_>>().into()))
        }
        ("GET", "creditsapplied" | "emailhistory" | "refunds", []) => Ok(success(part, json!([]))),
        ("PUT", "templates", [_]) => Ok(done(&ask.says(module, "update", "updated"))),
        ("POST", _, _) => act(ask, world, module, id, part, rest),
        _ => Err(error(404)),
    }
}

fn put(ask: &Ask, world: &mut World, module: &Module, id: &str, key: &str, value: Value) {
    if let Some(record) = world.store.find_mut(ask.flavor.product, &module.name, module.setting("id"), id) {
        record.insert(key.into(), value);
        record.insert("last_modified_time".into(), now().into());
    }
}

/// An action that the rows name, such as `status/sent` or `active`.
fn act(ask: &Ask, world: &mut World, module: &Module, id: &str, part: &str, rest: &[&str]) -> Answer {
    let action = [&[part], rest].concat().join("/");
    let said = module.setting(&format!("says {action}"));
    if said.is_empty() {
        return Err(error(404));
    }
    let status = match action.as_str() {
        "active" | "markasactive" | "reactivate" => Some("active"),
        "inactive" | "markasinactive" => Some("inactive"),
        "approve" | "approve/final" => Some("approved"),
        "submit" => Some("pending_approval"),
        "reject" => Some("rejected"),
        "void" => Some("void"),
        "converttoopen" => Some("open"),
        "cancel" if module.name == "subscriptions" => Some("cancelled"),
        _ => (part == "status").then(|| rest.first().copied()).flatten(),
    };
    if let Some(status) = status {
        let status = if module.name == "subscriptions" && status == "active" { "live" } else { status };
        put(ask, world, module, id, "status", status.into());
    }
    // Billing shows the subscription that an action was done to.
    if module.name == "subscriptions" {
        let record = ask.find(world, module, id)?;
        return Ok(ask.one(200, said, module, record));
    }
    Ok(done(said))
}

fn email(ask: &Ask, world: &mut World, module: &Module, record: &Object) -> Answer {
    let body = ask.call.json("JSONString").unwrap_or_else(|| json!({}));
    let mut mail = object(body);
    let persons = record.get("contact_persons").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = persons.iter().filter_map(|person| person["email"].as_str()).collect::<Vec<_>>();
    mail.entry("to_mail_ids").or_insert_with(|| json!(own));
    mail.insert("module".into(), module.name.as_str().into());
    mail.insert("record".into(), record.get(module.setting("id")).cloned().unwrap_or_default());
    outbox::keep(&mut world.store, ask.flavor.product, "mail", mail.into());
    if module.field("status").is_some() && matches!(module.name.as_str(), "invoices" | "estimates") {
        let id = record.get(module.setting("id")).and_then(Value::as_str).unwrap_or_default().to_owned();
        put(ask, world, module, &id, "status", "sent".into());
    }
    let said = module.setting("says email");
    let fallback = format!("Your {} has been sent.", module.setting("key"));
    Ok(done(if said.is_empty() { &fallback } else { said }))
}

fn comments(ask: &Ask, world: &mut World, module: &Module, id: &str, rest: &[&str]) -> Answer {
    let product = ask.flavor.product;
    let list = format!("comments of {}", module.name);
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => {
            let here = world.store.all(product, &list).iter().filter(|comment| comment["record_id"] == id);
            let key = if module.name == "contacts" { "contact_comments" } else { "comments" };
            Ok(success(key, here.cloned().collect::<Vec<_>>().into()))
        }
        ("POST", []) => {
            let body = ask.body()?;
            let Some(text) = body.get("description").cloned().filter(|text| text.is_string()) else {
                return Err(invalid("description"));
            };
            let comment = json!({
                "comment_id": world.store.new_id(),
                "record_id": id,
                "description": text,
                "commented_by": "Robin",
                "date": now().get(..10),
                "comment_type": "internal",
            });
            world.store.add(product, &list, object(comment.clone()));
            Ok(json(201, json!({ "code": 0, "message": "Comments added.", "comment": comment })))
        }
        ("DELETE", [comment]) => {
            let gone = world.store.remove(product, &list, "comment_id", comment);
            gone.ok_or_else(|| failure(404, 1002, "Comment does not exist."))?;
            Ok(done("The comment has been deleted."))
        }
        _ => Err(error(404)),
    }
}

fn attachment(ask: &Ask, world: &mut World, module: &Module, id: &str) -> Answer {
    let product = ask.flavor.product;
    let list = format!("files of {}", module.name);
    match ask.call.method.as_str() {
        "POST" => {
            let Some(part) = ask.call.file() else {
                return Err(invalid("attachment"));
            };
            let mut file = keep(part);
            file.insert("record_id".into(), id.into());
            world.store.remove(product, &list, "record_id", id);
            world.store.add(product, &list, file);
            Ok(done(&format!(
                "Your file has been successfully attached to the {}.",
                module.setting("key").replace('_', " ")
            )))
        }
        "GET" => match world.store.find(product, &list, "record_id", id) {
            Some(file) => Ok(give(file)),
            None => Err(failure(404, 1002, "Attachment does not exist.")),
        },
        "DELETE" => {
            world.store.remove(product, &list, "record_id", id);
            Ok(done(&format!("Your file is no longer attached to the {}.", module.setting("key").replace('_', " "))))
        }
        _ => Err(error(405)),
    }
}

/// `/contacts/contactpersons`: persons are kept with their contact.
pub(super) fn person(ask: &Ask, world: &mut World, module: &Module, rest: &[&str]) -> Answer {
    let product = ask.flavor.product;
    let key = module.setting("id");
    let holder = |world: &World, person: &str| {
        let mut all = world.store.all(product, &module.name).iter();
        let has = |record: &&Object| {
            let persons = record.get("contact_persons").and_then(Value::as_array).into_iter().flatten();
            persons.into_iter().any(|one| crate::store::is(one.get("contact_person_id"), person))
        };
        all.find(has).and_then(|record| record.get(key)?.as_str().map(str::to_owned))
    };
    let unknown = || failure(404, 1002, "Contact person does not exist.");
    match (ask.call.method.as_str(), rest) {
        ("POST", []) => {
            let mut person = ask.body()?;
            let in_path = ask.call.path.iter().rev().nth(1).cloned().unwrap_or_default();
            let contact = person.get(key).and_then(Value::as_str).map_or(in_path, str::to_owned);
            let record = ask.find(world, module, &contact)?;
            person.insert("contact_person_id".into(), world.store.new_id().into());
            let mut persons = record.get("contact_persons").and_then(Value::as_array).cloned().unwrap_or_default();
            persons.push(person.clone().into());
            put(ask, world, module, &contact, "contact_persons", persons.into());
            let message = "The contact person has been Created";
            Ok(json(201, json!({ "code": 0, "message": message, "contact_person": person })))
        }
        ("PUT", [id]) => {
            let change = ask.body()?;
            let contact = holder(world, id).ok_or_else(unknown)?;
            let record = ask.find(world, module, &contact)?;
            let mut persons = record.get("contact_persons").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut shown = Value::Null;
            for person in persons.iter_mut().filter(|one| crate::store::is(one.get("contact_person_id"), id)) {
                if let Some(person) = person.as_object_mut() {
                    person.extend(change.clone());
                }
                shown = person.clone();
            }
            put(ask, world, module, &contact, "contact_persons", persons.into());
            let message = "The contactperson details has been updated.";
            Ok(json(200, json!({ "code": 0, "message": message, "contact_person": shown })))
        }
        ("DELETE", [id]) => {
            let contact = holder(world, id).ok_or_else(unknown)?;
            let record = ask.find(world, module, &contact)?;
            let mut persons = record.get("contact_persons").and_then(Value::as_array).cloned().unwrap_or_default();
            persons.retain(|one| !crate::store::is(one.get("contact_person_id"), id));
            put(ask, world, module, &contact, "contact_persons", persons.into());
            Ok(done("The contact person has been deleted."))
        }
        ("POST", [id, "primary"]) => {
            holder(world, id).ok_or_else(unknown)?;
            Ok(done("This contact person has been marked as your primary contact person."))
        }
        _ => Err(error(404)),
    }
}

/// `/settings/currencies`, `/settings/taxes`: what a seed puts there, and one currency.
pub(super) fn settings(ask: &Ask, world: &mut World, rest: &[&str]) -> Answer {
    let product = ask.flavor.product;
    let (list, key, id) = match rest.first() {
        Some(&"currencies") => ("currencies", "currency", "currency_id"),
        Some(&"taxes") => ("taxes", "tax", "tax_id"),
        _ => {
            return Err(crate::products::not_played(
                "these settings of Books and its siblings",
                "seed records with --sandbox-data",
            ));
        }
    };
    let mut all: Vec<Object> = world.store.all(product, list).to_vec();
    if list == "currencies" && all.is_empty() {
        let dollar = json!({
            "currency_id": "4876876000000000097", "currency_code": "USD", "currency_name": "USD- US Dollar", "currency_symbol": "$",
            "price_precision": 2, "currency_format": "1,234,567.89", "is_base_currency": true, "exchange_rate": 0, "effective_date": "",
        });
        all.push(object(dollar));
    }
    match (ask.call.method.as_str(), rest) {
        ("GET", [_]) => Ok(success(list, all.into())),
        ("GET", [_, wanted]) => {
            let found = all.into_iter().find(|one| crate::store::is(one.get(id), wanted));
            let found = found.ok_or_else(|| failure(404, 1002, &format!("{} does not exist.", capital(key))))?;
            Ok(success(key, found.into()))
        }
        ("POST", [_]) => {
            let mut made = ask.body()?;
            made.insert(id.into(), world.store.new_id().into());
            world.store.add(product, list, made.clone());
            let mut body = json!({ "code": 0, "message": format!("The {key} has been added.") });
            body[key] = made.into();
            Ok(json(201, body))
        }
        _ => Err(error(404)),
    }
}
