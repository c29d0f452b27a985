//! Shopify's Admin REST API: `{"products": […]}` for many, `{"product": {…}}` for one.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, json, set};
use crate::makeup::{self, Dice};
use crate::oauth::Seen;
use crate::world::World;

/// Resources: the path, the name of one, and the field that a new one must have.
const RESOURCES: &[(&str, &str, &str)] = &[
    ("products", "product", "title"),
    ("customers", "customer", ""),
    ("orders", "order", "line_items"),
    ("draft_orders", "draft_order", "line_items"),
    ("custom_collections", "custom_collection", "title"),
    ("price_rules", "price_rule", "title"),
    ("webhooks", "webhook", "topic"),
    ("locations", "location", ""),
];

fn unknown() -> Option<Response> {
    Some(json(404, json!({ "errors": "Not Found" })))
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["admin", "api", _, rest @ ..] = path.as_slice() else { return None };
    if rest == ["shop.json"] {
        return ok(
            json!({ "user": crate::oauth::USER, "shop": { "id": 1_000_001, "name": "Sandbox", "email": crate::oauth::USER, "domain": "acme.myshopify.com", "currency": "USD", "iana_timezone": "Etc/UTC" } }),
        );
    }
    let bare: Vec<&str> = rest.iter().map(|piece| piece.trim_end_matches(".json")).collect();
    let [plural, rest @ ..] = bare.as_slice() else { return None };
    let (plural, name, needed) = RESOURCES.iter().find(|(path, ..)| path == plural)?;
    match (seen.method.as_str(), rest) {
        ("GET", [] | ["search"]) => {
            let asked = query(seen);
            let mut all = world.store.all("shopify", plural).to_vec();
            for key in ["status", "email", "title", "vendor", "handle", "name", "financial_status"] {
                if let Some(wanted) = asked.get(key).filter(|wanted| *wanted != "any") {
                    all.retain(|one| {
                        one.get(key).and_then(Value::as_str).is_none_or(|text| text.eq_ignore_ascii_case(wanted))
                    });
                }
            }
            if let Some((field, wanted)) = asked.get("query").and_then(|text| text.split_once(':')) {
                all.retain(|one| {
                    one.get(field).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(wanted.trim()))
                });
            }
            if let Some(ids) = asked.get("ids") {
                all.retain(|one| ids.split(',').any(|id| crate::store::is(one.get("id"), id.trim())));
            }
            let since = asked.number("page_info", asked.number("since_id", 0)) as u64;
            all.retain(|one| one.get("id").and_then(Value::as_u64).unwrap_or(0) > since);
            let limit = asked.number("limit", 50).clamp(1, 250);
            let shown: Vec<Object> = all.iter().take(limit).cloned().collect();
            let more = (all.len() > limit).then(|| shown.last().and_then(|one| one.get("id").cloned())).flatten();
            let mut response = json(200, json!({ *plural: shown }));
            if let Some(last) = more {
                let next =
                    format!("<https://acme.myshopify.com{}?limit={limit}&page_info={last}>; rel=\"next\"", seen.path);
                set(&mut response, "link", &next);
            }
            Some(response)
        }
        ("GET", ["count"]) => ok(json!({ "count": world.store.all("shopify", plural).len() })),
        ("POST", []) => {
            let given = object(body(seen).get(*name).cloned().unwrap_or_default());
            if given.is_empty() {
                return Some(json(400, json!({ "errors": { *name: "Required parameter missing or invalid" } })));
            }
            if !needed.is_empty() && given.get(*needed).is_none_or(|value| *value == "") {
                return Some(json(422, json!({ "errors": { *needed: ["can't be blank"] } })));
            }
            let email = text(&given, "email");
            let taken = |one: &Object| !email.is_empty() && text(one, "email").eq_ignore_ascii_case(email);
            if *name == "customer" && world.store.all("shopify", plural).iter().any(taken) {
                return Some(json(422, json!({ "errors": { "email": ["has already been taken"] } })));
            }
            let made = make(world, plural, given);
            Some(json(201, json!({ *name: made })))
        }
        ("GET", [id]) => {
            made_up(world, plural, id);
            world
                .store
                .find("shopify", plural, "id", id)
                .cloned()
                .map_or_else(unknown, |found| ok(json!({ *name: found })))
        }
        ("PUT", [id]) => {
            made_up(world, plural, id);
            let given = object(body(seen).get(*name).cloned().unwrap_or_default());
            match world.store.find_mut("shopify", plural, "id", id) {
                Some(found) => {
                    found.extend(given.into_iter().filter(|(key, _)| key != "id"));
                    found.insert("updated_at".into(), crate::http::now_text().into());
                    ok(json!({ *name: found.clone() }))
                }
                None => unknown(),
            }
        }
        ("DELETE", [id]) => world.store.remove("shopify", plural, "id", id).map_or_else(unknown, |_| ok(json!({}))),
        ("POST", [id, action @ ("cancel" | "close" | "open")]) => {
            match world.store.find_mut("shopify", plural, "id", id) {
                Some(found) => {
                    let key = if *action == "cancel" { "cancelled_at" } else { "closed_at" };
                    let at = if *action == "open" { Value::Null } else { crate::http::now_text().into() };
                    found.insert(key.into(), at);
                    ok(json!({ *name: found.clone() }))
                }
                None => unknown(),
            }
        }
        _ => None,
    }
}

