//! Drives `dg test --record` against a real server on this machine: what it calls, what it writes, what it leaves alone.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use common::Ran;

/// The key of the connection; no recording may hold it.
const KEY: &str = "hush-hush-7731";

/// A server that tells leads their names, takes notes, and repeats the key that it was sent.
struct Shop {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let known = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let known = Arc::clone(&known);
                std::thread::spawn(move || serve(stream, &known));
            }
        });
        Self { base, asked }
    }

    /// What was asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn serve(stream: TcpStream, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut key, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-api-key" => value.trim().clone_into(&mut key),
            _ => {}
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    asked.lock().unwrap().push(format!("{method} {path}"));
    let lead = path.rsplit('/').next()?;
    let (status, body) = match (method, path.starts_with("/leads/")) {
        ("GET", true) => ("200 OK", format!("{{\"name\":\"Lead {lead}\",\"by\":\"{key}\"}}")),
        ("POST", _) => ("201 Created", format!("{{\"ok\":true,\"at\":\"{path}\"}}")),
        _ => ("404 Not Found", "{}".to_owned()),
    };
    let head = format!("content-type: application/json\r\ncontent-length: {}\r\nconnection: close", body.len());
    (&stream).write_all(format!("HTTP/1.1 {status}\r\n{head}\r\n\r\n{body}").as_bytes()).ok()
}

struct Desk {
    desk: common::Desk,
    shop: Shop,
}

impl std::ops::Deref for Desk {
    type Target = common::Desk;

    fn deref(&self) -> &common::Desk {
        &self.desk
    }
}

