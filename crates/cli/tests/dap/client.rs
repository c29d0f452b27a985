//! An editor, as far as the debugger's protocol goes: sends requests, keeps events until somebody asks for them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);

pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages that came while another one was waited for.
    kept: VecDeque<Value>,
    next: u64,
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with scripts, which is its own home too.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn dg(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
        command.current_dir(self.0.path()).env("RAINWRIGHT_HOME", self.path("home")).env_remove("RAINWRIGHT_ENV");
        command
    }

    /// A session that has said hello.
    pub fn debug(&self) -> Editor {
        let mut editor = Editor::start(self.dg());
        let able = editor.ask("initialize", json!({ "adapterID": "deluge", "linesStartAt1": true }));
        assert_eq!(able["supportsLogPoints"], true);
        editor
    }

    /// Launches a script with breakpoints at lines of it, and waits until it stops.
    pub fn stopped_at(&self, name: &str, breakpoints: Value, config: Value) -> Editor {
        let mut editor = self.debug();
        editor.launch(&self.path(name), config);
        editor.breakpoints(&self.path(name), breakpoints);
        editor.ask("configurationDone", json!({}));
        editor.event("stopped");
        editor
    }
}

impl Editor {
    pub fn start(mut command: Command) -> Self {
        let mut child =
            command.arg("dap").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = output;
            while let Some(message) = receive(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Editor { child, input, messages, kept: VecDeque::new(), next: 0 }
    }

    fn find(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&fits) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let message =
                self.messages.recv_timeout(LONG).unwrap_or_else(|e| panic!("no {what}: {e}; {:?}", self.kept));
            if fits(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    pub fn send(&mut self, command: &str, arguments: Value) -> u64 {
        self.next += 1;
        let message = json!({ "seq": self.next, "type": "request", "command": command, "arguments": arguments });
        self.raw(&message.to_string());
        self.next
    }

    pub fn raw(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    /// The whole response to a request.
    pub fn response(&mut self, number: u64) -> Value {
        self.find("response", |message| message["type"] == "response" && message["request_seq"] == number)
    }

    /// The body of the answer to a request that must succeed.
    pub fn ask(&mut self, command: &str, arguments: Value) -> Value {
        let number = self.send(command, arguments);
        let response = self.response(number);
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    /// Why a request is refused.
    pub fn refused(&mut self, command: &str, arguments: Value) -> String {
        let number = self.send(command, arguments);
        let response = self.response(number);
        assert_eq!(response["success"], false, "{response}");
        response["message"].as_str().unwrap().to_owned()
    }

    /// The body of the next event of that name.
    pub fn event(&mut self, name: &str) -> Value {
        self.find(name, |message| message["type"] == "event" && message["event"] == name)["body"].clone()
    }

    /// Everything that was shown until the script ended, by category.
    pub fn output(&mut self, category: &str) -> String {
        self.event("terminated");
        self.output_again(category)
    }

    /// What was shown, once the end was waited for.
    pub fn output_again(&self, category: &str) -> String {
        let all = self.kept.iter().filter(|m| m["event"] == "output" && m["body"]["category"] == category);
        all.map(|m| m["body"]["output"].as_str().unwrap()).collect()
    }

    pub fn launch(&mut self, program: &Path, config: Value) -> u64 {
        let mut config = config;
        config["program"] = program.display().to_string().into();
        let number = self.send("launch", config);
        self.event("initialized");
        number
    }

    pub fn breakpoints(&mut self, file: &Path, breakpoints: Value) -> Value {
        let source = json!({ "path": file.display().to_string() });
        self.ask("setBreakpoints", json!({ "source": source, "breakpoints": breakpoints }))["breakpoints"].clone()
    }

    /// Lets the script go on by a step or with `continue`, and waits until it stops; gives why.
    pub fn go(&mut self, command: &str) -> String {
        self.ask(command, json!({ "threadId": 1 }));
        self.event("stopped")["reason"].as_str().unwrap().to_owned()
    }

    /// The functions under way with their files and lines, innermost first: `main.dg:3 script`.
    pub fn stack(&mut self) -> Vec<String> {
        let stack = self.ask("stackTrace", json!({ "threadId": 1 }));
        let frames = stack["stackFrames"].as_array().unwrap();
        assert_eq!(stack["totalFrames"], frames.len());
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let shown = |f: &Value| format!("{}:{} {}", text(&f["source"]["name"]), f["line"], text(&f["name"]));
        frames.iter().map(shown).collect()
    }

    /// The number under which the variables of a frame are asked for.
    pub fn scope(&mut self, frame: usize) -> Value {
        self.ask("scopes", json!({ "frameId": frame }))["scopes"][0]["variablesReference"].clone()
    }

    /// Variables as `name=value`.
    pub fn variables(&mut self, reference: &Value) -> Vec<String> {
        let all = self.ask("variables", json!({ "variablesReference": reference }));
        let all = all["variables"].as_array().unwrap().iter();
        all.map(|v| format!("{}={}", v["name"].as_str().unwrap(), v["value"].as_str().unwrap())).collect()
    }

    pub fn evaluate(&mut self, frame: usize, text: &str, context: &str) -> Value {
        self.ask("evaluate", json!({ "expression": text, "frameId": frame, "context": context }))
    }

    /// Ends the session; the program's exit code.
    pub fn close(mut self) -> Option<i32> {
        self.ask("disconnect", json!({}));
        self.child.wait().unwrap().code()
    }

    /// Ends the input without a word, as an editor that crashes does.
    pub fn vanish(mut self) -> Option<i32> {
        self.input = None;
        self.child.wait().unwrap().code()
    }
}

fn receive(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => length = line.strip_prefix("Content-Length: ").map_or(length, |n| n.parse().unwrap()),
        }
    }
    let mut text = vec![0; length];
    output.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
