//! Desk: records without a wrapper, lists under `data`, and 204 where nothing is found.

mod parts;

use std::sync::LazyLock;

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::{Object, empty, header_text, json, page};
use crate::makeup::{self, Dice};
use crate::rows::{Kind, Module, ModuleField, Rows};
use crate::world::World;
use crate::zoho;

static ROWS: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/desk.rows")));
const PRODUCT: &str = "desk";
/// The id of the one organisation.
const ORGANIZATION: u64 = 10_234_697;

fn failure(status: u16, code: &str, message: &str) -> Response {
    json(status, json!({ "errorCode": code, "message": message }))
}

/// An error in the form of Desk.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "INVALID_OAUTH", "The OAuth Token you provided is invalid."),
        403 => failure(403, "FORBIDDEN", "You are not allowed to access this resource."),
        404 => failure(404, "URL_NOT_FOUND", "The URL you have given is not found."),
        405 => failure(405, "METHOD_NOT_ALLOWED", "This method is not allowed here."),
        429 => failure(429, "TOO_MANY_REQUESTS", "Too many requests at once."),
        _ => failure(status, "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
    }
}

/// A field that is missing, wrong or taken.
fn wrong(field: &str, kind: &str) -> Response {
    let errors = json!([{ "fieldName": format!("/{field}"), "errorType": kind, "errorMessage": "" }]);
    json(
        422,
        json!({ "errorCode": "INVALID_DATA", "message": "The data is invalid due to validation restrictions", "errors": errors }),
    )
}

/// What scopes call a module.
fn area(module: &str) -> &str {
    match module {
        "tasks" | "calls" | "events" => "activities",
        "departments" | "agents" | "teams" | "roles" | "profiles" | "organizations" | "businessHours"
        | "holidayList" => "basic",
        "accounts" => "contacts",
        other => other,
    }
}

/// Answers a call whose path, from the version on, is `v1/tickets/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let ["v1", rest @ ..] = path.as_slice() else { return Err(error(404)) };
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    let area = area(rest.first().copied().unwrap_or_default());
    let scoped = ["basic", "settings", area, "search"]
        .iter()
        .any(|area| zoho::permits(&call.access, "Desk", area, "", operation));
    if !scoped {
        return Err(failure(403, "SCOPE_MISMATCH", "The OAuth Token does not have the scope that is needed."));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    let organization = header_text(&call.headers, "orgid");
    if !organization.bytes().all(|byte| byte.is_ascii_digit()) && world.lenient.is_none() {
        let message = "The value passed for the 'orgId' parameter is invalid.";
        return Err(failure(422, "UNPROCESSABLE_ENTITY", message));
    }
    let ask = Ask { call: &call };
    match (call.method.as_str(), rest) {
        ("GET", ["organizations" | "accessibleOrganizations"]) => {
            Ok(json(200, json!({ "data": [ask.organization()] })))
        }
        ("GET", ["organizations", _]) => Ok(json(200, ask.organization())),
        ("GET", ["myinfo"]) => Ok(json(200, agent())),
        ("GET", ["search"]) => ask.search_all(world),
        ("POST", ["uploads"]) => parts::upload(&ask, world),
        ("GET", ["ticketsCount"]) => Ok(json(200, json!({ "count": world.store.all(PRODUCT, "tickets").len() }))),
        ("POST", ["closeTickets"]) => {
            let ids: Vec<String> = ids(&ask.body()?, "ids");
            for id in ids {
                ask.change(world, "tickets", &id, Object::from_iter([("status".to_owned(), json!("Closed"))]));
            }
            Ok(json(200, json!({ "results": [] })))
        }
        (_, [name, rest @ ..]) => {
            let module = ROWS.modules.iter().find(|module| module.name.eq_ignore_ascii_case(name));
            let custom = || {
                let held = world.store.has(PRODUCT, name) || name.starts_with("cm_");
                held.then(|| Module::bare(name))
            };
            match module.cloned().or_else(custom) {
                Some(module) => ask.in_module(world, &module, rest),
                None => Err(crate::products::not_played(
                    &format!("Desk's {name}"),
                    "use its tickets, contacts and accounts",
                )),
            }
        }
        _ => Err(error(404)),
    }
}

/// The ids in a body, as text.
fn ids(body: &Object, key: &str) -> Vec<String> {
    let ids = body.get(key).and_then(Value::as_array).into_iter().flatten();
    ids.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect()
}

