//! `dg services`: the services that can be connected to.

mod add;

use std::path::PathBuf;

use rainwright::connections::Service;

use crate::exit::{Exit, Outcome};
use crate::project::Project;
use crate::terminal;

/// Lists the services that can be connected to, or shows one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg services
  dg services calendar
  dg services mailchimp
  dg services add")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The id of a service, or a text to look for
    query: Option<String>,
    /// Only those that the platform ships ready-made
    #[arg(long)]
    default: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Read services of your own from the .toml files in this folder
    #[arg(long = "services", value_name = "FOLDER")]
    services: Vec<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Describe a service of your own
    Add(add::Args),
}

impl Args {
    /// Does it.
    pub fn run(self) -> Outcome {
        if let Some(Command::Add(args)) = self.command {
            return args.run();
        }
        let catalogue = Project::of(std::path::Path::new("."))?.catalogue(&self.services)?;
        if let Some(id) = &self.query
            && catalogue.ids().contains(&id.as_str())
        {
            let service = catalogue.get(id)?;
            terminal::out(if self.json { json(&service)? } else { describe(&service) }.trim_end());
            return Ok(Exit::Done);
        }
        let query = self.query.as_deref().unwrap_or_default().to_lowercase();
        let mut found = Vec::new();
        for id in catalogue.ids() {
            let service = catalogue.get(id)?;
            let fits =
                [&service.id, &service.name, &service.category].iter().any(|text| text.to_lowercase().contains(&query));
            if fits && (service.zoho_default || !self.default) {
                found.push(service);
            }
        }
        if found.is_empty() {
            // Says which ids are near.
            catalogue.get(&query)?;
        }
        if self.json {
            terminal::out(
                &serde_json::to_string(&found.iter().map(|s| (**s).clone()).collect::<Vec<_>>()).unwrap_or_default(),
            );
            return Ok(Exit::Done);
        }
        let heading = ["SERVICE", "NAME", "SIGNS IN WITH", "FOR"].map(str::to_owned).to_vec();
        let rows = found.iter().map(|service| {
            vec![service.id.clone(), service.name.clone(), service.auth().kind().to_owned(), service.category.clone()]
        });
        terminal::table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
        Ok(Exit::Done)
    }
}

fn json(service: &Service) -> Outcome<String> {
    Ok(serde_json::to_string_pretty(service).unwrap_or_default())
}

fn describe(service: &Service) -> String {
    let mut lines = vec![format!("{} ({})", service.name, service.id)];
    let mut add = |what: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("{what:<14}{text}"));
        }
    };
    add("signs in with", service.auth().kind());
    add("API", service.api.as_deref().unwrap_or_default());
    add("allowed hosts", &service.allowed_hosts.join(" "));
    let asked: Vec<&str> =
        service.fields.iter().filter(|field| !field.discovered).map(|field| field.name.as_str()).collect();
    add("asks for", &asked.join(" "));
    let found: Vec<&str> =
        service.fields.iter().filter(|field| field.discovered).map(|field| field.name.as_str()).collect();
    add("finds out", &found.join(" "));
    add("docs", service.docs.as_deref().unwrap_or_default());
    add("note", service.notes.as_deref().unwrap_or_default());
    if !service.scopes.is_empty() {
        lines.push("scopes".into());
        lines.extend(service.scopes.iter().map(|(scope, about)| format!("  {scope}  {about}")));
    }
    lines.push(format!("\nConnect with: dg connect {}", service.id));
    lines.join("\n")
}
