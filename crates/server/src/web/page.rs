//! The frame of a page: head, navigation, messages, content.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::asset::{ICON_PATH, SCRIPT_PATH, STYLE_PATH};

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Something was done.
    Good,
    /// Something to know.
    Note,
    /// Something failed.
    Bad,
}

impl Mood {
    fn class(self) -> &'static str {
        match self {
            Mood::Good => "flash good",
            Mood::Note => "flash note",
            Mood::Bad => "flash bad",
        }
    }
}

/// A message at the top of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub mood: Mood,
    /// What it says.
    pub text: String,
    /// What to do about it, if anything.
    pub help: Option<String>,
}

impl Flash {
    /// Something was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self { mood: Mood::Good, text: text.into(), help: None }
    }

    /// Something to know.
    pub fn note(text: impl Into<String>) -> Self {
        Self { mood: Mood::Note, text: text.into(), help: None }
    }

    /// Something failed.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { mood: Mood::Bad, text: text.into(), help: None }
    }
}

impl From<rainwright::Problem> for Flash {
    fn from(problem: rainwright::Problem) -> Self {
        Self { mood: Mood::Bad, text: problem.message, help: problem.help }
    }
}

/// A link of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// The frame around the content of a page.
#[derive(Debug, Default)]
pub struct Frame<'a> {
    /// The page's title; the heading is the content's own.
    pub title: &'a str,
    /// What the program calls itself, at the top left.
    pub brand: &'a str,
    /// The parts of the program.
    pub links: &'a [Link],
    /// The address of the part that this page belongs to.
    pub here: &'a str,
    /// Messages.
    pub flashes: Vec<Flash>,
    /// At the top right: who is signed in, and how to leave.
    pub corner: Option<Markup>,
    /// Whether the page loads itself again after so many seconds.
    pub again: Option<u32>,
}

impl Frame<'_> {
    /// The page.
    #[must_use]
    pub fn page(&self, content: &Markup) -> Response {
        Html(self.markup(content).into_string()).into_response()
    }

    /// The page under another status than 200.
    #[must_use]
    pub fn page_with(&self, status: StatusCode, content: &Markup) -> Response {
        (status, Html(self.markup(content).into_string())).into_response()
    }

    fn markup(&self, content: &Markup) -> Markup {
        let brand = if self.brand.is_empty() { "Rainwright" } else { self.brand };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    (head(self.title, brand, &ICON_PATH, &STYLE_PATH))
                    @if let Some(seconds) = self.again { meta http-equiv="refresh" content=(seconds); }
                    script src=(*SCRIPT_PATH) defer {}
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header.top {
                        div.bar {
                            a.brand href="/" { img src=(*ICON_PATH) alt="" width="24" height="24"; span { (brand) } }
                            @if !self.links.is_empty() {
                                nav aria-label="Main" {
                                    @for link in self.links {
                                        a href=(link.href) aria-current=[(link.href == self.here).then_some("page")] { (link.text) }
                                    }
                                }
                            }
                            @if let Some(corner) = &self.corner { div.corner { (corner) } }
                        }
                    }
                    main #content tabindex="-1" {
                        @for flash in &self.flashes {
                            div class=(flash.mood.class()) role=(if flash.mood == Mood::Bad { "alert" } else { "status" }) {
                                p { (flash.text) }
                                @if let Some(help) = &flash.help { p.help { (help) } }
                            }
                        }
                        (content)
                    }
                }
            }
        }
    }
}

/// What the heads of all pages hold.
pub(crate) fn head(title: &str, brand: &str, icon: &str, style: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) " · " (brand) }
        link rel="icon" href=(icon) type="image/svg+xml";
        link rel="stylesheet" href=(style);
    }
}

/// A page that says what went wrong, for visitors of whom nothing else is known.
#[must_use]
pub fn failed(title: &str, message: &str) -> Response {
    let content = html! {
        div.narrow {
            h1 { (title) }
            p { (message) }
            p { a href="/" { "Go to the start page" } }
        }
    };
    Frame { title, ..Frame::default() }.page(&content)
}

/// Sends the browser on with a GET.
#[must_use]
pub fn see_other(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
