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

use crate::http::{header_text, json, now_text, set, typed};
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
}

/// `content.dropboxapi.com`.
pub(crate) fn content_routes() -> Router<Ctx> {
    Router::new().route("/2/files/upload", post(upload)).route("/2/files/download", post(download))
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
    fn describe(&self, path: &str) -> Value {
        let name = path.rsplit('/').next().unwrap_or_default();
        json!({
            ".tag": "file",
            "name": name,
            "id": format!("id:{}", &hex(&Sha256::digest(path.as_bytes()))[..22]),
            "path_lower": path,
            "path_display": path,
            "size": self.size,
            "rev": format!("{:09x}", self.revision),
            "server_modified": self.modified,
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
    let modified = now_text().replace("+00:00", "Z");
    let file =
        File { content: BASE64.encode(&body), size: body.len(), modified, revision, content_hash: content_hash(&body) };
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
    let body = json!({ "account_id": "dbid:AAAA", "name": { "display_name": "Robin" }, "email": oauth::USER });
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
    let file = ctx.world().dropbox.0.remove(&path);
    file.map(|file| json(200, json!({ "metadata": file.describe(&path) }))).ok_or_else(not_found)
}

/// Dropbox revokes the token that makes the call.
async fn revoke(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let token = crate::http::authorization(&headers, "Bearer").unwrap_or_default();
    oauth::revoke(&ctx, &PROVIDER, token);
    Ok(json(200, Value::Null))
}
