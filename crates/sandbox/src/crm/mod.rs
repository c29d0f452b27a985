//! Zoho CRM, versions 2 to 8, and the products whose records API is the same: Bigin, Recruit and FSM.

mod actions;
mod bulk;
mod coql;
mod criteria;
mod describe;
mod org;
mod records;
mod related;
mod settings;
mod tags;

use std::sync::LazyLock;

use axum::http::Method;
use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::{Object, empty, json};
use crate::rows::{Module, Rows};
use crate::runner;
use crate::world::World;
use crate::zoho;
pub(crate) use bulk::{give, keep, zip};
pub(crate) use org::CRM as CRM_ROWS;
use org::Org;

/// The id of the user who is signed in.
pub(crate) const ROBIN_ID: &str = "100000000000000001";

/// What tells the products apart that answer in this form.
pub(crate) struct Flavor {
    /// The product's name in the store.
    pub(crate) product: &'static str,
    /// What its scopes begin with.
    scope: &'static str,
    rows: &'static LazyLock<Rows>,
}

pub(crate) static CRM: Flavor = Flavor { product: "crm", scope: "ZohoCRM", rows: &org::CRM };
pub(crate) static BIGIN: Flavor = Flavor { product: "bigin", scope: "ZohoBigin", rows: &org::BIGIN };
pub(crate) static RECRUIT: Flavor = Flavor { product: "recruit", scope: "ZohoRecruit", rows: &org::RECRUIT };

/// FSM counts its versions on its own: its first one answers as version 2 of CRM does.
pub(crate) static FSM: Flavor = Flavor { product: "fsm", scope: "ZohoFSM", rows: &org::FSM };

/// A call of this API, past its token.
struct Ask {
    call: Call,
    flavor: &'static Flavor,
    version: u32,
}

impl Ask {
    fn query(&self, name: &str) -> Option<&str> {
        self.call.query.get(name)
    }

    /// What the records look like from here.
    fn org<'w>(&self, world: &'w mut World) -> Org<'w> {
        Org { lenient: world.lenient, store: &mut world.store, flavor: self.flavor, version: self.version }
    }

    fn scope(&self, area: &str, part: &str) -> Result<(), Response> {
        let operation = match self.call.method {
            Method::POST => "create",
            Method::PUT | Method::PATCH => "update",
            Method::DELETE => "delete",
            _ => "read",
        };
        match zoho::permits(&self.call.access, self.flavor.scope, area, part, operation) {
            true => Ok(()),
            false => Err(failure(401, "OAUTH_SCOPE_MISMATCH", json!({}), "invalid oauth scope to access this URL")),
        }
    }

    /// The module that the path names, for reading or for writing.
    fn module(&self, org: &Org, name: &str) -> Result<Module, Response> {
        let found = match self.call.method == Method::POST {
            true => org.module_to_write(name),
            false => org.module(name),
        };
        found.ok_or_else(|| failure(400, "INVALID_MODULE", json!({}), "the module name given seems to be invalid"))
    }

    /// The record that the path names, which must be there.
    fn record(&self, org: &mut Org, module: &Module, id: &str) -> Result<Object, Response> {
        org.find(module, id).ok_or_else(invalid_id)
    }
}

/// Answers a call whose path, from the version on, is `v8/Leads/…`.
pub(crate) fn serve(flavor: &'static Flavor, mut call: Call) -> Answer {
    if call.path.is_empty() {
        return Err(error(404));
    }
    let bulk = flavor.product == "crm" && call.path[0] == "bulk";
    if bulk {
        call.path.remove(0);
    }
    let version = call.path.first().and_then(|text| text.strip_prefix('v')).and_then(|text| {
        let major: u32 = text.split('.').next()?.parse().ok()?;
        match major {
            1 if flavor.product == "fsm" => Some(2),
            _ => (2..=8).contains(&major).then_some(major),
        }
    });
    let Some(version) = version else { return Err(error(404)) };
    call.path.remove(0);
    let ask = Ask { call, flavor, version };
    let path = ask.call.path.clone();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let method = ask.call.method.clone();
    if bulk {
        ask.scope("bulk", "")?;
        return bulk::serve(&ask, &path);
    }
    match path.as_slice() {
        [] => Err(error(404)),
        ["org", rest @ ..] => {
            ask.scope("org", "")?;
            settings::org(&ask, rest)
        }
        ["users", rest @ ..] => {
            ask.scope("users", "")?;
            settings::users(&ask, rest)
        }
        ["settings", part, rest @ ..] => {
            ask.scope("settings", part)?;
            settings::serve(&ask, part, rest)
        }
        ["coql"] if method == Method::POST => {
            // A query reads, whatever its method.
            match zoho::permits(&ask.call.access, flavor.scope, "coql", "", "read") {
                true => coql::answer(&ask),
                false => Err(failure(401, "OAUTH_SCOPE_MISMATCH", json!({}), "invalid oauth scope to access this URL")),
            }
        }
        ["files"] => {
            ask.scope("files", "")?;
            bulk::files(&ask)
        }
        ["functions", name, "actions", "execute"] => {
            if ask.query("auth_type") != Some("apikey") {
                ask.scope("functions", "execute")?;
            }
            runner::execute(&ask.call, name)
        }
        ["upload", ..] | ["read" | "write", ..] => {
            ask.scope("bulk", "")?;
            bulk::serve(&ask, &path)
        }
        [name, rest @ ..] => {
            ask.scope("modules", name)?;
            in_module(&ask, name, rest)
        }
    }
}

