//! The host page: the question what a widget may reach, and the frame that it runs in.

use std::net::SocketAddr;
use std::sync::{LazyLock, PoisonError};
use std::time::Instant;

use axum::Extension;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use maud::{Markup, html};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Widget;
use super::grants::{Ask, Grants};
use crate::web::{self, Flash, Form, Frame, POLICY, Session, failed, see_other, token};

const SCRIPT: &str = include_str!("host.js");
/// The address of the host page's script, which changes with its content.
pub(super) static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = HEXLOWER.encode(&Sha256::digest(SCRIPT.as_bytes()));
    format!("/assets/host-{}.js", &digest[..12])
});

pub(super) async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, SCRIPT).into_response()
}

/// `/`: the widget, once the user has answered what it asks for.
pub(super) async fn host(
    State(widget): State<Widget>,
    Extension(session): Extension<Session<()>>,
    RawQuery(query): RawQuery,
) -> Response {
    let (asked, grants) = (widget.asked(), widget.grants());
    if !grants.answers(&asked) {
        return see_other("/permissions");
    }
    let settings = &widget.shared.settings;
    let project = widget.project();
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let number = query.get("page").parse::<usize>().unwrap_or(0).min(project.pages.len() - 1);
    let page = &project.pages[number];
    let address = address(&settings.widget_address, &page.path, &settings.address);
    let (entity, ids) = &settings.record;
    let context = json!({
        "service": project.service,
        "page": { "Entity": entity, "EntityId": ids, "ButtonPosition": if ids.len() > 1 { "ListView" } else { "DetailView" } },
        "location": page.location,
        "creator": { "owner": settings.creator.owner, "app": settings.creator.app },
    });
    let content = html! {
        div.head { h1 { (project.name()) } p.soft { "Made for " (project.service) ". It runs apart from this page and reaches only what you have allowed." } }
        @if project.pages.len() > 1 {
            nav.tabs aria-label="Pages of the widget" {
                @for (at, page) in project.pages.iter().enumerate() {
                    a href=(format!("/?page={at}")) aria-current=[(at == number).then_some("page")] {
                        (if page.name.is_empty() { page.path.as_str() } else { page.name.as_str() })
                    }
                }
            }
        }
        p #widget-message role="status" hidden {}
        iframe #widget .widget title={ "Widget " (project.name()) } data-src=(address) data-origin=(settings.widget_address)
            data-token=(session.token()) data-context=(context)
            sandbox="allow-scripts allow-same-origin allow-forms allow-modals allow-downloads allow-popups"
            referrerpolicy="origin" {}
        section.sheet aria-labelledby="calls-title" {
            h2 #calls-title { "What it asked for" }
            ol #widget-calls .calls tabindex="0" aria-labelledby="calls-title" {}
        }
        script src=(*SCRIPT_PATH) defer {}
    };
    let flashes = widget.shared.sessions.flashes(&session);
    let mut response = frame(&widget, &project.name(), "/", flashes).page(&content);
    let policy = format!("{POLICY}; frame-src {}", settings.widget_address);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The address of a page within its frame. A manifest cannot lead it elsewhere.
fn address(origin: &str, path: &str, host: &str) -> String {
    let path = path.trim_start_matches(['/', '.']);
    let Ok(mut address) = url::Url::parse(origin) else { return "about:blank".to_owned() };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    address.set_path(path);
    let mut pairs = address.query_pairs_mut();
    pairs.extend_pairs(url::form_urlencoded::parse(query.as_bytes()));
    pairs.append_pair("serviceOrigin", host);
    drop(pairs);
    address.into()
}

/// `/permissions`: what the widget asks for.
pub(super) async fn permissions(State(widget): State<Widget>, Extension(session): Extension<Session<()>>) -> Response {
    let (asked, grants) = (widget.asked(), widget.grants());
    let project = widget.project();
    let is_new = |ask: &Ask| !grants.answers(std::slice::from_ref(ask));
    let content = html! {
        div.narrow {
            h1 { "What may " (project.name()) " reach?" }
            p { "A widget is a program that others wrote. It gets the answers of its calls, and never a password, a key or a token." }
            form.sheet method="post" {
                (token(&session))
                fieldset {
                    legend { "It asks to" }
                    @for (at, ask) in asked.iter().enumerate() {
                        label.check {
                            input type="checkbox" name="ask" value=(at) checked[grants.allows(ask)];
                            span { (ask.words()) @if is_new(ask) { " " span.badge.note { "New" } } br; span.soft { (source(ask)) } }
                        }
                    }
                    @if asked.is_empty() { p { "Nothing." } }
                }
                @for ask in &widget.shared.settings.allowed {
                    p.soft { "Allowed on the command line: " (ask.words()) "." }
                }
                button { "Allow what is ticked" }
            }
        }
    };
    let flashes = widget.shared.sessions.flashes(&session);
    frame(&widget, "Permissions", "/permissions", flashes).page(&content)
}

/// Where a question comes from.
fn source(ask: &Ask) -> &'static str {
    match ask {
        Ask::Product(_) => "With your default connection to Zoho",
        Ask::AnyDomain => "For every widget of this kind",
        Ask::Connection(_) | Ask::Domain(_) => "Named by its manifest",
        Ask::Functions => "Those of the folder that you have named with --functions; they use your connections",
        Ask::Connector(_) => "A file in your folder connectors",
    }
}

