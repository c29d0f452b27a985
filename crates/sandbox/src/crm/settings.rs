//! What belongs to the organisation and not to a record: its name, users, roles, profiles and variables.

use serde_json::{Value, json};

use super::org::{Org, id_of};
use super::{Ask, ROBIN_ID, describe, error, failure, items, outcome, required_param, tags};
use crate::call::Answer;
use crate::http::{Object, empty, json};

/// The id of the profile of the signed-in user.
pub(super) const ADMINISTRATOR: &str = "100000000000000002";
const CEO: &str = "100000000000000003";
/// The group of the variables that are shipped.
const GROUP: &str = "100000000000000004";

pub(super) fn org(ask: &Ask, rest: &[&str]) -> Answer {
    let mut world = ask.call.ctx.world();
    let mut org = ask.org(&mut world);
    match rest {
        [] if ask.call.method == "GET" => Ok(json(
            200,
            json!({ "org": [{
                "id": "100000000000000000",
                "zgid": "10000000",
                "company_name": "Sandbox",
                "domain_name": "org10000000",
                "alias": null,
                "primary_email": crate::oauth::USER,
                "primary_zuid": "10000001",
                "website": "https://www.example.com",
                "phone": "+1 555 0199",
                "mobile": null,
                "fax": null,
                "employee_count": "25",
                "description": null,
                "street": "1 Sandbox Street",
                "city": "Austin",
                "state": "Texas",
                "zip": "78701",
                "country": "United States",
                "country_code": "US",
                "time_zone": "Etc/UTC",
                "currency": "US Dollar - USD",
                "currency_symbol": "$",
                "currency_locale": "en_US",
                "iso_code": "USD",
                "mc_status": false,
                "gapps_enabled": false,
                "translation_enabled": false,
                "privacy_settings": false,
                "license_details": { "paid": true, "paid_type": "enterprise", "users_license_purchased": 10, "trial_type": null, "paid_expiry": null, "trial_expiry": null },
            }] }),
        )),
        ["currencies", rest @ ..] => {
            if org.store.all(org.flavor.product, "currencies").is_empty() && ask.call.method == "GET" {
                return Err(failure(403, "CURRENCIES_NOT_ENABLED", json!({}), "Multi currency is not enabled"));
            }
            describe::kept(ask, &mut org, "currencies", rest)
        }
        _ => Err(error(404)),
    }
}

fn robin() -> Object {
    let robin = json!({
        "id": ROBIN_ID,
        "full_name": "Robin",
        "first_name": null,
        "last_name": "Robin",
        "email": crate::oauth::USER,
        "status": "active",
        "confirm": true,
        "zuid": "10000001",
        "role": { "name": "CEO", "id": CEO },
        "profile": { "name": "Administrator", "id": ADMINISTRATOR },
        "country": "US",
        "country_locale": "en_US",
        "locale": "en_US",
        "language": "en_US",
        "time_zone": "Etc/UTC",
        "time_format": "hh:mm a",
        "date_format": "MMM d, yyyy",
        "decimal_separator": "Period",
        "phone": null,
        "mobile": null,
        "alias": null,
        "microsoft": false,
        "personal_account": false,
        "Isonline": true,
        "Currency": "USD",
        "created_time": "2025-01-06T09:00:00+00:00",
        "Modified_Time": "2025-01-06T09:00:00+00:00",
        "created_by": { "name": "Robin", "id": ROBIN_ID },
        "Modified_By": { "name": "Robin", "id": ROBIN_ID },
        "reporting_to": null,
        "territories": [],
    });
    robin.as_object().cloned().unwrap_or_default()
}