/// The agent who is signed in.
fn agent() -> Value {
    json!({
        "id": "100000000000000011",
        "firstName": "Robin",
        "lastName": "Robin",
        "name": "Robin",
        "emailId": crate::oauth::USER,
        "status": "ACTIVE",
        "isConfirmed": true,
        "zuid": "10000001",
        "roleId": "100000000000000012",
        "profileId": "100000000000000013",
        "timeZone": "Etc/UTC",
        "langCode": "en_US",
        "associatedDepartmentIds": ["100000000000000014"],
    })
}

/// The present as Desk writes it.
fn now() -> String {
    crate::world::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A call, past its token.
struct Ask<'c> {
    call: &'c Call,
}

impl Ask<'_> {
    fn organization(&self) -> Value {
        json!({
            "id": ORGANIZATION,
            "companyName": "Sandbox",
            "organizationName": "Sandbox",
            "portalName": "sandbox",
            "portalURL": format!("https://desk.zoho.com/portal/sandbox"),
            "primaryContact": crate::oauth::USER,
            "edition": "ENTERPRISE",
            "currencyCode": "USD",
            "currencySymbol": "$",
            "country": "United States",
            "isDefault": true,
            "isSandboxPortal": false,
            "isAdminInOrg": true,
        })
    }

    fn body(&self) -> Result<Object, Response> {
        match serde_json::from_slice(&self.call.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(failure(422, "UNPROCESSABLE_ENTITY", "The request body is not a valid JSON object.")),
        }
    }

    /// A record as it is kept; with leniency one that is missing is made up.
    fn find(&self, world: &mut World, module: &Module, id: &str) -> Result<Object, Response> {
        if let Some(record) = world.store.find(PRODUCT, &module.name, "id", id) {
            return Ok(record.clone());
        }
        match (module.name.as_str(), id) {
            ("agents", "100000000000000011") => return Ok(agent().as_object().cloned().unwrap_or_default()),
            ("departments", "100000000000000014") => return Ok(department()),
            _ => {}
        }
        let Some(seed) = world.lenient else {
            return Err(failure(404, "URL_NOT_FOUND", "The resource you requested could not be found"));
        };
        let mut record = makeup::record(module, Dice::new(seed, &[PRODUCT, &module.name, id]));
        for field in module.of_kind(|kind| *kind == Kind::Auto) {
            record.insert(field.to_owned(), "0".into());
        }
        record.insert("id".into(), id.into());
        record.insert("createdTime".into(), "2025-01-06T09:00:00.000Z".into());
        record.insert("modifiedTime".into(), "2025-01-06T09:00:00.000Z".into());
        self.derive(world, module, &mut record);
        world.store.add(PRODUCT, &module.name, record.clone());
        Ok(record)
    }

    /// Changes a record; false when there is none.
    fn change(&self, world: &mut World, module: &str, id: &str, fields: Object) -> bool {
        let Some(record) = world.store.find_mut(PRODUCT, module, "id", id) else { return false };
        record.extend(fields);
        record.insert("modifiedTime".into(), now().into());
        if module == "tickets" {
            set_status_type(record);
        }
        true
    }

    fn in_module(&self, world: &mut World, module: &Module, rest: &[&str]) -> Answer {
        match (self.call.method.as_str(), rest) {
            ("GET", []) => self.list(world, module, false),
            ("POST", []) => self.create(world, module),
            ("GET", ["search"]) => self.list(world, module, true),
            ("GET", ["count"]) => Ok(json(200, json!({ "count": world.store.all(PRODUCT, &module.name).len() }))),
            ("POST", ["moveToTrash"]) => {
                let key = format!("{}Ids", module.setting("singular"));
                let body = self.body()?;
                let wanted = [ids(&body, &key), ids(&body, "ids")].concat();
                if wanted.is_empty() {
                    return Err(wrong(&key, "missing"));
                }
                for id in wanted {
                    self.find(world, module, &id)?;
                    world.store.remove(PRODUCT, &module.name, "id", &id);
                }
                Ok(empty(204))
            }
            ("POST", ["updateMany"]) => {
                let body = self.body()?;
                let name = body.get("fieldName").and_then(Value::as_str).unwrap_or_default().to_owned();
                let value = body.get("fieldValue").cloned().unwrap_or_default();
                for id in ids(&body, "ids") {
                    self.change(world, &module.name, &id, Object::from_iter([(name.clone(), value.clone())]));
                }
                Ok(empty(204))
            }
            ("POST", ["markSpam"]) => {
                let body = self.body()?;
                let spam = body.get("isSpam").cloned().unwrap_or(json!(true));
                let wanted = ids(&body, "ids");
                for id in &wanted {
                    self.change(world, &module.name, id, Object::from_iter([("isSpam".to_owned(), spam.clone())]));
                }
                let results: Vec<Value> =
                    wanted.iter().map(|id| json!({ "id": id, "success": true, "errors": null })).collect();
                Ok(json(200, json!({ "results": results })))
            }
            ("GET", [id]) => {
                let record = self.find(world, module, id)?;
                Ok(json(200, self.shown(world, module, &record)))
            }
            ("PATCH" | "PUT", [id]) => {
                self.find(world, module, id)?;
                let mut fields = self.body()?;
                check(module, &fields, false)?;
                fields.remove("id");
                self.change(world, &module.name, id, fields);
                let record = self.find(world, module, id)?;
                Ok(json(200, self.shown(world, module, &record)))
            }
            ("DELETE", [id]) if module.setting("delete") == "204" => {
                self.find(world, module, id)?;
                world.store.remove(PRODUCT, &module.name, "id", id);
                Ok(empty(204))
            }
            (_, [id, part, rest @ ..]) => parts::serve(self, world, module, id, part, rest),
            _ => Err(error(405)),
        }
    }

    fn create(&self, world: &mut World, module: &Module) -> Answer {
        let mut fields = self.body()?;
        check(module, &fields, true)?;
        if module.name == "tickets" {
            self.settle_contact(world, &mut fields)?;
        }
        let mut record = Object::new();
        record.insert("id".into(), world.store.new_id().into());
        record.extend(fields);
        let at = now();
        record.insert("createdTime".into(), at.clone().into());
        record.insert("modifiedTime".into(), at.into());
        self.derive(world, module, &mut record);
        world.store.add(PRODUCT, &module.name, record.clone());
        let status = module.setting("created").parse().unwrap_or(200);
        Ok(json(status, self.shown(world, module, &record)))
    }

    /// A ticket names its contact, or describes one that is found by its mail address or added.
    fn settle_contact(&self, world: &mut World, ticket: &mut Object) -> Result<(), Response> {
        if let Some(id) = ticket.get("contactId").and_then(Value::as_str).map(str::to_owned) {
            let contacts = ROWS.find("contacts").cloned().unwrap_or_default();
            let known = self.find(world, &contacts, &id).map_err(|_| wrong("contactId", "invalid"))?;
            for (from, to) in [("email", "email"), ("phone", "phone"), ("accountId", "accountId")] {
                if let Some(value) = known.get(from) {
                    ticket.entry(to).or_insert_with(|| value.clone());
                }
            }
            return Ok(());
        }
        let Some(mut contact) = ticket.remove("contact").and_then(|contact| contact.as_object().cloned()) else {
            return Err(wrong("contactId", "missing"));
        };
        let email = contact.get("email").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let same = |known: &&Object| {
            !email.is_empty()
                && known.get("email").and_then(Value::as_str).is_some_and(|text| text.to_lowercase() == email)
        };
        let known = world.store.all(PRODUCT, "contacts").iter().find(same).and_then(|known| known.get("id").cloned());
        let id = match known {
            Some(id) => id,
            None if contact.get("lastName").is_none_or(Value::is_null) && email.is_empty() => {
                return Err(wrong("contact/lastName", "missing"));
            }
            None => {
                let id = world.store.new_id();
                contact.insert("id".into(), id.clone().into());
                contact.entry("lastName").or_insert_with(|| email.clone().into());
                contact.insert("createdTime".into(), now().into());
                contact.insert("modifiedTime".into(), now().into());
                world.store.add(PRODUCT, "contacts", contact.clone());
                id.into()
            }
        };
        ticket.insert("contactId".into(), id);
        if !email.is_empty() {
            ticket.entry("email").or_insert_with(|| email.into());
        }
        Ok(())
    }

    /// What Desk adds to a record by itself.
    fn derive(&self, world: &World, module: &Module, record: &mut Object) {
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if module.name == "tickets" {
            let number = 101 + world.store.all(PRODUCT, "tickets").len();
            record.insert("ticketNumber".into(), number.to_string().into());
            record.entry("status").or_insert_with(|| "Open".into());
            record.entry("channel").or_insert_with(|| "Phone".into());
            set_status_type(record);
            // Counts are numbers as text.
            for field in module.of_kind(|kind| *kind == Kind::Auto) {
                record.entry(field).or_insert_with(|| "0".into());
            }
        }
        let page = module.setting("singular").to_owned();
        record.insert(
            "webUrl".into(),
            format!("https://desk.zoho.com/support/sandbox/ShowHomePage.do#{page}/dv/{id}").into(),
        );
    }

    /// A record with all fields of its module, and the records that `include` asks for.
    fn shown(&self, world: &World, module: &Module, record: &Object) -> Object {
        let mut full = record.clone();
        for ModuleField { name, kind, .. } in &module.fields {
            let empty = match kind {
                Kind::Boolean => json!(false),
                Kind::List => json!([]),
                Kind::Auto => json!("0"),
                _ => Value::Null,
            };
            full.entry(name.as_str()).or_insert(empty);
        }
        full.entry("cf").or_insert_with(|| json!({}));
        full.entry("customFields").or_insert_with(|| json!({}));
        for wanted in self.call.query.text("include").split(',') {
            let (list, key, own) = match wanted.trim() {
                "contacts" => ("contacts", "contactId", "contact"),
                "products" => ("products", "productId", "product"),
                "departments" => ("departments", "departmentId", "department"),
                "accounts" => ("accounts", "accountId", "account"),
                "assignee" => ("agents", "assigneeId", "assignee"),
                "team" => ("teams", "teamId", "team"),
                _ => continue,
            };
            let id = full.get(key).and_then(Value::as_str).unwrap_or_default();
            let found = world.store.find(PRODUCT, list, "id", id).cloned();
            full.insert(own.into(), found.map_or(Value::Null, Value::from));
        }
        full
    }

    fn list(&self, world: &mut World, module: &Module, search: bool) -> Answer {
        let query = &self.call.query;
        let fixed = matches!(module.name.as_str(), "departments" | "agents");
        // With leniency a list is not empty.
        if let Some(seed) = world.lenient.filter(|_| !fixed && world.store.all(PRODUCT, &module.name).is_empty()) {
            for id in makeup::listed(seed, PRODUCT, &module.name) {
                self.find(world, module, &id)?;
            }
        }
        let mut found: Vec<Object> = world.store.all(PRODUCT, &module.name).to_vec();
        if found.is_empty() {
            match module.name.as_str() {
                "departments" => found.push(department()),
                "agents" => found.push(agent().as_object().cloned().unwrap_or_default()),
                _ => {}
            }
        }
        let mut shown: Vec<Object> = found.iter().map(|record| self.shown(world, module, record)).collect();
        shown.retain(|record| fits(record, query, search));
        if let Some(by) = query.get("sortBy") {
            let (name, down) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
            let text = |record: &Object| {
                record.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            };
            shown.sort_by_key(text);
            if down {
                shown.reverse();
            }
        }
        self.paged(&shown, search)
    }

    /// One page: `from` counts from 0, or from 1 with those who do; 204 when it is empty.
    fn paged(&self, found: &[Object], counted: bool) -> Answer {
        let query = &self.call.query;
        let limit = query.number("limit", 10);
        if limit == 0 || limit > 100 {
            return Err(failure(422, "UNPROCESSABLE_ENTITY", "The value passed for the 'limit' parameter is invalid."));
        }
        let from = query.number("from", 0);
        let shown = page(found, if from == 1 { 0 } else { from }, limit);
        if shown.is_empty() {
            return Ok(empty(204));
        }
        let mut body = json!({ "data": shown });
        if counted {
            body["count"] = found.len().into();
        }
        Ok(json(200, body))
    }

    /// `/search?module=tickets&searchStr=…`
    fn search_all(&self, world: &mut World) -> Answer {
        let wanted = self.call.query.text("searchStr").trim_matches('*').to_lowercase();
        if wanted.is_empty() {
            return Err(failure(
                422,
                "UNPROCESSABLE_ENTITY",
                "The value passed for the 'searchStr' parameter is invalid.",
            ));
        }
        let only = self.call.query.get("module");
        let mut found = Vec::new();
        for module in ROWS.modules.iter().filter(|module| module.setting("search") == "yes") {
            if only.is_some_and(|only| !only.eq_ignore_ascii_case(&module.name)) {
                continue;
            }
            for record in world.store.all(PRODUCT, &module.name).iter().filter(|record| says(record, &wanted)) {
                let mut shown = self.shown(world, module, record);
                shown.insert("module".into(), module.name.as_str().into());
                found.push(shown);
            }
        }
        self.paged(&found, true)
    }
}

