//! Tests of the answers: a `‸` in a script is the cursor, two of them a selection.
#![allow(clippy::unwrap_used, clippy::panic)]

mod changes;
mod completion;
mod files;
mod reading;
mod records;

use super::{Analysis, AnsweredCall, Cancel, Edit, KnownAnswer, KnownConnection, KnownService, Project, Shape};
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
            KnownService { name: "Zoho".into(), id: "zoho".into(), url: "{api_domain}".into() },
        ],
        answers: std::sync::Arc::new(vec![
            KnownAnswer {
                to: AnsweredCall::Records { tasks: "zoho.crm".into(), module: "Leads".into() },
                holds: map(&[("Email", Shape::default()), ("Owner", map(&[("id", Shape::default())]))]),
            },
            KnownAnswer {
                to: AnsweredCall::Address("https://shop.example.com/v1/orders/7?full=1".into()),
                holds: map(&[("lines", list(map(&[("sku", Shape::default())]))), ("total", Shape::default())]),
            },
            KnownAnswer {
                to: AnsweredCall::Address("https://shop.example.com/v1/orders/8".into()),
                holds: map(&[("refused", Shape::default())]),
            },
        ]),
        ..Project::default()
    }
}

fn map(keys: &[(&str, Shape)]) -> Shape {
    Shape { keys: keys.iter().map(|(key, shape)| ((*key).to_owned(), shape.clone())).collect(), element: None }
}

fn list(element: Shape) -> Shape {
    Shape { element: Some(Box::new(element)), ..Shape::default() }
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
