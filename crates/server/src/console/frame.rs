//! What every page of the console has around it.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use rainwright::connections::{Environment, Key, Subject};

use super::access::{Role, Who};
use super::{Access, Console};
use crate::web::{Flash, Form, Frame, Link, Session, hidden, token};

const LINKS: &[Link] = &[
    Link { href: "/connections", text: "Connections" },
    Link { href: "/functions", text: "Functions" },
    Link { href: "/sandbox", text: "Sandbox" },
];

/// A request with the session that it belongs to.
pub(super) type Visit = Extension<Session<Who>>;

impl Console {
    /// A page of the part `here`.
    pub(super) fn page(&self, session: &Session<Who>, title: &str, here: &str, content: &Markup) -> Response {
        self.frame(session, title, here).page(content)
    }

    /// A page that says what is wrong with what was sent.
    pub(super) fn refused(
        &self,
        session: &Session<Who>,
        title: &str,
        here: &str,
        content: &Markup,
        problem: rainwright::Problem,
    ) -> Response {
        let mut frame = self.frame(session, title, here);
        frame.flashes.push(Flash::from(problem));
        frame.page_with(StatusCode::UNPROCESSABLE_ENTITY, content)
    }

    pub(super) fn frame<'a>(&self, session: &Session<Who>, title: &'a str, here: &'a str) -> Frame<'a> {
        if session.who.role == Role::Guest {
            return Frame { title, flashes: self.shared.sessions.flashes(session), ..Frame::default() };
        }
        let corner = html! {
            @if self.shared.settings.access == Access::Password {
                span { (session.who.name) " (" (session.who.role.name()) ")" }
            }
            form method="post" action="/logout" { (token(session)) button.quiet { "Sign out" } }
        };
        let flashes = self.shared.sessions.flashes(session);
        Frame { title, links: LINKS, here, flashes, corner: Some(corner), ..Frame::default() }
    }

    /// Keeps a message for the next page.
    pub(super) fn flash(&self, session: &Session<Who>, flash: impl Into<Flash>) {
        self.shared.sessions.flash(session, flash.into());
    }
}

/// Whether somebody is an admin, for links that others are not shown.
pub(super) fn is_admin(session: &Session<Who>) -> bool {
    session.who.highest() == Role::Admin
}

/// The tabs of the connections' part.
pub(super) fn tabs(here: &str, session: &Session<Who>) -> Markup {
    let all = [
        ("/connections", "My connections"),
        ("/connections/pick", "Pick your service"),
        ("/connections/custom", "Custom service"),
    ];
    html! {
        div.head { h1 { "Connections" } }
        nav.tabs aria-label="Connections" {
            @for (href, text) in all.into_iter().take(if is_admin(session) { all.len() } else { 1 }) {
                a href=(href) aria-current=[(href == here).then_some("page")] { (text) }
            }
        }
    }
}

/// The connection that a form or a query names.
pub(super) fn key_of(form: &Form) -> Result<Key, rainwright::Problem> {
    let environment = match form.get("env") {
        "" => Environment::default(),
        name => Environment::parse(name)?,
    };
    let subject = match form.get("user") {
        "" => Subject::Shared,
        user => Subject::User(user.to_owned()),
    };
    Ok(Key { environment, name: form.get("name").to_owned(), subject })
}

/// A connection as hidden fields, which [`key_of`] reads.
pub(super) fn key_fields(key: &Key) -> Markup {
    html! {
        (hidden("name", &key.name))
        @if let Subject::User(user) = &key.subject { (hidden("user", user)) }
        @if !key.environment.is_default() { (hidden("env", key.environment.name())) }
    }
}

/// The address of a page about a connection.
pub(super) fn about(path: &str, key: &Key) -> String {
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    query.append_pair("name", &key.name);
    if let Subject::User(user) = &key.subject {
        query.append_pair("user", user);
    }
    if !key.environment.is_default() {
        query.append_pair("env", key.environment.name());
    }
    query.finish()
}

/// For addresses that lead nowhere.
pub(super) async fn missing(State(console): State<Console>, Extension(session): Visit) -> Response {
    let content =
        html! { div.narrow { h1 { "There is no such page" } p { a href="/connections" { "Go to the connections" } } } };
    console.frame(&session, "Not found", "").page_with(StatusCode::NOT_FOUND, &content)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_connection() {
        let environment = Environment::parse("production").unwrap();
        let key = Key::user("crm", "o'neil & co").within(environment);
        let address = about("/connections/view", &key);
        let (_, query) = address.split_once('?').unwrap();
        assert_eq!(key_of(&Form::parse(query.as_bytes())).unwrap(), key);
        let plain = Key::shared("crm");
        assert_eq!(about("/x", &plain), "/x?name=crm");
        assert!(key_of(&Form::parse(b"name=x&env=../x")).is_err());
    }
}
