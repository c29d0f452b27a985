//! Each feature once through the whole server.

use crate::client::{Editor, edited, marked};
use lsp_server::Message;
use serde_json::{Value, json};

/// Asks about the `‸` in a text.
fn at(editor: &mut Editor, method: &str, text: &str, more: Value) -> (Value, String, String) {
    let (text, position) = marked(text);
    let address = editor.open("a.dg", &text);
    let mut params = json!({ "textDocument": { "uri": address }, "position": position });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    (editor.ask(method, params), text, address)
}

fn labels(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect()
}

#[test]
fn completion_and_its_documentation() {
    let mut editor = Editor::start(&[]);
    let (found, ..) =
        at(&mut editor, "textDocument/completion", "name = \"é😀\";\ninfo \"é😀\" + name.toU‸;\n", json!({}));
    assert_eq!(found["isIncomplete"], false);
    let items = found["items"].as_array().unwrap();
    let upper = items.iter().find(|one| one["label"] == "toUpperCase").unwrap();
    assert_eq!(upper["textEdit"]["range"]["start"], json!({ "line": 1, "character": 18 }));
    assert_eq!(upper["textEdit"]["range"]["end"], json!({ "line": 1, "character": 21 }));
    assert_eq!(upper["insertTextFormat"], 2);
    assert!(upper.get("documentation").is_none_or(Value::is_null), "it is fetched later");
    let resolved = editor.ask("completionItem/resolve", upper.clone());
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("toUpperCase"), "{resolved}");
    let (keys, ..) = at(&mut editor, "textDocument/completion", "m = {\"one\":1};\ninfo m.get(\"‸\");", json!({}));
    assert_eq!(labels(&keys["items"]), ["one"]);
    let task = "r = invokeurl\n[\n\turl: \"‸\"\n];";
    let (hosts, ..) = at(&mut editor, "textDocument/completion", task, json!({}));
    assert_eq!(labels(&hosts["items"]), ["https://{dc}.api.mailchimp.com"]);
    let task = "r = invokeurl\n[\n\turl: \"https://a.example\"\n\tconnection: \"‸\"\n];";
    let (connections, ..) = at(&mut editor, "textDocument/completion", task, json!({}));
    assert_eq!(labels(&connections["items"]), ["mailchimp"]);
    editor.end();
}

#[test]
fn hover_and_signature_help() {
    let mut editor = Editor::start(&[]);
    let (hover, ..) = at(&mut editor, "textDocument/hover", "total = 1 + 2;\ninfo \"😀\" + to‸tal;", json!({}));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("total: NUMBER"), "{hover}");
    assert_eq!(hover["range"]["start"], json!({ "line": 1, "character": 12 }));
    let (none, ..) = at(&mut editor, "textDocument/hover", "‸// note", json!({}));
    assert_eq!(none, Value::Null);
    let (help, ..) = at(&mut editor, "textDocument/signatureHelp", "x = \"abc\";\ninfo x.subString(1, ‸", json!({}));
    let signature = &help["signatures"][0];
    assert_eq!((&signature["label"], &help["activeParameter"]), (&json!("text.subString(start, [end])"), &json!(1)));
    let label = signature["label"].as_str().unwrap();
    let place = &signature["parameters"][1]["label"];
    let (from, to) = (place[0].as_u64().unwrap() as usize, place[1].as_u64().unwrap() as usize);
    assert_eq!(&label[from..to], "[end]");
    editor.end();
}

#[test]
fn definition_references_and_highlights() {
    let mut editor = Editor::start(&[]);
    let text = "int twice(int n)\n{\n\treturn n * 2;\n}\ninfo \"€\" + tw‸ice(2) + twice(3);";
    let (places, _, address) = at(&mut editor, "textDocument/definition", text, json!({}));
    assert_eq!(places[0]["uri"], address);
    assert_eq!(places[0]["range"]["start"], json!({ "line": 0, "character": 4 }));
    let context = json!({ "context": { "includeDeclaration": true } });
    let (all, ..) = at(&mut editor, "textDocument/references", text, context);
    let columns: Vec<&Value> = all.as_array().unwrap().iter().map(|one| &one["range"]["start"]["character"]).collect();
    assert_eq!(columns, [&json!(4), &json!(11), &json!(22)]);
    let (marks, ..) = at(&mut editor, "textDocument/documentHighlight", "‸a = 1; info a;", json!({}));
    let kinds: Vec<&Value> = marks.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!(3), &json!(2)]);
    editor.end();
}

