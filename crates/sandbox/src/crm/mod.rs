//! Zoho CRM: the records API, versions 2 to 8.

mod criteria;
mod modules;
mod records;
mod related;
mod settings;

use std::collections::{BTreeMap, HashMap};

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Object, Pairs, json};
use crate::oauth::Access;
use crate::world::Ctx;
use crate::zoho;
use modules::Module;

/// The one organisation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Org {
    /// Records by module.
    records: BTreeMap<String, Vec<Object>>,
    /// Who is a member of which campaign.
    memberships: Vec<related::Membership>,
    /// Files at records.
    attachments: Vec<related::Attachment>,
    /// Variables of the organisation.
    variables: BTreeMap<String, Value>,
    /// How many records were made.
    made: u64,
}

/// `www.zohoapis.com` and its siblings.
pub(crate) fn routes(_: &Ctx) -> Router<Ctx> {
    let crm = Router::new()
        .route("/org", get(settings::org))
        .route("/users", get(settings::users))
        .route("/settings/modules", get(settings::modules))
        .route("/settings/variables", get(settings::variables).put(settings::set_variables))
        .route("/settings/variables/{name}", get(settings::variable))
        .route("/{module}", get(records::list).post(records::create).put(records::update).delete(records::delete))
        .route("/{module}/search", get(records::search))
        .route("/{module}/upsert", post(records::upsert))
        .route("/{module}/actions/add_tags", post(related::add_tags))
        .route("/{module}/actions/remove_tags", post(related::remove_tags))
        .route("/{module}/{id}", get(records::one).put(records::update).delete(records::delete))
        .route("/{module}/{id}/actions/add_tags", post(related::add_tags))
        .route("/{module}/{id}/actions/remove_tags", post(related::remove_tags))
        .route("/{module}/{id}/actions/convert", post(related::convert))
        .route("/{module}/{id}/Attachments", get(related::list).post(related::attach))
        .route("/{module}/{id}/{relation}", get(related::list).post(related::add_note))
        .route("/{module}/{id}/{relation}/{other}", put(related::link).delete(related::unlink));
    Router::new().nest("/crm/{version}", crm).fallback(|| async { error(404) })
}

/// A call that is allowed: its place in the API and its query.
struct Call {
    ctx: Ctx,
    version: u32,
    module: &'static Module,
    /// The record's id in the path.
    id: Option<String>,
    relation: String,
    /// The id of the record at the other end of a relation.
    other: String,
    query: Pairs,
}

/// A call that is allowed, of something that is no module.
struct PlainCall {
    ctx: Ctx,
    /// The last part of the path.
    name: String,
}

impl FromRequestParts<Ctx> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Response> {
        let (mut path, access) = enter(parts, ctx).await?;
        let mut take = |name: &str| path.remove(name);
        let version = take("version").and_then(|text| text.strip_prefix('v')?.parse().ok());
        let version = version.filter(|number| (2..=8).contains(number)).ok_or_else(|| error(404))?;
        let name = take("module").unwrap_or_default();
        let module = modules::find(&name)
            .ok_or_else(|| failure(400, "INVALID_MODULE", json!({}), "the module name given seems to be invalid"))?;
        if !permits(&access, module.name, &parts.method) {
            return Err(failure(401, "OAUTH_SCOPE_MISMATCH", json!({}), "invalid oauth scope to access this URL"));
        }
        let id = take("id");
        if id.as_ref().is_some_and(|id| id.parse::<u64>().is_err()) {
            return Err(error(404));
        }
        Ok(Self {
            ctx: ctx.clone(),
            version,
            module,
            id,
            relation: take("relation").unwrap_or_else(|| "Attachments".into()),
            other: take("other").unwrap_or_default(),
            query: Pairs::parse(parts.uri.query().unwrap_or_default()),
        })
    }
}

impl FromRequestParts<Ctx> for PlainCall {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Response> {
        let (mut path, _) = enter(parts, ctx).await?;
        Ok(Self { ctx: ctx.clone(), name: path.remove("name").unwrap_or_default() })
    }
}

