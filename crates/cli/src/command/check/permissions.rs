//! What a project can ever reach, as a file to review: `permissions.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rainwright::runtime::trust::write_beside;
use rainwright_diagnostic::LineIndex;
use rainwright_ide::Reach;
use serde::{Deserialize, Serialize};

use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::terminal;

/// The name of the file.
pub const FILE: &str = "permissions.toml";

const HEAD: &str = "# What the scripts of this project can reach: hosts, methods, connections and scopes.
# Written by `dg check --permissions`, which fails when the scripts reach more than is written here.
# Review a change of this file like a change of code. `*` is what a script works out when it runs.
";

/// The file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    #[serde(default)]
    reach: Vec<Row>,
}

/// What is reached on a host through a connection.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    host: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    connection: String,
    methods: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    scopes: BTreeSet<String>,
}

/// Where something is reached: the script and the line.
type FirstUse = (String, u32);

/// Methods and scopes, each with the first place that needs it.
#[derive(Default)]
struct Needs {
    methods: BTreeMap<String, FirstUse>,
    scopes: BTreeMap<String, FirstUse>,
}

/// All that scripts reach, by host and connection.
#[derive(Default)]
pub struct Reached {
    rows: BTreeMap<(String, String), Needs>,
}

impl Reached {
    /// Adds what a script reaches.
    pub fn add(&mut self, name: &str, source: &str, all: Vec<Reach>) {
        let lines = LineIndex::new(source);
        for one in all {
            let place = (name.to_owned(), lines.line(one.span.start));
            let needs = self.rows.entry((one.host, one.connection)).or_default();
            needs.methods.entry(one.method).or_insert_with(|| place.clone());
            for scope in one.scopes {
                needs.scopes.entry(scope).or_insert_with(|| place.clone());
            }
        }
    }

    /// Compares with the file, or writes it when there is none or when what is new is accepted.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn settle(&self, file: &Path, accept: bool) -> CommandResult {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(file_problem(file, FileUse::Read, &e).into()),
        };
        let Some(text) = text.filter(|_| !accept) else {
            write_beside(file, &self.text()?).map_err(|e| file_problem(file, FileUse::Write, &e))?;
            terminal::note(&format!(
                "{} written: {} reached. Review it and keep it with the scripts.",
                file.display(),
                if self.rows.len() == 1 { "1 host is".to_owned() } else { format!("{} hosts are", self.rows.len()) }
            ));
            return Ok(Exit::Done);
        };
        let known: Permissions = toml::from_str(&text).map_err(|e| {
            Trouble::Usage(format!("{} is not right: {}. Write it anew with --accept.", file.display(), e.message()))
        })?;
        /// Two sets of names.
        type Sets<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);
        let mut allowed: BTreeMap<(&str, &str), Sets> = BTreeMap::new();
        for row in &known.reach {
            let (methods, scopes) = allowed.entry((&row.host, &row.connection)).or_default();
            methods.extend(row.methods.iter().map(String::as_str));
            scopes.extend(row.scopes.iter().map(String::as_str));
        }
        let mut new = Vec::new();
        for ((host, connection), needs) in &self.rows {
            let nothing = (BTreeSet::new(), BTreeSet::new());
            let (methods, scopes) = allowed.get(&(host.as_str(), connection.as_str())).unwrap_or(&nothing);
            let through =
                if connection.is_empty() { String::new() } else { format!(" through the connection {connection}") };
            let mut tell = |what: String, (name, line): &FirstUse| new.push(format!("{name}:{line}: {what}{through}"));
            for (method, place) in needs.methods.iter().filter(|(method, _)| !methods.contains(method.as_str())) {
                tell(format!("{method} {host}"), place);
            }
            for (scope, place) in needs.scopes.iter().filter(|(scope, _)| !scopes.contains(scope.as_str())) {
                tell(format!("the scope {scope} on {host}"), place);
            }
        }
        if new.is_empty() {
            let left = known.reach.iter().any(|row| !self.covers(row));
            if left {
                let name = file.display();
                terminal::note(&format!("{name} allows more than the scripts reach: --accept writes it anew."));
            }
            return Ok(Exit::Done);
        }
        new.iter().for_each(|line| terminal::note(line));
        terminal::note(&format!(
            "The scripts reach more than {} allows. If that is meant, `dg check --permissions --accept` writes it anew.",
            file.display()
        ));
        Ok(Exit::Found)
    }

    /// Whether all of a row is still needed.
    fn covers(&self, row: &Row) -> bool {
        self.rows.get(&(row.host.clone(), row.connection.clone())).is_some_and(|needs| {
            row.methods.iter().all(|method| needs.methods.contains_key(method))
                && row.scopes.iter().all(|scope| needs.scopes.contains_key(scope))
        })
    }

    fn text(&self) -> CommandResult<String> {
        let row = |((host, connection), needs): (&(String, String), &Needs)| Row {
            host: host.clone(),
            connection: connection.clone(),
            methods: needs.methods.keys().cloned().collect(),
            scopes: needs.scopes.keys().cloned().collect(),
        };
        let permissions = Permissions { reach: self.rows.iter().map(row).collect() };
        let rows = toml::to_string(&permissions)
            .map_err(|e| Trouble::Usage(format!("The permissions cannot be written: {e}.")))?;
        Ok(format!("{HEAD}\n{rows}"))
    }
}

/// The file of the project that a path belongs to, else of the folder that the command runs in.
pub fn file_for(root: Option<&Path>) -> PathBuf {
    root.map_or_else(|| PathBuf::from(FILE), |root| root.join(FILE))
}
