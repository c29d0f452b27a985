//! Runs the examples of every function's row, and looks whether the row tells all that the reference shows.
#![allow(missing_docs)]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use rainwright::builtins::{Builtin, Example, STATEMENTS, Statement, block_tasks, builtins, integrations};
use rainwright::{Engine, Inputs, OfflineHost};

/// The instant at which examples run: 2025-01-31T10:00:00Z.
const NOW: i64 = 1_738_317_600_000;

fn run(example: &Example) -> Result<(), String> {
    let source = example.source();
    let mut host = OfflineHost::new().at(NOW);
    let printed = match Engine::new().compile("example", &source) {
        Err(failure) => format!("error {}", failure.code()),
        Ok(script) => match script.run(&mut host, Inputs::new()).result {
            Ok(_) => host.lines().join("\n"),
            Err(failure) if example.result.starts_with("error ") => format!("error {}", failure.code()),
            Err(failure) => return Err(format!("{source}\n{failure}")),
        },
    };
    if printed.trim_end() == example.result.trim_end() {
        return Ok(());
    }
    Err(format!("{source}\nexpected {}\nfound    {printed}", example.result))
}

/// A statement's example prints what its row says; one that needs a form can at least be read.
fn shows(row: &Statement) -> Result<(), String> {
    if row.form.is_empty() || !row.doc.ends_with('.') || row.example.is_empty() {
        return Err(format!("the row of {} is not complete", row.name));
    }
    let profile = if row.products == "Creator" { "zoho-creator" } else { "zoho-crm" };
    let engine = Engine::new().profile(profile).map_err(|e| e.to_string())?;
    let script = engine.compile("example", row.example).map_err(|e| format!("{}\n{e}", row.example))?;
    if row.prints.is_empty() {
        return Ok(());
    }
    let mut host = OfflineHost::new().at(NOW);
    script.run(&mut host, Inputs::new()).result.map_err(|e| e.to_string())?;
    let printed = host.lines().join("\n");
    if printed == row.prints {
        Ok(())
    } else {
        Err(format!("{}\nexpected {}\nfound    {printed}", row.example, row.prints))
    }
}

fn complete(row: &Builtin) -> Result<(), String> {
    let mut missing = Vec::new();
    if row.doc.is_empty() || !row.doc.ends_with('.') {
        missing.push("a description that ends with a period".to_owned());
    }
    if row.examples.is_empty() {
        missing.push("an example".to_owned());
    }
    for param in row.params {
        if !param.doc.ends_with('.') {
            missing.push(format!("a sentence about {}", param.name));
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("{} lacks {}", row.name, missing.join(", "))) }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut names = std::collections::HashMap::new();
    for row in builtins() {
        let kinds = row.on.to_string();
        let title = if kinds.is_empty() { row.name.to_owned() } else { format!("{} on {kinds}", row.name) };
        trials.push(Trial::test(format!("{title}: complete"), move || complete(row).map_err(Failed::from)));
        for (i, example) in row.examples.iter().enumerate() {
            trials.push(Trial::test(format!("{title}: example {}", i + 1), move || run(example).map_err(Failed::from)));
        }
        for kind in row.on.iter() {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                let key = (name.to_ascii_lowercase(), kind);
                if let Some(other) = names.insert(key, row.name) {
                    let (name, other) = (row.name, other);
                    trials.push(Trial::test(format!("{title}: alone on {kind}"), move || {
                        Err(Failed::from(format!("{name} and {other} are both called {name} on {kind}")))
                    }));
                }
            }
        }
    }
    for row in STATEMENTS {
        trials.push(Trial::test(format!("statement {}", row.name), move || shows(row).map_err(Failed::from)));
    }
    for task in block_tasks() {
        for (i, example) in task.examples.iter().enumerate() {
            trials.push(Trial::test(format!("{}: example {} parses", task.name, i + 1), move || parses(example)));
        }
    }
    for task in integrations() {
        for (i, example) in task.examples.iter().enumerate() {
            trials.push(Trial::test(format!("{}: example {} parses", task.name, i + 1), move || parses(example)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn parses(source: &str) -> Result<(), Failed> {
    let found = Engine::new().diagnose(source);
    match found.first() {
        None => Ok(()),
        Some(first) => Err(Failed::from(format!("{source}\n{}", first.problem))),
    }
}
