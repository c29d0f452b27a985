//! Lists, shows and judges connections.

use std::path::{Path, PathBuf};

use rainwright::Problem;
use rainwright::connections::{Connection, Key, Store, UnixTime, sample};
use rainwright::runtime::connect::Health;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::ds;
use rainwright_syntax::visit::{self, Visit};

use crate::exit::{CommandResult, Exit};
use crate::network::{EnvironmentArgs, Network, open_store};
use crate::project::{Project, read, scripts};
use crate::terminal;
use rainwright_syntax::DocumentKind;

/// `dg connections list`.
pub fn list(environment: &EnvironmentArgs, json: bool) -> CommandResult {
    let all: Vec<Health> = super::stored(environment)?.iter().map(Health::of).collect();
    tell_damaged(&open_store()?.damaged()?);
    if json {
        terminal::out(&serde_json::to_string(&all).unwrap_or_default());
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        let named = environment.named(&Project::of(Path::new("."))?)?;
        let place = named.map(|name| format!(" in {name}")).unwrap_or_default();
        terminal::note(&format!(
            "There is no connection{place} yet. Make one with `dg connect SERVICE`; `dg services` lists the services."
        ));
        return Ok(Exit::Done);
    }
    // Most people have one environment and need not read of it.
    let environments = all.iter().any(|one| !one.environment.is_default());
    let row = |environment: &str, cells: [String; 6]| -> Vec<String> {
        environments.then(|| environment.to_owned()).into_iter().chain(cells).collect()
    };
    let heading = ["NAME", "SERVICE", "STATUS", "OF", "EXPIRES", "LAST GOOD CALL"].map(str::to_owned);
    let rows = all.iter().map(|one| {
        let cells = [
            one.name.clone(),
            one.service.clone(),
            one.status.to_owned(),
            one.subject.clone(),
            one.expires_at.map_or_else(|| "-".into(), time),
            one.last_ok.map_or_else(|| "-".into(), time),
        ];
        row(one.environment.name(), cells)
    });
    terminal::table(&std::iter::once(row("ENVIRONMENT", heading)).chain(rows).collect::<Vec<_>>());
    Ok(Exit::Done)
}

/// `dg connections show`.
pub fn show(network: &Network, key: &Key, json: bool) -> CommandResult {
    let Some(connection) = network.registry.store().load(key)? else {
        return Ok(Exit::Connection);
    };
    let service = network.catalogue().of(&connection)?;
    let block = sample::invokeurl(&connection, &service);
    if json {
        let mut object = serde_json::to_value(Health::of(&connection)).unwrap_or_default();
        object["sample"] = block.into();
        terminal::out(&object.to_string());
        return Ok(Exit::Done);
    }
    terminal::out(&terminal::plain(&describe(&connection, &service.name)));
    terminal::out(&format!("\n{block}"));
    Ok(Exit::Done)
}

fn describe(connection: &Connection, service: &str) -> String {
    let mut lines = Vec::new();
    let mut add = |what: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{what:<16}{text}"));
        }
    };
    add("link name", connection.name.clone());
    add("label", connection.label.clone());
    add("environment", connection.environment.to_string());
    add("service", format!("{service} ({})", connection.service));
    add("of", connection.subject.to_string());
    add("status", connection.status.name().into());
    add("scopes", connection.scopes.join(" "));
    let values: Vec<String> = connection.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    add("values", values.join(" "));
    add("more hosts", connection.allowed_hosts.join(" "));
    add("methods", connection.methods.join(" "));
    add("made", time(connection.created_at));
    add("token expires", connection.expires_at.map(time).unwrap_or_default());
    add("login ends", connection.refresh_expires_at.map(time).unwrap_or_default());
    add("last used", connection.last_used.map(time).unwrap_or_default());
    add("last good call", connection.last_ok.map(time).unwrap_or_default());
    let failure = connection.last_error.as_ref().map(|failure| format!("{} ({})", failure.message, time(failure.at)));
    add("last error", failure.unwrap_or_default());
    lines.join("\n")
}

