//! What the settings tell of modules: fields, layouts, related lists, custom views.

use serde_json::{Value, json};

use super::org::{Org, could_be_module};
use super::related::lists_of;
use super::{Ask, error, failure, items, outcome, required_param};
use crate::call::Answer;
use crate::http::{Object, empty, json};
use crate::rows::{Kind, Module, ModuleField};

/// An id for something that a table describes: the same in every run.
pub(super) fn fixed_id(words: &[&str]) -> String {
    let number = crate::makeup::Dice::new(1, words).below("id", 900_000_000);
    (4_876_876_000_000_000_000 + number).to_string()
}

/// The names of a field's type in the settings: `data_type` and `json_type`.
fn types(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Text => ("text", "string"),
        Kind::Area => ("textarea", "string"),
        Kind::Email => ("email", "string"),
        Kind::Phone => ("phone", "string"),
        Kind::Website => ("website", "string"),
        Kind::Picklist(_) => ("picklist", "string"),
        Kind::Integer => ("integer", "integer"),
        Kind::Double => ("double", "double"),
        Kind::Boolean => ("boolean", "boolean"),
        Kind::Date => ("date", "string"),
        Kind::DateTime => ("datetime", "string"),
        Kind::Lookup(_) => ("lookup", "jsonobject"),
        Kind::User => ("ownerlookup", "jsonobject"),
        Kind::Subform => ("subform", "jsonarray"),
        Kind::List | Kind::Tags => ("text", "jsonarray"),
        Kind::Map => ("text", "jsonobject"),
        Kind::Image => ("profileimage", "string"),
        Kind::Auto => ("autonumber", "string"),
    }
}

pub(super) fn field(module: &Module, field: &ModuleField) -> Value {
    let (data_type, json_type) = types(&field.kind);
    let label = field.name.replace('_', " ").trim().to_owned();
    let values = match &field.kind {
        Kind::Picklist(values) => values.as_slice(),
        _ => &[],
    };
    let values: Vec<Value> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            json!({
                "id": fixed_id(&[&module.name, &field.name, value]),
                "display_value": value,
                "actual_value": value,
                "reference_value": value,
                "sequence_number": at + 1,
                "type": "used",
            })
        })
        .collect();
    let read_only = matches!(field.kind, Kind::Auto)
        || matches!(field.name.as_str(), "Full_Name" | "Created_Time" | "Modified_Time" | "Created_By" | "Modified_By");
    let mut described = json!({
        "id": fixed_id(&[&module.name, &field.name]),
        "api_name": field.name,
        "field_label": label,
        "display_label": label,
        "data_type": data_type,
        "json_type": json_type,
        "length": match field.kind { Kind::Area => 32_000, Kind::Text => 255, Kind::Phone => 30, Kind::Email => 100, Kind::Website => 255, _ => 120 },
        "system_mandatory": field.mandatory,
        "custom_field": false,
        "visible": true,
        "read_only": read_only,
        "field_read_only": read_only,
        "webhook": true,
        "searchable": true,
        "filterable": true,
        "separator": false,
        "type": "used",
        "created_source": "default",
        "view_type": { "view": true, "edit": !read_only, "quick_create": false, "create": !read_only },
        "operation_type": { "web_update": !read_only, "api_create": !read_only, "web_create": !read_only, "api_update": !read_only },
        "pick_list_values": values,
        "unique": {},
        "lookup": {},
        "multiselectlookup": {},
        "subform": null,
        "associated_module": null,
        "currency": {},
        "formula": {},
        "auto_number": {},
        "decimal_place": if field.kind == Kind::Double { json!(2) } else { Value::Null },
        "default_value": null,
        "tooltip": null,
    });
    if let Kind::Lookup(target) = &field.kind {
        let target = if target == "*" { "se_module" } else { target.as_str() };
        described["lookup"] = json!({
            "display_label": label,
            "api_name": format!("{}_{}", module.name, field.name),
            "module": { "api_name": target, "id": fixed_id(&[target]) },
            "id": fixed_id(&[&module.name, &field.name, "lookup"]),
        });
    }
    if field.kind == Kind::Subform {
        described["associated_module"] = json!({ "module": field.name, "id": fixed_id(&[&field.name]) });
    }
    described
}

fn module_of_query(ask: &Ask, org: &Org) -> Result<Module, axum::response::Response> {
    let Some(name) = ask.query("module") else { return Err(required_param("module")) };
    org.module(name)
        .ok_or_else(|| failure(400, "INVALID_MODULE", json!({}), "the module name given seems to be invalid"))
}

