//! Merge fields, segments, templates, searches for members, and many operations in one call.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{collection, error, members, problem};
use crate::http::{Object, Pairs, empty, json, now_text};
use crate::world::Ctx;

/// Where the store keeps what belongs to an audience besides its members.
pub(crate) const PRODUCT: &str = "mailchimp_more";

pub(super) fn routes() -> Router<Ctx> {
    Router::new()
        .route("/3.0/search-members", get(search))
        .route("/3.0/lists/{list}/merge-fields", get(merge_fields).post(add_merge_field))
        .route("/3.0/lists/{list}/segments", get(segments).post(add_segment))
        .route("/3.0/lists/{list}/segments/{segment}", get(segment).post(change_segment).delete(remove_segment))
        .route("/3.0/lists/{list}/segments/{segment}/members", get(segment_members).post(add_to_segment))
        .route("/3.0/templates", get(templates).post(add_template))
        .route("/3.0/templates/{template}", get(template))
        .route("/3.0/batches", post(batch))
        .route("/3.0/batches/{batch}", get(show_batch))
}

fn parse(body: &[u8]) -> Result<Object, Response> {
    serde_json::from_slice(body).map_err(|_| problem(400, "JSON Parse Error", "The body is not a JSON object."))
}

fn named(body: &Object, field: &str) -> Result<String, Response> {
    let text = body.get(field).and_then(Value::as_str).unwrap_or_default();
    match text.is_empty() {
        true => Err(problem(400, "Invalid Resource", &format!("The field {field} is missing."))),
        false => Ok(text.to_owned()),
    }
}

fn pairs(query: Option<String>) -> Pairs {
    Pairs::parse(&query.unwrap_or_default())
}

/// A small number that was not given before.
fn next(ctx: &Ctx, module: &str) -> u64 {
    ctx.world().store.all(PRODUCT, module).len() as u64 + 1
}

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

/// `?query=…`, in one audience or in all.
async fn search(State(ctx): State<Ctx>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query);
    let wanted = query.text("query").to_lowercase();
    let all = members::everybody(&ctx.world(), query.get("list_id"));
    let email = |member: &Value| member["email_address"].as_str().unwrap_or_default().to_lowercase();
    let exact: Vec<&Value> = all.iter().filter(|member| email(member) == wanted).collect();
    let name = |member: &Value| member["full_name"].as_str().unwrap_or_default().to_lowercase();
    let full: Vec<&Value> =
        all.iter().filter(|member| email(member).contains(&wanted) || name(member).contains(&wanted)).collect();
    json(
        200,
        json!({
            "exact_matches": { "members": exact, "total_items": exact.len() },
            "full_search": { "members": full, "total_items": full.len() },
        }),
    )
}

async fn merge_fields(
    State(ctx): State<Ctx>,
    Path(list): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    members::exists(&ctx.world(), &list)?;
    let fixed = [
        ("FNAME", "First Name", "text"),
        ("LNAME", "Last Name", "text"),
        ("ADDRESS", "Address", "address"),
        ("PHONE", "Phone Number", "phone"),
    ];
    let mut fields: Vec<Value> = fixed
        .iter()
        .enumerate()
        .map(|(at, (tag, name, kind))| json!({ "merge_id": at + 1, "tag": tag, "name": name, "type": kind, "required": false, "default_value": "", "public": true, "list_id": list }))
        .collect();
    let world = ctx.world();
    let own = world.store.all(PRODUCT, "merge-fields").iter().filter(|field| field["list_id"] == list.as_str());
    fields.extend(own.cloned().map(Value::from));
    Ok(json(200, collection("merge_fields", &fields, &pairs(query))))
}

