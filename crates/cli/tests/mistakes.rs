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
    ("run hello.dg extra", 2, &["'extra' is one word too many", "--arg name=extra"]),
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
    ("run hello.dg --now yesterday", 2, &["2025-01-31T10:00:00+05:30", "dg run --help"]),
    ("plan hello.dg --now 2025-13-01", 2, &["2025-01-31T10:00:00+05:30"]),
    ("run hello.dg --seed many", 2, &["a whole number"]),
    ("run -e", 2, &["dg run -", "dg repl"]),
    ("test --coverage-min abc", 2, &["from 0 to 100", "dg test --help"]),
    ("test --coverage-min 200", 2, &["from 0 to 100"]),
    ("test -j 0", 2, &["how many files run at once"]),
    ("test empty --record=some", 2, &["missing", "all"]),
    ("serve --port http", 2, &["0 is any free port"]),
    ("init", 2, &["dg new shop"]),
    ("lint", 2, &["dg check"]),
    ("format hello.dg", 2, &["dg fmt"]),
    ("debug hello.dg", 2, &["--trace", "dg dap"]),
    ("version", 2, &["dg --version"]),
    ("Run hello.dg", 2, &["Did you mean `dg run`?"]),
    ("fmt --range 50:60 hello.dg", 2, &["hello.dg has 1 line", "1:1"]),
    ("run missing.dg", 2, &["Try `dg run --help`"]),
    ("connections list extra", 2, &["--help"]),
    ("run add.dg a=1", 2, &["--arg a=1"]),
    ("run add.dg --b 1", 2, &["--arg b=1"]),
    ("run add.dg --b=1", 2, &["--arg b=1"]),
    ("run add.dg --arg a 1", 2, &["--arg a=1"]),
    ("run add.dg 1 2", 2, &["one word too many", "--arg name=1"]),
    ("run hello.dg --watch", 2, &["dg test --watch"]),
    ("run hello.dg --debug", 2, &["--trace"]),
    ("run hello.dg add.dg", 2, &["One script is run at a time", "dg.toml"]),
    ("run add.dg --args {\"a\":1}", 2, &["the name of a file", "--arg NAME=VALUE"]),
    ("run https://example.com/a.dg", 2, &["is an address"]),
    ("connect https://api.example.com", 2, &["dg services"]),
    ("sandbox mailchimp", 2, &["all services at once"]),
    ("new my shop", 2, &["no blanks"]),
    ("services --list", 2, &["`dg services` lists them all"]),
    ("app run hello.dg", 2, &["dg run hello.dg"]),
    ("runs show", 2, &["dg runs list"]),
    ("test", 2, &["There is no folder tests here", "dg test lead.dg"]),
    ("check --profile nope hello.dg", 2, &["zoho-crm"]),
    ("connections delete", 2, &["dg connections list"]),
    ("keys create", 2, &["dg keys create shop"]),
    ("app serve", 2, &["dg app import"]),
    ("dap --port 4711", 2, &["Editors start"]),
    ("run -", 0, &["Stdin is empty"]),
    ("serve folder", 2, &["string greet(string name)"]),
    ("test --record missing.dg", 2, &["no such file"]),
    ("connections export", 2, &["--help"]),
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

/// What is typed in a conversation, and what the answer says.
const IN_CONVERSATION: &[(&str, &[&str])] = &[
    ("help", &[":profile", "Tab completes"]),
    ("?", &[":profile"]),
    ("help()", &[":profile"]),
    ("? toUpperCase", &["text.toUpperCase()"]),
    ("help for each", &["for each name in values"]),
    ("lead", &["Assign it before it is read: lead = …;"]),
    ("vars", &["Commands begin with a colon: :vars"]),
    ("load hello.dg", &["Commands begin with a colon: :load"]),
    ("dg run hello.dg", &[":load hello.dg", ":quit"]),
    (":lod hello.dg", &["Did you mean :load?"]),
    ("await lead", &["Deluge has no await"]),
    ("elif(true) { info 1; }", &["Write else if(…)"]),
    ("console.log(1)", &["To print, write info value;"]),
    ("nofun(1)", &["`:doc NAME`"]),
];

#[test]
fn a_conversation_answers_what_is_typed_out_of_habit() {
    let folder = tempfile::tempdir().unwrap();
    let talk = |args: &[&str], input: &str| {
        std::fs::write(folder.path().join("input"), input).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_dg"))
            .arg("repl")
            .args(args)
            .current_dir(folder.path())
            .env("RAINWRIGHT_HOME", folder.path().join("home"))
            .stdin(std::fs::File::open(folder.path().join("input")).unwrap())
            .output()
            .unwrap();
        String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned()
    };
    for (typed, says) in IN_CONVERSATION {
        let said = talk(&[], &format!("{typed}\n\n"));
        assert!(says.iter().all(|what| said.contains(what)), "{typed}: {said}");
        assert!(!said.contains("--arg") && !said.contains("dg help"), "{typed}: {said}");
    }
    for end in ["exit", "quit", "exit()", "quit;"] {
        assert_eq!(talk(&[], &format!("{end}\ninfo 1;\n")), "", "{end}");
    }
    assert_eq!(talk(&[], "exit = 4;\nexit\nhelp = 5;\nhelp\n"), "4\n5\n", "names of one's own go first");
    std::fs::write(folder.path().join("bad.dg"), "x = 1;\ny = x +;\n").unwrap();
    assert!(talk(&["bad.dg"], "").contains("bad.dg:2:8"));
    std::fs::write(folder.path().join("late.dg"), "x = {1};\ninfo x.get(4);\n").unwrap();
    assert!(talk(&[], ":load late.dg\n").contains("late.dg:2:6"));
}
