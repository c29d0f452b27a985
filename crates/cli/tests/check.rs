//! `dg check`: fixes, levels, comments, stdin, Git, permissions, and what wrong use is told.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::path::Path;
use std::process::Command;

use common::Desk;
use serde_json::Value;

impl Desk {
    /// Exit code, stdout, stderr.
    fn check(&self, args: &[&str], stdin: &str) -> (i32, String, String) {
        self.dg_with(&[&["check"], args].concat(), stdin).parts()
    }
}

fn git(folder: &Path, args: &[&str]) -> bool {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    Command::new("git").args(identity).args(args).current_dir(folder).output().is_ok_and(|ran| ran.status.success())
}

#[test]
fn safe_fixes_are_made_in_files_and_on_stdin() {
    let desk = Desk::new();
    desk.write("a.dg", "x = 1\nif(x = 1)\n{\n\tinfo x;\n}\n");
    let (code, _, err) = desk.check(&["--fix", "a.dg"], "");
    assert!(code == 0 && err.contains("2 fixes made"), "{err}");
    assert_eq!(desk.read("a.dg"), "x = 1;\nif(x == 1)\n{\n\tinfo x;\n}\n");
    let (code, out, _) = desk.check(&["--fix", "-"], "x = 1;\nif(x = 1)\n{\n\tinfo x;\n}\n");
    assert_eq!((code, out.as_str()), (0, "x = 1;\nif(x == 1)\n{\n\tinfo x;\n}\n"));
    let (code, _, err) = desk.check(&["-"], "info 5 / 0;");
    assert!(code == 3 && err.contains("stdin") && err.contains("E5009"), "{err}");
}

#[test]
fn a_project_sets_levels_and_a_comment_allows_one_finding() {
    let desk = Desk::new();
    desk.write("dg.toml", "[lints]\nzero-divisor = \"warn\"\nE5011 = \"off\"\nreserved-name = \"error\"\n");
    desk.write("a.dg", "info 5 / 0;\n");
    desk.write("b.dg", "x = 1;\nif(x = 1)\n{\n\tinfo x;\n}\n");
    let (code, _, err) = desk.check(&[], "");
    assert!(code == 0 && err.contains("2 scripts checked: 0 errors, 1 warning"), "{err}");
    desk.write("c.dg", "from = 1;\ninfo from;\n");
    assert_eq!(desk.check(&["c.dg"], "").0, 3);
    desk.write("c.dg", "// dg-allow: reserved-name the product accepts it\nfrom = 1;\ninfo from;\n");
    assert_eq!(desk.check(&["c.dg"], ""), (0, String::new(), String::new()));
    desk.write("c.dg", "from = 1; // dg-allow: E5013\ninfo from;\n");
    let (_, _, err) = desk.check(&["c.dg"], "");
    assert!(err.contains("E5061") && err.contains("The reason is missing"), "{err}");
    for (toml, told) in [
        ("[lints]\nzero-divisors = \"warn\"\n", "Did you mean zero-divisor?"),
        ("[lints]\nzero-divisor = \"loud\"\n", "off, note, warn or error"),
    ] {
        desk.write("dg.toml", toml);
        let (code, _, err) = desk.check(&[], "");
        assert!(code == 2 && err.contains(told) && err.contains("dg.toml"), "{err}");
    }
}

#[test]
fn only_what_git_sees_as_changed_is_checked() {
    let desk = Desk::new();
    desk.write("old.dg", "info 5 / 0;\n");
    desk.write("kept.dg", "info 1;\n");
    let (code, _, err) = desk.check(&["--changed"], "");
    assert!(code == 2 && err.contains("Git"), "{err}");
    let folder = desk.folder.path();
    if !git(folder, &["init", "-q"]) {
        // A machine without Git has shown what it can.
        return;
    }
    assert!(git(folder, &["add", "."]) && git(folder, &["commit", "-qm", "first"]));
    assert_eq!(desk.check(&["--changed"], ""), (0, String::new(), String::new()));
    desk.write("kept.dg", "info 1 / 0;\n");
    desk.write("new/file name.dg", "info 2 / 0;\n");
    let (code, out, _) = desk.check(&["--changed", "--json"], "");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    let files: Vec<&str> = rows.iter().map(|row| row["file"].as_str().unwrap()).collect();
    assert!(code == 3 && files.len() == 2 && files.iter().all(|file| !file.contains("old")), "{files:?}");
    assert!(desk.check(&["--changed=nowhere"], "").2.contains("nowhere"));
}

#[test]
fn permissions_are_written_once_and_must_not_grow() {
    let desk = Desk::new();
    desk.write("dg.toml", "");
    let call = |kind: &str, host: &str| {
        format!("x = invokeurl\n[\n\turl: \"https://{host}/v1\"\n\ttype: {kind}\n\tconnection: \"shop\"\n];\ninfo x;\n")
    };
    desk.write("a.dg", call("GET", "api.example.com"));
    let (code, _, err) = desk.check(&["--permissions"], "");
    assert!(code == 0 && err.contains("1 host is reached"), "{err}");
    let written = desk.read("permissions.toml");
    for part in ["host = \"api.example.com\"", "connection = \"shop\"", "methods = [\"GET\"]"] {
        assert!(written.contains(part), "{written}");
    }
    assert_eq!(desk.check(&["--permissions"], ""), (0, String::new(), String::new()));
    desk.write("b.dg", call("DELETE", "api.example.com"));
    desk.write("c.dg", call("GET", "other.example.com"));
    let (code, _, err) = desk.check(&["--permissions"], "");
    assert_eq!(code, 3);
    for line in ["b.dg:1: DELETE api.example.com", "c.dg:1: GET other.example.com", "--accept"] {
        assert!(err.contains(line), "{err}");
    }
    assert_eq!(desk.read("permissions.toml"), written);
    assert_eq!(desk.check(&["--permissions", "--accept"], "").0, 0);
    assert_eq!(desk.check(&["--permissions"], "").0, 0);
    desk.write("permissions.toml", "[[reach]]\nhosts = 1\n");
    assert_eq!(desk.check(&["--permissions"], "").0, 2);
}

#[test]
fn wrong_use_is_told_what_to_do() {
    let desk = Desk::new();
    std::fs::create_dir(desk.folder.path().join("empty")).unwrap();
    desk.write("a.dg", "info 1;\n");
    for (args, told) in [
        (&["empty"][..], "There are no scripts (.dg files) in empty"),
        (&["nowhere.dg"][..], "nowhere.dg"),
        (&["--profile", "zoho-crn", "a.dg"][..], "zoho-crm"),
        (&["-", "a.dg"][..], "goes alone"),
    ] {
        let (code, _, err) = desk.check(args, "");
        assert!(code == 2 && err.contains(told), "{args:?}: {code} {err}");
    }
}

#[test]
fn sarif_names_the_lint_and_uses_relative_references() {
    let desk = Desk::new();
    desk.write("my scripts/a.dg", "info 5 / 0;\n");
    let (_, out, _) = desk.check(&["--format", "sarif"], "");
    let sarif: Value = serde_json::from_str(&out).unwrap();
    let run = &sarif["runs"][0];
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20scripts/a.dg");
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!((&rule["id"], &rule["name"]), (&"E5009".into(), &"zero-divisor".into()));
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Why"));
}
