//! The frame around every page of the preview: title, menu, the user, and the headers that keep pages apart.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::{DOCTYPE, Markup, html};
use rainwright::{Code, Failure};
use rainwright_app::Application;

use super::Refused;
use super::links::escaped;

/// The content policy of the application's pages, which bring styles of their own; all else is as on other pages.
const POLICY_OF_PAGES: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; \
                               connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the frame shows of the application.
pub(crate) struct Frame {
    title: String,
    user: String,
    forms: Vec<(String, String)>,
    reports: Vec<(String, String)>,
    pages: Vec<(String, String)>,
}

/// A place in the menu.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum At<'a> {
    Home,
    Form(&'a str),
    Report(&'a str),
    Page(&'a str),
}

fn named(name: &str, title: Option<&str>) -> (String, String) {
    let title = title.filter(|title| !title.trim().is_empty());
    (name.to_owned(), title.map_or_else(|| name.replace('_', " "), str::to_owned))
}

impl Frame {
    pub(crate) fn of(app: &Application, user: &str) -> Self {
        let title = if app.title.is_empty() { app.name.clone() } else { app.title.clone() };
        let who = app.users.get(user).map(|known| known.name.clone()).filter(|name| !name.is_empty());
        Self {
            title,
            user: match who {
                Some(name) => format!("{name} ({user})"),
                None if user.is_empty() => "Public".to_owned(),
                None => user.to_owned(),
            },
            forms: app.forms.iter().map(|form| named(&form.name, form.title.as_deref())).collect(),
            reports: app.reports.iter().map(|report| named(&report.name, report.title.as_deref())).collect(),
            pages: app.pages.iter().map(|page| named(&page.name, page.title.as_deref())).collect(),
        }
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn reports(&self) -> &[(String, String)] {
        &self.reports
    }

    pub(crate) fn pages(&self) -> &[(String, String)] {
        &self.pages
    }

    /// The name of a form for people.
    pub(crate) fn form_title<'f>(&'f self, name: &'f str) -> &'f str {
        self.forms.iter().find(|(known, _)| known == name).map_or(name, |(_, title)| title)
    }

    /// A page.
    pub(crate) fn page(&self, at: At<'_>, title: &str, said: Option<&str>, body: &Markup) -> Markup {
        let group = |name: &str, path: &str, entries: &[(String, String)], here: Option<&str>| {
            html! {
                @if !entries.is_empty() {
                    h2 { (name) }
                    ul {
                        @for (link, title) in entries {
                            li {
                                a href=(format!("/{path}/{}", escaped(link))) aria-current=[(here == Some(link.as_str())).then_some("page")] {
                                    (title)
                                }
                            }
                        }
                    }
                }
            }
        };
        let (form, report, page) = match at {
            At::Home => (None, None, None),
            At::Form(name) => (Some(name), None, None),
            At::Report(name) => (None, Some(name), None),
            At::Page(name) => (None, None, Some(name)),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " – " (self.title) }
                    link rel="stylesheet" href="/style.css";
                    link rel="icon" href="data:,";
                    script src="/script.js" defer {}
                }
                body {
                    header.top {
                        a.name href="/" { (self.title) }
                        span.mark { "Local preview" }
                        span.user title="Scripts run for this user" { (self.user) }
                    }
                    div.frame {
                        nav.menu aria-label="Application" {
                            (group("Pages", "page", &self.pages, page))
                            (group("Reports", "report", &self.reports, report))
                            (group("Forms", "form", &self.forms, form))
                        }
                        main {
                            @if let Some(said) = said { p.said role="status" { (said) } }
                            (body)
                        }
                    }
                }
            }
        }
    }
}

/// A page that says what is wrong.
pub(crate) fn problem_page(frame: &Frame, title: &str, text: &str) -> Markup {
    let body = html! {
        h1 { (title) }
        pre.problem role="alert" { (text) }
        p { a href="/" { "Back to the application" } }
    };
    frame.page(At::Home, title, None, &body)
}

/// The status, the title and the text of a refusal.
pub(crate) fn refusal(refused: &Refused) -> (StatusCode, &'static str, String) {
    match refused {
        Refused::Not(why) => (StatusCode::FORBIDDEN, "This cannot be done", (*why).to_owned()),
        Refused::Failed(failure) if matches!(failure.code(), Code::UnknownName | Code::BadArgument) => {
            (StatusCode::NOT_FOUND, "Not found", told(failure))
        }
        Refused::Failed(failure) => (StatusCode::INTERNAL_SERVER_ERROR, "A script failed", told(failure)),
    }
}

/// A failure in words, with its place.
pub(crate) fn told(failure: &Failure) -> String {
    failure.to_string()
}

/// An answer with the policy for pages that the application drew.
pub(crate) fn with_policy_of_pages(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_OF_PAGES));
    response
}
