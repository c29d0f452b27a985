//! Durable runs of the real program: killed at every point of the protocol and at random, resumed, replayed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many calls the script makes.
const CALLS: usize = 20;

/// A server on loopback that counts, for each path, the idempotency keys that came.
#[derive(Clone)]
struct Server {
    port: u16,
    seen: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
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
        let number: u64 = path.trim_start_matches('/').parse().unwrap_or(0);
        let text = (number * 10).to_string();
        let mut stream = stream;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{text}", text.len()).ok()
    }

    /// Checks that every call came, all of its times with one key, and how many came more than once.
    fn repeated(&self) -> usize {
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

fn script(port: u16) -> String {
    format!(
        "total = 0;\ni = 0;\nwhile(i < {CALLS})\n{{\n\ti = i + 1;\n\tr = invokeurl\n\t[\n\t\turl :\"http://127.0.0.1:{port}/\" + i\n\t\ttype :POST\n\t\t\
         parameters:{{\"n\":i}}\n\t];\n\ttotal = total + r.toNumber();\n\tinfo \"step \" + i + \" \" + r;\n}}\nreturn total;\n"
    )
}

fn dg(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(args).current_dir(home).env("RAINWRIGHT_HOME", home.join("home"));
    for name in ["RAINWRIGHT_KEY", "RAINWRIGHT_KEY_FILE", "RAINWRIGHT_KEYCHAIN", "RAINWRIGHT_ENV", "RAINWRIGHT_KILL_AT"]
    {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}{out}");
    out
}

fn start(id: &str) -> [&str; 7] {
    ["run", "calls.dg", "--durable", "--id", id, "--allow-net", "127.0.0.1"]
}

fn expected() -> String {
    let lines: String = (1..=CALLS).map(|i| format!("step {i} {}\n", i * 10)).collect();
    format!("{lines}{}\n", (1..=CALLS).map(|i| i * 10).sum::<usize>())
}

#[test]
fn a_run_that_is_killed_anywhere_is_resumed_and_repeats_nothing_that_was_answered() {
    let (home, server) = (tempfile::tempdir().unwrap(), Server::start());
    std::fs::write(home.path().join("calls.dg"), script(server.port)).unwrap();
    assert_eq!(succeed(&mut dg(home.path(), &start("whole"))), expected());
    assert_eq!(server.repeated(), 0);
    for (point, repeats) in [("before-begun", 0), ("after-begun", 0), ("after-sent", 1), ("after-done", 0)] {
        for call in [1, 9, CALLS] {
            // Each turn of the loop makes two calls of the host: the request, and the line.
            let id = format!("{point}-{call}");
            let at = format!("{point}:{}", 2 * call - 1);
            let killed = dg(home.path(), &start(&id)).env("RAINWRIGHT_KILL_AT", &at).output().unwrap();
            assert!(!killed.status.success(), "{at}: nothing was killed");
            let resumed = succeed(&mut dg(home.path(), &["resume", &id, "--in-doubt", "repeat"]));
            // Every line is shown once, by one of the two processes.
            assert_eq!(text(&killed).0 + &resumed, expected(), "{at}");
            assert_eq!(server.repeated(), repeats, "{at}");
            assert_eq!(succeed(&mut dg(home.path(), &["replay", &id])), expected(), "{at}");
        }
    }
    let list = succeed(&mut dg(home.path(), &["runs", "list"]));
    assert_eq!(list.lines().filter(|line| line.contains(" done ")).count(), 13, "{list}");
}

/// Kills runs after random times until they are done; gives how many kills there were.
fn kill_at_random(kills: usize) {
    let (home, server) = (tempfile::tempdir().unwrap(), Server::start());
    std::fs::write(home.path().join("calls.dg"), script(server.port)).unwrap();
    let mut seed = 0x9E37_79B9_u64;
    let (mut done, mut run) = (0, 0);
    while done < kills {
        run += 1;
        let id = format!("random-{run}");
        let mut child = dg(home.path(), &start(&id)).spawn().unwrap();
        loop {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_millis(20 + (seed >> 33) % 200));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
            let listed = succeed(&mut dg(home.path(), &["runs", "list"]));
            let next = if listed.contains(&id) {
                dg(home.path(), &["resume", &id, "--in-doubt", "repeat"]).spawn()
            } else {
                dg(home.path(), &start(&id)).spawn()
            };
            child = next.unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let (out, err) = text(&output);
        // It may have been killed after its last write, before anybody waited for it.
        assert!(output.status.success() || err.contains("done already"), "{err}{out}");
        assert_eq!(succeed(&mut dg(home.path(), &["replay", &id])), expected());
        server.repeated();
    }
}

#[test]
fn random_kills_lose_and_repeat_nothing() {
    kill_at_random(12);
}

#[test]
#[ignore = "takes minutes: two hundred kills"]
fn two_hundred_random_kills() {
    kill_at_random(200);
}

#[test]
fn an_effect_in_doubt_waits_for_a_decision() {
    let (home, server) = (tempfile::tempdir().unwrap(), Server::start());
    std::fs::write(home.path().join("calls.dg"), script(server.port)).unwrap();
    let killed = dg(home.path(), &start("a")).env("RAINWRIGHT_KILL_AT", "after-sent:5").output().unwrap();
    assert!(!killed.status.success());
    let asked = dg(home.path(), &["resume", "a"]).output().unwrap();
    let (_, err) = text(&asked);
    assert!(!asked.status.success() && err.contains("--in-doubt repeat"), "{err}");
    assert!(succeed(&mut dg(home.path(), &["runs", "show", "a"])).contains("stuck"));
    succeed(&mut dg(home.path(), &["resume", "a", "--in-doubt", "repeat"]));
    assert_eq!(server.repeated(), 1);
}

#[test]
fn a_changed_script_says_where_it_differs_and_a_fitting_one_goes_on() {
    let (home, server) = (tempfile::tempdir().unwrap(), Server::start());
    let source = script(server.port);
    std::fs::write(home.path().join("calls.dg"), &source).unwrap();
    let killed = dg(home.path(), &start("a")).env("RAINWRIGHT_KILL_AT", "before-begun:21").output().unwrap();
    assert!(!killed.status.success());
    std::fs::write(
        home.path().join("other.dg"),
        source.replace("parameters:{\"n\":i}", "parameters:{\"n\":if(i == 4, 99, i)}"),
    )
    .unwrap();
    let refused = dg(home.path(), &["resume", "a", "--with", "other.dg"]).output().unwrap();
    let (_, err) = text(&refused);
    assert!(!refused.status.success() && err.contains("effect 7"), "{err}");
    let replayed = dg(home.path(), &["replay", "a", "--with", "other.dg"]).output().unwrap();
    assert!(text(&replayed).1.contains("effect 7"));
    std::fs::write(home.path().join("fixed.dg"), source.replace("return total;", "return \"fixed \" + total;"))
        .unwrap();
    let resumed = succeed(&mut dg(home.path(), &["resume", "a", "--with", "fixed.dg"]));
    assert!(resumed.ends_with("fixed 2100\n"), "{resumed}");
    server.repeated();
    assert!(succeed(&mut dg(home.path(), &["replay", "a"])).ends_with("fixed 2100\n"));
}

#[test]
fn a_run_waits_for_a_signal_across_processes() {
    let home = tempfile::tempdir().unwrap();
    let source = "info \"asking\";\nanswer = durable.signal(\"approved\");\ndurable.wait(0);\ninfo answer.get(\"by\");\nreturn zoho.currenttime != null;\n";
    std::fs::write(home.path().join("ask.dg"), source).unwrap();
    let first = dg(home.path(), &["run", "ask.dg", "--durable", "--id", "a"]).output().unwrap();
    let (out, err) = text(&first);
    assert!(
        first.status.success() && out == "asking\n" && err.contains("waits for the signal 'approved'"),
        "{out}{err}"
    );
    assert_eq!(succeed(&mut dg(home.path(), &["resume", "--all"])), "", "nothing has come");
    // The runs outlive the key that they were started with.
    succeed(&mut dg(home.path(), &["connections", "rekey"]));
    succeed(&mut dg(home.path(), &["runs", "signal", "a", "approved", "{\"by\":\"Ada\"}"]));
    assert_eq!(succeed(&mut dg(home.path(), &["resume", "--all"])), "Ada\ntrue\n");
    assert_eq!(succeed(&mut dg(home.path(), &["replay", "a"])), "asking\nAda\ntrue\n");
    assert_eq!(succeed(&mut dg(home.path(), &["runs", "tail", "a"])), "asking\nAda\n");
    let trace = dg(home.path(), &["replay", "a", "--trace"]).output().unwrap();
    assert!(text(&trace).1.contains("line 2 #2 durable.signal → {\"by\":\"Ada\"}"), "{}", text(&trace).1);
    let again = dg(home.path(), &["run", "ask.dg", "--durable", "--id", "a"]).output().unwrap();
    assert!(text(&again).1.contains("There is a run a already"));
    succeed(&mut dg(home.path(), &["runs", "prune", "--keep", "0"]));
    assert_eq!(succeed(&mut dg(home.path(), &["runs", "list"])), "");
}