/// `POST /permissions`.
pub(super) async fn permit(
    State(widget): State<Widget>,
    Extension(session): Extension<Session<()>>,
    Extension(form): Extension<Form>,
) -> Response {
    let asked = widget.asked();
    let ticked = form.all("ask").filter_map(|at| at.parse::<usize>().ok());
    let allowed: Vec<Ask> = ticked.filter_map(|at| asked.get(at).cloned()).collect();
    let settings = &widget.shared.settings;
    match Grants::keep(&settings.home, &settings.project, &asked, &allowed) {
        Ok(grants) => {
            *widget.shared.grants.write().unwrap_or_else(PoisonError::into_inner) = grants;
            see_other("/")
        }
        Err(problem) => {
            widget.shared.sessions.flash(&session, problem.into());
            see_other("/permissions")
        }
    }
}

/// `/login`: for a browser without a session.
pub(super) async fn login() -> Response {
    let message = "Open the link that `dg widget serve` shows in the terminal. It lets one browser in.";
    (StatusCode::UNAUTHORIZED, failed("Open the link of the terminal", message)).into_response()
}

/// `/enter?key=…`: the one-time link.
pub(super) async fn enter(
    State(widget): State<Widget>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
) -> Response {
    let now = Instant::now();
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    if widget.shared.by_address.wait(&from.ip(), now).is_some() {
        return (StatusCode::TOO_MANY_REQUESTS, failed("Wait a little", "Too many tries. Try again later."))
            .into_response();
    }
    let fits = {
        let mut key = widget.shared.key.lock().unwrap_or_else(PoisonError::into_inner);
        let fits: bool = !form.get("key").is_empty() && key.as_bytes().ct_eq(form.get("key").as_bytes()).into();
        if fits {
            *key = web::random().unwrap_or_default();
        }
        fits
    };
    if !fits {
        widget.shared.by_address.fail(from.ip(), now);
        let message = "It was used before, or belongs to another run. The terminal shows the present one.";
        return (StatusCode::FORBIDDEN, failed("This link does not work any more", message)).into_response();
    }
    widget.shared.by_address.succeed(&from.ip());
    widget.shared.settings.reach.tell_link(&widget.link());
    match widget.shared.sessions.begin(()) {
        Ok((_, set)) => {
            let mut response = see_other("/");
            response.headers_mut().append(header::SET_COOKIE, set);
            response
        }
        Err(e) => failed("Not signed in", &format!("The system gives no random bytes: {e}.")),
    }
}

fn frame<'a>(widget: &Widget, title: &'a str, here: &'a str, flashes: Vec<Flash>) -> Frame<'a> {
    const LINKS: &[web::Link] =
        &[web::Link { href: "/", text: "Widget" }, web::Link { href: "/permissions", text: "Permissions" }];
    let corner: Option<Markup> = Some(html! { span.soft { (widget.project().service) } });
    Frame { title, links: LINKS, here, flashes, corner, ..Frame::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_does_not_lead_the_frame_elsewhere() {
        let (origin, host) = ("http://localhost:81", "http://127.0.0.1:80");
        for path in [
            "/app/w.html?a=b",
            "app/w.html",
            "//evil.example/x",
            "https://evil.example/x",
            "/../../x",
            "javascript:alert(1)",
            "",
        ] {
            let address = address(origin, path, host);
            assert!(address.starts_with("http://localhost:81/"), "{path} {address}");
            assert!(address.ends_with("serviceOrigin=http%3A%2F%2F127.0.0.1%3A80"), "{path} {address}");
        }
    }
}
