//! One whole call of a Zoho product: its path in pieces, its query, its body and its files, read once for all products.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::http::{Object, Pairs, header_text, json};
use crate::oauth::Access;
use crate::world::Ctx;

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// A part of a multipart body.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// The file's name, of a part that is a file.
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// A call, and what it says.
pub(crate) struct Call {
    pub(crate) ctx: Ctx,
    pub(crate) method: Method,
    /// The pieces of the path that are left to read, decoded.
    pub(crate) path: Vec<String>,
    pub(crate) query: Pairs,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) parts: Vec<Part>,
    /// What the call's token may do.
    pub(crate) access: Access,
}

/// What a product makes of a call: either side is an answer, and `?` ends with it.
pub(crate) type Answer = Result<Response, Response>;

impl Call {
    /// Reads a request whose path, after the sandbox's own segment, is `path`.
    pub(crate) async fn read(ctx: Ctx, path: &str, request: Request) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let decode = |piece: &str| percent_decode_str(piece).decode_utf8_lossy().into_owned();
        let path: Vec<String> = path.split('/').filter(|piece| !piece.is_empty()).map(decode).collect();
        let mut call = Self {
            ctx,
            method: parts.method.clone(),
            path,
            query: Pairs::parse(parts.uri.query().unwrap_or_default()),
            headers: parts.headers.clone(),
            body: Bytes::new(),
            parts: Vec::new(),
            access: Access::default(),
        };
        if header_text(&call.headers, "content-type").starts_with("multipart/") {
            call.parts = multipart(Request::from_parts(parts, body)).await?;
        } else {
            call.body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| too_large())?;
        }
        Ok(call)
    }

    /// The path's pieces, to match on.
    pub(crate) fn pieces(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The body as JSON; a form field of that name holds it with some products.
    pub(crate) fn json(&self, field: &str) -> Option<Value> {
        if let Ok(value) = serde_json::from_slice(&self.body) {
            return Some(value);
        }
        serde_json::from_str(self.field(field)?.as_str()).ok()
    }

    /// A field of a form, of a multipart body, or of the query.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let part = self.parts.iter().find(|part| part.name == name && part.file_name.is_none());
        if let Some(part) = part {
            return Some(String::from_utf8_lossy(&part.bytes).into_owned());
        }
        self.form().get(name).or_else(|| self.query.get(name)).map(str::to_owned)
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::parse(&String::from_utf8_lossy(&self.body))
    }

    /// All fields of the body, whichever way it was sent, as an object.
    pub(crate) fn fields(&self) -> Object {
        if let Ok(Value::Object(object)) = serde_json::from_slice(&self.body) {
            return object;
        }
        let texts = self.parts.iter().filter(|part| part.file_name.is_none());
        let texts = texts.map(|part| (part.name.clone(), String::from_utf8_lossy(&part.bytes).into_owned().into()));
        let form = self.form();
        let pairs = form.iter().map(|(name, text)| (name.clone(), Value::from(text.clone())));
        texts.chain(pairs).collect()
    }

    /// The first file of a multipart body.
    pub(crate) fn file(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.file_name.is_some())
    }
}

async fn multipart(request: Request<Body>) -> Result<Vec<Part>, Response> {
    let wrong = || json(400, serde_json::json!({ "error": "the multipart body cannot be read" }));
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| wrong())?;
    let mut parts = Vec::new();
    while let Some(part) = form.next_field().await.map_err(|_| wrong())? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| too_large())?;
        parts.push(Part { name, file_name, content_type, bytes });
    }
    Ok(parts)
}

fn too_large() -> Response {
    json(413, serde_json::json!({ "error": "the body is too large" }))
}
