//! Where the runs of a test live: a folder, a server that counts calls, and a journal in a file or in a database.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use tempfile::TempDir;

/// How many calls the script makes.
pub const CALLS: usize = 20;

/// A server on loopback that counts, for each path, the idempotency keys that came.
#[derive(Clone)]
pub struct Server {
    port: u16,
    seen: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
    held: Arc<Held>,
}

/// A call that is answered only when the test allows it.
#[derive(Default)]
struct Held {
    path: Mutex<Option<String>>,
    changed: Condvar,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), seen: Arc::default(), held: Arc::default() };
        let shared = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || shared.answer(stream));
            }
        });
        server
    }

    /// One call: its answer depends on its path alone. A client that is killed in the middle is nothing to worry about.
    fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        let (mut length, mut key) = (0, String::new());
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).ok()? == 0 {
                return None;
            }
            let Some((name, value)) = header.trim().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "idempotency-key" => value.trim().clone_into(&mut key),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        self.seen.lock().unwrap().entry(path.clone()).or_default().push(key);
        let held = self.held.path.lock().unwrap();
        self.held.changed.notify_all();
        drop(self.held.changed.wait_while(held, |held| held.as_deref() == Some(path.as_str())).unwrap());
        let number: u64 = path.trim_start_matches('/').parse().unwrap_or(0);
        let text = (number * 10).to_string();
        let mut stream = stream;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{text}", text.len()).ok()
    }

    /// Answers no call of that path until [`Server::release`].
    pub fn hold(&self, path: &str) {
        *self.held.path.lock().unwrap() = Some(path.to_owned());
    }

    /// Waits until a call of the held path has come.
    pub fn wait_for_held(&self) {
        let held = self.held.path.lock().unwrap();
        let missing =
            |held: &mut Option<String>| held.as_ref().is_some_and(|path| !self.seen.lock().unwrap().contains_key(path));
        drop(self.held.changed.wait_while(held, missing).unwrap());
    }

    /// Answers the call that was held.
    pub fn release(&self) {
        *self.held.path.lock().unwrap() = None;
        self.held.changed.notify_all();
    }

    /// Checks that every call came, all of its times with one key, and how many came more than once.
    pub fn repeated(&self) -> usize {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        assert_eq!(seen.len(), CALLS, "{seen:?}");
        let mut keys: Vec<&String> = seen.values().map(|keys| &keys[0]).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), CALLS, "each call has a key of its own");
        for (path, keys) in &seen {
            assert!(!keys[0].is_empty() && keys.iter().all(|key| key == &keys[0]), "{path}: {keys:?}");
        }
        seen.values().filter(|keys| keys.len() > 1).count()
    }
}

/// A folder with the script, and a journal.
pub struct Place {
    pub home: TempDir,
    pub server: Server,
    /// The address of the journal; without one it is a file in the folder.
    journal: Option<String>,
}

impl Place {
    pub fn new(journal: Option<String>) -> Self {
        let place = Self { home: tempfile::tempdir().unwrap(), server: Server::start(), journal };
        place.write("calls.dg", &place.script());
        place
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Twenty POSTs, each with a line of the log.
    pub fn script(&self) -> String {
        let port = self.server.port;
        format!(
            "total = 0;\ni = 0;\nwhile(i < {CALLS})\n{{\n\ti = i + 1;\n\tr = invokeurl\n\t[\n\t\turl :\"http://127.0.0.1:{port}/\" + i\n\t\ttype :POST\n\t\t\
             parameters:{{\"n\":i}}\n\t];\n\ttotal = total + r.toNumber();\n\tinfo \"step \" + i + \" \" + r;\n}}\nreturn total;\n"
        )
    }

    pub fn dg(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
        command.args(args).current_dir(self.path()).env("RAINWRIGHT_HOME", self.path().join("home"));
        for name in [
            "RAINWRIGHT_KEY",
            "RAINWRIGHT_KEY_FILE",
            "RAINWRIGHT_KEYCHAIN",
            "RAINWRIGHT_ENV",
            "RAINWRIGHT_STORE",
            "RAINWRIGHT_JOURNAL",
            "RAINWRIGHT_KILL_AT",
        ] {
            command.env_remove(name);
        }
        if let Some(address) = &self.journal {
            command.env("RAINWRIGHT_JOURNAL", address);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts the script as a durable run of that name.
    pub fn start(&self, id: &str) -> Command {
        self.dg(&["run", "calls.dg", "--durable", "--id", id, "--allow-net", "127.0.0.1"])
    }

    /// Goes on with it.
    pub fn resume(&self, id: &str) -> Command {
        self.dg(&["resume", id, "--in-doubt", "repeat"])
    }

    pub fn succeed(&self, args: &[&str]) -> String {
        succeed(&mut self.dg(args))
    }
}

/// What a command printed, on both ways.
pub fn text(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}{out}");
    out
}

/// What the whole script prints.
pub fn expected() -> String {
    let lines: String = (1..=CALLS).map(|i| format!("step {i} {}\n", i * 10)).collect();
    format!("{lines}{}\n", (1..=CALLS).map(|i| i * 10).sum::<usize>())
}
