//! What a newcomer types wrong: each answers with what to do, and never with a panic or a bare error of the system.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::process::{Command, Stdio};

/// What is typed, the exit code, and what the answer says.
const MISTAKES: &[(&str, i32, &[&str])] = &[
    ("rn hello.dg", 2, &["Did you mean `dg run`?"]),
    ("hello.dg", 2, &["dg run hello.dg"]),
    ("frobnicate", 2, &["no command 'frobnicate'", "dg help"]),
    ("run", 2, &["<FILE>", "--help"]),
    ("run missing.dg", 2, &["no such file", "holds add.dg, binary.dg, hello.dg, nothing.dg"]),
    ("run hello", 2, &["Did you mean hello.dg?"]),
    ("run helo.dg", 2, &["Did you mean hello.dg?"]),
    ("run nowhere/hello.dg", 2, &["There is no folder nowhere"]),
    ("run folder", 2, &["it is a folder", "folder/inner.dg"]),
    ("run nothing.dg", 0, &["is empty"]),
    ("run binary.dg", 1, &["UTF-8"]),
    ("run hello.dg --sandbx", 2, &["--sandbox"]),
    ("run hello.dg extra", 2, &["'extra'", "--help"]),
    ("run hello.dg --profile zoho-crn", 2, &["zoho-crm"]),
    ("run hello.dg --timezone India", 2, &["Asia/Kolkata"]),
    ("run hello.dg --replay none.http", 2, &["--record none.http"]),
    ("run add.dg --arg a", 2, &["NAME=VALUE"]),
    ("run add.dg --arg a=1", 2, &["needs 'b'", "--arg b=VALUE"]),
    ("run add.dg --arg a=1 --arg c=2", 2, &["no parameter 'c'", "it takes a, b"]),
    ("run add.dg --arg a=x --arg b=1", 1, &["Argument 1 of add"]),
    ("run add.dg --entry ad", 2, &["Did you mean 'add'?"]),
    ("run add.dg --args none.json", 2, &["no such file"]),
    ("test --filer x", 2, &["--filter"]),
    ("test empty", 2, &["no golden script", "// =>"]),
    ("test missing", 2, &["no such file"]),
    ("check empty", 2, &["There are no scripts"]),
    ("fmt empty", 2, &["There are no scripts"]),
    ("fmt missing.dg", 2, &["no such file"]),
    ("try empty", 1, &["Name a .dg file"]),
    ("plan missing.dg", 2, &["no such file"]),
    ("new folder", 2, &["there already"]),
    ("trust missing", 2, &["There is no folder missing"]),
    ("serve missing", 2, &["no such file"]),
    ("doc toUperCase", 1, &["toUpperCase"]),
    ("connect mailchip", 1, &["Did you mean \"mailchimp\"?"]),
    ("connections show nothing", 4, &["dg connect SERVICE"]),
    ("services nothingatall", 1, &["dg services"]),
    ("resume none", 1, &["dg runs list"]),
    ("completions bsh", 2, &["'bash'"]),
    ("completions", 2, &["dg completions bash"]),
    ("help rn", 2, &["Did you mean `dg run`?"]),
    ("connect", 2, &["dg services"]),
    ("new", 2, &["dg new shop"]),
    ("-v", 2, &["dg --version"]),
    ("doc --html", 2, &["--html <FOLDER>"]),
    ("doc --port 80", 2, &["--serve"]),
    ("fmt --range 5 hello.dg", 2, &["10:25"]),
    ("run hello.js", 2, &["Did you mean hello.dg?"]),
    ("check --sarif missing.dg", 2, &["no such file"]),
];

#[test]
fn every_mistake_is_answered_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    for sub in ["empty", "folder"] {
        std::fs::create_dir(place.join(sub)).unwrap();
    }
    let files: [(&str, &[u8]); 5] = [
        ("hello.dg", b"info \"hi\";\n"),
        ("add.dg", b"int add(int a, int b) { return a + b; }\n"),
        ("folder/inner.dg", b"info 1;\n"),
        ("nothing.dg", b""),
        ("binary.dg", b"\xff\xfe\x00"),
    ];
    for (name, bytes) in files {
        std::fs::write(place.join(name), bytes).unwrap();
    }
    let mut wrong = Vec::new();
    for (typed, code, says) in MISTAKES {
        let ran = Command::new(env!("CARGO_BIN_EXE_dg"))
            .args(typed.split(' '))
            .current_dir(place)
            .env("RAINWRIGHT_HOME", place.join("home"))
            .env_remove("RAINWRIGHT_ENV")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ran.stderr).into_owned();
        let all = says.iter().all(|said| err.contains(said));
        if !all || ran.status.code() != Some(*code) || err.contains("os error") || err.contains("panicked") {
            wrong.push(format!("dg {typed}: {:?}, wanted {code} and {says:?}\n{err}", ran.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
