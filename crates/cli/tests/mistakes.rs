//! What a newcomer types wrong: each answers with what to do, and never with a panic or a bare error of the system.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Desk, Ran};

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
    ("run wrong/while.dg", 1, &["Expected ( before this condition", "while(x < 3) { … }"]),
    ("run wrong/else.dg", 1, &["Expected ( before this condition", "if(x == 2) { … }"]),
    ("run wrong/halves.dg", 1, &["all of it: if((x > 1) && (x < 5)) { … }"]),
    ("run wrong/each.dg", 1, &["Expected in but found list", "for each x in list { … }"]),
    ("run wrong/not.dg", 1, &["! comes before comparisons: write !(x > 0)"]),
    ("run wrong/of.dg", 1, &["Expected in but found of"]),
    ("run hello.dg --record gone/x.http", 2, &["gone/x.http cannot be written", "There is no folder gone"]),
    ("run hello.dg --record folder", 2, &["folder cannot be written: it is a folder", "Name a file in folder"]),
    ("run hello.dg --record hello.dg/x.http", 2, &["hello.dg/x.http cannot be written", "is a file, not a folder"]),
    ("run hello.dg --sandbox --mails gone/mails", 1, &["gone/mails cannot be written", "There is no folder gone"]),
    ("run wrong/call.dg --sandbox --sandbox-data gone", 1, &["gone: there is no such file or folder", "--init"]),
    ("run wrong/call.dg --audit gone/log", 1, &["gone/log cannot be written", "There is no folder gone"]),
    (
        "run wrong/call.dg --allow-net 127.0.0.1 --ca none.pem",
        1,
        &["the setting `ca` cannot be read: there is no such file"],
    ),
    ("try add.dg --save hello.dg/x.dg", 1, &["hello.dg cannot be made", "a file is no folder"]),
    ("try add.dg --save lost/x.dg", 2, &["is not in the project of add.dg", "dg.toml"]),
    ("test checks --junit folder", 1, &["folder cannot be written: it is a folder"]),
    ("test checks --junit hello.dg/x.xml", 1, &["hello.dg cannot be made", "a file is no folder"]),
    ("test checks --coverage --coverage-lcov folder", 1, &["folder cannot be written: it is a folder"]),
    ("test checks --lcov x", 2, &["--coverage-lcov lcov.info"]),
    ("test checks --html x", 2, &["--coverage-html coverage.html"]),
    ("doc --write hello.dg", 1, &["hello.dg cannot be made", "Name another path"]),
    ("doc --html hello.dg", 1, &["hello.dg cannot be made", "Name another path"]),
    ("new hello.dg/x", 1, &["hello.dg/x cannot be made", "a part of the path is a file"]),
    ("sandbox --init gone/x", 1, &["gone/x cannot be written", "There is no folder gone"]),
    ("widget serve hello.dg", 1, &["hello.dg is a file, and a widget is a folder", "dg widget new"]),
    ("widget serve folder", 1, &["plugin-manifest.json cannot be read", "dg widget new"]),
    ("widget pack .", 2, &["no command 'widget pack'; there is", "serve"]),
    ("connections shw", 2, &["Did you mean `dg connections show`?", "list"]),
    ("lsp hello.dg", 2, &["Editors start `dg lsp`", "dg check"]),
    ("serve . --bind nowhere", 2, &["127.0.0.1", "dg serve --help"]),
    ("run hello.dg --env a/b", 2, &["environment", "dg run --help"]),
    ("run wrong/call.dg --replay torn/torn.http", 1, &["torn/torn.http: Line 1 of the recording", "> GET https://"]),
    ("run wrong/call.dg --replay folder", 2, &["folder cannot be read: it is a folder"]),
    ("run add.dg --args torn.json", 1, &["torn.json cannot be used", "At byte"]),
    ("run add.dg --args lost.json", 2, &["Did you mean torn.json?"]),
    ("run hello.dg --form torn.json", 1, &["torn.json cannot be used"]),
    ("run hello.dg --account torn.toml", 2, &["torn.toml is not right in line 2", "Did you mean admin_mail?"]),
    ("run misspelt/hello.dg", 1, &["dg.toml is not right in line 1", "no setting 'profil'", "Did you mean profile?"]),
    ("run unquoted/hello.dg", 1, &["dg.toml is not right in line 1", "between double quotes"]),
    ("run product/hello.dg", 2, &["dg.toml: There is no profile 'zoho-crn'", "zoho-crm"]),
    ("run zone/hello.dg", 2, &["dg.toml: There is no time zone 'India'", "Asia/Kolkata"]),
    ("run lost/hello.dg", 1, &["dg.toml names the folder", "nowhere, which is not there", "Make the folder"]),
];

