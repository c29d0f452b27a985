//! Stripe: objects with prefixed ids, forms with brackets, lists with `has_more`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, json};
use crate::oauth::Seen;
use crate::world::{World, now_millis};

/// Resources: the path, the name of the object, the prefix of its ids, and the parameters that a new one must have.
const RESOURCES: &[(&str, &str, &str, &[&str])] = &[
    ("customers", "customer", "cus_", &[]),
    ("products", "product", "prod_", &["name"]),
    ("prices", "price", "price_", &["currency"]),
    ("payment_intents", "payment_intent", "pi_", &["amount", "currency"]),
    ("charges", "charge", "ch_", &["amount", "currency"]),
    ("refunds", "refund", "re_", &[]),
    ("invoices", "invoice", "in_", &["customer"]),
    ("invoiceitems", "invoiceitem", "ii_", &["customer"]),
    ("subscriptions", "subscription", "sub_", &["customer"]),
    ("payment_links", "payment_link", "plink_", &["line_items"]),
    ("payment_methods", "payment_method", "pm_", &["type"]),
    ("coupons", "coupon", "", &["duration"]),
    ("setup_intents", "setup_intent", "seti_", &[]),
];

fn failure(status: u16, kind: &str, code: &str, param: &str, message: &str) -> Option<Response> {
    let mut error = json!({ "type": kind, "message": message });
    if !code.is_empty() {
        error["code"] = code.into();
    }
    if !param.is_empty() {
        error["param"] = param.into();
    }
    Some(json(status, json!({ "error": error })))
}

/// Numbers and truth come as text in a form.
fn settled(value: Value) -> Value {
    match value {
        Value::String(text) => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            "" => Value::Null,
            other if other.len() < 16 && (other == "0" || !other.starts_with('0')) => {
                other.parse::<i64>().map_or(Value::String(text.clone()), Value::from)
            }
            _ => Value::String(text),
        },
        Value::Object(map) => {
            // `items[0][price]` is a list.
            let numbered = !map.is_empty() && map.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_digit()));
            let settled: Object = map.into_iter().map(|(key, value)| (key, settled(value))).collect();
            if numbered { settled.into_iter().map(|(_, value)| value).collect() } else { Value::Object(settled) }
        }
        other => other,
    }
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["v1", name, rest @ ..] = path.as_slice() else { return None };
    if let ("balance", []) = (*name, rest) {
        return ok(
            json!({ "object": "balance", "user": crate::oauth::USER, "livemode": false, "available": [{ "amount": 0, "currency": "usd" }], "pending": [{ "amount": 0, "currency": "usd" }] }),
        );
    }
    if let ("checkout", ["sessions", rest @ ..]) = (*name, rest) {
        return resource(seen, world, &("checkout.sessions", "checkout.session", "cs_test_", &["mode"]), rest);
    }
    let row = RESOURCES.iter().find(|(path, ..)| path == name)?;
    resource(seen, world, row, rest)
}

