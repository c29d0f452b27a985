//! Lists, shows and judges connections.

use std::path::PathBuf;

use rainwright::connections::{Connection, Key, Store, UnixTime, sample};
use rainwright::runtime::connect::Health;

use crate::exit::{Exit, Outcome};
use crate::network::{Network, open_store};
use crate::project::{read, scripts};
use crate::terminal;

/// `dg connections list`.
pub fn list(json: bool) -> Outcome {
    let all: Vec<Health> = open_store()?.list()?.iter().map(Health::of).collect();
    if json {
        terminal::out(&serde_json::to_string(&all).unwrap_or_default());
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal::note(
            "There is no connection yet. Make one with `dg connect SERVICE`; `dg services` lists the services.",
        );
        return Ok(Exit::Done);
    }
    let heading = ["NAME", "SERVICE", "STATUS", "OF", "EXPIRES", "LAST GOOD CALL"].map(str::to_owned).to_vec();
    let rows = all.iter().map(|one| {
        vec![
            one.name.clone(),
            one.service.clone(),
            one.status.to_owned(),
            one.subject.clone(),
            one.expires_at.map_or_else(|| "-".into(), time),
            one.last_ok.map_or_else(|| "-".into(), time),
        ]
    });
    terminal::table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
    Ok(Exit::Done)
}

/// `dg connections show`.
pub fn show(network: &Network, key: &Key, json: bool) -> Outcome {
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
    terminal::out(&describe(&connection, &service.name));
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
pub fn health(json: bool) -> Outcome {
    let all: Vec<Health> = open_store()?.list()?.iter().map(Health::of).collect();
    let ill: Vec<&Health> = all.iter().filter(|one| !one.usable || one.status == "error").collect();
    if json {
        let object = serde_json::json!({ "healthy": ill.is_empty(), "connections": all });
        terminal::out(&object.to_string());
    } else {
        for one in &ill {
            let why = one.last_error.as_ref().map(|failure| format!(": {}", failure.message)).unwrap_or_default();
            terminal::out(&format!("{} {}{why}", one.name, one.status));
        }
        terminal::note(&format!("{} of {} connections can be used", all.len() - ill.len(), all.len()));
    }
    Ok(if ill.is_empty() { Exit::Done } else { Exit::Connection })
}

/// `dg connections where`: the lines of scripts that name the connection in a text.
pub fn scripts_with(name: &str, paths: &[PathBuf]) -> Outcome {
    let here = [PathBuf::from(".")];
    let mut found = 0;
    for file in scripts(if paths.is_empty() { &here } else { paths })? {
        let source = read(&file)?;
        let quoted = [format!("\"{name}\""), format!("'{name}'")];
        for (line, text) in source.lines().enumerate() {
            let code = text.split("//").next().unwrap_or_default();
            if quoted.iter().any(|text| code.contains(text.as_str())) {
                found += 1;
                terminal::out(&format!("{}:{}: {}", file.display(), line + 1, text.trim()));
            }
        }
    }
    terminal::note(&format!("{found} places name \"{name}\""));
    Ok(Exit::Done)
}

/// An instant in UTC, to the minute.
fn time(at: UnixTime) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