/// Reads the path's parts and checks the token.
async fn enter(parts: &mut Parts, ctx: &Ctx) -> Result<(HashMap<String, String>, Access), Response> {
    let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, ctx).await.map_err(|_| error(404))?;
    let centre = path.get("centre").map(String::as_str).unwrap_or_default();
    match zoho::check(ctx, centre, &parts.headers) {
        Ok(access) => Ok((path, access)),
        Err("missing") => Err(failure(401, "AUTHENTICATION_FAILURE", json!({}), "Authentication failed")),
        Err(_) => Err(error(401)),
    }
}

/// Whether the scopes allow this method on this module. A token without scopes may do anything.
fn permits(access: &Access, module: &str, method: &Method) -> bool {
    let operation = match *method {
        Method::POST => "CREATE",
        Method::PUT => "UPDATE",
        Method::DELETE => "DELETE",
        _ => "READ",
    };
    let allows = |scope: &String| {
        let scope = scope.to_lowercase();
        let Some(rest) = scope.strip_prefix("zohocrm.modules.") else {
            return false;
        };
        let operation = operation.to_lowercase();
        let what = rest.strip_prefix(&format!("{}.", module.to_lowercase())).unwrap_or(rest);
        what == "all" || what == operation
    };
    access.scope.is_empty() || access.scope.iter().any(allows)
}

/// An error in the CRM's form.
pub(crate) fn error(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("INVALID_TOKEN", "invalid oauth token"),
        403 => ("NO_PERMISSION", "permission denied"),
        404 => ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
        429 => ("TOO_MANY_REQUESTS", "too many requests fired in the concurrency limit"),
        _ => ("INTERNAL_ERROR", "Internal Server Error"),
    };
    failure(status, code, json!({}), message)
}

fn failure(status: u16, code: &str, details: Value, message: &str) -> Response {
    json(status, outcome(code, details, message))
}

/// What became of one record: the form of each item of an answer to a write, and of an error.
fn outcome(code: &str, details: Value, message: &str) -> Value {
    let status = if code == "SUCCESS" { "success" } else { "error" };
    json!({ "code": code, "details": details, "message": message, "status": status })
}

/// The answer to a write of several records: `good` when all were written, else 207 or 400 (202 in version 2).
fn outcomes(call: &Call, good: u16, items: Vec<Value>) -> Response {
    let failed = items.iter().filter(|item| item["status"] == "error").count();
    let status = match failed {
        0 => good,
        _ if call.version == 2 => 202,
        all if all == items.len() => 400,
        _ => 207,
    };
    json(status, json!({ "data": items }))
}

/// One page of records with its `info`, or 204 when there is none.
fn paged(call: &Call, records: &[Object]) -> Response {
    let page = call.query.number("page", 1).max(1);
    let per_page = call.query.number("per_page", 200).clamp(1, 200);
    let shown = crate::http::page(records, (page - 1) * per_page, per_page);
    if shown.is_empty() {
        return crate::http::empty(204);
    }
    let more = page * per_page < records.len();
    let info = json!({ "per_page": per_page, "count": shown.len(), "page": page, "more_records": more });
    json(200, json!({ "data": shown, "info": info }))
}

/// The records in the body's `data`.
fn data(body: &[u8]) -> Result<Vec<Object>, Response> {
    let expected = |what: &str| failure(400, "INVALID_DATA", json!({ "expected_data_type": what }), "body");
    let mut body: Object = serde_json::from_slice(body).map_err(|_| expected("jsonobject"))?;
    let data = body.remove("data").ok_or_else(|| {
        failure(400, "MANDATORY_NOT_FOUND", json!({ "api_name": "data" }), "required field not found")
    })?;
    let records: Vec<Object> = serde_json::from_value(data).map_err(|_| expected("jsonarray"))?;
    match records.len() {
        1..=100 => Ok(records),
        _ => Err(failure(400, "INVALID_DATA", json!({ "api_name": "data", "maximum_length": 100 }), "invalid data")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_name_modules_and_operations() {
        let may = |scope: &str, method| permits(&Access { scope: vec![scope.into()] }, "Leads", &method);
        assert!(may("ZohoCRM.modules.ALL", Method::DELETE));
        assert!(may("ZohoCRM.modules.leads.READ", Method::GET));
        assert!(may("ZohoCRM.modules.READ", Method::GET));
        assert!(!may("ZohoCRM.modules.leads.READ", Method::POST));
        assert!(!may("ZohoCRM.modules.contacts.ALL", Method::GET));
        assert!(!may("ZohoCRM.settings.ALL", Method::GET));
    }
}
