//! Kinds of functions by the program: `--kind`, `--event`, `dg new --kind`, and what the product makes of a result.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

use rainwright::builtins::function_kinds;

fn dg(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dg")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn out(folder: &Path, arguments: &[&str]) -> String {
    let output = dg(folder, arguments);
    assert!(output.status.success(), "{arguments:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A fresh folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        std::fs::write(folder.path().join(name), source).unwrap();
    }
    folder
}

const BOT: &str = "//@ kind: cliq-bot-message\nresponse = Map();\nresponse.put(\"text\",\"Hello \" + user.get(\"first_name\") + \", you said \" + message);\nreturn response;\n";

#[test]
fn every_kind_begins_as_a_project_that_runs_checks_and_tests() {
    let root = tempfile::tempdir().unwrap();
    for kind in function_kinds() {
        let made = dg(root.path(), &["new", kind.name, "--kind", kind.name]);
        let note = text(&made.stderr);
        assert!(made.status.success(), "{}: {note}", kind.name);
        let project = root.path().join(kind.name);
        // The command that the note proposes is run as it is.
        let command = note.split("&& ").nth(1).unwrap_or_else(|| panic!("{}: {note}", kind.name));
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        out(&project, &arguments);
        out(&project, &["check", "--strict"]);
        out(&project, &["test"]);
        let out_file = std::fs::read_to_string(project.join("tests/handler.out")).unwrap();
        let shows_fields = kind.is_form_event();
        assert!(shows_fields || out_file.trim() != "", "{}: the test expects nothing", kind.name);
        let tried = dg(&project, &["try", "handler.dg"]);
        assert!(text(&tried.stdout).contains(": finished"), "{}: {}", kind.name, text(&tried.stdout));
    }
}

#[test]
fn an_event_is_taken_from_a_file_and_the_rest_is_as_in_the_example() {
    let folder =
        folder(&[("bot.dg", BOT), ("event.json", r#"{"message": "open orders", "user": {"first_name": "Bo"}}"#)]);
    assert_eq!(out(folder.path(), &["run", "bot.dg"]), "Hello Ada, you said show open orders\n");
    assert_eq!(out(folder.path(), &["run", "bot.dg", "--event", "event.json"]), "Hello Bo, you said open orders\n");
    assert_eq!(out(folder.path(), &["run", "bot.dg", "--arg", "message=by hand"]), "Hello Ada, you said by hand\n");
    let json = out(folder.path(), &["run", "bot.dg", "--json"]);
    assert!(json.contains(r#""result":{"text":"Hello Ada"#), "{json}");
    let wrong = dg(folder.path(), &["run", "bot.dg", "--kind", "cliq-bot-mesage"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("cliq-bot-message"), "{}", text(&wrong.stderr));
    std::fs::write(folder.path().join("event.json"), r#"{"mesage": "x"}"#).unwrap();
    let wrong = dg(folder.path(), &["run", "bot.dg", "--event", "event.json"]);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("Did you mean message"), "{}", text(&wrong.stderr));
}

#[test]
fn what_the_product_shows_of_a_result_is_printed_and_what_it_would_not_take_fails() {
    let list = "string related_list.rows(string id)\n{\n\treturn \"<record><row no=\\\"1\\\"><FL val=\\\"Name\\\">Ada</FL><FL val=\\\"City\\\">Lund</FL></row></record>\";\n}\n";
    let rule = "map validation_rule.check(string crmAPIRequest)\n{\n\trecord = crmAPIRequest.toMap().get(\"record\");\n\tif(record.get(\"Email\") == null)\n\t{\n\t\treturn {\"status\":\"error\",\"message\":\"No mail\"};\n\t}\n\treturn {\"status\":\"fine\"};\n}\n";
    let folder =
        folder(&[("list.dg", list), ("rule.dg", rule), ("no.json", r#"{"crmAPIRequest":{"record":{"id":"1"}}}"#)]);
    let shown = out(folder.path(), &["run", "list.dg", "--kind", "crm-related-list", "--arg", "id=1"]);
    assert_eq!(shown, "Name  City\n----  ----\nAda   Lund\n");
    let refused = out(folder.path(), &["run", "rule.dg", "--kind", "crm-validation-rule", "--event", "no.json"]);
    assert_eq!(refused, "The record is not saved: No mail\n");
    let wrong = dg(folder.path(), &["run", "rule.dg", "--kind", "crm-validation-rule"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("E3020") && text(&wrong.stderr).contains("neither 'success' nor 'error'"));
    let tried = out(folder.path(), &["try", "rule.dg", "--kind", "crm-validation-rule"]);
    assert!(tried.contains("E3020"), "{tried}");
}

#[test]
fn a_form_event_of_creator_runs_on_its_example() {
    let source =
        "//@ kind: creator-form-validate\nif(input.Amount > old.Amount)\n{\n\talert \"more\";\n\tcancel submit;\n}\n";
    let folder = folder(&[("validate.dg", source), ("less.json", r#"{"fields":{"Amount":1},"old":{"Amount":2}}"#)]);
    assert!(out(folder.path(), &["run", "validate.dg"]).contains("not saved"));
    assert!(!out(folder.path(), &["run", "validate.dg", "--event", "less.json"]).contains("not saved"));
}

#[test]
fn checks_know_what_a_kind_gives() {
    let folder = folder(&[
        ("bot.dg", BOT),
        ("call.dg", "//@ kind: cliq-bot-call\ninfo message;\n"),
        ("kind.dg", "//@ kind: cliq-bot-mesage\ninfo 1;\n"),
    ]);
    out(folder.path(), &["check", "bot.dg"]);
    let found = dg(folder.path(), &["check", "call.dg"]);
    assert!(text(&found.stderr).contains("Variable 'message' is not defined"), "{}", text(&found.stderr));
    let found = dg(folder.path(), &["check", "bot.dg", "--kind", "cliq-bot-call"]);
    assert!(text(&found.stderr).contains("Variable 'message' is not defined"), "{}", text(&found.stderr));
    let found = dg(folder.path(), &["check", "kind.dg"]);
    assert!(text(&found.stderr).contains("E5062") && text(&found.stderr).contains("cliq-bot-message"));
}

#[test]
fn the_reference_and_the_completions_know_the_kinds() {
    let folder = folder(&[]);
    let list = out(folder.path(), &["doc", "kinds"]);
    let page = out(folder.path(), &["doc", "crm-related-list"]);
    let completions = out(folder.path(), &["completions", "bash"]);
    for kind in function_kinds() {
        assert!(list.contains(kind.name) && completions.contains(kind.name), "{}", kind.name);
    }
    assert!(page.contains("<FL val=") && page.contains("dg new FOLDER --kind crm-related-list"), "{page}");
}