/// The department that every organisation has.
fn department() -> Object {
    let department = json!({
        "id": "100000000000000014",
        "name": "Sandbox",
        "nameInCustomerPortal": "Sandbox",
        "isEnabled": true,
        "isDefault": true,
        "isVisibleInCustomerPortal": true,
        "isAssignToTeamEnabled": true,
        "hasLogo": false,
        "creatorId": "100000000000000011",
        "description": null,
    });
    department.as_object().cloned().unwrap_or_default()
}

fn set_status_type(ticket: &mut Object) {
    let status = ticket.get("status").and_then(Value::as_str).unwrap_or("Open").to_owned();
    let kind = match status.as_str() {
        "Closed" => "Closed",
        "On Hold" => "On Hold",
        _ => "Open",
    };
    let closed = if kind == "Closed" { now().into() } else { Value::Null };
    ticket.insert("statusType".into(), kind.into());
    ticket.insert("closedTime".into(), closed);
}

/// Mandatory fields, and the kinds of all.
fn check(module: &Module, fields: &Object, new: bool) -> Result<(), Response> {
    let blank = |name: &str| fields.get(name).is_none_or(|value| value.is_null() || value == "");
    if new && let Some(field) = module.mandatory().find(|field| blank(&field.name)) {
        return Err(wrong(&field.name, "missing"));
    }
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let text = value.as_str();
        let fits = match module.field(name).map(|field| &field.kind) {
            Some(Kind::Email) => text.is_some_and(|text| text.is_empty() || crate::http::is_email(text)),
            Some(Kind::Boolean) => value.is_boolean(),
            Some(Kind::DateTime) => text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
            Some(Kind::List) => value.is_array(),
            Some(Kind::Text | Kind::Phone | Kind::Picklist(_)) => !value.is_object() && !value.is_array(),
            _ => true,
        };
        if !fits {
            return Err(wrong(name, "invalid"));
        }
    }
    Ok(())
}

