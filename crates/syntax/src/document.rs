//! Decides what a source is: a script, an HTML page or an application export.

use crate::{ds, page};
use std::ffi::OsStr;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A script: functions and statements.
    Script,
    /// An HTML page of Creator with script in it.
    Page,
    /// The export of a Creator application with many scripts ([`ds`]).
    Export,
}

impl DocumentKind {
    /// What a text is; its first words decide.
    #[must_use]
    pub fn of(source: &str) -> Self {
        if page::is_page(source) {
            DocumentKind::Page
        } else if ds::is_export(source) {
            DocumentKind::Export
        } else {
            DocumentKind::Script
        }
    }

    /// The kind of a file by the extension of its name, in any case; `None` where only its text can tell.
    ///
    /// An HTML file is a [`Page`](DocumentKind::Page) by its name, but only its text says whether there is script in it.
    #[must_use]
    pub fn of_extension(extension: Option<&OsStr>) -> Option<Self> {
        let extension = extension?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "dg" | "deluge" => DocumentKind::Script,
            "html" | "htm" => DocumentKind::Page,
            "ds" => DocumentKind::Export,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::DocumentKind::{self, Export, Page, Script};
    use std::ffi::OsStr;

    #[test]
    fn the_text_decides() {
        for (source, kind) in [
            ("", Script),
            ("application = 1;", Script),
            ("x = \"<%= y %>\";", Script),
            ("// <%\nx = 1;", Script),
            ("<p>no script</p>", Script),
            (" <%{ x = 1; }%>", Page),
            ("<html><%= 1 %></html>", Page),
            ("application \"Claims\"\n{\n}", Export),
            ("/* exported */ application Claims {\n}", Export),
        ] {
            assert_eq!(DocumentKind::of(source), kind, "{source}");
        }
    }

    #[test]
    fn extensions_are_read_in_any_case() {
        let of = |extension| DocumentKind::of_extension(Some(OsStr::new(extension)));
        assert_eq!(
            [of("dg"), of("DELUGE"), of("ds"), of("Html")],
            [Some(Script), Some(Script), Some(Export), Some(Page)]
        );
        assert_eq!([of("txt"), DocumentKind::of_extension(None)], [None, None]);
    }
}
