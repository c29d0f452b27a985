//! The protocol itself: beginning and end, incremental texts, findings while typing, cancellation, wrong messages.

use crate::client::Editor;
use lsp_server::{Connection, Message, Request, RequestId};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn position(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

#[test]
fn the_editor_is_told_what_the_server_can_do() {
    let editor = Editor::start(&[]);
    assert_eq!(editor.capabilities["positionEncoding"], "utf-16");
    assert_eq!(editor.capabilities["textDocumentSync"]["change"], 2);
    for provider in [
        "hoverProvider",
        "definitionProvider",
        "referencesProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "documentFormattingProvider",
        "documentRangeFormattingProvider",
        "foldingRangeProvider",
        "selectionRangeProvider",
        "inlayHintProvider",
        "callHierarchyProvider",
    ] {
        assert_eq!(editor.capabilities[provider], true, "{provider}");
    }
    editor.end();
}

#[test]
fn findings_follow_each_change() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("a.dg", "void f()\n{\n\tinfo \"😀\" + totl;\n}\n");
    let found = editor.findings(&address, 1);
    assert_eq!(
        (&found[0]["code"], &found[0]["severity"], &found[0]["source"]),
        (&json!("E5001"), &json!(1), &json!("dg"))
    );
    assert_eq!(found[0]["range"], json!({ "start": position(2, 13), "end": position(2, 17) }));
    // The name is corrected within the line, which counts two units for the face.
    let change = json!([{ "range": { "start": position(2, 13), "end": position(2, 17) }, "text": "1" }]);
    editor.change(&address, 2, change);
    assert_eq!(editor.findings(&address, 2), Vec::<Value>::new());
    editor.change(&address, 3, json!([{ "text": "x = ;" }]));
    let found = editor.findings(&address, 3);
    assert!(found[0]["code"].as_str().unwrap().starts_with("E2"), "{found:?}");
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
    let params = editor.wait(|message| match message {
        Message::Notification(told) if told.params["uri"] == *address && told.params["version"].is_null() => {
            Some(told.params.clone())
        }
        _ => None,
    });
    assert_eq!(params["diagnostics"], json!([]));
    editor.end();
}

#[test]
fn several_changes_of_one_message_each_count_in_the_text_before() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("a.dg", "é = 1;\r\nb = 2;\r\n");
    let changes = json!([
        { "range": { "start": position(0, 0), "end": position(0, 1) }, "text": "first" },
        { "range": { "start": position(0, 5), "end": position(1, 1) }, "text": " = 1;\n😀\nsecond" },
        { "range": { "start": position(1, 0), "end": position(1, 2) }, "text": "third = 3;" },
    ]);
    editor.change(&address, 2, changes);
    let symbols = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": address } }));
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["first", "third", "second"]);
    assert_eq!(symbols[2]["range"]["start"], position(2, 0));
    editor.end();
}

#[test]
fn an_editor_that_counts_bytes_gets_bytes() {
    let capabilities = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut editor = Editor::start_with(&[], capabilities);
    assert_eq!(editor.capabilities["positionEncoding"], "utf-8");
    let address = editor.open("a.dg", "void f()\n{\n\tinfo \"😀\" + totl;\n}\n");
    assert_eq!(editor.findings(&address, 1)[0]["range"]["start"], position(2, 15));
    editor.end();
}

#[test]
fn a_request_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..600 {
        crate::client::write(folder.path().join(format!("{i}.dg")), &format!("void f{i}() {{ info {i}; }}\n"));
    }
    let mut editor = Editor::start(&[folder.path()]);
    // While the first one reads the project, the second one is given up.
    let first = editor.request("workspace/symbol", json!({ "query": "f1" }));
    let second = editor.request("workspace/symbol", json!({ "query": "f2" }));
    editor.tell("$/cancelRequest", json!({ "id": 3 }));
    assert_eq!(second, RequestId::from(3));
    assert!(!editor.response(&first).unwrap().as_array().unwrap().is_empty());
    assert_eq!(editor.response(&second).unwrap_err().0, -32800);
    let third = editor.request("workspace/symbol", json!({ "query": "f299" }));
    assert_eq!(editor.response(&third).unwrap().as_array().unwrap().len(), 1, "later ones are answered");
    editor.end();
}

#[test]
fn wrong_messages_are_answered_and_passed_over() {
    let mut editor = Editor::start(&[]);
    assert_eq!(editor.try_ask("textDocument/nonsense", json!({})).unwrap_err().0, -32601);
    assert_eq!(editor.try_ask("textDocument/hover", json!({ "textDocument": 5 })).unwrap_err().0, -32602);
    let unknown = json!({ "textDocument": { "uri": "file:///nowhere/x.dg" }, "position": position(0, 0) });
    assert_eq!(editor.ask("textDocument/hover", unknown), Value::Null);
    editor.tell("textDocument/didChange", json!({ "nonsense": true }));
    editor.tell("$/unknown", json!(null));
    let address = editor.open("a.dg", "info 1;");
    let far = json!({ "textDocument": { "uri": address }, "position": position(900, 900) });
    assert_eq!(editor.ask("textDocument/hover", far), Value::Null);
    let change = json!([{ "range": { "start": position(7, 3), "end": position(2, 1) }, "text": "x" }]);
    editor.change(&address, 2, change);
    assert!(!editor.findings(&address, 2).is_empty(), "what follows the last statement is a mistake");
    let symbols = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": address } }));
    assert_eq!(symbols, json!([]));
    editor.end();
}

#[test]
fn the_end_is_orderly_or_told() {
    let mut editor = Editor::start(&[]);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    let (code, _) = editor.try_ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(code, -32600, "after shutdown nothing is answered");
    assert!(Editor::start(&[]).vanish().contains("went away"));
    assert!(Editor::start(&[]).exit().contains("without a shutdown"));
}

#[test]
fn nothing_is_answered_before_the_beginning() {
    let (server, client) = Connection::memory();
    let thread = std::thread::spawn(move || server.initialize_start().map(|(id, _)| id));
    let early = Request::new(1.into(), "textDocument/hover".to_owned(), json!({}));
    client.sender.send(early.into()).unwrap();
    let Message::Response(answer) = client.receiver.recv().unwrap() else { panic!("no answer") };
    assert_eq!(answer.response_result.unwrap_err().code, -32002);
    client.sender.send(Request::new(2.into(), "initialize".to_owned(), json!({})).into()).unwrap();
    assert_eq!(thread.join().unwrap().unwrap(), 2.into());
}

#[test]
fn findings_come_while_somebody_keeps_asking_and_typing() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("a.dg", "info nowhere;\n");
    let place = json!({ "textDocument": { "uri": address }, "position": { "line": 0, "character": 6 } });
    let begun = Instant::now();
    let mut version = 1;
    while !(1..=version).any(|version| editor.was_told(&address, version)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is told after {version} changes");
        version += 1;
        let start = json!({ "line": 1, "character": 0 });
        editor.change(&address, version, json!([{ "range": { "start": start, "end": start }, "text": " " }]));
        editor.ask("textDocument/hover", place.clone());
        std::thread::sleep(Duration::from_millis(5));
    }
}