/// `/settings/fields?module=`
pub(super) fn fields(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let module = module_of_query(ask, org)?;
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => {
            let all: Vec<Value> = module.fields.iter().map(|one| field(&module, one)).collect();
            Ok(json(200, json!({ "fields": all })))
        }
        ("GET", [id]) => {
            let found = module
                .fields
                .iter()
                .map(|one| field(&module, one))
                .find(|one| one["id"] == *id || one["api_name"] == *id);
            Ok(found.map_or_else(|| empty(204), |one| json(200, json!({ "fields": [one] }))))
        }
        ("POST", []) => {
            let mut made = Vec::new();
            for mut wish in items(ask, "fields", 5)? {
                let label = wish.get("field_label").and_then(Value::as_str).unwrap_or_default().to_owned();
                if label.is_empty() {
                    made.push(outcome(
                        "MANDATORY_NOT_FOUND",
                        json!({ "api_name": "field_label" }),
                        "required field not found",
                    ));
                    continue;
                }
                let name: String = label.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
                if module.field(&name).is_some() {
                    made.push(outcome("DUPLICATE_DATA", json!({ "api_name": "field_label" }), "duplicate data"));
                    continue;
                }
                let id = fixed_id(&[&module.name, &name]);
                wish.insert("module".into(), module.name.as_str().into());
                wish.insert("api_name".into(), name.as_str().into());
                org.store.add(org.flavor.product, "fields", wish);
                made.push(outcome("SUCCESS", json!({ "id": id, "api_name": name }), "field created"));
            }
            Ok(json(201, json!({ "fields": made })))
        }
        _ => Err(error(404)),
    }
}

/// One module, as `/settings/modules` lists it.
pub(super) fn module(module: &Module, custom: bool) -> Value {
    let label = |key: &str| match module.setting(key) {
        "" => module.name.replace('_', " "),
        label => label.to_owned(),
    };
    json!({
        "id": fixed_id(&[&module.name]),
        "api_name": module.name,
        "module_name": module.name,
        "singular_label": label("singular"),
        "plural_label": label("plural"),
        "api_supported": true,
        "creatable": true,
        "editable": true,
        "deletable": true,
        "viewable": true,
        "convertable": module.name == "Leads",
        "visible": true,
        "visibility": 1,
        "show_as_tab": true,
        "status": "visible",
        "generated_type": if custom { "custom" } else { "default" },
        "sequence_number": 1,
        "profiles": [{ "name": "Administrator", "id": super::settings::ADMINISTRATOR }],
        "parent_module": {},
        "global_search_supported": true,
        "inventory_template_supported": false,
        "triggers_supported": true,
        "modified_by": null,
        "modified_time": null,
    })
}

/// `/settings/modules`
pub(super) fn modules(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let all: Vec<Value> = {
        let standard = org.flavor.rows.modules.iter().map(|one| module(one, false));
        let held = org.store.modules(org.flavor.product);
        let custom = held.iter().filter(|name| could_be_module(name) && org.flavor.rows.find(name).is_none());
        standard.chain(custom.filter_map(|name| org.module(name)).map(|one| module(&one, true))).collect()
    };
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => Ok(json(200, json!({ "modules": all }))),
        ("GET", [name]) => {
            let found = all.into_iter().find(|one| one["api_name"] == *name || one["id"] == *name);
            let found = found.ok_or_else(|| {
                failure(400, "INVALID_MODULE", json!({}), "the module name given seems to be invalid")
            })?;
            Ok(json(200, json!({ "modules": [found] })))
        }
        ("POST", []) => {
            let mut made = Vec::new();
            for wish in items(ask, "modules", 1)? {
                let label = wish.get("plural_label").or_else(|| wish.get("api_name")).and_then(Value::as_str);
                let name: String = label
                    .unwrap_or_default()
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                    .collect();
                if name.is_empty() || !could_be_module(&name) {
                    made.push(outcome(
                        "MANDATORY_NOT_FOUND",
                        json!({ "api_name": "plural_label" }),
                        "required field not found",
                    ));
                    continue;
                }
                org.store.load(org.flavor.product, &name, Vec::new());
                made.push(outcome("SUCCESS", json!({ "id": fixed_id(&[&name]) }), "module created successfully"));
            }
            Ok(json(201, json!({ "modules": made })))
        }
        _ => Err(error(404)),
    }
}

