//! Tests of the answers: a `‸` in a script is the cursor, two of them a selection.
#![allow(clippy::unwrap_used, clippy::panic)]

mod changes;
mod completion;
mod files;
mod reading;
mod records;

use super::{Analysis, Cancel, Edit, KnownConnection, KnownService, Project};
use rainwright_diagnostic::Span;

const FILE: &str = "a.dg";

/// An analysis of one file, with the places of the cursors.
fn at(marked: &str) -> (Analysis, Vec<u32>, String) {
    let mut cursors = Vec::new();
    let mut text = String::new();
    for (i, piece) in marked.split('‸').enumerate() {
        if i > 0 {
            cursors.push(text.len() as u32);
        }
        text += piece;
    }
    let mut analysis = Analysis::default();
    analysis.set_project("p", project());
    analysis.open(FILE, "p", &text);
    (analysis, cursors, text)
}

fn project() -> Project {
    Project {
        connections: Some(vec![
            KnownConnection { name: "mailchimp".into(), service: "Mailchimp".into() },
            KnownConnection { name: "team_slack".into(), service: "Slack".into() },
        ]),
        services: vec![
            KnownService {
                name: "Mailchimp".into(),
                id: "mailchimp".into(),
                url: "https://{dc}.api.mailchimp.com".into(),
            },
            KnownService { name: "Dropbox".into(), id: "dropbox".into(), url: "https://api.dropboxapi.com".into() },
        ],
        ..Project::default()
    }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = text.to_owned();
    for edit in edits.iter().rev() {
        out.replace_range(edit.span.range(), &edit.text);
    }
    out
}

fn slices(text: &str, spans: impl IntoIterator<Item = Span>) -> Vec<&str> {
    spans.into_iter().map(|span| &text[span.range()]).collect()
}

fn never() -> Cancel {
    Cancel::default()
}
