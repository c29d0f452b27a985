//! Audiences (`lists`), their members, and the members' tags.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{collection, error, invalid, problem};
use crate::http::{Object, Pairs, empty, is_email, json, now_text};
use crate::world::{Ctx, World};

/// An audience.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Audience {
    id: String,
    name: String,
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Member {
    email_address: String,
    /// `subscribed`, `unsubscribed`, `cleaned`, `pending`, `transactional` or `archived`.
    status: String,
    #[serde(default)]
    merge_fields: Object,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    last_changed: String,
}

/// The statuses that a caller may set.
const STATUSES: [&str; 5] = ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"];

impl Audience {
    fn describe(&self) -> Value {
        let count = |status: &str| self.members.iter().filter(|member| member.status == status).count();
        json!({
            "id": self.id,
            "web_id": 1,
            "name": self.name,
            "stats": {
                "member_count": count("subscribed"),
                "unsubscribe_count": count("unsubscribed"),
                "cleaned_count": count("cleaned"),
            },
        })
    }

    /// The member with that MD5 of the lower-case address, or that address.
    fn find(&mut self, key: &str) -> Option<&mut Member> {
        let key = key.to_lowercase();
        self.members.iter_mut().find(|member| member.id() == key || member.email_address.to_lowercase() == key)
    }
}

