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
        [project, what @ ("tasks" | "bugs"), id, "logs", rest @ ..] if rest.len() < 2 => {
            shelf("projects").find(world, project).ok_or_else(|| error(404))?;
            let module = format!("{what} of {project}");
            let of = shelf(&module).find(world, id).ok_or_else(|| failure(400, 6404, "General Error"))?;
            logs(call, world, what, (id, of), rest)
        }
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

/// The time that was spent on a task or bug.
fn logs(call: &Call, world: &mut World, what: &str, (id, of): (&str, Object), rest: &[&str]) -> Answer {
    let module = format!("logs of {id}");
    let shelf = shelf(&module);
    let one = what.trim_end_matches('s');
    let key = format!("{one}logs");
    let answer = |status, logs: Vec<Object>| {
        let logs: Vec<Object> = logs.into_iter().map(shown).collect();
        Ok(json(status, json!({ "timelogs": { key: logs } })))
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => match shelf.all(world) {
            none if none.is_empty() => Ok(empty(204)),
            all => answer(200, all),
        },
        ("POST", []) => {
            let fields = call.fields();
            let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some((hours, minutes)) = time(&text("hours")) else {
                return Err(failure(400, 6831, "Input Parameter Missing"));
            };
            let millis = crate::world::now_millis();
            let today = crate::world::now().strftime("%m-%d-%Y").to_string();
            let date = if text("date").is_empty() { today } else { text("date") };
            let status = text("bill_status");
            let log = object(json!({
                "hours": hours, "minutes": minutes, "hours_display": format!("{hours:02}:{minutes:02}"),
                "total_minutes": hours * 60 + minutes, "notes": text("notes"), "owner_id": "10000001", "owner_name": "Robin",
                "bill_status": if status.is_empty() { "Billable".into() } else { status },
                "log_date": date, "log_date_long": millis,
                one: { "id": of.get("id"), "name": of.get("name").or_else(|| of.get("title")) },
            }));
            let log = shelf.add(world, log);
            answer(201, vec![log])
        }
        ("POST" | "PUT", [log]) => {
            let mut fields = call.fields();
            let given = fields.get("hours").and_then(Value::as_str).map(str::to_owned);
            if let Some(given) = given {
                let (hours, minutes) = time(&given).ok_or_else(|| failure(400, 6831, "Input Parameter Missing"))?;
                fields.extend(object(json!({
                    "hours": hours, "minutes": minutes, "hours_display": format!("{hours:02}:{minutes:02}"),
                    "total_minutes": hours * 60 + minutes,
                })));
            }
            let changed = shelf.change(world, log, fields).ok_or_else(|| failure(400, 6404, "General Error"))?;
            answer(200, vec![changed])
        }
        ("DELETE", [log]) => {
            shelf.remove(world, log).ok_or_else(|| failure(400, 6404, "General Error"))?;
            Ok(json(200, json!({ "response": "Timesheet log Deleted Successfully" })))
        }
        _ => Err(error(404)),
    }
}

/// Hours and minutes of `02:30` or `2`.
fn time(text: &str) -> Option<(u64, u64)> {
    let (hours, minutes) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (hours, minutes) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60).then_some((hours, minutes))
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
