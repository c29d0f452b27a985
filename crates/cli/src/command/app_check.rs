//! `dg app check`: looks for mistakes in a whole application.

mod export;

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::{Code, LineIndex, Severity};
use rainwright_app::Application;
use rainwright_ide::{CheckOptions, OtherFunctions, check};

use crate::application::KnownApplication;
use crate::exit::{CommandResult, Exit};
use crate::export::PRODUCT;
use crate::terminal;

/// `dg app check`.
#[derive(clap::Args)]
pub struct Args {
    /// The application: a folder with app.toml, or an export (.ds)
    app: PathBuf,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let app = Application::read(&self.app)?;
        let mut errors = 0;
        let mut tell = |place: &str, line: u32, is_error: bool, message: &str| {
            errors += usize::from(is_error);
            let kind = if is_error { "error" } else { "warning" };
            let line = if line == 0 { String::new() } else { format!(":{line}") };
            terminal::out(&format!("{place}{line}: {kind}: {message}"));
        };
        // A folder holds what was read of its export; an export itself may be broken.
        let export =
            if self.app.is_file() { std::fs::read_to_string(&self.app).unwrap_or_default() } else { String::new() };
        let unread = if export.is_empty() { Vec::new() } else { export::unread(&export) };
        let name = self.app.display().to_string();
        for (line, message) in &unread {
            tell(&name, *line, true, message);
        }
        for (place, message) in export::unknown_types(&export) {
            tell(&place, 0, false, &message);
        }
        for finding in app.check() {
            tell(&finding.place, finding.line, finding.is_error, &finding.message);
        }
        let functions = OtherFunctions::new(app.functions.iter().map(|function| &function.name));
        let options = CheckOptions {
            forms: KnownApplication::of(&app).forms,
            functions: Arc::new(if unread.is_empty() { functions.complete() } else { functions }),
            ..CheckOptions::for_profile(Some(PRODUCT))
        };
        for script in app.scripts() {
            let options = CheckOptions {
                own_form: script.form.map(str::to_owned),
                own_event: script.event.map(str::to_owned),
                ..options.clone()
            };
            let lines = LineIndex::new(script.source);
            for found in check(script.source, &options) {
                let message = format!("{} {} {}", found.problem.code, found.problem.message, found.problem.help());
                let line = lines.line(found.span.start);
                match found.severity {
                    Severity::Error => tell(&script.place, line, true, &message),
                    Severity::Warning => tell(&script.place, line, false, &message),
                    Severity::Note => {}
                }
            }
        }
        for text in app.expressions().into_iter().chain(app.page_scripts()) {
            let options = CheckOptions { own_form: text.form, ..options.clone() };
            let lines = LineIndex::new(&text.source);
            for found in check(&text.source, &options) {
                let message = format!("{} {} {}", found.problem.code, found.problem.message, found.problem.help());
                let line = if text.has_lines { lines.line(found.span.start) } else { 0 };
                // Criteria that the product's own editor wrote have no parentheses.
                let is_style = found.problem.code == Code::MixedLogic && !text.has_lines;
                if found.severity != Severity::Note && !is_style {
                    tell(&text.place, line, found.severity == Severity::Error, message.trim_end());
                }
            }
        }
        Ok(if errors > 0 { Exit::Found } else { Exit::Done })
    }
}
