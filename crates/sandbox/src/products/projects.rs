//! Projects: portals, projects and what belongs to one; an answer is a list under the plural, also for one record.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, empty, json, page};
use crate::world::World;
use crate::zoho;

/// The modules of a project, the word for one record, and the field that it must have.
const MODULES: &[(&str, &str, &str)] = &[
    ("tasks", "Task", "name"),
    ("tasklists", "Tasklist", "name"),
    ("milestones", "Milestone", "name"),
    ("bugs", "Bug", "title"),
];

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(status, json!({ "error": { "code": code, "message": message } }))
}

/// An error in the form of Projects.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 6401, "Invalid OAuth access token"),
        404 => failure(404, 6404, "General Error"),
        429 => failure(429, 6403, "Too many requests"),
        _ => failure(status, 6500, "Internal Server Error"),
    }
}

fn shelf(module: &str) -> Shelf<'_> {
    Shelf {
        product: "projects",
        module,
        key: "id_string",
        fields: &["name", "title", "description", "owner_name", "start_date", "end_date"],
    }
}

/// Answers `restapi/portal/{portal}/projects/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let operation = match call.method.as_str() {
        "POST" => "create",
        "DELETE" => "delete",
        _ => "read",
    };
    let area = path.get(4..).and_then(|rest| rest.get(1)).copied().unwrap_or("projects");
    let areas = ["portals", "projects", area];
    // A POST changes too.
    let scoped = areas.iter().any(|area| {
        zoho::permits(&call.access, "ZohoProjects", area, "", operation)
            || (operation == "create" && zoho::permits(&call.access, "ZohoProjects", area, "", "update"))
    });
    if !scoped {
        return Err(failure(401, 6401, "Invalid OAuth scope"));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match path.as_slice() {
        ["restapi", "portals"] => {
            let portal = json!({
                "id": 10_234_698, "id_string": "10234698", "name": "sandbox", "default": true, "role": "admin", "plan": "Enterprise",
                "settings": { "date_format": "MM-dd-yyyy", "time_zone": "Etc/UTC", "company_name": "Sandbox" },
            });
            Ok(json(200, json!({ "login_id": "10000001", "portals": [portal] })))
        }
        ["restapi", "portal", _, "projects", rest @ ..] => projects(&call, world, rest),
        ["api", "v3", ..] => Err(super::not_played("version 3 of Projects", "use its restapi, as the tasks do")),
        _ => Err(error(404)),
    }
}

fn projects(call: &Call, world: &mut World, rest: &[&str]) -> Answer {
    match rest {
        [] | [_] => records(call, world, "projects", "projects", "Project", "name", rest),
        [project, name, rest @ ..] => {
            shelf("projects").find(world, project).ok_or_else(|| error(404))?;
            let Some((name, word, needed)) = MODULES.iter().find(|(module, ..)| module == name) else {
                return Err(super::not_played(
                    &format!("{name} of Projects"),
                    "use its tasks, tasklists, milestones and bugs",
                ));
            };
            let module = format!("{name} of {project}");
            records(call, world, &module, name, word, needed, rest)
        }
    }
}

fn records(
    call: &Call,
    world: &mut World,
    module: &str,
    plural: &str,
    word: &str,
    needed: &str,
    rest: &[&str],
) -> Answer {
    let shelf = shelf(module);
    let unknown = || failure(400, 6404, "General Error");
    let one = |status, record: Object| Ok(json(status, json!({ plural: [shown(record)] })));
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let all = shelf.all(world);
            let from = call.query.number("index", 1).max(1) - 1;
            let found = page(&all, from, call.query.number("range", 100).min(200));
            match found.is_empty() {
                true => Ok(empty(204)),
                false => Ok(json(200, json!({ plural: found.into_iter().map(shown).collect::<Vec<_>>() }))),
            }
        }
        ("POST", []) => {
            let mut fields = call.fields();
            if fields.get(needed).is_none_or(|value| *value == "") {
                return Err(failure(400, 6831, "Input Parameter Missing"));
            }
            let millis = crate::world::now_millis();
            let today = crate::world::now().strftime("%m-%d-%Y").to_string();
            fields.insert("created_time".into(), today.into());
            fields.insert("created_time_long".into(), millis.into());
            fields.insert("created_person".into(), "Robin".into());
            let number = shelf.all(world).len() + 1;
            fields.insert("key".into(), format!("SB-{}{number}", &word[..1]).into());
            fields.extend(defaults(plural));
            let record = shelf.add(world, fields);
            one(201, record)
        }
        ("GET", [id]) => one(200, shelf.find(world, id).ok_or_else(unknown)?),
        ("POST" | "PUT" | "PATCH", [id]) => one(200, shelf.change(world, id, call.fields()).ok_or_else(unknown)?),
        ("DELETE", [id]) => {
            shelf.remove(world, id).ok_or_else(unknown)?;
            Ok(json(200, json!({ "response": format!("{word} Deleted Successfully") })))
        }
        (_, [_, part, ..]) => {
            Err(super::not_played(&format!("{part} of Projects"), "use its tasks, tasklists, milestones and bugs"))
        }
        _ => Err(error(404)),
    }
}

/// What a new record has besides what it was given.
fn defaults(plural: &str) -> Object {
    let value = match plural {
        "projects" => {
            json!({ "status": "active", "project_percent": "0", "owner_name": "Robin", "owner_id": "10000001", "role": "admin" })
        }
        "tasks" => {
            json!({ "completed": false, "percent_complete": "0", "status": { "name": "Open", "id": "1", "type": "open" } })
        }
        "milestones" => json!({ "status": "notcompleted", "sequence": 1 }),
        "tasklists" => json!({ "completed": false, "rolled": false, "view_type": "flag" }),
        _ => {
            json!({ "closed": false, "reported_person": "Robin", "status": { "id": "1", "type": "Open" }, "severity": { "id": "1", "type": "None" } })
        }
    };
    object(value)
}

/// Ids are given twice: as a number, and as text.
fn shown(mut record: Object) -> Object {
    let id = record.get("id_string").and_then(Value::as_str).and_then(|text| text.parse::<u64>().ok());
    record.insert("id".into(), id.into());
    record
}