/// Ids are numbers.
fn new_id(world: &mut World) -> u64 {
    world.store.new_id().parse::<u64>().unwrap_or_default() % 1_000_000_000_000
}

fn make(world: &mut World, plural: &str, mut given: Object) -> Object {
    let id = new_id(world);
    let now = crate::http::now_text();
    let mut made = object(
        json!({ "id": id, "created_at": now, "updated_at": now, "admin_graphql_api_id": format!("gid://shopify/{plural}/{id}") }),
    );
    if plural == "orders" || plural == "draft_orders" {
        let mut lines = given.get("line_items").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut total = 0.0;
        for line in &mut lines {
            let price = line["price"]
                .as_str()
                .and_then(|text| text.parse::<f64>().ok())
                .or(line["price"].as_f64())
                .unwrap_or(0.0);
            total += price * line["quantity"].as_f64().unwrap_or(1.0);
            line["id"] = new_id(world).into();
        }
        given.insert("line_items".into(), lines.into());
        let number = 1001 + world.store.all("shopify", plural).len();
        made.extend(object(json!({
            "name": format!("#{number}"), "order_number": number, "total_price": format!("{total:.2}"), "currency": "USD",
            "financial_status": "pending", "fulfillment_status": null, "cancelled_at": null, "closed_at": null,
        })));
    }
    if plural == "products" {
        let variants = given
            .get("variants")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_else(|| vec![json!({ "title": "Default Title", "price": "0.00" })]);
        let variants: Vec<Value> = variants
            .into_iter()
            .map(|mut variant| {
                variant["id"] = new_id(world).into();
                variant["product_id"] = id.into();
                variant
            })
            .collect();
        given.insert("variants".into(), variants.into());
        given.entry("status").or_insert_with(|| "active".into());
    }
    made.extend(given);
    world.store.add("shopify", plural, made.clone());
    made
}

fn made_up(world: &mut World, plural: &str, id: &str) {
    let (Some(seed), Ok(number)) = (world.lenient, id.parse::<u64>()) else { return };
    if world.store.find("shopify", plural, "id", id).is_some() {
        return;
    }
    let dice = Dice::new(seed, &["shopify", plural, id]);
    let mut made = Object::from_iter([("id".to_owned(), Value::from(number))]);
    let fields: &[&str] = match plural {
        "customers" => &["first_name", "last_name", "email", "phone"],
        "orders" | "draft_orders" => &["name", "email", "note"],
        _ => &["title", "vendor", "handle"],
    };
    made.extend(fields.iter().map(|field| ((*field).to_owned(), makeup::text(field, dice).into())));
    if plural.ends_with("orders") {
        made.extend(object(
            json!({ "line_items": [], "total_price": "0.00", "currency": "USD", "financial_status": "paid" }),
        ));
    }
    world.store.add("shopify", plural, made);
}
