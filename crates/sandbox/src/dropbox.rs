//! Dropbox: files by path, with arguments in the `Dropbox-API-Arg` header.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http::{header_text, now_text, set, typed};
use crate::oauth::{self, Provider, STANDARD};
use crate::world::Ctx;

/// Files by path, such as `/reports/march.pdf`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Files(BTreeMap<String, File>);

#[derive(Debug, Serialize, Deserialize)]
struct File {
    /// The bytes in base64.
    content: String,
    size: usize,
    modified: String,
    revision: u64,
    content_hash: String,
    /// Whether it is a folder, which has no content.
    #[serde(default)]
    folder: bool,
}

static PROVIDER: Provider = Provider {
    name: "dropbox",
    title: "Dropbox",
    lifetime: Some(4 * 3600),
    offline: |query| query.text("token_access_type") == "offline",
    requires_pkce: false,
    names_issuer: false,
    ..STANDARD
};

/// `www.dropbox.com`.
pub(crate) fn login_routes() -> Router<Ctx> {
    Router::new().route("/oauth2/authorize", oauth::authorize(&PROVIDER))
}

/// `api.dropboxapi.com`.
pub(crate) fn api_routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth2/token", oauth::token(&PROVIDER))
        .route("/2/auth/token/revoke", post(revoke))
        .route("/2/users/get_current_account", post(account))
        .route("/2/files/get_metadata", post(metadata))
        .route("/2/files/list_folder", post(list))
        .route("/2/files/delete_v2", post(delete))
        .route("/2/files/create_folder_v2", post(create_folder))
        .route("/2/files/copy_v2", post(copy))
        .route("/2/files/move_v2", post(relocate))
        .route("/2/files/search_v2", post(search))
        .route("/2/files/get_temporary_link", post(temporary_link))
        .route("/2/sharing/create_shared_link_with_settings", post(shared_link))
}

/// `content.dropboxapi.com`.
pub(crate) fn content_routes() -> Router<Ctx> {
    Router::new().route("/2/files/upload", post(upload)).route("/2/files/download", post(download))
}

/// A JSON answer: Dropbox's clients want the type without a charset.
fn json(status: u16, value: impl Into<Value>) -> Response {
    typed(status, "application/json", value.into().to_string())
}

/// An error in Dropbox's form.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "invalid_access_token/", "invalid_access_token"),
        429 => failure(429, "too_many_requests/", "too_many_requests"),
        _ => failure(status, "internal_error/", "internal_error"),
    }
}

fn failure(status: u16, summary: &str, tag: &str) -> Response {
    json(status, json!({ "error_summary": summary, "error": { ".tag": tag } }))
}

fn not_found() -> Response {
    let error = json!({ ".tag": "path", "path": { ".tag": "not_found" } });
    json(409, json!({ "error_summary": "path/not_found/", "error": error }))
}

fn bad_input(why: &str) -> Response {
    typed(400, "text/plain; charset=utf-8", format!("Error in call to API function: {why}"))
}

fn allowed(ctx: &Ctx, headers: &HeaderMap) -> Result<(), Response> {
    oauth::check(ctx, PROVIDER.name, headers, &["Bearer"]).map(drop).map_err(|_| error(401))
}

/// The `path` of the arguments, in lower case as Dropbox compares it.
fn path_of(arguments: &Value) -> Result<String, Response> {
    match arguments["path"].as_str() {
        Some(path) if path.starts_with('/') && !path.ends_with('/') => Ok(path.to_lowercase()),
        _ => Err(bad_input("path: a path begins with a slash and does not end with one")),
    }
}

fn header_arguments(headers: &HeaderMap) -> Result<Value, Response> {
    serde_json::from_str(header_text(headers, "dropbox-api-arg"))
        .map_err(|_| bad_input("HTTP header \"Dropbox-API-Arg\": missing, or no JSON"))
}

fn body_arguments(body: &[u8]) -> Result<Value, Response> {
    serde_json::from_slice(body).map_err(|_| bad_input("request body: could not decode input as JSON"))
}

impl File {
    fn new(bytes: &[u8], revision: u64) -> Self {
        let (size, content_hash) = (bytes.len(), content_hash(bytes));
        let modified = now_text().replace("+00:00", "Z");
        Self { content: BASE64.encode(bytes), size, modified, revision, content_hash, folder: false }
    }

