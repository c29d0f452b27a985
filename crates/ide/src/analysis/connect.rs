//! Offers to name a connection in a request that has none.

use super::document::{Document, Part};
use super::fixes::{FixKind, Fixed, WantedConnection};
use super::target::{Node, nodes_at};
use super::{Analysis, Edit, KnownService, Project};
use crate::reach::host_of;
use rainwright_diagnostic::{Code, Diagnostic, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Task, TaskEntry};

/// The most connections that are offered for one request.
const MOST: usize = 5;

impl Analysis {
    /// The connections that fit the address of the request at an offset: those there are, or the one that could be made.
    pub(crate) fn connections_to_add(
        &self,
        file: &str,
        document: &Document,
        part: &Part,
        offset: u32,
        found: &[Diagnostic],
    ) -> Vec<Fixed> {
        let Some(project) = self.project(file) else { return Vec::new() };
        let task = nodes_at(part, offset).into_iter().rev().find_map(|node| match node {
            Node::Expr(Expr { kind: ExprKind::Task(task), .. }) => Some(task),
            _ => None,
        });
        let Some(task) = task.filter(|task| task.name.name.eq_ignore_ascii_case("invokeurl")) else {
            return Vec::new();
        };
        let entry = |key: &str| task.entries.iter().find(|entry| entry.key.name.eq_ignore_ascii_case(key));
        let (Some(url), Some(last)) = (entry("url"), task.entries.last()) else { return Vec::new() };
        if entry("connection").is_some() {
            return Vec::new();
        }
        let Some(host) = first_text(&url.value).map(host_of) else { return Vec::new() };
        let lint = found.iter().find(|one| one.problem.code == Code::MissingConnection && one.span == task.name.span);
        // Headers may carry credentials; only a finding says that none are there.
        if lint.is_none() && entry("headers").is_some() {
            return Vec::new();
        }
        let mends = lint.map(|one| (one.problem.code, one.span));
        let edits = |name: &str| vec![addition(document, task, last, name)];
        let names = names(project, &host);
        names
            .into_iter()
            .take(MOST)
            .enumerate()
            .map(|(at, name)| Fixed {
                title: format!("Add connection: \"{name}\""),
                kind: FixKind::Quick,
                mends,
                edits: edits(&name),
                connects: None,
                preferred: at == 0 && lint.is_some(),
            })
            .collect()
    }
}

impl Analysis {
    /// The connection that a text names and that is not there, with the service at the address of its request.
    pub(crate) fn wanted(&self, file: &str, part: &Part, place: Span, link: &str) -> WantedConnection {
        let url = nodes_at(part, place.start).into_iter().rev().find_map(|node| match node {
            Node::Expr(Expr { kind: ExprKind::Task(task), .. }) => {
                task.entries.iter().find(|entry| entry.key.name.eq_ignore_ascii_case("url")).map(|entry| &entry.value)
            }
            _ => None,
        });
        // A task of Zoho's goes to Zoho.
        let is_task = url.is_none();
        let host = url.and_then(first_text).map(host_of);
        let at_host = |service: &&KnownService| host.as_deref().is_some_and(|host| is_at(service, host));
        let services = self.project(file).map(|project| project.services.as_slice()).unwrap_or_default();
        let of_zoho = |service: &&KnownService| is_task && service.url.starts_with("{api_domain}");
        let service = services.iter().find(|service| at_host(service) || of_zoho(service));
        WantedConnection { service: service.map(|service| service.id.clone()), link: link.to_owned() }
    }
}

/// The connections of the services at a host; without any, the ids of these services, by which they would be connected.
fn names(project: &Project, host: &str) -> Vec<String> {
    let services: Vec<&KnownService> = project.services.iter().filter(|service| is_at(service, host)).collect();
    let of = |service: &str| services.iter().any(|known| known.name == service || known.id == service);
    let connections = project.connections.iter().flatten().filter(|one| of(&one.service));
    let names: Vec<String> = connections.map(|one| one.name.clone()).collect();
    if names.is_empty() { services.iter().map(|service| service.id.clone()).collect() } else { names }
}

/// Whether a service answers at a host: `https://{dc}.api.mailchimp.com` does at `us1.api.mailchimp.com`.
fn is_at(service: &KnownService, host: &str) -> bool {
    // Zoho's address is told with each login, and is one of its data centres'.
    if service.url.starts_with("{api_domain}") {
        return host.starts_with("www.zohoapis.") || host.split('.').any(|part| part == "zoho");
    }
    let known = host_of(&service.url);
    match known.rsplit_once('}') {
        Some((_, rest)) => rest.contains('.') && host.ends_with(rest),
        None => host == known,
    }
}

/// The text that an expression begins with.
fn first_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        ExprKind::Paren(inner) => first_text(inner),
        ExprKind::Binary { op: BinaryOp::Add, left, .. } => rainwright_syntax::ast::deep(|| first_text(left)),
        _ => None,
    }
}

/// The entry after the last one, written like it: on a line of its own, with a comma.
fn addition(document: &Document, task: &Task, last: &TaskEntry, name: &str) -> Edit {
    let span = last.key.span;
    let start = document.line_start(span.start);
    let own_line = document.slice(Span::new(start, span.start)).trim().is_empty();
    let end = last.value.span.end;
    let commas = task
        .entries
        .windows(2)
        .any(|pair| document.slice(Span::new(pair[0].value.span.end, pair[1].key.span.start)).contains(','));
    let comma = if commas { "," } else { "" };
    let between = if own_line { format!("\n{}", document.indentation(span.start)) } else { " ".to_owned() };
    Edit { span: Span::new(end, end), text: format!("{comma}{between}connection: \"{name}\"") }
}
