//! The rules of the house: which crate may use which, how long a file may be, what every crate says of itself.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of ours a crate names in its manifest; what lies further along its arrows may be used too.
const ARROWS: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("effect", &["diagnostic"]),
    ("syntax", &["diagnostic"]),
    ("value", &["diagnostic"]),
    ("builtins", &["value", "effect"]),
    ("eval", &["syntax", "builtins"]),
    ("connections", &["effect"]),
    // With Postgres, which the runtime knows how to reach.
    ("records", &["value", "effect", "runtime"]),
    ("runtime", &["connections"]),
    ("engine", &["eval", "runtime"]),
    ("sandbox", &["records"]),
    ("format", &["syntax"]),
    ("ide", &["format", "builtins"]),
    ("lsp", &["ide"]),
    ("dap", &["ide", "engine"]),
    ("golden", &["app"]),
    ("app", &["engine", "records"]),
    ("synth", &["ide", "engine", "records"]),
    ("server", &["app"]),
    ("cli", &["lsp", "dap", "golden", "sandbox", "app", "synth", "server"]),
];

/// Libraries that only some crates may know, so that they can be swapped.
const ONLY: &[(&str, &[&str])] = &[
    ("tokio", &["runtime", "engine", "sandbox", "server"]),
    ("reqwest", &["runtime"]),
    ("ariadne", &["engine"]),
    ("corosensei", &["engine"]),
    ("chumsky", &["syntax"]),
    ("logos", &["syntax"]),
    ("rusqlite", &["runtime", "records"]),
    // The runtime listens too: for the answer of a login page.
    ("axum", &["runtime", "sandbox", "server"]),
    ("maud", &["server"]),
    ("pulldown-cmark", &["server"]),
    ("rustyline", &["cli"]),
    ("clap", &["cli"]),
    ("lsp-types", &["lsp"]),
    ("lsp-server", &["lsp"]),
];

/// Where loose JSON may be used in place of `Data`, which keeps every digit: on the wire, and where no value of a script is
/// written.
const LOOSE_JSON: &[(&str, &str)] = &[
    ("cli/src/answers.rs", "only the keys of recorded answers are read"),
    ("cli/src/command/check/", "reports for other programs"),
    ("cli/src/command/dap.rs", "the debug protocol"),
    ("cli/src/command/services/lint.rs", "a report"),
    ("cli/src/command/test/chaos.rs", "a report"),
    ("cli/src/command/widget.rs", "a report"),
    ("connections/src/", "answers of providers, and bodies made of texts"),
    ("dap/src/", "the debug protocol"),
    ("engine/src/refusals.rs", "only the code of an answer is read"),
    ("engine/src/render.rs", "reports for other programs"),
    ("golden/src/chaos.rs", "a report"),
    ("golden/src/report/", "reports for other programs"),
    ("golden/src/sent.rs", "only the ids in an answer are compared"),
    ("lsp/src/", "the editor protocol"),
    ("records/src/", "choices and IDs in one column, which SQL looks into"),
    ("runtime/src/account.rs", "answers about the account, made of texts"),
    ("runtime/src/record/mod.rs", "bodies on the wire, compared"),
    ("sandbox/src/", "bodies on the wire"),
    ("server/src/console/sandbox.rs", "what the sandbox says of itself"),
    ("server/src/manual/search.rs", "an index of texts, which a script of the page reads"),
    ("server/src/widget/", "messages of widgets, which are JSON of JavaScript"),
];

/// Crates that do no input or output; clippy watches them with a list of forbidden methods.
const PURE: &[&str] =
    &["diagnostic", "effect", "syntax", "value", "builtins", "eval", "connections", "format", "ide", "synth"];

/// Lines of a source file, tests included. A table may be longer: its rows are all alike.
const LONGEST_FILE: usize = 700;
const LONGEST_TABLE: usize = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Normal dependencies by crate folder.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for package in metadata()["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let names = package["dependencies"].as_array().unwrap().iter();
        let names = names.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned()).collect();
        all.insert(folder, names);
    }
    all
}

fn ours(dependency: &str) -> Option<&str> {
    if dependency == "rainwright" { Some("engine") } else { dependency.strip_prefix("rainwright-") }
}

fn reachable(from: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(at) = open.pop() {
        for next in ARROWS.iter().find(|(name, _)| *name == at).map(|(_, next)| *next).unwrap_or_default() {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

#[test]
fn arrows_go_one_way() {
    for (krate, names) in dependencies() {
        if krate == "tests" {
            continue;
        }
        assert!(
            ARROWS.iter().any(|(name, _)| *name == krate),
            "crate {krate} has no arrows: decide them here and say why"
        );
        let allowed = reachable(&krate);
        for dependency in names.iter().filter_map(|d| ours(d)) {
            assert!(allowed.contains(dependency), "{krate} must not use {dependency}");
        }
    }
}

#[test]
fn libraries_stay_where_they_can_be_swapped() {
    for (krate, names) in dependencies() {
        for (library, places) in ONLY {
            assert!(
                krate == "tests" || !names.contains(*library) || places.contains(&krate.as_str()),
                "{krate} must not know {library}"
            );
        }
    }
}

#[test]
fn pure_crates_are_watched() {
    for krate in PURE {
        let file = root().join("crates").join(krate).join(".clippy.toml");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains("disallowed-methods"), "{} forbids nothing", file.display());
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != "target" && path.file_name().unwrap() != "node_modules" {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn files_stay_short() {
    for path in rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_table = text.contains(": &[Builtin] = &[") || text.contains(": &[Integration] = &[");
        let longest = if is_table { LONGEST_TABLE } else { LONGEST_FILE };
        let lines = text.lines().count();
        assert!(lines <= longest, "{} has {lines} lines: would two rooms be clearer?", path.display());
    }
}

#[test]
fn modules_open_with_a_sentence() {
    for path in rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().find(|line| !line.starts_with("#!")).unwrap_or_default();
        assert!(first.starts_with("//! "), "{} does not say what it is for", path.display());
    }
}

#[test]
fn loose_json_stays_on_the_wire() {
    let crates = root().join("crates");
    let mut used: BTreeSet<&(&str, &str)> = BTreeSet::new();
    for file in rust_files() {
        let Ok(path) = file.strip_prefix(&crates) else { continue };
        let path = path.to_string_lossy().replace('\\', "/");
        let source = std::fs::read_to_string(&file).unwrap();
        let is_named = |line: &str| {
            line.contains("serde_json::Value") || line.starts_with("use serde_json::") && line.contains("Value")
        };
        if !path.contains("/src/")
            || path.ends_with("/tests.rs")
            || path.contains("/tests/")
            || !source.lines().any(is_named)
        {
            continue;
        }
        let place = LOOSE_JSON.iter().find(|(place, _)| path.starts_with(place));
        used.extend(place);
        assert!(place.is_some(), "{path} uses serde_json::Value: use Data, or say in tests/tidy.rs why not");
    }
    let unused: Vec<_> = LOOSE_JSON.iter().filter(|row| !used.contains(row)).collect();
    assert!(unused.is_empty(), "rows without a use: {unused:?}");
}

#[test]
fn the_top_level_holds_what_it_should() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "crates",
        "scripts",
        "tests",
        "docs",
        "target",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || allowed.contains(&name.as_str()), "{name} does not belong at the top level");
    }
}
