//! The files of a widget, on an origin of their own: what lies in its folder `app`, and nothing else.

use std::io::Read;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Path as Asked, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Widget;

/// The largest file that is sent, in bytes.
const LARGEST: u64 = 20_000_000;
/// Our own implementation of the SDKs, for widgets that bring none.
const SDK: &str = include_str!("sdk.js");
/// Where it is.
const SDK_PATH: &str = "/rainwright-sdk.js";
/// The domains that Zoho serves its SDKs from.
const SDK_HOSTS: [&str; 4] = ["zohostatic.com", "zwidgets.com", "zohocdn.com", "zoho.com"];

/// The routes of the widget's origin.
pub(super) fn routes(widget: Widget) -> Router {
    Router::new()
        .route("/app/{*path}", get(file))
        .route("/app-translations/{*path}", get(translation))
        .route("/plugin-manifest.json", get(manifest))
        .route(SDK_PATH, get(|| async { plain("text/javascript; charset=utf-8", SDK.into()) }))
        .with_state(widget)
}

async fn file(State(widget): State<Widget>, Asked(path): Asked<String>) -> Response {
    send(&widget, path).await
}

async fn translation(State(widget): State<Widget>, Asked(path): Asked<String>) -> Response {
    send(&widget, format!("translations/{path}")).await
}

async fn manifest(State(widget): State<Widget>) -> Response {
    let mut response = plain("application/json", widget.project().manifest.to_string().into_bytes());
    set_policy(&widget, &mut response);
    response
}

async fn send(widget: &Widget, path: String) -> Response {
    let app = widget.project().app();
    let read = tokio::task::spawn_blocking({
        let path = path.clone();
        move || read(&app, &path)
    });
    let bytes = match read.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Unread::Missing)) | Err(_) => {
            return (StatusCode::NOT_FOUND, "There is no such file in the widget's folder app.\n").into_response();
        }
        Ok(Err(Unread::TooLarge)) => {
            return (StatusCode::PAYLOAD_TOO_LARGE, "The file is larger than 20 MB.\n").into_response();
        }
    };
    let kind = content_type(&path);
    let bytes = if kind.starts_with("text/html") && widget.brings_sdk() { with_own_sdk(bytes) } else { bytes };
    let mut response = plain(kind, bytes);
    set_policy(widget, &mut response);
    response
}