/// The files that lie there.
const FILES: &[(&str, &[u8])] = &[
    ("hello.dg", b"info \"hi\";\n"),
    ("add.dg", b"int add(int a, int b) { return a + b; }\n"),
    ("folder/inner.dg", b"info 1;\n"),
    ("nothing.dg", b""),
    ("binary.dg", b"\xff\xfe\x00"),
    ("wrong/while.dg", b"x = 1;\nwhile x < 3 { x = x + 1; }\n"),
    ("wrong/else.dg", b"x = 1;\nif(x == 1) { info 1; } else if x == 2 { info 2; }\n"),
    ("wrong/halves.dg", b"x = 1;\nif (x > 1) && (x < 5) { info 1; }\n"),
    ("wrong/each.dg", b"list = {1,2};\nfor each x list { info x; }\n"),
    ("wrong/not.dg", b"x = {1};\ninfo !x.size() > 0;\n"),
    ("wrong/of.dg", b"for each x of {1,2} { info x; }\n"),
    ("wrong/call.dg", b"info invokeurl [ url: \"https://127.0.0.1:9/\" type: GET ];\n"),
    ("torn.json", b"{\"a\":1"),
    ("torn.toml", b"login_user = \"a\"\nadmin_mial = \"b\"\n"),
    ("checks/one.dg", b"info 1;   // => 1\n"),
    ("torn/torn.http", b"> nonsense\n"),
    ("misspelt/dg.toml", b"profil = \"zoho-crm\"\n"),
    ("unquoted/dg.toml", b"profile = zoho-crm\n"),
    ("product/dg.toml", b"profile = \"zoho-crn\"\n"),
    ("zone/dg.toml", b"timezone = \"India\"\n"),
    ("lost/dg.toml", b"functions = \"nowhere\"\n"),
    ("misspelt/hello.dg", b"info 1;\n"),
    ("unquoted/hello.dg", b"info 1;\n"),
    ("product/hello.dg", b"info 1;\n"),
    ("zone/hello.dg", b"info 1;\n"),
    ("lost/hello.dg", b"info 1;\n"),
];

#[test]
fn every_mistake_is_answered_with_what_to_do() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).unwrap();
    for (name, bytes) in FILES {
        desk.write(name, bytes);
    }
    let mut wrong = Vec::new();
    for (typed, code, says) in MISTAKES {
        let Ran { code: ended, err, .. } = Ran::of(&mut desk.command(typed.split(' ')));
        let all = says.iter().all(|said| err.contains(said));
        if !all || ended != *code || err.contains("os error") || err.contains("panicked") {
            wrong.push(format!("dg {typed}: {ended}, wanted {code} and {says:?}\n{err}"));
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
    let desk = Desk::new();
    let talk = |args: &[&str], input: &str| {
        let ran = desk.dg_with(&[&["repl"], args].concat(), input);
        ran.out + &ran.err
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
    desk.write("bad.dg", "x = 1;\ny = x +;\n");
    assert!(talk(&["bad.dg"], "").contains("bad.dg:2:8"));
    desk.write("late.dg", "x = {1};\ninfo x.get(4);\n");
    assert!(talk(&[], ":load late.dg\n").contains("late.dg:2:6"));
}
