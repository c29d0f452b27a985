//! Tags of records, and the tags that a module knows.

use serde_json::{Value, json};

use super::org::Org;
use super::{Ask, items, outcome, outcomes, required_param};
use crate::call::Answer;
use crate::http::{Object, json};
use crate::rows::Module;

/// Adds tags or takes them away. The names are in `?tag_names=a,b` or in the body's `tags`; the records in the path,
/// or in `?ids=` or `ids`.
pub(super) fn change(ask: &Ask, org: &mut Org, module: &Module, id: Option<&str>, add: bool) -> Answer {
    let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
    let in_query = |name: &str| -> Vec<String> {
        let text = ask.query(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let in_body = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().or(item["name"].as_str()).map(str::to_owned)).collect()
    };
    let names = [in_query("tag_names"), in_body(&body["tags"])].concat();
    if names.is_empty() {
        return Err(required_param("tag_names"));
    }
    let ids = match id {
        Some(id) => vec![id.to_owned()],
        None => [in_query("ids"), in_body(&body["ids"])].concat(),
    };
    let mut done = 0;
    let mut results = Vec::new();
    for id in ids {
        let Some(record) = org.find(module, &id) else {
            results.push(outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid"));
            continue;
        };
        let mut tags = record.get("Tag").and_then(Value::as_array).cloned().unwrap_or_default();
        for name in &names {
            match add {
                true if tags.iter().all(|tag| tag["name"] != name.as_str()) => tags.push(json!({ "name": name })),
                true => {}
                false => tags.retain(|tag| tag["name"] != name.as_str()),
            }
        }
        let shown: Vec<Value> = tags.iter().map(|tag| tag["name"].clone()).collect();
        let fields = Object::from_iter([("Tag".to_owned(), Value::from(tags))]);
        results.push(match org.change(module, &id, fields, 0) {
            Ok(_) => {
                done += 1;
                let details = match ask.version {
                    2 => json!({ "id": id, "tags": shown }),
                    _ => json!({ "id": id, "tags": shown.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>() }),
                };
                outcome("SUCCESS", details, "tags updated successfully")
            }
            Err(wrong) => wrong,
        });
    }
    if ask.version < 3 || results.iter().any(|item| item["status"] == "error") {
        return Ok(outcomes(ask, 200, results));
    }
    // Newer versions count what they did beside the items.
    Ok(json(
        200,
        json!({ "data": results, "wf_scheduler": null, "success_count": done.to_string(), "locked_count": 0 }),
    ))
}

/// `settings/tags?module=Leads`
pub(super) fn serve(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let Some(module) = ask.query("module").map(str::to_owned) else { return Err(required_param("module")) };
    let product = org.flavor.product;
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => {
            let mut names: Vec<String> = Vec::new();
            let of_records = org.all(&module).iter().filter_map(|record| record.get("Tag")?.as_array()).flatten();
            let own = org.all("tags").iter().filter(|tag| tag["module"] == module.as_str()).map(|tag| &tag["name"]);
            for name in of_records.map(|tag| &tag["name"]).chain(own).filter_map(Value::as_str) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            let tags: Vec<Value> = names.iter().map(|name| json!({ "name": name, "color_code": "#57B1FD" })).collect();
            let info = json!({ "count": tags.len(), "allowed_count": 100 });
            Ok(json(200, json!({ "tags": tags, "info": info })))
        }
        ("POST", []) => {
            let mut made = Vec::new();
            for tag in items(ask, "tags", 50)? {
                let id = org.store.new_id();
                let name = tag.get("name").cloned().unwrap_or_default();
                let record = json!({ "id": id, "name": name, "module": module });
                org.store.add(product, "tags", record.as_object().cloned().unwrap_or_default());
                made.push(outcome("SUCCESS", json!({ "id": id, "name": name }), "tags created successfully"));
            }
            Ok(json(201, json!({ "tags": made })))
        }
        _ => Err(super::error(404)),
    }
}
