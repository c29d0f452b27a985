//! The frame around a page of the manual: the search, the table of contents, and the way to the next chapter.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::markdown::Rendered;
use super::{GUIDE, REFERENCE, html_path};
use crate::web::page::head;

/// A page as the table of contents names it.
pub(super) struct Chapter {
    /// The file of its Markdown.
    pub path: String,
    /// Its title.
    pub title: String,
}

/// The table of contents.
pub(super) struct Contents {
    /// The chapters of the guide.
    pub guide: Vec<Chapter>,
    /// The pages of the reference.
    pub reference: Vec<Chapter>,
    /// What belongs to neither.
    pub more: Vec<Chapter>,
}

/// A page with its content.
pub(super) fn page(page: &Rendered, contents: &Contents) -> String {
    let root = "../".repeat(page.path.matches('/').count());
    let at = contents.guide.iter().position(|chapter| chapter.path == page.path);
    let near = |step: usize| at.and_then(|at| (at + step).checked_sub(1)).and_then(|at| contents.guide.get(at));
    let content = html! {
        (PreEscaped(&page.body))
        @if at.is_some() {
            nav.turn aria-label="Chapters" {
                @if let Some(before) = near(0) { a rel="prev" href=(href(&root, &before.path)) { "← " (before.title) } }
                @if let Some(next) = near(2) { a rel="next" href=(href(&root, &next.path)) { (next.title) " →" } }
            }
        }
    };
    frame(&root, &page.path, &page.title, contents, &content)
}

/// The page that everybody sees first.
pub(super) fn start(contents: &Contents) -> String {
    let list = |chapters: &[Chapter]| {
        html! { ul.columns { @for one in chapters { li { a href=(href("", &one.path)) { (one.title) } } } } }
    };
    let content = html! {
        h1 { "Rainwright" }
        p { "Runs Deluge anywhere: scripts on your machine, with connections that stay connected." }
        h2 { a href=(href("", GUIDE)) { "Guide" } }
        (list(&contents.guide))
        h2 { a href=(href("", REFERENCE)) { "Reference" } }
        (list(&contents.reference))
        h2 { "More" }
        (list(&contents.more))
    };
    frame("", "", "Manual", contents, &content)
}

/// What a server answers where there is no page; it may be asked for at any depth.
pub(super) fn missing(contents: &Contents) -> String {
    let content = html! {
        h1 { "There is no such page" }
        p { "Search for it above, or go to " a href="/" { "the start page" } "." }
    };
    frame("/", "", "No such page", contents, &content)
}

fn href(root: &str, path: &str) -> String {
    format!("{root}{}", html_path(path))
}

fn frame(root: &str, here: &str, title: &str, contents: &Contents, content: &Markup) -> String {
    // A page below one of the reference, such as a lint, belongs to the page that lists it.
    let parent = here.rsplit_once('/').map(|(folder, _)| format!("{folder}.md"));
    let is_here = |path: &str| path == here || Some(path) == parent.as_deref();
    let group = |name: &str, first: Option<&str>, chapters: &[Chapter]| {
        html! {
            h2 { @match first { Some(path) => a href=(href(root, path)) { (name) }, None => (name) } }
            ul {
                @for one in chapters {
                    li { a href=(href(root, &one.path)) aria-current=[is_here(&one.path).then_some("page")] { (one.title) } }
                }
            }
        }
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (head(title, "Rainwright", &format!("{root}icon.svg"), &format!("{root}manual.css")))
                script src=(format!("{root}manual.js")) data-root=(root) defer {}
            }
            body.manual {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    div.bar {
                        a.brand href=(format!("{root}index.html")) {
                            img src=(format!("{root}icon.svg")) alt="" width="24" height="24"; span { "Rainwright" }
                        }
                        div.search hidden {
                            label.sr for="search" { "Search the manual" }
                            input #search type="search" placeholder="Search ( / )" autocomplete="off" spellcheck="false"
                                role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list";
                            ul #found role="listbox" aria-label="Found" hidden {}
                            p #count.sr role="status" {}
                        }
                    }
                }
                div.sides {
                    nav.contents aria-label="Contents" {
                        (group("Guide", Some(GUIDE), &contents.guide))
                        (group("Reference", Some(REFERENCE), &contents.reference))
                        (group("More", None, &contents.more))
                    }
                    main #content tabindex="-1" { (content) }
                }
            }
        }
    };
    page.into_string()
}
