//! `dg app check`: looks for mistakes in a whole application.

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::{LineIndex, Severity};
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
        for finding in app.check() {
            tell(&finding.place, finding.line, finding.is_error, &finding.message);
        }
        let options = CheckOptions {
            forms: KnownApplication::of(&app).forms,
            functions: Arc::new(OtherFunctions::new(app.functions.iter().map(|function| &function.name))),
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
        Ok(if errors > 0 { Exit::Found } else { Exit::Done })
    }
}
