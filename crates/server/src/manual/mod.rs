//! The guide and the reference as pages of HTML, with a search: a folder that a browser opens as files, or routes.
//!
//! A [`Manual`] is made of Markdown pages, whose paths lie to each other as the files will. Nothing in it needs the network
//! or a server: links are relative, the search is a script with an index in a file of its own.

mod frame;
mod markdown;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::web::{headers, icon, style};
use frame::{Chapter, Contents};
use markdown::{Rendered, render};

/// Rules of this site's own, after those that all pages share.
const STYLE: &str = include_str!("manual.css");
/// The search.
const SCRIPT: &str = include_str!("manual.js");
/// The page with the table of contents of the guide, which gives its chapters their order.
const GUIDE: &str = "guide/README.md";
/// The page that lists the reference.
const REFERENCE: &str = "reference/index.md";

/// A page of the manual, in Markdown.
#[derive(Clone, Debug)]
pub struct ManualPage {
    /// Its file, with `/` between folders: `guide/start.md`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// All files of the manual.
#[derive(Clone, Debug)]
pub struct Manual {
    files: Arc<BTreeMap<String, String>>,
    missing: Arc<str>,
}

impl Manual {
    /// Makes the manual. A link to what is not among the pages becomes plain text that says where it is in the source.
    #[must_use]
    pub fn new(pages: &[ManualPage]) -> Self {
        let known: BTreeSet<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        let rendered: Vec<Rendered> = pages.iter().map(|page| render(&page.path, &page.text, &known)).collect();
        let contents = contents(&rendered);
        let mut files = BTreeMap::new();
        for page in &rendered {
            files.insert(html_path(&page.path), frame::page(page, &contents));
        }
        files.insert("index.html".into(), frame::start(&contents));
        files.insert("search.js".into(), search::index(&rendered));
        files.insert("manual.js".into(), SCRIPT.into());
        files.insert("manual.css".into(), format!("{}\n{STYLE}", style()));
        files.insert("icon.svg".into(), icon().into());
        Self { files: Arc::new(files), missing: frame::missing(&contents).into() }
    }

    /// Every file: its path, with `/` between folders, and what is in it.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The same files over HTTP.
    #[must_use]
    pub fn routes(&self) -> Router {
        Router::new().fallback(get(answer)).with_state(self.clone()).layer(from_fn(headers))
    }
}

async fn answer(State(manual): State<Manual>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let folder = path.is_empty() || path.ends_with('/');
    let path = if folder { format!("{path}index.html") } else { path.to_owned() };
    match manual.files.get(&path) {
        Some(text) => ([(header::CONTENT_TYPE, kind(&path))], text.clone()).into_response(),
        None => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, kind, manual.missing.to_string()).into_response()
        }
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    }
}

/// The file that a page becomes: a folder's README is its index.
fn html_path(path: &str) -> String {
    let stem = path.strip_suffix(".md").unwrap_or(path);
    match stem.strip_suffix("README") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => format!("{folder}index.html"),
        _ => format!("{stem}.html"),
    }
}

/// The chapters in the order of the guide's own table of contents, the pages of the reference in theirs, then the others.
fn contents(pages: &[Rendered]) -> Contents {
    let chapter = |page: &Rendered| Chapter { path: page.path.clone(), title: page.title.clone() };
    let find = |path: &str| pages.iter().find(|page| page.path == path);
    let linked = |from: &str, folder: &str| -> Vec<Chapter> {
        let links = find(from).map(|page| page.links.as_slice()).unwrap_or_default();
        let mut chapters: Vec<Chapter> = Vec::new();
        let mut add = |page: &Rendered| {
            let name = page.path.strip_prefix(folder);
            let belongs = page.path != from && name.is_some_and(|name| !name.contains('/'));
            if belongs && chapters.iter().all(|known| known.path != page.path) {
                chapters.push(chapter(page));
            }
        };
        links.iter().filter_map(|link| find(link)).for_each(&mut add);
        pages.iter().for_each(&mut add);
        chapters
    };
    let (guide, reference) = (linked(GUIDE, "guide/"), linked(REFERENCE, "reference/"));
    let more = pages.iter().filter(|page| !page.path.contains('/')).map(chapter).collect();
    Contents { guide, reference, more }
}

#[cfg(test)]
mod tests;