#[test]
fn rename_with_its_conflicts() {
    let mut editor = Editor::start(&[]);
    let text = "s = \"😀\"; ‸a = 1;\ninfo s + a;";
    let (range, ..) = at(&mut editor, "textDocument/prepareRename", text, json!({}));
    assert_eq!(range["start"], json!({ "line": 0, "character": 10 }));
    let (edit, plain, address) = at(&mut editor, "textDocument/rename", text, json!({ "newName": "count" }));
    assert_eq!(edited(&plain, &edit["changes"][&address]), "s = \"😀\"; count = 1;\ninfo s + count;");
    let (_, position) = marked(text);
    let params = json!({ "textDocument": { "uri": address }, "position": position, "newName": "s" });
    let (code, why) = editor.try_ask("textDocument/rename", params).unwrap_err();
    assert_eq!((code, why.as_str()), (-32803, "There is another variable named s in line 1."));
    editor.end();
}

#[test]
fn symbols_folds_and_selections() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("a.dg", "// one\n// two\nvoid f(string a)\n{\n\tb = a;\n}\n");
    let document = json!({ "textDocument": { "uri": address } });
    let symbols = editor.ask("textDocument/documentSymbol", document.clone());
    assert_eq!((&symbols[0]["name"], &symbols[0]["kind"]), (&json!("f"), &json!(12)));
    assert_eq!(symbols[0]["children"][1]["name"], "b");
    let folds = editor.ask("textDocument/foldingRange", document.clone());
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [(0, 1), (3, 5)]);
    let positions = json!({ "textDocument": { "uri": address }, "positions": [{ "line": 4, "character": 5 }] });
    let ranges = editor.ask("textDocument/selectionRange", positions);
    let starts = |range: &Value| range["range"]["start"].clone();
    assert_eq!(starts(&ranges[0]), json!({ "line": 4, "character": 5 }));
    assert_eq!(starts(&ranges[0]["parent"]), json!({ "line": 4, "character": 1 }));
    let found = editor.ask("workspace/symbol", json!({ "query": "f" }));
    assert_eq!((&found[0]["name"], &found[0]["location"]["uri"]), (&json!("f"), &json!(address)));
    editor.end();
}

/// The words of the encoded colours, with the names of their kinds.
fn decoded(text: &str, data: &Value, legend: &Value) -> Vec<(String, String)> {
    let numbers: Vec<usize> = data.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let lines: Vec<Vec<u16>> = text.lines().map(|line| line.encode_utf16().collect()).collect();
    let (mut line, mut column) = (0, 0);
    let mut found = Vec::new();
    for token in numbers.chunks(5) {
        if token[0] > 0 {
            column = 0;
        }
        line += token[0];
        column += token[1];
        let word = String::from_utf16(&lines[line][column..column + token[2]]).unwrap();
        found.push((word, legend["tokenTypes"][token[3]].as_str().unwrap().to_owned()));
    }
    found
}

#[test]
fn colours_whole_in_part_and_as_changes() {
    let mut editor = Editor::start(&[]);
    let legend = editor.capabilities["semanticTokensProvider"]["legend"].clone();
    let text = "void f(string a)\n{\n\tinfo \"😀\" + a; // ü\n}\n";
    let address = editor.open("a.dg", text);
    let document = json!({ "textDocument": { "uri": address } });
    let full = editor.ask("textDocument/semanticTokens/full", document);
    let words = decoded(text, &full["data"], &legend);
    for expected in
        [("f", "function"), ("a", "parameter"), ("\"😀\"", "string"), ("// ü", "comment"), ("info", "keyword")]
    {
        assert!(words.iter().any(|(word, kind)| (word.as_str(), kind.as_str()) == expected), "{expected:?}: {words:?}");
    }
    let range = json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 3, "character": 0 } });
    let part =
        editor.ask("textDocument/semanticTokens/range", json!({ "textDocument": { "uri": address }, "range": range }));
    assert_eq!(decoded(text, &part["data"], &legend)[0].0, "info");
    let insert = json!([{ "range": { "start": { "line": 2, "character": 6 }, "end": { "line": 2, "character": 6 } }, "text": "1 + " }]);
    editor.change(&address, 2, insert);
    let params = json!({ "textDocument": { "uri": address }, "previousResultId": full["resultId"] });
    let delta = editor.ask("textDocument/semanticTokens/full/delta", params);
    let mut data: Vec<Value> = full["data"].as_array().unwrap().clone();
    for edit in delta["edits"].as_array().unwrap() {
        let start = edit["start"].as_u64().unwrap() as usize;
        let removed = edit["deleteCount"].as_u64().unwrap() as usize;
        data.splice(start..start + removed, edit["data"].as_array().cloned().unwrap_or_default());
    }
    let again = editor.ask("textDocument/semanticTokens/full", json!({ "textDocument": { "uri": address } }));
    assert_eq!(Value::from(data), again["data"]);
    editor.end();
}

