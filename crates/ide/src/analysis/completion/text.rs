//! Completions inside a text: connection names, addresses of services, keys of maps.

use super::context::{CallPlace, TextPlace};
use super::{Completer, CompletionKind};
use crate::analysis::document::body;
use crate::analysis::shape::{Shapes, reads_key};
use rainwright_builtins::integration;
use std::sync::Arc;

impl Completer<'_> {
    pub(super) fn text(&mut self, text: &TextPlace) {
        if let Some((_, key)) = &text.task_key {
            match key.as_str() {
                "connection" => self.connection_names(text),
                "url" => self.addresses(text),
                _ => {}
            }
            return;
        }
        for choice in self.choices(text) {
            self.in_text(text, &choice, CompletionKind::Value, "choice of the field".to_owned(), 0);
        }
        let Some(call) = &text.call else { return };
        let name = self.document.slice(call.name).to_owned();
        let Some(receiver) = call.receiver else { return };
        let written = self.document.slice(receiver).to_owned();
        if call.argument == 0 && reads_key(&name) {
            self.map_keys(text, &written);
        }
        let full = format!("{written}.{name}");
        if names_connection(&full, call) {
            self.connection_names(text);
        }
    }

    /// The connections of the project with their services.
    pub(super) fn connections(&self) -> Vec<(String, String)> {
        let known = self.analysis.project(self.file).and_then(|project| project.connections.as_ref());
        known.into_iter().flatten().map(|one| (one.name.clone(), one.service.clone())).collect()
    }

    fn in_text(&mut self, text: &TextPlace, label: &str, kind: CompletionKind, detail: String, rank: u8) {
        let quote = self.document.text.as_bytes().get(text.inner.start as usize - 1).copied().map_or('"', char::from);
        let one = self.push_at(text.inner, label, kind, detail);
        one.rank = rank;
        if !text.closed {
            one.insert.push(quote);
        }
    }

    fn connection_names(&mut self, text: &TextPlace) {
        for (name, service) in self.connections() {
            self.in_text(text, &name, CompletionKind::Connection, service, 0);
        }
    }

    fn addresses(&mut self, text: &TextPlace) {
        let Some(project) = self.analysis.project(self.file) else { return };
        let connected: Vec<&str> = project.connections.iter().flatten().map(|one| one.service.as_str()).collect();
        let services = project.services.iter().map(|service| {
            let near = connected.iter().any(|one| *one == service.id || *one == service.name);
            (service.url.clone(), service.name.clone(), if near { 0 } else { 2 })
        });
        for (url, name, rank) in services.collect::<Vec<_>>() {
            // The path is typed after it, so no quote closes the text.
            let one = self.push_at(text.inner, &url, CompletionKind::Url, name);
            one.rank = rank;
        }
    }

    fn map_keys(&mut self, text: &TextPlace, receiver: &str) {
        let answers = self.analysis.project(self.file).map(|project| Arc::clone(&project.answers)).unwrap_or_default();
        let mut found = Vec::new();
        self.with_expr(receiver, |place, expr| {
            let script = place.part.script(place.options());
            let scope = place.part.scopes.scope_at(place.offset);
            if let Some(body) = body(&script, scope) {
                found = Shapes::of(&body, &answers).keys(expr);
            }
        });
        // What is being typed is not known from elsewhere.
        let typed = self.document.slice(text.inner).to_owned();
        found.retain(|key| !key.name.is_empty() && (key.rank < 2 || key.name != typed));
        for key in found {
            self.in_text(text, &key.name, CompletionKind::Key, key.from, key.rank);
        }
    }
}

/// Whether the argument of an integration task that is being typed names its connection.
fn names_connection(task: &str, call: &CallPlace) -> bool {
    let at = integration(task).and_then(|task| task.params.iter().position(|p| p.name == "connection"));
    at == Some(call.argument)
}
