//! Takes what the editor tells: files opened, changed, closed, watched.

use crate::files::{key_of, path_of};
use crate::position::Lines;
use crate::state::{State, Untold};
use lsp_server::Notification;
use lsp_types::notification::{
    DidChangeConfiguration, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders,
    DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Notification as Kind,
};
use lsp_types::{FileChangeType, TextDocumentContentChangeEvent};

impl State {
    /// Takes a notification; what is not known or not right is passed over, as the protocol asks.
    pub(crate) fn told(&mut self, told: Notification) {
        match told.method.as_str() {
            DidOpenTextDocument::METHOD => with::<DidOpenTextDocument>(told, |p| {
                self.opened(p.text_document.uri, p.text_document.text, p.text_document.version);
            }),
            DidChangeTextDocument::METHOD => with::<DidChangeTextDocument>(told, |p| {
                let key = key_of(&p.text_document.uri);
                self.edited(&key, p.text_document.version, p.content_changes);
            }),
            DidCloseTextDocument::METHOD => {
                with::<DidCloseTextDocument>(told, |p| self.closed(&p.text_document.uri));
            }
            DidSaveTextDocument::METHOD => with::<DidSaveTextDocument>(told, |p| {
                if let Some(path) = path_of(&p.text_document.uri) {
                    self.changed(&path);
                }
            }),
            DidChangeWatchedFiles::METHOD => with::<DidChangeWatchedFiles>(told, |p| {
                for change in p.changes {
                    let Some(path) = path_of(&change.uri) else { continue };
                    if change.typ == FileChangeType::DELETED { self.removed(&path) } else { self.changed(&path) }
                }
                self.renew();
            }),
            DidChangeWorkspaceFolders::METHOD => with::<DidChangeWorkspaceFolders>(told, |p| {
                p.event.removed.iter().filter_map(|f| path_of(&f.uri)).for_each(|path| self.remove_root(&path));
                p.event.added.iter().filter_map(|f| path_of(&f.uri)).for_each(|path| self.add_root(path));
            }),
            DidChangeConfiguration::METHOD => self.reload_projects(),
            other => tracing::debug!("passed over {other}"),
        }
    }

    fn edited(&mut self, key: &str, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let units = self.units;
        let Some(file) = self.open.get_mut(key) else { return };
        for change in changes {
            match change.range {
                Some(range) => {
                    let span = file.lines.span(&file.text, range, units);
                    file.text.replace_range(span.range(), &change.text);
                }
                None => file.text = change.text,
            }
            // Each change counts in the text that the one before left.
            file.lines = Lines::of(&file.text);
        }
        (file.version, file.stale, file.untold) = (version, true, Some(Untold::changed(file.untold)));
    }
}

fn with<N: Kind>(told: Notification, f: impl FnOnce(N::Params)) {
    match serde_json::from_value(told.params) {
        Ok(params) => f(params),
        Err(e) => tracing::warn!("{} with wrong parameters: {e}", N::METHOD),
    }
}