#[test]
fn inlay_hints_and_code_lenses() {
    let mut editor = Editor::start(&[]);
    let address = editor.open("a.dg", "x = \"a\".length();\ninfo x; // => 1\n");
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let hints = editor.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": address }, "range": range }));
    assert_eq!((&hints[0]["label"], &hints[0]["position"]["character"]), (&json!(": NUMBER"), &json!(1)));
    let lenses = editor.ask("textDocument/codeLens", json!({ "textDocument": { "uri": address } }));
    let commands: Vec<&Value> = lenses.as_array().unwrap().iter().map(|lens| &lens["command"]["command"]).collect();
    assert_eq!(commands, ["rainwright.run", "rainwright.test"]);
    assert_eq!(lenses[0]["command"]["arguments"][0], address);
    let address = editor.open("b.dg", "void b()\n{\n}\n");
    let lenses = editor.ask("textDocument/codeLens", json!({ "textDocument": { "uri": address } }));
    assert_eq!(
        lenses[1]["command"],
        json!({ "title": "Try", "command": "rainwright.try", "arguments": [address, "b"] })
    );
    editor.end();
}

#[test]
fn formatting_whole_in_part_and_while_typing() {
    let mut editor = Editor::start(&[]);
    let text = "x=\"😀\";y=1;\nif(y==1){info x;}\n";
    let address = editor.open("a.dg", text);
    let options = json!({ "tabSize": 4, "insertSpaces": false });
    let params = json!({ "textDocument": { "uri": address }, "options": options });
    let edits = editor.ask("textDocument/formatting", params);
    assert_eq!(edited(text, &edits), "x = \"😀\";\ny = 1;\nif(y == 1)\n{\n\tinfo x;\n}\n");
    let range = json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 1, "character": 5 } });
    let params = json!({ "textDocument": { "uri": address }, "range": range, "options": options });
    let edits = editor.ask("textDocument/rangeFormatting", params);
    assert_eq!(edited(text, &edits), "x=\"😀\";y=1;\nif(y == 1)\n{\n\tinfo x;\n}\n");
    let more = json!({ "ch": "}", "options": options });
    let (edits, text, _) = at(&mut editor, "textDocument/onTypeFormatting", "if(true)\n{\ninfo 1;\n}‸\ny=2;", more);
    assert_eq!(edited(&text, &edits), "if(true)\n{\n\tinfo 1;\n}\ny=2;");
    let more = json!({ "ch": "\n", "options": options });
    let (edits, text, _) = at(&mut editor, "textDocument/onTypeFormatting", "if(true)\n{\n‸", more);
    assert_eq!(edited(&text, &edits), "if(true)\n{\n\t");
    editor.end();
}

fn actions(editor: &mut Editor, text: &str, only: Option<&str>) -> (Vec<Value>, String, String) {
    let (text, position) = marked(text);
    let address = editor.open("a.dg", &text);
    let findings = editor.findings(&address, 1);
    let mut context = json!({ "diagnostics": findings });
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let range = json!({ "start": position, "end": position });
    let params = json!({ "textDocument": { "uri": address }, "range": range, "context": context });
    let found = editor.ask("textDocument/codeAction", params).as_array().unwrap().clone();
    (found, text, address)
}

#[test]
fn quick_fixes_name_what_they_mend() {
    let mut editor = Editor::start(&[]);
    let broken = "void f()\n{\n\ttotal = \"😀\";\n\tinfo to‸tl;\n}\n";
    let (found, text, address) = actions(&mut editor, broken, None);
    let fix = &found[0];
    assert_eq!((&fix["kind"], &fix["isPreferred"]), (&json!("quickfix"), &json!(true)));
    assert_eq!(fix["diagnostics"][0]["code"], "E5001");
    assert!(edited(&text, &fix["edit"]["changes"][&address]).contains("info total;"), "{fix}");
    let null = "m = \"{}\".toMap();\ninfo m.get(\"to‸tal\") * 2;";
    let (found, text, address) = actions(&mut editor, null, Some("quickfix"));
    let after: Vec<String> = found.iter().map(|fix| edited(&text, &fix["edit"]["changes"][&address])).collect();
    assert!(after[0].contains("ifnull(m.get(\"total\"),0) * 2"), "{after:?}");
    assert!(after[1].contains("if(m.get(\"total\") != null)"), "{after:?}");
    let (none, ..) = actions(&mut editor, null, Some("refactor"));
    assert!(none.is_empty(), "{none:?}");
    editor.end();
}

