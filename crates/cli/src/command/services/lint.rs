//! `dg services lint`: looks through the files of services of one's own, or through the shipped ones.

use std::path::PathBuf;

use rainwright::connections::{Catalogue, Service, lint, registration};

use crate::exit::{CommandResult, Exit, FileUse, file_problem};
use crate::terminal;

/// Looks for mistakes in the files of your own services, and for what their users would miss. Exit code 3 for mistakes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg services lint services/*.toml
  dg services lint")]
pub struct Args {
    /// The .toml files; without any, the shipped services are looked through, with their rows of where to click
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut lines = Vec::new();
        let shipped = Catalogue::shipped();
        if self.files.is_empty() {
            for service in shipped.all() {
                let mut tell = |is_error, message| lines.push((service.id.clone(), is_error, message));
                registration::lint(&service).into_iter().for_each(|message| tell(true, message));
                lint(&service).into_iter().for_each(|message| tell(false, message));
            }
        }
        let mut seen: Vec<(String, String)> = Vec::new();
        for file in &self.files {
            let name = file.display().to_string();
            let mut tell = |is_error: bool, message: String| lines.push((name.clone(), is_error, message));
            let text = std::fs::read_to_string(file).map_err(|e| file_problem(file, FileUse::Read, &e))?;
            let service = match Service::from_toml(None, &text) {
                Ok(service) => service,
                Err(problem) => {
                    tell(true, problem.message);
                    continue;
                }
            };
            if shipped.ids().contains(&service.id.as_str()) {
                tell(
                    false,
                    format!("It takes the place of the shipped service {}, which its users have to trust.", service.id),
                );
            }
            if let Some((_, other)) = seen.iter().find(|(id, _)| *id == service.id) {
                tell(true, format!("{other} describes the service {} too.", service.id));
            }
            lint(&service).into_iter().for_each(|message| tell(false, message));
            seen.push((service.id, name));
        }
        let word = |is_error| if is_error { "error" } else { "warning" };
        if self.json {
            let list: Vec<_> = lines
                .iter()
                .map(|(file, is_error, message)| {
                    serde_json::json!({ "file": file, "severity": word(*is_error), "message": message })
                })
                .collect();
            terminal::out(&serde_json::Value::from(list).to_string());
        } else {
            for (file, is_error, message) in &lines {
                terminal::out(&terminal::plain(&format!("{file}: {}: {message}", word(*is_error))));
            }
            if lines.is_empty() {
                terminal::note("Nothing is wrong.");
            }
        }
        Ok(if lines.iter().any(|(_, is_error, _)| *is_error) { Exit::Found } else { Exit::Done })
    }
}