    fn describe(&self, path: &str) -> Value {
        let name = path.rsplit('/').next().unwrap_or_default();
        let id = format!("id:{}", &hex(&Sha256::digest(path.as_bytes()))[..22]);
        if self.folder {
            return json!({ ".tag": "folder", "name": name, "id": id, "path_lower": path, "path_display": path });
        }
        json!({
            ".tag": "file",
            "name": name,
            "id": id,
            "path_lower": path,
            "path_display": path,
            "size": self.size,
            "rev": format!("{:09x}", self.revision),
            "client_modified": self.modified,
            "server_modified": self.modified,
            "is_downloadable": true,
            "content_hash": self.content_hash,
        })
    }
}

/// Dropbox's hash of a file: the SHA-256 of the SHA-256 of each 4 MiB block.
fn content_hash(bytes: &[u8]) -> String {
    let blocks: Vec<u8> = bytes.chunks(4 * 1024 * 1024).flat_map(Sha256::digest).collect();
    hex(&Sha256::digest(&blocks))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn upload(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    if header_text(&headers, "content-type") != "application/octet-stream" {
        return Err(bad_input("Bad HTTP \"Content-Type\" header: expecting \"application/octet-stream\""));
    }
    let arguments = header_arguments(&headers)?;
    let mut path = path_of(&arguments)?;
    let files = &mut ctx.world().dropbox.0;
    let mode = arguments["mode"].as_str().or(arguments["mode"][".tag"].as_str()).unwrap_or("add");
    if mode == "add" && files.contains_key(&path) {
        if arguments["autorename"] != true {
            let error = json!({ ".tag": "path", "reason": { ".tag": "conflict", "conflict": { ".tag": "file" } } });
            return Err(json(409, json!({ "error_summary": "path/conflict/file/", "error": error })));
        }
        path = renamed(files, &path);
    }
    let revision = files.get(&path).map_or(1, |old| old.revision + 1);
    let file = File::new(&body, revision);
    let answer = json(200, file.describe(&path));
    files.insert(path, file);
    Ok(answer)
}

/// The path with a free number before its extension, as `/a (1).txt`.
fn renamed(files: &BTreeMap<String, File>, path: &str) -> String {
    let stem_end = path.rfind('.').filter(|dot| !path[*dot..].contains('/')).unwrap_or(path.len());
    let (stem, extension) = path.split_at(stem_end);
    let mut names = (1..).map(|n: u32| format!("{stem} ({n}){extension}"));
    names.find(|name| !files.contains_key(name)).unwrap_or_default()
}

async fn download(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&header_arguments(&headers)?)?;
    let files = &ctx.world().dropbox.0;
    let file = files.get(&path).ok_or_else(not_found)?;
    let bytes = BASE64.decode(&file.content).map_err(|_| error(500))?;
    let mut response = typed(200, "application/octet-stream", bytes);
    set(&mut response, "dropbox-api-result", &file.describe(&path).to_string());
    Ok(response)
}

async fn account(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let name = json!({
        "given_name": "Robin", "surname": "", "familiar_name": "Robin", "display_name": "Robin", "abbreviated_name": "R",
    });
    let body = json!({
        "account_id": "dbid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "name": name,
        "email": oauth::USER,
        "email_verified": true,
        "disabled": false,
        "locale": "en",
        "referral_link": "https://www.dropbox.com/referrals/sandbox",
        "is_paired": false,
        "account_type": { ".tag": "basic" },
        "root_info": { ".tag": "user", "root_namespace_id": "1", "home_namespace_id": "1" },
    });
    Ok(json(200, body))
}

async fn metadata(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&body_arguments(&body)?)?;
    ctx.world().dropbox.0.get(&path).map(|file| json(200, file.describe(&path))).ok_or_else(not_found)
}

async fn list(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let arguments = body_arguments(&body)?;
    let folder = arguments["path"].as_str().unwrap_or_default().to_lowercase();
    let recursive = arguments["recursive"] == true;
    let world = ctx.world();
    let within = |path: &str| {
        path.strip_prefix(&folder)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|name| recursive || !name.contains('/'))
    };
    let files = world.dropbox.0.iter().filter(|(path, _)| within(path));
    let entries: Vec<Value> = files.map(|(path, file)| file.describe(path)).collect();
    Ok(json(200, json!({ "entries": entries, "cursor": "end", "has_more": false })))
}

async fn delete(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&body_arguments(&body)?)?;
    let files = &mut ctx.world().dropbox.0;
    let file = files.remove(&path).ok_or_else(not_found)?;
    files.retain(|known, _| !known.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/')));
    Ok(json(200, json!({ "metadata": file.describe(&path) })))
}