/// The paths below a module.
fn in_module(ask: &Ask, name: &str, rest: &[&str]) -> Answer {
    let mut world = ask.call.ctx.world();
    let mut org = ask.org(&mut world);
    let module = ask.module(&org, name)?;
    let org = &mut org;
    let method = ask.call.method.as_str();
    match (method, rest) {
        ("GET", []) => records::list(ask, org, &module),
        ("POST", []) => records::create(ask, org, &module),
        ("PUT", []) => records::update(ask, org, &module, None),
        ("DELETE", []) => records::delete(ask, org, &module, None),
        ("GET", ["search"]) => records::search(ask, org, &module),
        ("POST", ["upsert"]) => records::upsert(ask, org, &module),
        ("GET", ["deleted"]) => records::deleted(ask, org, &module),
        (_, ["actions", action]) => actions::of_module(ask, org, &module, action),
        (_, [id, ..]) if id.parse::<u64>().is_err() => Err(error(404)),
        ("GET", [id]) => records::one(ask, org, &module, id),
        ("PUT", [id]) => records::update(ask, org, &module, Some(id)),
        ("DELETE", [id]) => records::delete(ask, org, &module, Some(id)),
        (_, [id, "actions", action]) => actions::of_record(ask, org, &module, id, action),
        (_, [id, "photo"]) => bulk::photo(ask, org, &module, id),
        (_, [id, "Attachments", rest @ ..]) => bulk::attachments(ask, org, &module, id, rest),
        (_, [id, "__timeline"]) => {
            ask.record(org, &module, id)?;
            Ok(json(200, json!({ "__timeline": [], "info": { "per_page": 200, "count": 0, "more_records": false } })))
        }
        (_, [id, relation, rest @ ..]) => related::serve(ask, org, &module, id, relation, rest),
        _ => Err(failure(405, "INVALID_REQUEST_METHOD", json!({}), "The http request method type is not a valid one")),
    }
}

/// The kind of a field of a standard module.
pub(crate) fn kind(module: &str, field: &str) -> Option<crate::rows::Kind> {
    Some(org::CRM.find(module)?.field(field)?.kind.clone())
}

/// Settles the records of a seed: each gets an id, and lookups that are only ids get the name of the other record.
pub(crate) fn settle(world: &mut World) {
    let names: Vec<String> = world.store.modules("crm").into_iter().filter(|name| org::could_be_module(name)).collect();
    let mut org = Org { lenient: None, store: &mut world.store, flavor: &CRM, version: 2 };
    for name in names {
        org.settle(&name);
    }
}

/// An error in the CRM's form.
pub(crate) fn error(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("INVALID_TOKEN", "invalid oauth token"),
        403 => ("NO_PERMISSION", "permission denied"),
        404 => ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
        405 => ("INVALID_REQUEST_METHOD", "The http request method type is not a valid one"),
        429 => ("TOO_MANY_REQUESTS", "too many requests fired in the concurrency limit"),
        _ => ("INTERNAL_ERROR", "Internal Server Error"),
    };
    failure(status, code, json!({}), message)
}

/// A call without a token, in the CRM's form.
pub(crate) fn no_token() -> Response {
    failure(401, "AUTHENTICATION_FAILURE", json!({}), "Authentication failed")
}

fn invalid_id() -> Response {
    failure(400, "INVALID_DATA", json!({ "api_name": "id" }), "the id given seems to be invalid")
}