/// `/settings/layouts?module=`: one layout, with one section.
pub(super) fn layouts(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let module = module_of_query(ask, org)?;
    let id = fixed_id(&[&module.name, "layout"]);
    if rest.first().is_some_and(|wanted| *wanted != id) {
        return Ok(empty(204));
    }
    let fields: Vec<Value> = module.fields.iter().map(|one| field(&module, one)).collect();
    let section = json!({
        "id": fixed_id(&[&module.name, "section"]),
        "name": format!("{} Information", module.name),
        "api_name": format!("{}_Information", module.name),
        "display_label": format!("{} Information", module.name),
        "sequence_number": 1,
        "column_count": 2,
        "isSubformSection": false,
        "tab_traversal": "left_to_right",
        "type": "used",
        "generated_type": "default",
        "fields": fields,
    });
    let layout = json!({
        "id": id,
        "name": "Standard",
        "api_name": "Standard",
        "display_label": "Standard",
        "visible": true,
        "status": 0,
        "generated_type": "default",
        "source": "crm",
        "created_time": null,
        "modified_time": null,
        "created_by": null,
        "modified_by": null,
        "profiles": [{ "name": "Administrator", "id": super::settings::ADMINISTRATOR, "default": true }],
        "sections": [section],
    });
    Ok(json(200, json!({ "layouts": [layout] })))
}

/// `/settings/related_lists?module=`
pub(super) fn related_lists(ask: &Ask, org: &mut Org) -> Answer {
    let module = module_of_query(ask, org)?;
    let lists: Vec<Value> = lists_of(org, &module)
        .into_iter()
        .enumerate()
        .map(|(at, (name, target))| {
            json!({
                "id": fixed_id(&[&module.name, &name, "list"]),
                "api_name": name,
                "name": name,
                "display_label": name.replace('_', " "),
                "sequence_number": (at + 1).to_string(),
                "module": { "api_name": target, "id": fixed_id(&[&target]) },
                "href": format!("{}/{{ENTITYID}}/{name}", module.name),
                "type": "default",
                "action": null,
                "status": "visible",
            })
        })
        .collect();
    Ok(json(200, json!({ "related_lists": lists })))
}

/// `/settings/custom_views?module=`: the one of all records.
pub(super) fn custom_views(ask: &Ask, org: &mut Org, rest: &[&str]) -> Answer {
    let module = module_of_query(ask, org)?;
    let id = fixed_id(&[&module.name, "view"]);
    if rest.first().is_some_and(|wanted| *wanted != id) {
        return Ok(empty(204));
    }
    let label = match module.setting("plural") {
        "" => module.name.clone(),
        label => label.to_owned(),
    };
    let shown = module.fields.iter().take(6);
    let shown: Vec<Value> =
        shown.map(|one| json!({ "api_name": one.name, "id": fixed_id(&[&module.name, &one.name]) })).collect();
    let view = json!({
        "id": id,
        "name": format!("All {label}"),
        "display_value": format!("All {label}"),
        "system_name": format!("ALLVIEWS_{}", module.name.to_uppercase()),
        "system_defined": true,
        "default": true,
        "category": "public_views",
        "access_type": "public",
        "module": { "api_name": module.name, "id": fixed_id(&[&module.name]) },
        "criteria": null,
        "fields": shown,
        "favorite": null,
        "sort_by": null,
        "sort_order": null,
    });
    let info = json!({ "per_page": 200, "count": 1, "page": 1, "more_records": false, "default": id });
    Ok(json(200, json!({ "custom_views": [view], "info": info })))
}

/// Rows of a kind that an organisation keeps, such as its currencies, from the store.
pub(super) fn kept(ask: &Ask, org: &mut Org, key: &str, rest: &[&str]) -> Answer {
    let product = org.flavor.product;
    let all: Vec<Object> = org.store.all(product, key).to_vec();
    match (ask.call.method.as_str(), rest) {
        ("GET", []) if all.is_empty() => Ok(empty(204)),
        ("GET", []) => Ok(json(200, json!({ key: all }))),
        ("GET", [id]) => {
            let found = all.into_iter().find(|one| one.get("id").is_some_and(|own| *own == *id));
            Ok(found.map_or_else(|| empty(204), |one| json(200, json!({ key: [one] }))))
        }
        ("POST", []) => {
            let mut made = Vec::new();
            for mut wish in items(ask, key, 100)? {
                let id = org.store.new_id();
                wish.insert("id".into(), id.clone().into());
                org.store.add(product, key, wish);
                made.push(outcome("SUCCESS", json!({ "id": id }), "added successfully"));
            }
            Ok(json(201, json!({ key: made })))
        }
        _ => Err(error(404)),
    }
}
