//! Projects on disk: functions of other files, watched files, folders that come and go, pages and exports.

use crate::client::{Editor, edited, uri, write};
use lsp_server::Message;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

fn shop(folder: &Path) {
    write(folder.join("dg.toml"), "functions = \"functions\"\n");
    write(folder.join("functions/tax.dg"), "decimal billing.tax(decimal net)\n{\n\treturn net * 0.19;\n}\n");
    write(folder.join("jobs/night.dg"), "info billing.tax(2.0);\n");
    write(folder.join("node_modules/x.dg"), "void hidden() { }\n");
    write(folder.join(".git/y.dg"), "void hidden() { }\n");
}

fn open(editor: &mut Editor, path: &Path, text: &str) -> String {
    editor.open(&uri(path), text)
}

fn symbols(editor: &mut Editor, query: &str) -> Vec<String> {
    let found = editor.ask("workspace/symbol", json!({ "query": query }));
    found.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_files_of_a_project_know_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("my shop");
    shop(&root);
    let mut editor = Editor::start(&[&root]);
    let main = "gross = billing.tax(1.0);\ninfo gross;\n";
    let address = open(&mut editor, &root.join("main.dg"), main);
    assert_eq!(editor.findings(&address, 1), Vec::<Value>::new());
    let at = json!({ "textDocument": { "uri": address }, "position": { "line": 0, "character": 17 } });
    let places = editor.ask("textDocument/definition", at.clone());
    assert_eq!(places[0]["uri"], uri(&root.join("functions/tax.dg")));
    assert_eq!(places[0]["range"]["start"], json!({ "line": 0, "character": 16 }));
    let mut params = at.clone();
    params["newName"] = json!("levy");
    let edit = editor.ask("textDocument/rename", params);
    let changes = edit["changes"].as_object().unwrap();
    assert_eq!(changes.len(), 3);
    let night = &changes[&uri(&root.join("jobs/night.dg"))];
    assert_eq!(edited("info billing.tax(2.0);\n", night), "info billing.levy(2.0);\n");
    assert_eq!(symbols(&mut editor, ""), ["billing.tax"], "packages and hidden folders are left out");
    editor.end();
}

#[test]
fn a_file_that_changes_on_disk_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let mut editor = Editor::start(&[folder.path()]);
    let registered = editor.wait(|message| match message {
        Message::Request(request) => Some((request.method.clone(), request.params.clone())),
        _ => None,
    });
    assert_eq!(registered.0, "client/registerCapability");
    assert!(registered.1["registrations"][0]["registerOptions"]["watchers"][0]["globPattern"].is_string());
    let path = folder.path().join("functions/late.dg");
    let address = open(&mut editor, &folder.path().join("main.dg"), "void f()\n{\n\tinfo late(1);\n}\n");
    editor.findings_become(&address, 1, &["E5005"]);
    write(path.clone(), "int late(int n)\n{\n\treturn n;\n}\n");
    let watched = |kind: u32| json!({ "changes": [{ "uri": uri(&path), "type": kind }] });
    editor.tell("workspace/didChangeWatchedFiles", watched(1));
    editor.findings_become(&address, 1, &[]);
    std::fs::remove_file(&path).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", watched(3));
    editor.findings_become(&address, 1, &["E5005"]);
    editor.end();
}

#[test]
fn files_are_looked_at_when_the_editor_does_not_watch() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let mut editor = Editor::start_with(&[folder.path()], json!({}));
    assert_eq!(symbols(&mut editor, "billing"), ["billing.tax"]);
    write(folder.path().join("new.dg"), "void fresh() { }\n");
    let start = Instant::now();
    while symbols(&mut editor, "fresh").is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "the new file is not seen");
        std::thread::sleep(Duration::from_millis(2_500));
    }
    editor.end();
}

#[test]
fn what_the_editor_shows_counts_and_what_is_saved_after_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let path = folder.path().join("functions/tax.dg");
    let mut editor = Editor::start(&[folder.path()]);
    assert_eq!(symbols(&mut editor, "billing"), ["billing.tax"]);
    let address = open(&mut editor, &path, "decimal billing.vat(decimal net) { return net; }");
    assert_eq!(symbols(&mut editor, "billing"), ["billing.vat"]);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
    assert_eq!(symbols(&mut editor, "billing"), ["billing.tax"]);
    editor.end();
}

#[test]
fn project_settings_are_followed_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path().join("dg.toml"), "");
    let mut editor = Editor::start(&[folder.path()]);
    let address = open(&mut editor, &folder.path().join("a.dg"), "void f()\n{\n\tinfo Status;\n}\n");
    editor.findings_become(&address, 1, &["E5001"]);
    write(file.clone(), "profile = \"creator\"\n");
    let watched = json!({ "changes": [{ "uri": uri(&file), "type": 2 }] });
    editor.tell("workspace/didChangeWatchedFiles", watched.clone());
    // A script of Creator has fields.
    editor.findings_become(&address, 1, &[]);
    write(file, "broken");
    editor.tell("workspace/didChangeWatchedFiles", watched);
    let told = editor.wait(|message| match message {
        Message::Notification(told) if told.method == "window/showMessage" => Some(told.params.clone()),
        _ => None,
    });
    assert_eq!(told["message"], "dg.toml is not right.");
    editor.end();
}

#[test]
fn folders_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    write(one.join("a.dg"), "void first() { }\n");
    write(two.join("b.dg"), "void second() { }\n");
    let mut editor = Editor::start(&[&one]);
    assert_eq!(symbols(&mut editor, ""), ["first"]);
    let folder = |path: &Path| json!([{ "uri": uri(path), "name": "x" }]);
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": folder(&two), "removed": [] } }));
    assert_eq!(symbols(&mut editor, ""), ["first", "second"]);
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": folder(&one) } }));
    assert_eq!(symbols(&mut editor, ""), ["second"]);
    editor.end();
}

#[test]
fn pages_and_exports_are_answered_too() {
    let mut editor = Editor::start(&[]);
    let page = editor.open("page.dg", "<%{ total = 1; %>\n<p>ü<%=total%></p>\n<% }%>\n");
    assert_eq!(editor.findings(&page, 1), Vec::<Value>::new());
    let at = json!({ "textDocument": { "uri": page }, "position": { "line": 1, "character": 8 } });
    let places = editor.ask("textDocument/definition", at);
    assert_eq!(places[0]["range"]["start"], json!({ "line": 0, "character": 4 }));
    let export = "application \"A\"\n{\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\t\treturn n.toUppercas();\n\t\t}\n\t}\n}\n";
    let export = editor.open("app.ds", export);
    let found = editor.findings(&export, 1);
    assert_eq!((&found[0]["code"], &found[0]["range"]["start"]["line"]), (&json!("E5005"), &json!(6)));
    let symbols = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": export } }));
    assert_eq!(symbols[0]["name"], "a.one");
    editor.end();
}

#[test]
fn a_text_that_is_not_saved_yet_is_answered() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("untitled:Untitled-1", "x = 1;\ninfo x;");
    let at = json!({ "textDocument": { "uri": address }, "position": { "line": 1, "character": 5 } });
    let places = editor.ask("textDocument/definition", at);
    assert_eq!(places[0]["uri"], address);
    editor.end();
}
