//! `dg lsp` as an editor starts it: a process with pipes, in a project, with this user's connections.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Editor {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dg"))
            .args(args)
            .env("RAINWRIGHT_HOME", folder.join("home"))
            .env_remove("RAINWRIGHT_ENV")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Editor { child, input, output, next: 0 };
        let root = format!("file://{}", folder.display());
        let folders = json!([{ "uri": root, "name": "shop" }]);
        editor.ask("initialize", json!({ "processId": null, "capabilities": {}, "workspaceFolders": folders }));
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the server went away");
            match line.trim() {
                "" => break,
                line => length = line.strip_prefix("Content-Length: ").map_or(length, |n| n.parse().unwrap()),
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "deluge", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn labels(&mut self, uri: &str, line: u64, character: u64) -> Vec<String> {
        let params = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
        let found = self.ask("textDocument/completion", params);
        found["items"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap().to_owned()).collect()
    }

    fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((self.child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
    }
}

#[test]
fn an_editor_is_answered_about_a_project_and_its_connections() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir_all(root.join("functions")).unwrap();
    std::fs::write(root.join("dg.toml"), "profile = \"zoho-books\"\nfunctions = \"functions\"\n").unwrap();
    std::fs::write(root.join("functions/tax.dg"), "decimal tax(decimal net)\n{\n\treturn net;\n}\n").unwrap();
    let dg = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
        let ran = command.args(args).env("RAINWRIGHT_HOME", root.join("home")).current_dir(root).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let shop = ["name=My Shop", "kind=api_key", "api=https://api.my-shop.example", "place=header", "key=X-Key"];
    let pairs = shop.iter().flat_map(|pair| ["--set", pair]);
    dg(&["services", "add"].into_iter().chain(pairs).collect::<Vec<_>>());
    let uri = format!("file://{}/main.dg", root.display());

    let mut editor = Editor::start(root, &["lsp", "--stdio"]);
    editor.open(&uri, "x = invokeurl\n[\n\turl: \"\"\n\tconnection: \"\"\n];\ninfo \n");
    assert!(editor.labels(&uri, 3, 14).is_empty(), "no connection is stored yet");
    assert!(!root.join("home/connections.db").exists(), "a store is not made for an editor");
    let addresses = editor.labels(&uri, 2, 7);
    assert!(addresses.len() > 100 && addresses.contains(&"https://api.my-shop.example".to_owned()), "{addresses:?}");
    let names = editor.labels(&uri, 5, 5);
    assert!(names.contains(&"tax".to_owned()) && names.contains(&"organization".to_owned()), "{names:?}");
    editor.end();

    dg(&["connect", "my_shop", "--set", "api_key=hush-hush"]);
    let mut editor = Editor::start(root, &["lsp"]);
    editor.open(&uri, "x = invokeurl\n[\n\turl: \"\"\n\tconnection: \"\"\n];\n");
    assert_eq!(editor.labels(&uri, 3, 14), ["my_shop"]);
    editor.end();
}

#[test]
fn keys_of_answers_come_from_recordings_and_the_fields_of_products() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir_all(root.join("tests")).unwrap();
    std::fs::write(root.join("dg.toml"), "").unwrap();
    let call = "# recording 1\n> GET https://shop.example.com/v1/orders/7\n< 200\n<\n< {\"total\":7,\"rows\":[]}\n";
    std::fs::write(root.join("tests/order.http"), call).unwrap();
    let uri = format!("file://{}/main.dg", root.display());
    let mut editor = Editor::start(root, &["lsp"]);
    let order = "x = invokeurl\n[\n\turl: \"https://shop.example.com/v1/orders/\" + id\n];\ninfo x.get(\"\");\n";
    editor.open(&uri, &format!("{order}lead = zoho.crm.getRecordById(\"Leads\",1);\ninfo lead.get(\"\");\n"));
    assert_eq!(editor.labels(&uri, 4, 12), ["rows", "total"]);
    let fields = editor.labels(&uri, 6, 15);
    assert!(fields.contains(&"Last_Name".to_owned()) && fields.contains(&"Owner".to_owned()), "{fields:?}");
    // A recording that changes is read again.
    std::fs::write(root.join("tests/order.http"), call.replace("rows", "lines")).unwrap();
    let changed = json!({ "changes": [{ "uri": format!("file://{}/tests/order.http", root.display()), "type": 2 }] });
    editor.tell("workspace/didChangeWatchedFiles", changed);
    assert_eq!(editor.labels(&uri, 4, 12), ["lines", "total"]);
    editor.end();
}

#[test]
fn somebody_at_a_terminal_is_told_what_it_is_for() {
    for (typed, why) in [
        ("hello\n", "A message of the editor could not be read"),
        ("Content-Length: 8\r\n\r\n{garbage", "A message of the editor could not be read"),
        ("Content-Length: 99999999999999\r\n\r\n{}", "its header announces 99999999999999 bytes"),
        ("", "The editor went away."),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dg"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains(why) && said.contains("Editors start `dg lsp`"), "{typed}: {said}");
    }
}