fn resource(seen: &Seen, world: &mut World, row: &(&str, &str, &str, &[&str]), rest: &[&str]) -> Option<Response> {
    let (plural, name, prefix, needed) = *row;
    let missing =
        |id: &str| failure(404, "invalid_request_error", "resource_missing", "id", &format!("No such {name}: '{id}'"));
    match (seen.method.as_str(), rest) {
        ("GET", [] | ["search"]) => {
            let asked = query(seen);
            let mut all = world.store.all("stripe", plural).to_vec();
            all.reverse();
            for key in ["email", "customer", "status", "active", "product"] {
                if let Some(wanted) = asked.get(key) {
                    all.retain(|one| {
                        one.get(key).is_some_and(|value| value == wanted || value.to_string().as_str() == wanted)
                    });
                }
            }
            if let Some((field, wanted)) = asked.get("query").and_then(|text| text.split_once(':')) {
                all.retain(|one| {
                    one.get(field.trim()).and_then(Value::as_str) == Some(wanted.trim().trim_matches(['\'', '"']))
                });
            }
            if let Some(after) = asked.get("starting_after") {
                let at = all.iter().position(|one| one["id"] == after).map_or(all.len(), |at| at + 1);
                all.drain(..at);
            }
            let limit = asked.number("limit", 10).clamp(1, 100);
            let shown: Vec<Object> = all.iter().take(limit).cloned().collect();
            let list = if rest.is_empty() { "list" } else { "search_result" };
            ok(json!({ "object": list, "url": format!("/v1/{plural}"), "has_more": all.len() > limit, "data": shown }))
        }
        ("POST", []) => {
            let given: Object = body(seen).into_iter().map(|(key, value)| (key, settled(value))).collect();
            if let Some(param) = needed.iter().find(|param| !given.contains_key(**param)) {
                return failure(
                    400,
                    "invalid_request_error",
                    "parameter_missing",
                    param,
                    &format!("Missing required param: {param}."),
                );
            }
            let id = match text(&given, "id") {
                "" => super::id(world, prefix),
                own => own.to_owned(),
            };
            let mut made = object(
                json!({ "id": id, "object": name, "created": now_millis() / 1000, "livemode": false, "metadata": {} }),
            );
            made.extend(defaults(name, &id, &given));
            made.extend(given);
            world.store.add("stripe", plural, made.clone());
            ok(made)
        }
        ("GET", [id]) => {
            match world.store.find("stripe", plural, "id", id).cloned().or_else(|| made_up(world, plural, name, id)) {
                Some(found) => ok(found),
                None => missing(id),
            }
        }
        ("POST", [id]) => {
            let given: Object = body(seen).into_iter().map(|(key, value)| (key, settled(value))).collect();
            made_up(world, plural, name, id);
            match world.store.find_mut("stripe", plural, "id", id) {
                Some(found) => {
                    found.extend(given);
                    ok(found.clone())
                }
                None => missing(id),
            }
        }
        ("DELETE", [id]) => match world.store.remove("stripe", plural, "id", id) {
            Some(_) => ok(json!({ "id": id, "object": name, "deleted": true })),
            None => missing(id),
        },
        ("POST", [id, action]) => {
            let status = match *action {
                "confirm" | "capture" => "succeeded",
                "cancel" => "canceled",
                "pay" => "paid",
                "finalize" | "send" => "open",
                "void" => "void",
                _ => return None,
            };
            match world.store.find_mut("stripe", plural, "id", id) {
                Some(found) => {
                    found.insert("status".into(), status.into());
                    ok(found.clone())
                }
                None => missing(id),
            }
        }
        _ => None,
    }
}

/// With leniency an id that nobody knows gets an object.
fn made_up(world: &mut World, plural: &str, name: &str, id: &str) -> Option<Object> {
    if world.store.find("stripe", plural, "id", id).is_some() {
        return None;
    }
    let dice = crate::makeup::Dice::new(world.lenient?, &["stripe", plural, id]);
    let mut made = object(json!({ "id": id, "object": name, "livemode": false, "metadata": {} }));
    for field in ["name", "email", "description"] {
        made.insert(field.into(), crate::makeup::text(field, dice).into());
    }
    made.extend(defaults(name, id, &Object::new()));
    world.store.add("stripe", plural, made.clone());
    Some(made)
}

/// What a new object has besides what it was given.
fn defaults(name: &str, id: &str, given: &Object) -> Object {
    let amount = given.get("amount").cloned().unwrap_or(json!(0));
    object(match name {
        "payment_intent" => {
            json!({ "status": "requires_payment_method", "client_secret": format!("{id}_secret_sandbox"), "amount_received": 0 })
        }
        "charge" => {
            json!({ "status": "succeeded", "paid": true, "captured": true, "refunded": false, "amount_refunded": 0 })
        }
        "refund" => json!({ "status": "succeeded", "amount": amount, "currency": "usd" }),
        "invoice" => {
            json!({ "status": "draft", "currency": "usd", "amount_due": 0, "amount_paid": 0, "hosted_invoice_url": format!("https://invoice.stripe.com/i/{id}") })
        }
        "subscription" => json!({ "status": "active", "cancel_at_period_end": false }),
        "product" | "price" => json!({ "active": true }),
        "payment_link" => json!({ "active": true, "url": format!("https://buy.stripe.com/test_{id}") }),
        "checkout.session" => {
            json!({ "status": "open", "payment_status": "unpaid", "url": format!("https://checkout.stripe.com/c/pay/{id}") })
        }
        "coupon" => json!({ "valid": true }),
        "customer" => {
            json!({ "balance": 0, "delinquent": false, "email": null, "name": null, "phone": null, "description": null })
        }
        _ => json!({}),
    })
}