async fn create_folder(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&body_arguments(&body)?)?;
    let files = &mut ctx.world().dropbox.0;
    if files.contains_key(&path) {
        let error = json!({ ".tag": "path", "path": { ".tag": "conflict", "conflict": { ".tag": "folder" } } });
        return Err(json(409, json!({ "error_summary": "path/conflict/folder/", "error": error })));
    }
    let folder = File { folder: true, ..File::new(&[], 1) };
    let answer = json(200, json!({ "metadata": folder.describe(&path) }));
    files.insert(path, folder);
    Ok(answer)
}

async fn copy(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    relocated(&ctx, &body, true)
}

async fn relocate(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    relocated(&ctx, &body, false)
}

/// The file at `from_path` under `to_path`, and where it was too when it is copied.
fn relocated(ctx: &Ctx, body: &[u8], copies: bool) -> Result<Response, Response> {
    let arguments = body_arguments(body)?;
    let path = |key: &str| path_of(&json!({ "path": arguments[key] }));
    let (from, to) = (path("from_path")?, path("to_path")?);
    let failed = |side: &str, why: Value, summary: &str| {
        json(409, json!({ "error_summary": summary, "error": { ".tag": side, side: why } }))
    };
    let files = &mut ctx.world().dropbox.0;
    let Some(file) = files.get(&from).filter(|file| !file.folder) else {
        return Err(failed("from_lookup", json!({ ".tag": "not_found" }), "from_lookup/not_found/"));
    };
    if files.contains_key(&to) {
        let why = json!({ ".tag": "conflict", "conflict": { ".tag": "file" } });
        return Err(failed("to", why, "to/conflict/file/"));
    }
    let bytes = BASE64.decode(&file.content).map_err(|_| error(500))?;
    let made = File::new(&bytes, file.revision);
    let answer = json(200, json!({ "metadata": made.describe(&to) }));
    if !copies {
        files.remove(&from);
    }
    files.insert(to, made);
    Ok(answer)
}

/// Files whose names hold the text.
async fn search(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let arguments = body_arguments(&body)?;
    let wanted = arguments["query"].as_str().unwrap_or_default().to_lowercase();
    if wanted.is_empty() {
        return Err(bad_input("request body: query: a text to look for is needed"));
    }
    let below = arguments["options"]["path"].as_str().unwrap_or_default().to_lowercase();
    let world = ctx.world();
    let fits =
        |path: &str| path.starts_with(&below) && path.rsplit('/').next().is_some_and(|name| name.contains(&wanted));
    let found = world.dropbox.0.iter().filter(|(path, _)| fits(path));
    let matches: Vec<Value> = found
        .map(|(path, file)| {
            let metadata = json!({ ".tag": "metadata", "metadata": file.describe(path) });
            json!({ "metadata": metadata, "match_type": { ".tag": "filename" } })
        })
        .collect();
    Ok(json(200, json!({ "matches": matches, "has_more": false })))
}

async fn temporary_link(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&body_arguments(&body)?)?;
    let world = ctx.world();
    let file = world.dropbox.0.get(&path).filter(|file| !file.folder).ok_or_else(not_found)?;
    let link = format!("https://content.dropboxapi.com/apitl/1/{}", &file.content_hash[..22]);
    Ok(json(200, json!({ "metadata": file.describe(&path), "link": link })))
}

async fn shared_link(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let path = path_of(&body_arguments(&body)?)?;
    let world = ctx.world();
    let file = world.dropbox.0.get(&path).ok_or_else(not_found)?;
    let mut link = file.describe(&path);
    let kind = if file.folder { "fo" } else { "fi" };
    let (id, name) = (link["id"].as_str().unwrap_or_default(), link["name"].as_str().unwrap_or_default());
    link["url"] = format!("https://www.dropbox.com/scl/{kind}/{}/{name}?dl=0", id.trim_start_matches("id:")).into();
    link["link_permissions"] = json!({
        "can_revoke": true,
        "resolved_visibility": { ".tag": "public" },
        "visibility_policies": [],
        "can_set_expiry": false,
        "can_remove_expiry": false,
        "allow_download": true,
        "can_allow_download": true,
        "can_disallow_download": false,
        "allow_comments": true,
        "team_restricts_comments": false,
    });
    Ok(json(200, link))
}

/// Dropbox revokes the token that makes the call.
async fn revoke(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let token = crate::http::authorization(&headers, "Bearer").unwrap_or_default();
    oauth::revoke(&ctx, &PROVIDER, token);
    Ok(json(200, Value::Null))
}