impl Desk {
    /// A project with a connection to the shop.
    fn new() -> Self {
        let desk = Self { desk: common::Desk::new(), shop: Shop::open() };
        desk.write("dg.toml", "");
        let service = "id = \"shop\"\nname = \"Shop\"\napi = \"BASE\"\ntest = { url = \"/leads/0\" }\napi_key = [{ key = \"X-Api-Key\" }]\n";
        desk.write("services/shop.toml", &service.replace("BASE", &desk.shop.base));
        assert_eq!(desk.dg(&["trust", "--yes"]).code, 0);
        let ran = desk.dg(&["connect", "shop", "--allow-net", "127.0.0.1", "--set", &format!("api_key={KEY}")]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        desk.shop.asked();
        desk
    }

    /// Writes a file, with the shop's address for BASE.
    fn write(&self, name: &str, text: &str) {
        self.desk.write(name, text.replace("BASE", &self.shop.base));
    }

    fn record(&self, args: &[&str]) -> Ran {
        self.dg(&[&["test", "--allow-net", "127.0.0.1"][..], args].concat())
    }
}

const TEST: &str = r#"lead = invokeurl [ url: "BASE/leads/1" type: GET connection: "shop" ];
info lead.get("name");   // => Lead 1
//--- no call
info 1;   // => 1
//--- a note
r = invokeurl [ url: "BASE/notes" type: POST parameters: {"a":1}.toString() ];
info r.get("ok");   // => true
//--- a table
//@ case: one {"id":2} => Lead 2
//@ case: two {"id":3} => Lead 3
string name(int id)
{
	lead = invokeurl [ url: "BASE/leads/" + id type: GET connection: "shop" ];
	return lead.get("name");
}
"#;

#[test]
fn what_is_missing_is_recorded_once_and_plays_alone() {
    let desk = Desk::new();
    desk.write("tests/lead.dg", TEST);
    let ran = desk.dg(&["test"]);
    assert!(ran.code == 1 && ran.out.contains("dg test --record"), "{}", ran.out);
    assert!(desk.shop.asked().is_empty(), "a test reaches nothing by itself");

    let ran = desk.record(&["--record"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(desk.shop.asked(), ["GET /leads/1", "POST /notes", "GET /leads/2", "GET /leads/3"]);
    let base = &desk.shop.base;
    for said in [
        "recorded tests/lead.dg: 1 call in tests/lead.http\n",
        &format!("  GET {base}/leads/1 → 200\n"),
        &format!("recorded tests/lead.dg — a note: 1 call in tests/lead.http\n  POST {base}/notes → 201\n"),
        "recorded tests/lead.dg — a table — two: 1 call",
        "recorded 4 calls of 4 sections\n",
        "5 passed, 0 failed",
    ] {
        assert!(ran.err.contains(said), "{said} in {}", ran.err);
    }
    let recording = desk.read("tests/lead.http");
    assert!(recording.starts_with("# recording 1\n\n> GET "), "{recording}");
    for name in ["a note", "a table — one", "a table — two"] {
        assert!(recording.contains(&format!("\n//--- {name}\n> ")), "{name} in {recording}");
    }
    assert!(!recording.contains(KEY) && recording.contains("\"by\":\"***\""), "{recording}");

    assert_eq!(desk.dg(&["test"]).code, 0);
    let ran = desk.record(&["--record"]);
    assert!(ran.err.contains("recorded 0 calls of 0 sections; 4 have recordings that fit\n"), "{}", ran.err);
    assert_eq!((desk.shop.asked().len(), desk.read("tests/lead.http")), (0, recording.clone()));

    // A section that calls otherwise is recorded anew, the others stay as they are.
    desk.write("tests/lead.dg", &TEST.replace("/notes", "/books"));
    let ran = desk.record(&["--record=missing", "tests/lead.dg"]);
    assert_eq!((ran.code, desk.shop.asked()), (0, vec!["POST /books".to_owned()]), "{}", ran.err);
    assert_eq!(desk.read("tests/lead.http"), recording.replace("/notes", "/books"));
    // All that is picked.
    let ran = desk.record(&["--record=all", "--filter", "a table"]);
    assert_eq!((ran.code, desk.shop.asked().len()), (0, 2), "{}", ran.err);
    assert_eq!(desk.read("tests/lead.http"), recording.replace("/notes", "/books"));
}

#[test]
fn a_common_recording_is_cut_up_when_one_of_its_sections_changes() {
    let desk = Desk::new();
    let call = |id: u32| {
        format!("r = invokeurl [ url: \"BASE/leads/{id}\" type: GET ]; info r.get(\"name\");   // => Lead {id}\n")
    };
    let played = |id: u32| {
        format!("> GET BASE/leads/{id}\n< 200\n< content-type: application/json\n<\n< {{\"name\":\"Lead {id}\"}}\n")
    };
    desk.write("tests/all.dg", &format!("//--- one\n{}//--- two\n{}//--- three\n{}", call(1), call(2), call(3)));
    desk.write("tests/all.http", &format!("# recording 1\n{}{}{}", played(1), played(2), played(3)));
    assert_eq!(desk.dg(&["test"]).code, 0);
    desk.write("tests/all.dg", &format!("//--- one\n{}//--- two\n{}//--- three\n{}", call(1), call(22), call(3)));
    let ran = desk.record(&["--record"]);
    // The third comes after a call that did not fit, so that nobody knows whether its own does.
    assert_eq!(
        (ran.code, desk.shop.asked()),
        (0, vec!["GET /leads/22".to_owned(), "GET /leads/3".to_owned()]),
        "{}",
        ran.err
    );
    let recording = desk.read("tests/all.http");
    assert!(recording.contains("//--- one\n> GET") && recording.contains("//--- two\n> GET"), "{recording}");
    assert_eq!(desk.dg(&["test"]).code, 0);
    // What nothing calls any more is not thrown away silently.
    desk.write(
        "tests/all.dg",
        &format!("//--- one\n{}//--- two\ninfo 1;   // => 1\n//--- three\n{}", call(1), call(3)),
    );
    let ran = desk.record(&["--record"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("all.dg — two: it makes no call, and the part of its name in tests/all.http has 1 left"),
        "{}",
        ran.err
    );
    assert_eq!(desk.read("tests/all.http"), recording);
}

#[test]
fn what_cannot_be_recorded_says_why_and_writes_nothing() {
    let desk = Desk::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    desk.write(
        "tests/gone.dg",
        &format!("r = invokeurl [ url: \"http://{silent}/\" type: GET ];\ninfo r;   // => x\n"),
    );
    desk.write(
        "tests/names.dg",
        "//--- same\nr = invokeurl [ url: \"BASE/leads/1\" type: GET ];\ninfo r.get(\"name\");   // => Lead 1\n//--- same\nr = invokeurl [ url: \"BASE/leads/2\" type: GET ];\ninfo r.get(\"name\");   // => Lead 2\n",
    );
    desk.write(
        "tests/unknown.dg",
        "r = invokeurl [ url: \"BASE/leads/1\" type: GET connection: \"shp\" ];\ninfo r;   // => x\n",
    );
    let ran = desk.record(&["--record"]);
    assert_eq!(ran.code, 1);
    for said in [
        "not recorded tests/gone.dg: ",
        "not recorded tests/names.dg — same: line 4 has a section of the same name",
        "not recorded tests/unknown.dg: There is no connection \"shp\"",
        "Did you mean \"shop\"?",
        "recorded 0 calls of 0 sections; 4 could not be recorded",
    ] {
        assert!(ran.err.contains(said), "{said} in {}", ran.err);
    }
    for name in ["gone", "names", "unknown"] {
        assert!(!desk.path(&format!("tests/{name}.http")).exists(), "{name}");
    }
    assert!(desk.shop.asked().is_empty());
    let ran = desk.dg(&["test", "--allow-net", "127.0.0.1"]);
    assert!(ran.code == 2 && ran.err.contains("--allow-net is for the calls that --record makes"), "{}", ran.err);
    assert_eq!(desk.dg(&["test", "--record", "--watch"]).code, 2);
}
