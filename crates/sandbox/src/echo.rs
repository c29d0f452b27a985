//! A service that answers what it is asked to answer: methods, statuses, redirects, encodings, sizes, uploads.

use std::io::Write as _;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Multipart, OriginalUri, Path, RawQuery, Request};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{any, get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

use crate::fault::endless;
use crate::http::{Pairs, basic, header_text, json, set, typed};
use crate::world::Ctx;

/// A red square of one pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// `echo.example.com`.
pub(crate) fn routes() -> Router<Ctx> {
    Router::new()
        .route("/anything", any(anything))
        .route("/anything/{*path}", any(anything))
        .route("/upload", post(upload))
        .route("/status/{code}", any(|Path(code): Path<u16>| async move { json(code, json!({ "status": code })) }))
        .route("/delay/{seconds}", any(delay))
        .route("/redirect/{times}", any(redirect))
        .route("/redirect-to", any(redirect_to))
        .route("/basic-auth/{user}/{password}", get(basic_auth))
        .route("/gzip", get(gzip))
        .route("/encoding/latin1", get(latin1))
        .route("/bytes/{count}", get(|Path(count): Path<u64>| async move { body_of(count) }))
        .route(
            "/broken-json",
            get(|| async { typed(200, "application/json", "{\"name\": \"Deluge\", \"list\": [1, 2") }),
        )
        .route("/empty", get(|| async { crate::http::empty(204) }))
        .route("/xml", get(xml))
        .route("/csv", get(csv))
        .route("/image", get(image))
}

/// Tells the request back.
async fn anything(method: Method, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: Bytes) -> Response {
    let query = Pairs::parse(uri.query().unwrap_or_default());
    let kind = header_text(&headers, "content-type");
    let form = if kind.starts_with("application/x-www-form-urlencoded") {
        as_object(&Pairs::parse(&String::from_utf8_lossy(&body)))
    } else {
        Value::Object(Map::new())
    };
    let told: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    json(
        200,
        json!({
            "method": method.as_str(),
            "path": uri.path().trim_start_matches("/echo"),
            "args": as_object(&query),
            "headers": told,
            "form": form,
            "data": String::from_utf8_lossy(&body),
            "json": serde_json::from_slice::<Value>(&body).unwrap_or_default(),
        }),
    )
}

fn as_object(pairs: &Pairs) -> Value {
    Value::Object(pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect())
}

/// Tells the parts of a multipart body back.
async fn upload(mut parts: Multipart) -> Response {
    let mut told = Vec::new();
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return json(200, json!({ "parts": told })),
            Err(e) => return json(400, json!({ "error": e.body_text() })),
        };
        let (name, file) = (part.name().map(str::to_owned), part.file_name().map(str::to_owned));
        let kind = part.content_type().map(str::to_owned);
        match part.bytes().await {
            Ok(bytes) => told.push(json!({
                "name": name,
                "file_name": file,
                "content_type": kind,
                "size": bytes.len(),
                "text": std::str::from_utf8(&bytes).ok(),
            })),
            Err(e) => return json(400, json!({ "error": e.body_text() })),
        }
    }
}

async fn delay(Path(seconds): Path<f64>) -> Response {
    let time = Duration::try_from_secs_f64(seconds.min(600.0)).unwrap_or_default();
    tokio::time::sleep(time).await;
    json(200, json!({ "waited": time.as_secs_f64() }))
}

/// Redirects so many times, then tells the request back.
async fn redirect(Path(times): Path<u32>) -> Response {
    let next = if times > 1 { format!("../redirect/{}", times - 1) } else { "../anything".into() };
    redirection(302, &next)
}

/// `?url=…&status=307`
async fn redirect_to(RawQuery(query): RawQuery) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    redirection(query.number("status", 302) as u16, query.text("url"))
}

fn redirection(status: u16, to: &str) -> Response {
    let mut response = crate::http::empty(status);
    set(&mut response, "location", to);
    response
}

async fn basic_auth(Path((user, password)): Path<(String, String)>, request: Request) -> Response {
    if basic(request.headers()) == Some((user.clone(), password)) {
        return json(200, json!({ "authenticated": true, "user": user }));
    }
    let mut response = json(401, json!({ "authenticated": false }));
    set(&mut response, "www-authenticate", "Basic realm=\"sandbox\"");
    response
}

async fn gzip() -> Response {
    let text = json!({ "gzipped": true, "text": "grün ".repeat(200) }).to_string();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    match encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(bytes) => {
            let mut response = typed(200, "application/json", bytes);
            set(&mut response, "content-encoding", "gzip");
            response
        }
        Err(e) => json(500, json!({ "error": e.to_string() })),
    }
}

/// "Café Zürich" in ISO 8859-1.
async fn latin1() -> Response {
    typed(200, "text/plain; charset=ISO-8859-1", &b"Caf\xe9 Z\xfcrich"[..])
}

fn body_of(count: u64) -> Response {
    typed(200, "application/octet-stream", Body::from_stream(endless(count)))
}

async fn xml() -> Response {
    typed(200, "application/xml", "<?xml version=\"1.0\"?><leads><lead id=\"1001\"><name>Ada</name></lead></leads>")
}

async fn csv() -> Response {
    let mut response = typed(200, "text/csv; charset=utf-8", "id,name\n1001,Ada\n1002,Grace\n");
    set(&mut response, "content-disposition", "attachment; filename=\"leads.csv\"");
    response
}

async fn image() -> Response {
    typed(200, "image/png", STANDARD.decode(PNG).unwrap_or_default())
}