async fn add_merge_field(State(ctx): State<Ctx>, Path(list): Path<String>, body: Bytes) -> Result<Response, Response> {
    members::exists(&ctx.world(), &list)?;
    let mut field = parse(&body)?;
    let name = named(&field, "name")?;
    named(&field, "type")?;
    let id = 4 + next(&ctx, "merge-fields");
    field
        .entry("tag")
        .or_insert_with(|| name.to_uppercase().replace(' ', "").chars().take(10).collect::<String>().into());
    field.insert("merge_id".into(), id.into());
    field.insert("list_id".into(), list.into());
    ctx.world().store.add(PRODUCT, "merge-fields", field.clone());
    Ok(json(200, field))
}

fn shown(segment: &Object) -> Value {
    let count = segment.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    json!({
        "id": segment["id"], "name": segment["name"], "member_count": count, "type": "static", "list_id": segment["list_id"],
        "created_at": segment["created_at"], "updated_at": segment["created_at"],
    })
}

async fn segments(
    State(ctx): State<Ctx>,
    Path(list): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let world = ctx.world();
    members::exists(&world, &list)?;
    let own = world.store.all(PRODUCT, "segments").iter().filter(|segment| segment["list_id"] == list.as_str());
    let found: Vec<Value> = own.map(shown).collect();
    Ok(json(200, collection("segments", &found, &pairs(query))))
}

async fn add_segment(State(ctx): State<Ctx>, Path(list): Path<String>, body: Bytes) -> Result<Response, Response> {
    members::exists(&ctx.world(), &list)?;
    let body = parse(&body)?;
    let name = named(&body, "name")?;
    let emails = body.get("static_segment").cloned().unwrap_or_else(|| json!([]));
    let id = next(&ctx, "segments");
    let made = object(json!({ "id": id, "name": name, "list_id": list, "members": emails, "created_at": now_text() }));
    ctx.world().store.add(PRODUCT, "segments", made.clone());
    Ok(json(200, shown(&made)))
}

async fn segment(State(ctx): State<Ctx>, Path((_, id)): Path<(String, String)>) -> Result<Response, Response> {
    let world = ctx.world();
    let found = world.store.find(PRODUCT, "segments", "id", &id).ok_or_else(|| error(404))?;
    Ok(json(200, shown(found)))
}