impl Member {
    /// The MD5 of the lower-case address.
    fn id(&self) -> String {
        Md5::digest(self.email_address.to_lowercase().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn describe(&self, list: &str) -> Value {
        let text = |name: &str| self.merge_fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let tags: Vec<Value> = self.tags.iter().zip(1..).map(|(name, id)| json!({ "id": id, "name": name })).collect();
        json!({
            "id": self.id(),
            "email_address": self.email_address,
            "unique_email_id": &self.id()[..10],
            "contact_id": self.id(),
            "full_name": format!("{} {}", text("FNAME"), text("LNAME")).trim(),
            "status": self.status,
            "merge_fields": self.merge_fields,
            "language": self.language,
            "last_changed": self.last_changed,
            "tags_count": tags.len(),
            "tags": tags,
            "list_id": list,
        })
    }

    /// Takes over what the body says.
    fn change(&mut self, body: &Object) -> Result<(), Response> {
        if let Some(status) = body.get("status").and_then(Value::as_str) {
            if !STATUSES.contains(&status) {
                return Err(bad_field(
                    "status",
                    "Value must be one of: subscribed, unsubscribed, cleaned, pending, transactional",
                ));
            }
            self.status = status.into();
        }
        if let Some(email) = body.get("email_address") {
            self.email_address = valid_email(email)?;
        }
        if let Some(fields) = body.get("merge_fields") {
            let fields = fields.as_object().ok_or_else(|| bad_field("merge_fields", "Schema describes object"))?;
            self.merge_fields.extend(fields.clone());
        }
        if let Some(language) = body.get("language").and_then(Value::as_str) {
            self.language = language.into();
        }
        self.last_changed = now_text();
        Ok(())
    }
}

fn bad_field(field: &str, message: &str) -> Response {
    let detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array.";
    invalid(400, "Invalid Resource", detail, json!([{ "field": field, "message": message }]))
}

fn valid_email(value: &Value) -> Result<String, Response> {
    match value.as_str() {
        Some(text) if is_email(text) => Ok(text.to_owned()),
        _ => Err(bad_field("email_address", "Please provide a valid email address.")),
    }
}

fn parse(body: &[u8]) -> Result<Object, Response> {
    serde_json::from_slice(body).map_err(|_| problem(400, "JSON Parse Error", "The body is not a JSON object."))
}

fn audience<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Audience, Response> {
    world.mailchimp.lists.iter_mut().find(|list| list.id == id).ok_or_else(|| error(404))
}

/// Whether there is an audience of that id.
pub(super) fn exists(world: &World, id: &str) -> Result<(), Response> {
    world.mailchimp.lists.iter().find(|list| list.id == id).map(|_| ()).ok_or_else(|| error(404))
}

/// All members of one audience or of all, as they are shown.
pub(super) fn everybody(world: &World, list: Option<&str>) -> Vec<Value> {
    let lists = world.mailchimp.lists.iter().filter(|one| list.is_none_or(|wanted| one.id == wanted));
    lists.flat_map(|list| list.members.iter().map(|member| member.describe(&list.id))).collect()
}

/// `POST /lists/{list}`: subscribes many at once, and with `update_existing` changes those who are there.
pub(super) async fn subscribe_many(
    State(ctx): State<Ctx>,
    Path(list): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let body = parse(&body)?;
    let Some(given) = body.get("members").and_then(Value::as_array) else {
        return Err(bad_field("members", "This value should not be blank."));
    };
    let update = body.get("update_existing") == Some(&json!(true));
    let mut world = ctx.world();
    let audience = audience(&mut world, &list)?;
    let (mut new, mut updated, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for member in given.iter().filter_map(Value::as_object) {
        let email = member.get("email_address").and_then(Value::as_str).unwrap_or_default().to_owned();
        let refuse = |code: &str, error: &str| json!({ "email_address": email, "error": error, "error_code": code });
        let known =
            audience.find(&email).map(|found| (update, update && found.change(member).is_ok(), found.describe(&list)));
        match known {
            Some((true, true, shown)) => updated.push(shown),
            Some((false, ..)) => errors.push(refuse("ERROR_CONTACT_EXISTS", "is already a list member")),
            Some((true, false, _)) => errors.push(refuse("ERROR_GENERIC", "could not be changed")),
            None if !is_email(&email) => errors.push(refuse("ERROR_GENERIC", "Please provide a valid email address.")),
            None => match insert(audience, email.clone(), member) {
                Ok(_) => new.extend(audience.find(&email).map(|found| found.describe(&list))),
                Err(_) => errors.push(refuse("ERROR_GENERIC", "could not be added")),
            },
        }
    }
    let counts = [new.len(), updated.len(), errors.len()];
    Ok(json(
        200,
        json!({
            "new_members": new, "updated_members": updated, "errors": errors,
            "total_created": counts[0], "total_updated": counts[1], "error_count": counts[2],
        }),
    ))
}

pub(super) async fn lists(State(ctx): State<Ctx>, RawQuery(query): RawQuery) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    let lists: Vec<Value> = ctx.world().mailchimp.lists.iter().map(Audience::describe).collect();
    json(200, collection("lists", &lists, &query))
}

pub(super) async fn list(State(ctx): State<Ctx>, Path(list): Path<String>) -> Result<Response, Response> {
    Ok(json(200, audience(&mut ctx.world(), &list)?.describe()))
}

/// `?status=subscribed&offset=…&count=…`
pub(super) async fn members(
    State(ctx): State<Ctx>,
    Path(list): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let query = Pairs::parse(&query.unwrap_or_default());
    let mut world = ctx.world();
    let audience = audience(&mut world, &list)?;
    let wanted = |member: &&Member| query.get("status").is_none_or(|status| status == member.status);
    let members: Vec<Value> = audience.members.iter().filter(wanted).map(|member| member.describe(&list)).collect();
    let mut body = collection("members", &members, &query);
    body.insert("list_id".into(), list.into());
    Ok(json(200, body))
}

/// Adds a member who is not there yet.
pub(super) async fn add(State(ctx): State<Ctx>, Path(list): Path<String>, body: Bytes) -> Result<Response, Response> {
    let body = parse(&body)?;
    let mut world = ctx.world();
    let audience = audience(&mut world, &list)?;
    let email = valid_email(body.get("email_address").unwrap_or(&Value::Null))?;
    if audience.find(&email).is_some() {
        let detail = format!("{email} is already a list member. Use PUT to insert or update list members.");
        return Err(problem(400, "Member Exists", &detail));
    }
    if !body.contains_key("status") {
        return Err(bad_field("status", "Data presented is not one of the accepted values."));
    }
    insert(audience, email, &body)
}

/// Adds a new member with what the body says.
fn insert(audience: &mut Audience, email: String, body: &Object) -> Result<Response, Response> {
    let mut member = Member {
        email_address: email,
        status: String::new(),
        merge_fields: Object::new(),
        tags: strings(body.get("tags")),
        language: "en".into(),
        last_changed: String::new(),
    };
    member.change(body)?;
    let told = json(200, member.describe(&audience.id));
    audience.members.push(member);
    Ok(told)
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

pub(super) async fn member(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
) -> Result<Response, Response> {
    let mut world = ctx.world();
    let found = audience(&mut world, &list)?.find(&member).ok_or_else(|| error(404))?;
    Ok(json(200, found.describe(&list)))
}

/// Adds or updates the member; a new one gets `status_if_new`.
pub(super) async fn put(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Response> {
    let mut body = parse(&body)?;
    let mut world = ctx.world();
    let audience = audience(&mut world, &list)?;
    if let Some(found) = audience.find(&member) {
        found.change(&body)?;
        return Ok(json(200, found.describe(&list)));
    }
    let email = valid_email(body.get("email_address").unwrap_or(&Value::Null))?;
    let status = body.get("status_if_new").or_else(|| body.get("status")).cloned();
    let status = status.ok_or_else(|| bad_field("status_if_new", "This value should not be blank."))?;
    body.insert("status".into(), status);
    insert(audience, email, &body)
}

pub(super) async fn patch(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Response> {
    let body = parse(&body)?;
    let mut world = ctx.world();
    let found = audience(&mut world, &list)?.find(&member).ok_or_else(|| error(404))?;
    found.change(&body)?;
    Ok(json(200, found.describe(&list)))
}

pub(super) async fn archive(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
) -> Result<Response, Response> {
    let mut world = ctx.world();
    let found = audience(&mut world, &list)?.find(&member).ok_or_else(|| error(404))?;
    if found.status == "archived" {
        return Err(problem(405, "Method Not Allowed", "This list member cannot be removed."));
    }
    found.status = "archived".into();
    Ok(empty(204))
}

pub(super) async fn tags(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
) -> Result<Response, Response> {
    let mut world = ctx.world();
    let found = audience(&mut world, &list)?.find(&member).ok_or_else(|| error(404))?;
    let tags = found.describe(&list)["tags"].clone();
    Ok(json(200, json!({ "tags": tags, "total_items": found.tags.len() })))
}

/// `{"tags": [{"name": "CRM", "status": "active"}]}`
pub(super) async fn set_tags(
    State(ctx): State<Ctx>,
    Path((list, member)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Response> {
    let body = parse(&body)?;
    let mut world = ctx.world();
    let found = audience(&mut world, &list)?.find(&member).ok_or_else(|| error(404))?;
    let changes = body.get("tags").and_then(Value::as_array);
    let changes = changes.ok_or_else(|| bad_field("tags", "This value should not be blank."))?;
    for change in changes {
        let name = change["name"].as_str().ok_or_else(|| bad_field("tags", "A tag has a name."))?;
        found.tags.retain(|tag| tag != name);
        if change["status"] != "inactive" {
            found.tags.push(name.into());
        }
    }
    Ok(empty(204))
}