/// Whether any text of a record holds this one.
fn says(record: &Object, wanted: &str) -> bool {
    record.values().any(|value| match value {
        Value::String(text) => text.to_lowercase().contains(wanted),
        Value::Object(inner) => says(inner, wanted),
        _ => false,
    })
}

/// Whether a record fits the parameters of a list or a search. A search takes `*` for anything, and ranges of instants.
fn fits(record: &Object, query: &crate::http::Pairs, search: bool) -> bool {
    query.iter().all(|(name, wanted)| {
        if matches!(name.as_str(), "from" | "limit" | "include" | "sortBy" | "fields" | "viewId") {
            return true;
        }
        let key = match name.as_str() {
            "assignee" => "assigneeId",
            "_all" => return says(record, &wanted.trim_matches('*').to_lowercase()),
            name => name,
        };
        if let Some(field) = key.strip_suffix("Range") {
            let at = record.get(field).and_then(Value::as_str).unwrap_or_default();
            let (first, last) = wanted.split_once(',').unwrap_or((wanted, ""));
            return at >= first && (last.is_empty() || at <= last);
        }
        let found = match record.get(key) {
            Some(Value::String(text)) => text.to_lowercase(),
            Some(Value::Null) | None if search => return key.ends_with("Name") || key == "tag",
            Some(Value::Null) | None => return !matches!(key, "status" | "priority" | "departmentId" | "assigneeId"),
            Some(value) => value.to_string(),
        };
        wanted.split(',').any(|wanted| {
            let wanted = wanted.trim().to_lowercase();
            match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
                (Some(_), Some(_)) => found.contains(wanted.trim_matches('*')),
                (Some(end), None) => found.ends_with(end),
                (None, Some(start)) => found.starts_with(start),
                _ if wanted == "${notnull}" => !found.is_empty(),
                _ => found == wanted,
            }
        })
    })
}
