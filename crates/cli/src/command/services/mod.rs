//! `dg services`: the services that can be connected to.

pub mod add;
mod lint;

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::connections::{Auth, Field, Grant, Service, registration};

use crate::exit::{CommandResult, Exit};
use crate::project::Project;
use crate::terminal;

/// Lists the services that can be connected to, or shows one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg services
  dg services calendar
  dg services mailchimp
  dg services add
  dg services lint services/*.toml")]
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
    Lint(lint::Args),
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match self.command {
            Some(Command::Add(args)) => return args.run(),
            Some(Command::Lint(args)) => return args.run(),
            None => {}
        }
        let catalogue = Project::of(std::path::Path::new("."))?.catalogue(&self.services)?;
        let query = self.query.as_deref().unwrap_or_default();
        let mut found = catalogue.search(query);
        found.retain(|service| service.zoho_default || !self.default);
        let meant = match (catalogue.get(query), found.as_slice()) {
            (Ok(service), _) => Some(service),
            (Err(_), [only]) => Some(Arc::clone(only)),
            // Says which ids are near.
            (Err(problem), []) => return Err(problem.into()),
            _ => None,
        };
        if let Some(service) = meant {
            found.retain(|other| other.id != service.id);
            let text = if self.json { json(&*service) } else { describe(&service, &found) };
            terminal::out(text.trim_end());
            return Ok(Exit::Done);
        }
        if query.is_empty() {
            found.sort_by(|a, b| a.id.cmp(&b.id));
        }
        if self.json {
            terminal::out(&json(&found.iter().map(|service| &**service).collect::<Vec<_>>()));
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

fn json(what: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(what).unwrap_or_default()
}

/// What a person who is about to connect wants to know; `others` are the services that the same words find.
fn describe(service: &Service, others: &[Arc<Service>]) -> String {
    let mut lines = vec![format!("{} ({})", service.name, service.id)];
    let mut add = |what: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("{what:<16}{text}"));
        }
    };
    add("signs in with", how(service));
    add("API", service.api.as_deref().unwrap_or_default());
    add("allowed hosts", &service.allowed_hosts.join(" "));
    add("register at", service.console.as_deref().unwrap_or_default());
    let asked: Vec<String> = service.asked_fields().map(asked).collect();
    add("asks for", &asked.join(", "));
    let found = service.fields.iter().filter(|field| field.discovered).map(|field| field.name.as_str());
    add("finds out", &found.collect::<Vec<_>>().join(" "));
    if let Auth::OAuth2(settings) = service.auth() {
        add("default scopes", &settings.default_scopes.join(" "));
        add("revoked", if settings.revoke_url.is_some() { "at the provider, by dg connections revoke" } else { "" });
    }
    if let Some(test) = &service.test {
        add("tested by", &format!("{} {}", test.method, test.url));
    }
    if let Some(rate) = service.rate {
        add("calls", &format!("at most {} in {} s", rate.calls, rate.seconds));
    }
    if let Some(known) = registration::of(service) {
        for (at, step) in known.steps.iter().enumerate() {
            add(if at == 0 { "where to click" } else { "" }, &format!("{}. {step}", at + 1));
        }
        add("where to click", known.known.as_deref().unwrap_or_default());
        add("", &format!("As of {}", known.source));
    }
    add("docs", service.docs.as_deref().unwrap_or_default());
    add("note", service.notes.as_deref().unwrap_or_default());
    if !service.scopes.is_empty() {
        lines.push("scopes".into());
        let width = service.scopes.keys().map(|scope| scope.chars().count()).max().unwrap_or_default();
        lines.extend(service.scopes.iter().map(|(scope, about)| format!("  {scope:<width$}  {about}")));
    }
    lines.push(format!("\nConnect with: dg connect {}", service.id));
    if !others.is_empty() {
        let ids: Vec<&str> = others.iter().map(|other| other.id.as_str()).collect();
        lines.push(format!("See also: {}", ids.join(" ")));
    }
    lines.join("\n")
}

/// How a connection is made, in words.
fn how(service: &Service) -> &'static str {
    match service.auth() {
        Auth::None => "nothing",
        Auth::ApiKey(_) => "an API key (api_key)",
        Auth::Basic(_) => "user name and password (basic)",
        Auth::OAuth1(settings) if settings.request_token_url.is_none() => "signed calls (oauth1)",
        Auth::OAuth1(_) => "a login in the browser and signed calls (oauth1)",
        Auth::OAuth2(settings) => match settings.grant {
            Grant::AuthorizationCode => "a login in the browser (oauth2)",
            Grant::Device => "a code typed on another device (oauth2)",
            Grant::ClientCredentials => "the application's own id and secret (oauth2)",
            Grant::Password => "user name and password for a token (oauth2)",
            Grant::Login => "a login call that gives a token (oauth2)",
        },
    }
}

/// A value that is asked for, with what may be answered.
fn asked(field: &Field) -> String {
    let choices = field.choices.join(" | ");
    let hint = match (&field.default, &field.example) {
        _ if !choices.is_empty() => format!(" ({choices})"),
        (Some(default), _) => format!(" (usually {default})"),
        (None, Some(example)) => format!(" (such as {example})"),
        (None, None) => String::new(),
    };
    let optional = if field.optional { "optional " } else { "" };
    format!("{optional}{}{hint}", field.name)
}