/// `dg connections health`: exit code 4 when a connection cannot be used.
pub fn health(environment: &EnvironmentArgs, json: bool) -> CommandResult {
    let all: Vec<Health> = super::stored(environment)?.iter().map(Health::of).collect();
    let damaged = open_store()?.damaged()?;
    // A draft is a plan: nobody counts on it.
    let counted: Vec<&Health> = all.iter().filter(|one| !one.is_draft()).collect();
    let ill: Vec<&&Health> = counted.iter().filter(|one| !one.usable || one.problem.is_some()).collect();
    let healthy = ill.is_empty() && damaged.is_empty();
    if json {
        let damaged: Vec<_> = damaged
            .iter()
            .map(|(name, problem)| serde_json::json!({ "name": name, "problem": problem.message }))
            .collect();
        let object = serde_json::json!({ "healthy": healthy, "connections": all, "damaged": damaged });
        terminal::out(&object.to_string());
    } else {
        for one in &ill {
            let why = one.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            terminal::out(&terminal::plain(&format!("{} {}{why}", one.key, one.status)));
        }
        let untested = counted.iter().filter(|one| one.usable && one.problem.is_none() && !one.tested);
        for one in untested {
            let try_it = format!("dg connections test {}", one.key.arguments());
            terminal::out(&terminal::plain(&format!("{} was never tested: try `{try_it}`", one.key)));
        }
        tell_damaged(&damaged);
        let (good, all) = (counted.len() - ill.len(), counted.len() + damaged.len());
        terminal::note(&format!("{good} of {all} connections can be used"));
    }
    Ok(if healthy { Exit::Done } else { Exit::Connection })
}

/// Tells which connections are there and cannot be read.
fn tell_damaged(damaged: &[(String, rainwright::Problem)]) {
    for (name, problem) in damaged {
        let message = format!("{name} cannot be read: {} Delete it, or take it from a backup.", problem.message);
        terminal::note(&message);
    }
}

/// A place in a script that names a connection.
pub struct Mention {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// The places where scripts have the link name as a text, which names it to a task.
pub fn mentions(name: &str, paths: &[PathBuf]) -> Result<Vec<Mention>, Problem> {
    let mut found = Vec::new();
    for file in scripts(paths)? {
        let source = read(&file)?;
        for at in places(&source, name) {
            let line = source[..at].matches('\n').count();
            let text = source.lines().nth(line).unwrap_or_default().trim().to_owned();
            found.push(Mention { file: file.clone(), line: line + 1, text });
        }
    }
    Ok(found)
}

/// `dg connections where`.
pub fn scripts_with(name: &str, paths: &[PathBuf]) -> CommandResult {
    let here = [PathBuf::from(".")];
    let mentions = mentions(name, if paths.is_empty() { &here } else { paths })?;
    for Mention { file, line, text } in &mentions {
        terminal::out(&format!("{}:{line}: {text}", file.display()));
    }
    let found = mentions.len();
    let places = if found == 1 { "1 place names".to_owned() } else { format!("{found} places name") };
    let keys = open_store()?.list()?.into_iter().filter(|connection| connection.name == name);
    let mut environments: Vec<String> = keys.map(|connection| connection.environment.to_string()).collect();
    environments.dedup();
    terminal::note(&match environments.is_empty() {
        true => format!("{places} \"{name}\"; there is no such connection."),
        false => format!("{places} \"{name}\"; it is connected in {}.", environments.join(", ")),
    });
    Ok(Exit::Done)
}

/// Where in a source a text occurs, outside of comments.
fn places(source: &str, text: &str) -> Vec<usize> {
    struct Texts<'w> {
        wanted: &'w str,
        found: Vec<usize>,
    }
    impl<'t> Visit<'t> for Texts<'_> {
        fn expr(&mut self, expr: &'t Expr) {
            if matches!(&expr.kind, ExprKind::Text(text) if **text == *self.wanted) {
                self.found.push(expr.span.range().start);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut texts = Texts { wanted: text, found: Vec::new() };
    if DocumentKind::of(source) == DocumentKind::Export {
        ds::scripts(source).iter().for_each(|s| visit::walk(&mut texts, &ds::parse_script(source, s).tree));
    } else {
        visit::walk(&mut texts, &rainwright_syntax::parse(source).tree);
    }
    texts.found
}

/// An instant in UTC, to the minute.
fn time(at: UnixTime) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
