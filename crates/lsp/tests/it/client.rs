//! An editor: sends requests and notifications over a connection in memory, and waits for what comes back.

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use rainwright_builtins::Profile;
use rainwright_effect::{FieldFacts, FormFacts};
use rainwright_ide::{KnownConnection, KnownForms, KnownService, Project};
use rainwright_lsp::{FoundProject, Stopped, Surroundings, serve};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A project is a folder with `dg.toml`; its functions are in `functions`.
struct Machine;

impl Surroundings for Machine {
    fn project(&self, folder: &Path) -> Result<FoundProject, String> {
        let root = folder.ancestors().find(|folder| folder.join("dg.toml").is_file()).map(Path::to_owned);
        let text = root.as_ref().map(|root| std::fs::read_to_string(root.join("dg.toml")).unwrap()).unwrap_or_default();
        if text.contains("broken") {
            return Err("dg.toml is not right.".to_owned());
        }
        let profile = if text.contains("creator") { "zoho-creator" } else { "zoho-crm" };
        let project = Project {
            profile: Profile::find(profile).unwrap(),
            connections: Some(vec![KnownConnection { name: "mailchimp".into(), service: "Mailchimp".into() }]),
            services: vec![KnownService {
                name: "Mailchimp".into(),
                id: "mailchimp".into(),
                url: "https://{dc}.api.mailchimp.com".into(),
            }],
            read_forms: Some(tickets),
            ..Project::default()
        };
        Ok(FoundProject { functions: root.as_ref().map(|root| root.join("functions")), root, project })
    }
}

/// The forms of any export: tickets with a status.
fn tickets(_: &str) -> KnownForms {
    let choices = vec!["Open".to_owned(), "Paid".to_owned()];
    let status = FieldFacts { name: "Status".to_owned(), choices, ..FieldFacts::default() };
    KnownForms::new(vec![FormFacts { name: "Ticket".to_owned(), fields: vec![status] }])
}

pub struct Editor {
    connection: Option<Connection>,
    server: Option<JoinHandle<Result<(), Stopped>>>,
    next: i32,
    /// What came while something else was waited for.
    unread: Vec<Message>,
    pub capabilities: Value,
}