/// `{"members_to_add": […], "members_to_remove": […]}`
async fn change_segment(
    State(ctx): State<Ctx>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Response> {
    let body = parse(&body)?;
    let emails = |key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (add, remove) = (emails("members_to_add"), emails("members_to_remove"));
    let mut world = ctx.world();
    let found = world.store.find_mut(PRODUCT, "segments", "id", &id).ok_or_else(|| error(404))?;
    let mut kept = found.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    kept.retain(|email| !remove.contains(email));
    kept.extend(add.iter().filter(|email| !kept.contains(email)).cloned().collect::<Vec<_>>());
    found.insert("members".into(), kept.into());
    let answer = json!({ "members_added": add, "members_removed": remove, "errors": [], "total_added": add.len(), "total_removed": remove.len(), "error_count": 0 });
    Ok(json(200, answer))
}

async fn remove_segment(State(ctx): State<Ctx>, Path((_, id)): Path<(String, String)>) -> Result<Response, Response> {
    ctx.world().store.remove(PRODUCT, "segments", "id", &id).ok_or_else(|| error(404))?;
    Ok(empty(204))
}

async fn segment_members(
    State(ctx): State<Ctx>,
    Path((list, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let world = ctx.world();
    let found = world.store.find(PRODUCT, "segments", "id", &id).ok_or_else(|| error(404))?;
    let emails = found.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    let inside = members::everybody(&world, Some(&list));
    let inside: Vec<Value> = inside.into_iter().filter(|member| emails.contains(&member["email_address"])).collect();
    Ok(json(200, collection("members", &inside, &pairs(query))))
}

async fn add_to_segment(
    State(ctx): State<Ctx>,
    Path((list, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Response> {
    let email = named(&parse(&body)?, "email_address")?;
    let mut world = ctx.world();
    let member =
        members::everybody(&world, Some(&list)).into_iter().find(|member| member["email_address"] == email.as_str());
    let member =
        member.ok_or_else(|| problem(400, "Invalid Resource", "The address is not subscribed to the list."))?;
    let found = world.store.find_mut(PRODUCT, "segments", "id", &id).ok_or_else(|| error(404))?;
    let mut kept = found.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    if !kept.contains(&member["email_address"]) {
        kept.push(member["email_address"].clone());
    }
    found.insert("members".into(), kept.into());
    Ok(json(200, member))
}

async fn templates(State(ctx): State<Ctx>, RawQuery(query): RawQuery) -> Response {
    let all: Vec<Value> = ctx
        .world()
        .store
        .all(PRODUCT, "templates")
        .iter()
        .map(|one| {
            let mut shown = one.clone();
            shown.remove("html");
            shown.into()
        })
        .collect();
    json(200, collection("templates", &all, &pairs(query)))
}

async fn add_template(State(ctx): State<Ctx>, body: Bytes) -> Result<Response, Response> {
    let body = parse(&body)?;
    let (name, html) = (named(&body, "name")?, named(&body, "html")?);
    let id = 1000 + next(&ctx, "templates");
    let made = object(
        json!({ "id": id, "type": "user", "name": name, "active": true, "date_created": now_text(), "html": html }),
    );
    ctx.world().store.add(PRODUCT, "templates", made.clone());
    Ok(json(200, made))
}

async fn template(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Response> {
    let found = ctx.world().store.find(PRODUCT, "templates", "id", &id).cloned();
    found.map(|one| json(200, one)).ok_or_else(|| error(404))
}

/// Many operations on members in one call. The real service works through them later; here they are done at once.
async fn batch(State(ctx): State<Ctx>, body: Bytes) -> Result<Response, Response> {
    let body = parse(&body)?;
    let Some(operations) = body.get("operations").and_then(Value::as_array) else {
        return Err(problem(400, "Invalid Resource", "The field operations is missing."));
    };
    let mut failed = 0;
    for operation in operations {
        let path = operation["path"].as_str().unwrap_or_default().trim_matches('/').to_owned();
        let given = operation["body"].as_str().unwrap_or_default().to_owned();
        let pieces: Vec<String> = path.split('/').map(str::to_owned).collect();
        let state = State(ctx.clone());
        let both = |list: &String, member: &String| Path((list.clone(), member.clone()));
        let done = match (operation["method"].as_str().unwrap_or_default(), pieces.as_slice()) {
            ("POST", [lists, list, part]) if lists == "lists" && part == "members" => {
                members::add(state, Path(list.clone()), given.into()).await
            }
            ("PUT", [_, list, _, member]) => members::put(state, both(list, member), given.into()).await,
            ("PATCH", [_, list, _, member]) => members::patch(state, both(list, member), given.into()).await,
            ("DELETE", [_, list, _, member]) => members::archive(state, both(list, member)).await,
            ("POST", [_, list, _, member, tags]) if tags == "tags" => {
                members::set_tags(state, both(list, member), given.into()).await
            }
            _ => Err(error(404)),
        };
        let status = done.unwrap_or_else(|refused| refused).status();
        failed += u32::from(status >= StatusCode::BAD_REQUEST);
    }
    let id = format!("batch{:05}", next(&ctx, "batches"));
    let made = object(json!({
        "id": id, "status": "finished", "total_operations": operations.len(), "finished_operations": operations.len(),
        "errored_operations": failed, "submitted_at": now_text(), "completed_at": now_text(), "response_body_url": "",
    }));
    ctx.world().store.add(PRODUCT, "batches", made.clone());
    Ok(json(200, made))
}

async fn show_batch(State(ctx): State<Ctx>, Path(id): Path<String>) -> Result<Response, Response> {
    let found = ctx.world().store.find(PRODUCT, "batches", "id", &id).cloned();
    found.map(|one| json(200, one)).ok_or_else(|| error(404))
}
