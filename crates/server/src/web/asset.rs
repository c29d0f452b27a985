//! The files that pages link to, under addresses that change with their content.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// A drop, in the colours of the page.
const ICON: &str = include_str!("icon.svg");

/// The address of the style sheet.
pub(super) static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path("style", "css", STYLE));
/// The address of the script.
pub(super) static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path("script", "js", SCRIPT));
/// The address of the icon.
pub(super) static ICON_PATH: LazyLock<String> = LazyLock::new(|| path("icon", "svg", ICON));

fn path(name: &str, extension: &str, content: &str) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(content.as_bytes()));
    format!("/assets/{name}-{}.{extension}", &digest[..12])
}

/// The style sheet, for pages that are files.
pub(crate) const fn style() -> &'static str {
    STYLE
}

/// The icon, for pages that are files.
pub(crate) const fn icon() -> &'static str {
    ICON
}

/// The routes of the files. They hold nothing private and need no session.
pub fn assets() -> Router {
    Router::new()
        .route(&STYLE_PATH, get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route(&SCRIPT_PATH, get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route(&ICON_PATH, get(|| async { file("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
}

fn file(kind: &'static str, content: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, content).into_response()
}