/// `/users` and `/users/{id}`; the signed-in user is always there.
pub(super) fn users(ask: &Ask, rest: &[&str]) -> Answer {
    let mut world = ask.call.ctx.world();
    let org = ask.org(&mut world);
    let mut all = org.all("users").to_vec();
    if all.iter().all(|user| user.get("id").is_none_or(|id| id != ROBIN_ID)) {
        all.insert(0, robin());
    }
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => {
            let robin_only = ask.query("type") == Some("CurrentUser");
            let status = |user: &Object, wanted: &str| user.get("status").is_none_or(|status| status == wanted);
            all.retain(|user| match ask.query("type").unwrap_or("AllUsers") {
                "CurrentUser" => robin_only && user["id"] == ROBIN_ID,
                "ActiveUsers" | "ActiveConfirmedUsers" => status(user, "active"),
                "DeactiveUsers" => !status(user, "active"),
                "AdminUsers" | "ActiveConfirmedAdmins" => {
                    user.get("profile").is_none_or(|p| p["name"] == "Administrator")
                }
                "DeletedUsers" | "NotConfirmedUsers" => false,
                _ => true,
            });
            if all.is_empty() {
                return Ok(empty(204));
            }
            let info = json!({ "per_page": 200, "count": all.len(), "page": 1, "more_records": false });
            Ok(json(200, json!({ "users": all, "info": info })))
        }
        ("GET", [id]) => {
            let mut found = all.iter().find(|user| user.get("id").is_some_and(|own| *own == *id)).cloned();
            if found.is_none() && org.lenient.is_some() && id.parse::<u64>().is_ok() {
                let mut user = robin();
                user.insert("id".into(), (*id).into());
                found = Some(user);
            }
            let user =
                found.ok_or_else(|| failure(400, "INVALID_DATA", json!({}), "the id given seems to be invalid"))?;
            Ok(json(200, json!({ "users": [user] })))
        }
        ("POST", []) => {
            let mut made = Vec::new();
            for mut user in items(ask, "users", 1)? {
                if let Some(field) =
                    ["last_name", "email", "role", "profile"].iter().find(|field| !user.contains_key(**field))
                {
                    made.push(outcome("MANDATORY_NOT_FOUND", json!({ "api_name": field }), "required field not found"));
                    continue;
                }
                let email = user["email"].clone();
                if all.iter().any(|known| known.get("email") == Some(&email)) {
                    made.push(outcome(
                        "DUPLICATE_DATA",
                        json!({ "api_name": "email" }),
                        "Failed to add user since same email id is already present",
                    ));
                    continue;
                }
                let id = org.store.new_id();
                let name = |key: &str| user.get(key).and_then(Value::as_str).unwrap_or_default();
                let full = format!("{} {}", name("first_name"), name("last_name")).trim().to_owned();
                user.insert("id".into(), id.clone().into());
                user.insert("full_name".into(), full.into());
                user.insert("status".into(), "active".into());
                org.store.add(org.flavor.product, "users", user);
                made.push(outcome("SUCCESS", json!({ "id": id }), "User added"));
            }
            let failed = made.iter().any(|item| item["status"] == "error");
            Ok(json(if failed { 400 } else { 201 }, json!({ "users": made })))
        }
        _ => Err(error(404)),
    }
}

/// `/settings/{part}`
pub(super) fn serve(ask: &Ask, part: &str, rest: &[&str]) -> Answer {
    let mut world = ask.call.ctx.world();
    let mut org = ask.org(&mut world);
    let org = &mut org;
    let get = ask.call.method == "GET";
    match part {
        "modules" => describe::modules(ask, org, rest),
        "fields" => describe::fields(ask, org, rest),
        "layouts" => describe::layouts(ask, org, rest),
        "related_lists" if get => describe::related_lists(ask, org),
        "custom_views" if get => describe::custom_views(ask, org, rest),
        "variables" => variables(ask, org, rest),
        "variable_groups" if get => {
            let group = json!({ "id": GROUP, "name": "General", "api_name": "General", "display_label": "General", "description": null });
            Ok(json(200, json!({ "variable_groups": [group] })))
        }
        "tags" => tags::serve(ask, org, rest),
        "roles" if get && rest.is_empty() => {
            let role = json!({ "id": CEO, "name": "CEO", "display_label": "CEO", "reporting_to": null, "forecast_manager": null, "share_with_peers": true, "description": null });
            Ok(json(200, json!({ "roles": [role] })))
        }
        "profiles" if get && rest.is_empty() => {
            let profile = json!({ "id": ADMINISTRATOR, "name": "Administrator", "display_label": "Administrator", "custom": false, "type": "normal_profile", "description": null });
            Ok(json(200, json!({ "profiles": [profile] })))
        }
        "territories" | "email_templates" | "inventory_templates" | "pipeline" => describe::kept(ask, org, part, rest),
        _ => Err(super::not_played(&format!("settings/{part}"), "seed what the script needs with --sandbox-data")),
    }
}