fn plain(kind: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

fn set_policy(widget: &Widget, response: &mut Response) {
    // Browsers go by `frame-ancestors` where a page has both that and `X-Frame-Options`.
    if let Ok(policy) = HeaderValue::try_from(widget.policy()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The content policy of a widget's pages: public servers over HTTPS for what they show, only named hosts for what they
/// call, and no page around them but the host's.
pub(super) fn policy<'d>(host: &str, domains: impl Iterator<Item = &'d str>) -> String {
    let mut connect = String::from("'self' https://*.zohostatic.com");
    for domain in domains {
        connect.push_str(" https://");
        connect.push_str(domain);
        connect.push_str(" wss://");
        connect.push_str(domain);
    }
    format!(
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' https:; style-src 'self' 'unsafe-inline' https:; \
         img-src 'self' data: blob: https:; font-src 'self' data: https:; media-src 'self' blob: https:; connect-src {connect}; \
         worker-src 'self' blob:; frame-src https:; form-action 'self'; base-uri 'self'; frame-ancestors {host}"
    )
}

/// Why a file is not sent.
#[derive(Debug, PartialEq, Eq)]
enum Unread {
    Missing,
    TooLarge,
}

/// Reads a file of the folder. Neither a name nor a link leads out of it.
fn read(folder: &Path, path: &str) -> Result<Vec<u8>, Unread> {
    let path = inside(folder, path).ok_or(Unread::Missing)?;
    let file = std::fs::File::open(path).map_err(|_| Unread::Missing)?;
    let meta = file.metadata().map_err(|_| Unread::Missing)?;
    if !meta.is_file() {
        return Err(Unread::Missing);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|_| Unread::Missing)?;
    if bytes.len() as u64 > LARGEST { Err(Unread::TooLarge) } else { Ok(bytes) }
}

/// The real path of an ordinary file within a folder.
pub(super) fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut whole = folder.to_owned();
    for part in path.split('/') {
        if part.is_empty() || part.starts_with('.') || part.contains(['\\', ':', '\0']) {
            return None;
        }
        whole.push(part);
    }
    let (folder, whole) = (folder.canonicalize().ok()?, whole.canonicalize().ok()?);
    (whole.starts_with(&folder) && whole.is_file()).then_some(whole)
}

fn content_type(path: &str) -> &'static str {
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "txt" | "csv" | "md" => "text/plain; charset=utf-8",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// A page in which the addresses of Zoho's SDKs are that of our own.
fn with_own_sdk(page: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(page) else { return Vec::new() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(open + 1);
        let quote = rest.as_bytes()[open] as char;
        out.push_str(before);
        let close = quoted.find(quote).unwrap_or(quoted.len());
        let value = &quoted[..close];
        if is_sdk(value) {
            out.push_str(SDK_PATH);
            rest = &quoted[close..];
        } else if value.contains(['<', '>', '\n']) {
            // A quote in running text, such as an apostrophe, opens nothing.
            rest = quoted;
        } else {
            out.push_str(value);
            rest = &quoted[close..];
            if let Some(quote) = rest.chars().next() {
                out.push(quote);
                rest = &rest[quote.len_utf8()..];
            }
        }
    }
    out.push_str(rest);
    out.into_bytes()
}

/// Whether an address is that of a script of Zoho's with an SDK in it, of whatever product.
fn is_sdk(address: &str) -> bool {
    let Some(rest) = address.trim().strip_prefix("https:").unwrap_or(address.trim()).strip_prefix("//") else {
        return false;
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let host = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_zohos =
        SDK_HOSTS.iter().any(|own| host == *own || host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')));
    is_zohos && file.contains("sdk") && file.ends_with(".js")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let app = place.path().join("app");
        std::fs::create_dir_all(app.join("js")).unwrap();
        std::fs::write(app.join("js/a.js"), "x").unwrap();
        std::fs::write(app.join(".env"), "secret").unwrap();
        std::fs::write(place.path().join("key.pem"), "secret").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(place.path().join("key.pem"), app.join("link.pem")).unwrap();
            std::os::unix::fs::symlink("/etc", app.join("etc")).unwrap();
            std::os::unix::fs::symlink("js/a.js", app.join("own.js")).unwrap();
            assert_eq!(read(&app, "own.js").unwrap(), b"x");
        }
        assert_eq!(read(&app, "js/a.js").unwrap(), b"x");
        for path in [
            "../key.pem",
            "js/../../key.pem",
            "/etc/passwd",
            "",
            "js",
            "js/",
            "link.pem",
            "etc/passwd",
            ".env",
            "js//a.js",
            "..\\key.pem",
            "C:/x",
            "a\0b",
            "./js/a.js",
            "none.js",
        ] {
            assert_eq!(read(&app, path), Err(Unread::Missing), "{path:?}");
        }
    }

    #[test]
    fn only_addresses_of_the_sdks_are_replaced() {
        let page = r#"<script src="https://live.zwidgets.com/js-sdk/1.2/ZohoEmbededAppSDK.min.js?v=2"></script>
            <script src='//js.zohostatic.com/creator/widgets/version/2.0/widgetsdk-min.js'></script>
            <p>It's the widget's page</p><script src="https://js.zohostatic.com/zohofinance/v2.0/zf_sdk.js"></script>
            <script src="lib/widgetsdk-min.js"></script><script src="https://zohostatic.com.evil.example/sdk.js"></script>
            <script src="https://js.zohostatic.com/app.js"></script><p>widgetsdk.js</p>"#;
        let own = String::from_utf8(with_own_sdk(page.as_bytes().to_vec())).unwrap();
        assert_eq!(own.matches(SDK_PATH).count(), 3, "{own}");
        for kept in [
            "lib/widgetsdk-min.js",
            "zohostatic.com.evil.example/sdk.js",
            "js.zohostatic.com/app.js",
            "<p>widgetsdk.js</p>",
            "It's the widget's page",
        ] {
            assert!(own.contains(kept), "{kept}: {own}");
        }
        assert!(!own.contains("?v=2"), "{own}");
    }

    #[test]
    fn a_policy_lets_a_widget_reach_no_plain_http() {
        let policy = policy("http://127.0.0.1:8191", ["api.example.com"].into_iter());
        assert!(policy.contains("frame-ancestors http://127.0.0.1:8191"), "{policy}");
        let others = policy.replace("frame-ancestors http://127.0.0.1:8191", "");
        assert!(!others.contains("http:") && !others.contains(" * "), "{others}");
    }
}