fn not_played(what: &str, instead: &str) -> Response {
    crate::products::not_played(&format!("CRM's {what}"), instead)
}

pub(crate) fn failure(status: u16, code: &str, details: Value, message: &str) -> Response {
    json(status, outcome(code, details, message))
}

/// A parameter of the query that must be there.
fn required_param(name: &str) -> Response {
    let details = json!({ "param_name": name });
    failure(400, "REQUIRED_PARAM_MISSING", details, "One of the expected parameter is missing")
}

/// What became of one record: the form of each item of an answer to a write, and of an error.
fn outcome(code: &str, details: Value, message: &str) -> Value {
    let status = if matches!(code, "SUCCESS" | "ADDED_SUCCESSFULLY") { "success" } else { "error" };
    json!({ "code": code, "details": details, "message": message, "status": status })
}

/// The answer to a write of several records: `good` when all were written, else 207 or 400 (202 in version 2).
fn outcomes(ask: &Ask, good: u16, items: Vec<Value>) -> Response {
    let failed = items.iter().filter(|item| item["status"] == "error").count();
    let status = match failed {
        0 => good,
        _ if ask.version == 2 => 202,
        all if all == items.len() => 400,
        _ => 207,
    };
    json(status, json!({ "data": items }))
}

/// The page that is asked for: its offset and its length.
fn page_of(ask: &Ask) -> Result<(usize, usize, usize), Response> {
    let per_page = ask.call.query.number("per_page", 200).clamp(1, 200);
    if let Some(token) = ask.query("page_token") {
        let offset = token.strip_prefix("sandbox-page-").and_then(|text| text.parse::<usize>().ok());
        let offset = offset.ok_or_else(|| {
            failure(
                400,
                "INVALID_DATA",
                json!({ "param_name": "page_token" }),
                "the page_token given seems to be invalid",
            )
        })?;
        return Ok((offset, per_page, offset / per_page + 1));
    }
    let page = ask.call.query.number("page", 1).max(1);
    if page * per_page > 2000 && ask.version > 2 {
        let details = json!({ "param_name": "page", "limit": 2000 });
        let message = "only the first 2000 records are read by page; use page_token";
        return Err(failure(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", details, message));
    }
    Ok(((page - 1) * per_page, per_page, page))
}

/// One page of records with its `info`, or 204 when there is none.
fn paged(ask: &Ask, records: &[Object]) -> Answer {
    let (offset, per_page, page) = page_of(ask)?;
    let shown = crate::http::page(records, offset, per_page);
    if shown.is_empty() {
        return Ok(empty(204));
    }
    let more = offset + per_page < records.len();
    let mut info = json!({ "per_page": per_page, "count": shown.len(), "page": page, "more_records": more });
    if ask.version > 2 {
        let token = |at: usize| Value::from(format!("sandbox-page-{at}"));
        info["next_page_token"] = if more { token(offset + per_page) } else { Value::Null };
        info["previous_page_token"] = if offset > 0 { token(offset.saturating_sub(per_page)) } else { Value::Null };
        info["page_token_expiry"] = Value::Null;
        info["sort_by"] = ask.query("sort_by").unwrap_or("id").into();
        info["sort_order"] = ask.query("sort_order").unwrap_or("desc").into();
    }
    Ok(json(200, json!({ "data": shown, "info": info })))
}

/// The list under a key of the body, with at least one item and at most `most`.
fn items(ask: &Ask, key: &str, most: usize) -> Result<Vec<Object>, Response> {
    let expected = |what: &str| failure(400, "INVALID_DATA", json!({ "expected_data_type": what }), "body");
    let mut body: Object = serde_json::from_slice(&ask.call.body).map_err(|_| expected("jsonobject"))?;
    let list = body
        .remove(key)
        .ok_or_else(|| failure(400, "MANDATORY_NOT_FOUND", json!({ "api_name": key }), "required field not found"))?;
    let records: Vec<Object> = serde_json::from_value(list).map_err(|_| expected("jsonarray"))?;
    match records.len() {
        0 => Err(failure(
            400,
            "INVALID_DATA",
            json!({ "api_name": key, "expected_data_type": "jsonarray" }),
            "invalid data",
        )),
        count if count > most => {
            let details = json!({ "api_name": key, "limit": most });
            Err(failure(400, "LIMIT_EXCEEDED", details, "limit exceeded"))
        }
        _ => Ok(records),
    }
}

/// The records in the body's `data`.
fn data(ask: &Ask) -> Result<Vec<Object>, Response> {
    items(ask, "data", 100)
}
