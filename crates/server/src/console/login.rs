//! Signing in: by the one-time link of the terminal, or with a name and a password; and leaving.

use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Instant;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use subtle::ConstantTimeEq;

use super::access::{Role, Who};
use super::frame::Visit;
use super::users::Users;
use super::{Access, Console, blocking};
use crate::web::{self, Attributes, Flash, Form, Frame, failed, field, see_other};

/// The largest login form, in bytes.
const LARGEST: usize = 8 << 10;

/// `/login`.
pub(super) async fn page(State(console): State<Console>, headers: HeaderMap) -> Response {
    if console.shared.sessions.of(&headers).is_some_and(|session| session.who.role > Role::Guest) {
        return see_other("/connections");
    }
    console.login_page(None)
}

impl Console {
    fn login_page(&self, refusal: Option<Flash>) -> Response {
        let status = if refusal.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let content = match self.shared.settings.access {
            Access::Link => html! {
                div.narrow {
                    h1 { "Open the console from your terminal" }
                    p { code { "dg console" } " printed a link in the terminal where it runs. Open that link in this browser. "
                        "It works once; the terminal shows a new one after each use." }
                }
            },
            Access::Password => html! {
                div.narrow {
                    h1 { "Sign in" }
                    form.sheet method="post" action="/login" {
                        (field("name", "Name", "", "", Attributes { autocomplete: Some("username"), ..Attributes::default() }))
                        (field("password", "Password", "", "", Attributes {
                            kind: Some("password"), autocomplete: Some("current-password"), ..Attributes::default()
                        }))
                        button { "Sign in" }
                    }
                }
            },
        };
        Frame { title: "Sign in", flashes: refusal.into_iter().collect(), ..Frame::default() }
            .page_with(status, &content)
    }

    /// Begins a session and sends the browser to the start page.
    fn let_in(&self, who: Who) -> Response {
        match self.shared.sessions.begin(who) {
            Ok((_, set)) => with_cookie(see_other("/connections"), set),
            Err(e) => {
                let message = format!("The system gives no random bytes: {e}.");
                (StatusCode::INTERNAL_SERVER_ERROR, failed("Not signed in", &message)).into_response()
            }
        }
    }
}

/// `/enter?key=…`: the one-time link.
pub(super) async fn by_link(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
) -> Response {
    let now = Instant::now();
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    if console.shared.settings.access != Access::Link {
        return see_other("/login");
    }
    if console.shared.by_address.wait(&from.ip(), now).is_some() {
        return too_many(60);
    }
    let fits = {
        let mut key = console.shared.key.lock().unwrap_or_else(PoisonError::into_inner);
        let fits: bool = key.as_bytes().ct_eq(form.get("key").as_bytes()).into();
        if fits {
            // Without a next one nobody could come in again, but the key must not be used twice.
            *key = web::random().unwrap_or_default();
        }
        fits && !form.get("key").is_empty()
    };
    if !fits {
        console.shared.by_address.fail(from.ip(), now);
        let message =
            "This link was used before, or belongs to another run of `dg console`. The terminal shows the present one.";
        return console.login_page(Some(Flash::bad(message)));
    }
    console.shared.by_address.succeed(&from.ip());
    console.shared.settings.workplace.tell_link(&console.link());
    console.let_in(Who::new("terminal", Role::Admin))
}

/// `POST /login`: name and password.
pub(super) async fn enter(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if console.shared.settings.access != Access::Password || !matches!(site, None | Some(b"same-origin" | b"none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if body.len() > LARGEST {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let form = Form::parse(&body);
    let (name, password) = (form.get("name").to_owned(), form.raw("password").to_owned());
    let now = Instant::now();
    let (by_address, by_user) = (&console.shared.by_address, &console.shared.by_user);
    if let Some(wait) = by_address.wait(&from.ip(), now).max(by_user.wait(&name, now)) {
        return too_many(wait.as_secs() + 1);
    }
    // Counted before the password is looked at: many guesses at once are many failures.
    by_address.fail(from.ip(), now);
    by_user.fail(name.clone(), now);
    let home = console.shared.settings.home.clone();
    let user = {
        let name = name.clone();
        blocking(move || Ok(Users::open(&home)?.check(&name, &password).cloned())).await
    };
    match user {
        Ok(Some(user)) => {
            by_address.succeed(&from.ip());
            by_user.succeed(&name);
            console.let_in(Who { name: user.name, role: user.role, environments: user.environments })
        }
        Ok(None) => console.login_page(Some(Flash::bad("Name and password do not belong together."))),
        Err(problem) => console.login_page(Some(problem.into())),
    }
}

/// `POST /logout`.
pub(super) async fn leave(State(console): State<Console>, Extension(session): Visit) -> Response {
    let set = console.shared.sessions.end(&session);
    with_cookie(see_other("/login"), set)
}

fn too_many(seconds: u64) -> Response {
    let message = format!("Too many tries. Wait {seconds} s and try again.");
    let mut response = (StatusCode::TOO_MANY_REQUESTS, failed("Wait a little", &message)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

fn with_cookie(mut response: Response, set: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, set);
    response
}