impl Editor {
    /// An editor that counts in UTF-16 units and watches files.
    pub fn start(roots: &[&Path]) -> Self {
        Self::start_with(roots, json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }))
    }

    pub fn start_with(roots: &[&Path], capabilities: Value) -> Self {
        let (server, client) = Connection::memory();
        let thread = std::thread::spawn(move || serve(&server, Box::new(Machine)));
        let mut editor = Editor {
            connection: Some(client),
            server: Some(thread),
            next: 0,
            unread: Vec::new(),
            capabilities: Value::Null,
        };
        let folders: Vec<Value> = roots.iter().map(|root| json!({ "uri": uri(root), "name": "root" })).collect();
        let params = json!({ "processId": null, "capabilities": capabilities, "workspaceFolders": folders });
        let answer = editor.ask("initialize", params);
        editor.capabilities = answer["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn send(&self, message: Message) {
        self.connection.as_ref().unwrap().sender.send(message).unwrap();
    }

    pub fn tell(&self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params).into());
    }

    /// Sends a request and gives its number.
    pub fn request(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request::new(id.clone(), method.to_owned(), params).into());
        id
    }

    /// Waits for the first message that fits; what else comes is kept.
    pub fn wait<T>(&mut self, fits: impl Fn(&Message) -> Option<T>) -> T {
        let message = self.take(|message| fits(message).is_some());
        fits(&message).unwrap()
    }

    /// The first message that is wanted; what else comes is kept.
    fn take(&mut self, is_wanted: impl Fn(&Message) -> bool) -> Message {
        if let Some(at) = self.unread.iter().position(&is_wanted) {
            return self.unread.remove(at);
        }
        loop {
            let connection = self.connection.as_ref().unwrap();
            let message =
                connection.receiver.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{e}: {:?}", self.unread));
            if is_wanted(&message) {
                return message;
            }
            self.unread.push(message);
        }
    }

    pub fn response(&mut self, id: &RequestId) -> Result<Value, (i32, String)> {
        let message = self.take(|message| matches!(message, Message::Response(response) if response.id == *id));
        let Message::Response(answer) = message else { unreachable!() };
        answer.response_result.map_err(|error| (error.code, error.message))
    }

    pub fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        let id = self.request(method, params);
        self.response(&id)
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|(code, why)| panic!("{method}: {code} {why}"))
    }

    /// Opens a text and gives its address.
    pub fn open(&mut self, name: &str, text: &str) -> String {
        let address = if name.contains(':') { name.to_owned() } else { format!("file:///nowhere/{name}") };
        let document = json!({ "uri": address, "languageId": "deluge", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        address
    }

    pub fn change(&self, address: &str, version: i32, changes: Value) {
        let document = json!({ "uri": address, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The errors of a file, as the editor is told of them for this version; warnings and hints are left out.
    pub fn findings(&mut self, address: &str, version: i32) -> Vec<Value> {
        self.wait(|message| {
            let Message::Notification(told) = message else { return None };
            let fits = told.method == "textDocument/publishDiagnostics"
                && told.params["uri"] == *address
                && told.params["version"] == version;
            let is_error = |found: &&Value| found["severity"] == 1;
            fits.then(|| told.params["diagnostics"].as_array().unwrap().iter().filter(is_error).cloned().collect())
        })
    }

    /// Whether the findings of a file were told for this version, among what came beside other answers.
    pub fn was_told(&self, address: &str, version: i32) -> bool {
        self.unread.iter().any(|message| match message {
            Message::Notification(told) => {
                told.method == "textDocument/publishDiagnostics"
                    && told.params["uri"] == *address
                    && told.params["version"] == version
            }
            _ => false,
        })
    }

    /// Waits until the findings of a file are these codes; they may be told several times.
    pub fn findings_become(&mut self, address: &str, version: i32, codes: &[&str]) {
        loop {
            let found = self.findings(address, version);
            if found.iter().map(|one| one["code"].as_str().unwrap()).eq(codes.iter().copied()) {
                return;
            }
        }
    }

    /// Ends the server as the protocol wants it.
    pub fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap().unwrap();
    }

    /// Goes away without a word, and gives what the server says about it.
    pub fn vanish(mut self) -> String {
        self.connection = None;
        self.server.take().unwrap().join().unwrap().unwrap_err().0
    }

    /// Ends with `exit` alone.
    pub fn exit(mut self) -> String {
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap().unwrap_err().0
    }
}

pub fn uri(path: &Path) -> String {
    let text = path.to_str().unwrap().replace('\\', "/").replace(' ', "%20");
    if text.starts_with('/') { format!("file://{text}") } else { format!("file:///{text}") }
}

/// A text with a `‸` in it, and the line and UTF-16 column of that.
pub fn marked(text: &str) -> (String, Value) {
    let (before, after) = text.split_once('‸').unwrap();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    (format!("{before}{after}"), json!({ "line": line, "character": column }))
}

/// The text after edits of the protocol, applied as an editor does.
pub fn edited(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| -> usize {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut column = position["character"].as_u64().unwrap();
        let mut at = start;
        for c in text[start..].chars() {
            if column == 0 || c == '\n' {
                break;
            }
            column -= c.len_utf16() as u64;
            at += c.len_utf8();
        }
        at
    };
    let mut all: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (offset(&e["range"]["start"]), offset(&e["range"]["end"]), e["newText"].as_str().unwrap()))
        .collect();
    all.sort_unstable();
    let mut out = text.to_owned();
    for (from, to, new) in all.into_iter().rev() {
        out.replace_range(from..to, new);
    }
    out
}

pub fn write(path: PathBuf, text: &str) -> PathBuf {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}