#[test]
fn statements_are_extracted() {
    let mut editor = Editor::start(&[]);
    let text = "void f(string a)\n{\n\tb = a + \"x\";\n\tinfo b;\n}\n";
    let address = editor.open("a.dg", text);
    let range = json!({ "start": { "line": 2, "character": 1 }, "end": { "line": 2, "character": 13 } });
    let context = json!({ "diagnostics": [], "only": ["refactor"] });
    let params = json!({ "textDocument": { "uri": address }, "range": range, "context": context });
    let found = editor.ask("textDocument/codeAction", params);
    assert_eq!(found[0]["kind"], "refactor.extract");
    let after = edited(text, &found[0]["edit"]["changes"][&address]);
    assert!(
        after.contains("\tb = extracted(a);\n")
            && after.contains("extracted(string a)\n{\n\tb = a + \"x\";\n\treturn b;\n}"),
        "{after}"
    );
    editor.end();
}

#[test]
fn call_hierarchy_both_ways() {
    let mut editor = Editor::start(&[]);
    let text = "int a(int n)\n{\n\treturn b(n) + b(1);\n}\nint ‸b(int n)\n{\n\treturn n;\n}\n";
    let (items, ..) = at(&mut editor, "textDocument/prepareCallHierarchy", text, json!({}));
    assert_eq!((&items[0]["name"], &items[0]["detail"]), (&json!("b"), &json!("int b(int n)")));
    let incoming = editor.ask("callHierarchy/incomingCalls", json!({ "item": items[0] }));
    assert_eq!(incoming[0]["from"]["name"], "a");
    assert_eq!(incoming[0]["fromRanges"].as_array().unwrap().len(), 2);
    let outgoing = editor.ask("callHierarchy/outgoingCalls", json!({ "item": incoming[0]["from"] }));
    assert_eq!(outgoing[0]["to"]["name"], "b");
    editor.end();
}

#[test]
fn a_connection_that_is_missing_is_added_by_a_command() {
    let mut editor = Editor::start(&[]);
    let commands = &editor.capabilities["executeCommandProvider"]["commands"];
    assert_eq!(commands, &json!(["rainwright.connect"]));
    let text = "r = invokeurl [ url: \"https://us1.api.mailchimp.com/\" connection: \"ne‸ws\" ];\ninfo r;\n";
    let (text, position) = marked(text);
    let address = editor.open("a.dg", &text);
    let range = json!({ "start": position, "end": position });
    let params = json!({ "textDocument": { "uri": address }, "range": range, "context": { "diagnostics": [] } });
    let found = editor.ask("textDocument/codeAction", params);
    let action = &found[0];
    assert_eq!(action["title"], "Add connection \"news\" to mailchimp");
    assert!(action.get("edit").is_none(), "{action}");
    let command = &action["command"];
    assert_eq!(
        (&command["command"], &command["arguments"]),
        (&json!("rainwright.connect"), &json!(["mailchimp", "news"]))
    );
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    assert_eq!(editor.ask("workspace/executeCommand", run), Value::Null);
    let said = editor.wait(|message| {
        let Message::Notification(told) = message else { return None };
        (told.method == "window/showMessage").then(|| told.params["message"].as_str().unwrap().to_owned())
    });
    assert_eq!(said, "Type this in a terminal: dg connect mailchimp --link news");
    for (command, arguments) in [
        ("rainwright.connect", json!(["mailchimp", "a; rm -rf /"])),
        ("rainwright.connect", json!([])),
        ("rainwright.other", json!(["mailchimp", "news"])),
    ] {
        let params = json!({ "command": command, "arguments": arguments });
        assert!(editor.try_ask("workspace/executeCommand", params).is_err(), "{arguments}");
    }
    editor.end();
}

#[test]
fn scripts_of_an_export_know_its_forms() {
    let mut editor = Editor::start(&[]);
    let export = "application \"A\"\n{\n\tfunctions\n\t{\n\t\tvoid a.one()\n\t\t{\n\t\t\tr = Ticket[Status == ‸\n\t\t}\n\t}\n}\n";
    let (list, ..) = at(&mut editor, "textDocument/completion", export, json!({}));
    let values: Vec<&Value> = list["items"].as_array().unwrap().iter().filter(|one| one["kind"] == 20).collect();
    let texts: Vec<&Value> = values.iter().map(|one| &one["textEdit"]["newText"]).collect();
    assert_eq!(texts, ["\"Open\"", "\"Paid\""]);
    editor.end();
}

#[test]
fn a_definition_is_found_beside_a_line_that_cannot_be_read() {
    let mut editor = Editor::start(&[]);
    let (places, _, address) = at(&mut editor, "textDocument/definition", "total = 1 + ;\ninfo to‸tal;\n", json!({}));
    assert_eq!((&places[0]["uri"], &places[0]["range"]["start"]["line"]), (&json!(address), &json!(0)));
    editor.end();
}