fn describe_variable(variable: &Object) -> Value {
    let name = variable.get("api_name").cloned().unwrap_or_default();
    let id = describe::fixed_id(&["variable", name.as_str().unwrap_or_default()]);
    let mut described = json!({
        "id": id,
        "api_name": name,
        "name": name,
        "type": "text",
        "variable_group": { "api_name": "General", "id": GROUP },
        "description": null,
        "value": null,
    });
    for (key, value) in variable {
        described[key.as_str()] = value.clone();
    }
    described
}

/// `/settings/variables`, all or one by its name or id. A single one is asked for with its group.
fn variables(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let product = org.flavor.product;
    let all: Vec<Value> = org.all("variables").iter().map(describe_variable).collect();
    let of = |key: &str| all.iter().find(|one| one["api_name"] == key || one["id"] == key || one["name"] == key);
    match (ask.call.method.as_str(), rest) {
        ("GET", []) if all.is_empty() => Ok(empty(204)),
        ("GET", []) => Ok(json(200, json!({ "variables": all }))),
        ("GET", [name]) => {
            let made_up = || {
                org.lenient.map(|seed| {
                    let dice = crate::makeup::Dice::new(seed, &["variable", name]);
                    let value = crate::makeup::text(name, dice);
                    describe_variable(&Object::from_iter([
                        ("api_name".to_owned(), (*name).into()),
                        ("value".to_owned(), value.into()),
                    ]))
                })
            };
            let found = of(name).cloned().or_else(made_up);
            // A name alone finds nothing outside of the group that it is in.
            if found.is_none() && ask.query("group").or(ask.query("group_rid")).is_none() {
                return Err(required_param("group"));
            }
            Ok(found.map_or_else(|| empty(204), |one| json(200, json!({ "variables": [one] }))))
        }
        ("PUT" | "POST", rest) => {
            let create = ask.call.method == "POST";
            let mut done = Vec::new();
            for mut variable in items(ask, "variables", 100)? {
                // The short form of the connector has `apiname`; by id, the path names it.
                let key = variable.remove("apiname").or_else(|| variable.get("api_name").cloned());
                let key = key.or_else(|| variable.get("id").cloned()).map(|key| id_of(&key));
                let Some(key) = key.or_else(|| rest.first().map(|id| (*id).to_owned())) else {
                    done.push(outcome(
                        "MANDATORY_NOT_FOUND",
                        json!({ "api_name": "api_name" }),
                        "required field not found",
                    ));
                    continue;
                };
                let known = of(&key).map(|one| one["api_name"].clone());
                let name = match known {
                    Some(_) if create => {
                        done.push(outcome("DUPLICATE_DATA", json!({ "api_name": "api_name" }), "duplicate data"));
                        continue;
                    }
                    Some(name) => name,
                    None => key.clone().into(),
                };
                variable.insert("api_name".into(), name.clone());
                let id = describe_variable(&variable)["id"].clone();
                let name = name.as_str().unwrap_or_default();
                match org.store.find_mut(product, "variables", "api_name", name) {
                    Some(kept) => kept.extend(variable),
                    None => org.store.add(product, "variables", variable),
                }
                let message = if create { "variable added" } else { "variable updated" };
                done.push(outcome("SUCCESS", json!({ "id": id }), message));
            }
            Ok(json(if create { 201 } else { 200 }, json!({ "variables": done })))
        }
        ("DELETE", rest) => {
            let ids = rest.first().copied().or(ask.query("ids")).unwrap_or_default();
            let mut done = Vec::new();
            for id in ids.split(',') {
                let name = of(id).and_then(|one| one["api_name"].as_str()).unwrap_or_default().to_owned();
                done.push(match org.store.remove(product, "variables", "api_name", &name) {
                    Some(_) => outcome("SUCCESS", json!({ "id": id }), "variable deleted"),
                    None => outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid"),
                });
            }
            let failed = done.iter().any(|item| item["status"] == "error");
            Ok(json(if failed { 207 } else { 200 }, json!({ "variables": done })))
        }
        _ => Err(error(404)),
    }
}
