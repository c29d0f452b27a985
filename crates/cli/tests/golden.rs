//! Drives `dg test`: what golden scripts can say, which of them run, and what is told of them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Desk, Ran};

impl Desk {
    /// `dg test` in this folder.
    fn testing(&self, args: &[&str]) -> Command {
        self.command([&["test"], args].concat())
    }

    fn test(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.testing(args))
    }

    /// A project with a function that calls out.
    fn project() -> Self {
        let desk = Self::new();
        desk.write("dg.toml", "functions = \"functions\"\n");
        desk.write(
            "functions/total.dg",
            "decimal total(int net, decimal rate)\n{\n\tif(net < 0)\n\t{\n\t\tthrow \"no negative net\";\n\t}\n\treturn net * rate;\n}\n",
        );
        desk.write(
            "functions/note.dg",
            "map note(string id)\n{\n\tlead = zoho.crm.getRecordById(\"Leads\",id);\n\tanswer = invokeurl\n\t[\n\t\turl: \"https://api.example.com/notes/\" + id\n\t\ttype: POST\n\t\tparameters: {\"who\":lead.get(\"Name\")}.toString()\n\t];\n\tsendmail\n\t[\n\t\tfrom: \"me@example.com\"\n\t\tto: \"ada@example.com\"\n\t\tsubject: \"Noted \" + id\n\t\tmessage: \"a note\"\n\t];\n\treturn {\"id\":id,\"ok\":answer.get(\"ok\")};\n}\n",
        );
        desk
    }
}

const NOTE: &str = "//@ entry: note
//@ arg: id = 7
//@ stub: zoho.crm.getRecordById = {\"Name\":\"Ada\"}
// calls POST https://api.example.com/notes/7 {\"who\":\"Ada\"}
// mails ada@example.com: Noted 7 | a note
//@ result: {\"id\":\"7\",\"ok\":true}
";
const RECORDED: &str = "# recording 1\n> POST https://api.example.com/notes/7\n< 200\n< content-type: application/json\n<\n< {\"ok\":true}\n";

#[test]
fn tables_of_inputs_run_once_for_each_case() {
    let desk = Desk::project();
    desk.write(
        "tests/total.dg",
        "//@ entry: total\n//@ case: small {\"net\":100,\"rate\":1.19} => 119.00\n//@ case: none {\"net\":0,\"rate\":1.19} => 5\n//@ case: {\"net\":-1,\"rate\":1} => error E3011 no negative\n",
    );
    let ran = desk.test(&["-v"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("2 passed, 1 failed"), "{}", ran.err);
    let wrong = "FAILED tests/total.dg — none\n  tests/total.dg:3\n    3 | //@ case: none {\"net\":0,\"rate\":1.19} => 5\n    - result 5\n    + result 0.00\n";
    assert!(ran.out.contains(wrong), "{}", ran.out);
    assert_eq!(desk.test(&["--update"]).code, 0);
    assert!(desk.read("tests/total.dg").contains("{\"net\":0,\"rate\":1.19} => 0.00\n"));
    // A result that a section says is updated too.
    let said = "//@ entry: total\n//@ arg: net = 100\n//@ arg: rate = 1\n//--- one\n//@ result: 5\n//--- two\n//@ result: 100\n";
    desk.write("tests/said.dg", said);
    assert_eq!(desk.test(&["--update"]).code, 0);
    assert_eq!(desk.read("tests/said.dg"), said.replace("result: 5", "result: 100"));
    assert!(desk.read("tests/total.dg").contains("=> error E3011 no negative\n"));
}

#[test]
fn calls_mails_stubs_and_faults_are_asserted() {
    let desk = Desk::project();
    desk.write("tests/note.dg", NOTE);
    desk.write("tests/note.http", RECORDED);
    let ran = desk.test(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    // Another call, another mail, another answer of the stub: each is told.
    let wrong = NOTE.replace("/7 {", "/8 {").replace("Noted 7", "Noted 8").replace("\"Ada\"}\n//", "\"Bo\"}\n//");
    desk.write("tests/note.dg", &wrong);
    let ran = desk.test(&[]);
    assert_eq!(ran.code, 1);
    for text in [
        "- calls POST https://api.example.com/notes/8",
        "+ calls POST https://api.example.com/notes/7 {\"who\":\"Bo\"}",
        "- mails ada@example.com: Noted 8",
        "+ mails ada@example.com: Noted 7",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    desk.write(
        "tests/note.dg",
        NOTE.replace("//@ result", "//@ fault: POST */notes/* = 500\n//@ ends: E3012\n//@ result"),
    );
    let ran = desk.test(&[]);
    assert_eq!(
        ran.out
            .matches(
                "
    - "
            )
            .count(),
        1,
        "{}",
        ran.out
    );
    desk.write(
        "tests/note.dg",
        NOTE.replace("= {\"Name\":\"Ada\"}", "= error the CRM sleeps")
            .replace("//@ result: {\"id\":\"7\",\"ok\":true}", "//@ ends: E3011 the CRM sleeps")
            .replace("// calls POST https://api.example.com/notes/7 {\"who\":\"Ada\"}", "// calls nothing")
            .replace("// mails ada@example.com: Noted 7 | a note", "// mails nothing"),
    );
    std::fs::remove_file(desk.path("tests/note.http")).unwrap();
    let ran = desk.test(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn sections_play_one_recording_in_turn_and_may_make_no_call() {
    let desk = Desk::project();
    let call = "r = invokeurl [ url: \"https://api.example.com/notes/7\" type: POST ]; info r; // => {\"ok\":true}\n";
    desk.write("tests/turns.http", RECORDED);
    desk.write("tests/turns.dg", format!("{call}//--- none\ninfo 1; // => 1\n//--- again\n{call}"));
    let ran = desk.test(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    desk.write("tests/turns.dg", format!("{call}//--- none\ninfo 1; // => 1\n"));
    let ran = desk.test(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    // What no section plays is still told.
    desk.write("tests/turns.dg", "info 1; // => 1\n//--- more\ninfo 2; // => 2\n");
    let ran = desk.test(&[]);
    assert!(ran.code == 1 && ran.out.contains("1 more recorded call"), "{}", ran.out);
}

#[test]
fn a_folder_is_formatted_past_what_is_no_text() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("all")).unwrap();
    std::fs::write(desk.path("all/bad.dg"), b"info \xff;").unwrap();
    desk.write("all/a.dg", "x=1;\n");
    desk.write("all/z.dg", "y=2;\n");
    let ran =
        Command::new(env!("CARGO_BIN_EXE_dg")).args(["fmt", "all"]).current_dir(desk.folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.code() == Some(3) && said.contains("bad.dg:1:6") && said.contains("Byte 5 is not UTF-8 text"),
        "{said}"
    );
    assert!(said.contains("2 of 3 changed, 1 with mistakes"), "{said}");
    assert_eq!([desk.read("all/a.dg"), desk.read("all/z.dg")], ["x = 1;\n", "y = 2;\n"]);
}

#[test]
fn some_tests_can_be_picked_and_the_first_failure_can_end_the_run() {
    let desk = Desk::new();
    desk.write(
        "tests/a.dg",
        "//@ tag: slow, big\ninfo 1; // => 2\n//--- refund of an order\n//@ tag: quick\ninfo 3; // => 3\n",
    );
    desk.write("tests/b.dg", "info 4; // => 5\n");
    let summary = |args: &[&str]| desk.test(args).err;
    assert!(summary(&["--filter", "REFUND"]).contains("1 passed, 0 failed"));
    assert!(summary(&["--tag", "slow"]).contains("0 passed, 1 failed"));
    assert!(summary(&["--skip-tag", "slow", "--skip-tag", "quick"]).contains("0 passed, 1 failed"));
    // Neither the next section of the file nor the next file is begun.
    assert!(summary(&["--fail-fast", "--jobs", "1"]).contains("0 passed, 1 failed"));
    desk.write("tests/c.dg", "//@ case: a {\"n\":1} => 2\n//@ case: b {\"n\":1} => 3\nint f(int n) { return n; }\n");
    assert!(summary(&["--fail-fast", "tests/c.dg"]).contains("0 passed, 1 failed"));
    assert_eq!(desk.test(&["--fail-fast", "--update", "tests/c.dg"]).code, 0);
    assert!(desk.read("tests/c.dg").contains("=> 1\n//@ case: b {\"n\":1} => 1\n"));
    let ran = desk.test(&["--filter", "nonsense"]);
    assert_eq!((ran.code, ran.err.contains("No test has that text or tag.")), (2, true));
    assert_eq!(desk.test(&["--update", "--filter", "a"]).code, 2);
}

#[test]
fn failures_are_shown_at_their_place_and_told_to_programs() {
    let desk = Desk::new();
    desk.write("tests/a.dg", "x = {\"a\":1};\n\tinfo x.get(\"a\") + 1;   // => 3\ninfo x.missing();\n");
    let ran = desk.test(&["--junit", "out/report.xml", "--github"]);
    let shown = "    2 |     info x.get(\"a\") + 1;   // => 3\n      |     ^^^^^^^^^^^^^^^^^^^^\n    - 3\n    + 2\n";
    assert!(ran.out.contains(shown), "{}", ran.out);
    assert!(
        ran.out.contains("    3 | info x.missing();\n      |      ^^^^^^^^^^^\n    - nothing\n    + error E"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("::error file=tests/a.dg,line=2,title=dg test::expected 3, found 2\n"), "{}", ran.out);
    let junit = desk.read("out/report.xml");
    assert!(
        junit.contains("<failure type=\"mismatch\" message=\"line 2: expected 3, found 2 (and 1 more)\">"),
        "{junit}"
    );
    let json: serde_json::Value = serde_json::from_str(&desk.test(&["--json"]).out).unwrap();
    assert_eq!((&json["failed"], &json["tests"][0]["mismatches"][0]["line"]), (&1.into(), &2.into()));
}

#[test]
fn coverage_counts_the_projects_functions() {
    let desk = Desk::project();
    desk.write("tests/total.dg", "info total(100,0.19); // => 19.00\n");
    let ran =
        desk.test(&["--coverage", "--coverage-lcov", "c.info", "--coverage-html", "c.html", "--coverage-min", "50"]);
    assert!(ran.out.contains("total.dg   66.7 % (2 of 3)"), "{}", ran.out);
    assert!(ran.out.contains("note.dg     0.0 % (0 of 4)"), "{}", ran.out);
    assert!(ran.out.contains("50.0 % (1 of 2)"), "{}", ran.out);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("28.6 % of the statements were reached; 50 % were asked for."), "{}", ran.err);
    assert!(desk.read("c.info").contains("SF:functions/total.dg\nDA:3,1\nDA:5,0\nDA:7,1\nLF:3\nLH:2\n"));
    assert!(desk.read("c.html").contains("net &lt; 0 never held"));
}

#[test]
fn coverage_counts_every_script_of_the_project() {
    let desk = Desk::project();
    desk.write("tests/total.dg", "info total(100,0.19); // => 19.00\n");
    desk.write("alone.dg", "info 1;\n");
    desk.write("more/deep.dg", "//@ kind: cliq-bot-message\nreturn {\"text\":\"x\"};\n");
    desk.write("other/dg.toml", "");
    desk.write("other/elsewhere.dg", "info 1;\n");
    desk.write("checked.dg", "info 1;   // => 1\n");
    let ran = desk.test(&["--coverage"]);
    assert!(ran.out.contains("alone.dg              0.0 % (0 of 1)"), "{}", ran.out);
    assert!(ran.out.contains("more/deep.dg          0.0 % (0 of 1)"), "{}", ran.out);
    assert!(!ran.out.contains("elsewhere.dg") && !ran.out.contains("checked.dg"), "{}", ran.out);
    // Without a project, the scripts beside the tests count.
    let desk = Desk::new();
    desk.write("tests/a.dg", "//@ use: ../used.dg\ninfo f(); // => 1\n");
    desk.write("used.dg", "int f() { return 1; }\n");
    desk.write("alone.dg", "info 1;\n");
    let ran = desk.test(&["--coverage"]);
    assert!(
        ran.out.contains("used.dg   100.0 % (1 of 1)") && ran.out.contains("alone.dg    0.0 % (0 of 1)"),
        "{}",
        ran.out
    );
}

#[test]
fn a_difference_is_told_once() {
    let desk = Desk::new();
    desk.write("tests/a.dg", "x = {1};\ninfo x.get(5);   // => 7\ninfo 1;   // => 1\ninfo 2;   // => 2\n");
    let ran = desk.test(&[]);
    assert_eq!(ran.out.matches("tests/a.dg:2").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("    - 7\n    + error E3006 ") && !ran.out.contains("tests/a.dg:3"), "{}", ran.out);
    assert!(ran.out.contains("(2 expectations were not reached)"), "{}", ran.out);
    desk.write("tests/a.dg", "for each n in {1,2} { info n; }\n// => 3\n// => 4\n");
    let ran = desk.test(&[]);
    assert_eq!((ran.out.matches("tests/a.dg:1").count(), ran.out.matches("    - ").count()), (1, 2), "{}", ran.out);
    desk.write("tests/a.dg", "//@ case: a {\"n\":0} => error E3011 nothing\nint f(int n) { return 1 / n; }\n");
    let ran = desk.test(&[]);
    assert!(ran.out.contains("    - the run ends with E3011 nothing\n    + error E3004"), "{}", ran.out);
    assert_eq!(ran.out.matches("    + ").count(), 1, "{}", ran.out);
}

#[test]
fn a_mistake_in_one_section_leaves_the_others_be() {
    let desk = Desk::project();
    desk.write(
        "tests/a.dg",
        "info 1;   // => 1\n//--- wrong\n//@ timezne: UTC\ninfo 2;   // => 2\n//--- gone\n//@ use: ../gone.dg\ninfo 3;   // => 3\n//--- sound\ninfo 4;   // => 4\n",
    );
    let ran = desk.test(&[]);
    assert!(ran.err.contains("2 passed, 2 failed"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("FAILED tests/a.dg — wrong\n  tests/a.dg:3\n"), "{}", ran.out);
    assert!(ran.out.contains("Did you mean 'timezone'?"), "{}", ran.out);
    assert!(ran.out.contains("FAILED tests/a.dg — gone\n  tests/a.dg:6\n"), "{}", ran.out);
    // What all sections share is told once.
    desk.write("tests/a.dg", "//@ timezne: UTC\n//--- one\ninfo 1;   // => 1\n//--- two\ninfo 2;   // => 2\n");
    let ran = desk.test(&[]);
    assert!(ran.err.contains("0 passed, 1 failed") && ran.out.contains("tests/a.dg:1\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn arguments_and_stubs_that_are_not_there_name_those_that_are() {
    let desk = Desk::project();
    desk.write(
        "tests/total.dg",
        "//@ entry: total\n//@ case: right {\"net\":100,\"rate\":1} => 100\n//@ case: wrong {\"nett\":100,\"rate\":1} => 100\n",
    );
    let ran = desk.test(&[]);
    assert!(ran.out.contains("FAILED tests/total.dg — wrong\n  tests/total.dg:3\n"), "{}", ran.out);
    let said = "total has no parameter 'nett'; it takes net, rate. Did you mean 'net'?";
    assert!(ran.out.contains(said) && ran.err.contains("1 passed, 1 failed"), "{}{}", ran.out, ran.err);
    desk.write("tests/total.dg", "//@ arg: lead_i = 5\ninfo lead_id;   // => 5\n");
    let ran = desk.test(&[]);
    assert!(ran.out.contains("the script reads no variable 'lead_i'. Did you mean 'lead_id'?"), "{}", ran.out);
    for (stub, said) in [
        ("zoho.crm.getRecordByld", "Did you mean 'zoho.crm.getRecordById'?"),
        ("totl", "Did you mean 'total'?"),
        ("invokeurl", "dg test --record writes"),
        ("toUpperCase", "is a function of the language"),
    ] {
        desk.write("tests/total.dg", format!("//@ stub: {stub} = 5\ninfo total(1,1);   // => 5\n"));
        let ran = desk.test(&[]);
        assert!(
            ran.code == 1 && ran.out.contains("tests/total.dg:1\n") && ran.out.contains(said),
            "{stub}: {}",
            ran.out
        );
    }
    // A function that only the script names may be stubbed: it lives elsewhere.
    desk.write("tests/total.dg", "//@ stub: thisapp.far.away = 5\n//@ stub: total = 6\ninfo thisapp.far.away(1);   // => 5\ninfo total(1,1);   // => 6\n");
    assert_eq!(desk.test(&[]).code, 0, "{}", desk.test(&[]).out);
}

#[test]
fn chaos_tells_what_a_call_that_goes_wrong_leaves_behind() {
    let desk = Desk::project();
    let lead = "//@ script: ../two.dg\n//@ sandbox\n//@ result: done\n";
    let script = "void two()\n{\n}\nstring main()\n{\n\ta = zoho.crm.createRecord(\"Leads\",{\"Last_Name\":\"A\"});\n\ttry\n\t{\n\t\tb = zoho.crm.createRecord(\"Leads\",{\"Last_Name\":\"B\"});\n\t}\n\tcatch (e)\n\t{\n\t\tx = 1;\n\t}\n\treturn \"done\";\n}\n";
    desk.write("two.dg", script);
    desk.write("tests/two.dg", lead.replace("//@ sandbox", "//@ sandbox\n//@ entry: main"));
    let ran = desk.test(&["--chaos"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("tests/two.dg: 2 calls, 12 runs"), "{}", ran.out);
    let unnoticed = "BAD: the script ends as usual, and nobody learns that writes are missing; HALF CHANGED: 1 done";
    assert!(ran.out.contains(unnoticed), "{}", ran.out);
    assert!(ran.out.contains("delivered twice: the script ends as usual; BAD: made twice: 1"), "{}", ran.out);
    assert!(ran.out.contains("Data is left half changed when one of these calls goes wrong: 1, 2."), "{}", ran.out);
    let json: serde_json::Value = serde_json::from_str(&desk.test(&["--chaos", "--json"]).out).unwrap();
    assert_eq!(json[0]["trials"].as_array().map(Vec::len), Some(12));
}

#[test]
fn watching_runs_only_what_a_change_concerns() {
    let desk = Desk::project();
    desk.write("tests/total.dg", "info total(100,0.19); // => 19.00\n");
    desk.write("tests/other.dg", "info 1; // => 1\n");
    let mut child = desk.testing(&["--watch"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!(next(), "ran 2 files: 2 passed, 0 failed; watching, Ctrl-C ends");
    let function = desk.read("functions/total.dg");
    desk.write("functions/total.dg", function.replace("net * rate", "net * rate + 1"));
    assert_eq!(next(), "ran 1 files: 1 passed, 1 failed; watching, Ctrl-C ends");
    desk.write("functions/total.dg", &function);
    assert_eq!(next(), "ran 1 files: 2 passed, 0 failed; watching, Ctrl-C ends");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_snapshot_holds_a_result() {
    let desk = Desk::new();
    desk.write("tests/a.dg", "//@ snapshot: a.json\n//@ tolerance: 0.001\nreturn {\"a\":{1,2.5},\"b\":\"c\"};\n");
    let ran = desk.test(&[]);
    assert!(ran.out.contains("`--update` writes it"), "{}", ran.out);
    assert_eq!(desk.test(&["--update"]).code, 0);
    assert!(desk.read("tests/a.json").contains("\"b\": \"c\""));
    desk.write("tests/a.json", desk.read("tests/a.json").replace("2.5", "2.5001"));
    assert_eq!(desk.test(&[]).code, 0);
    desk.write("tests/a.json", desk.read("tests/a.json").replace("\"c\"", "\"d\""));
    let ran = desk.test(&[]);
    assert!(ran.out.contains("- in tests/a.json: \"b\": \"d\"") && ran.code == 1, "{}", ran.out);
}

#[test]
fn the_shipped_scripts_pass_their_tests() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    let ran = command.arg("test").arg(scripts).env("RAINWRIGHT_HOME", home.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn a_recording_that_cannot_be_read_is_named() {
    let desk = Desk::new();
    desk.write("torn.dg", "info invokeurl [ url: \"https://example.com/\" type: GET ];   // => hi\n");
    desk.write("torn.http", "> nonsense\n");
    let ran = desk.test(&["torn.dg"]);
    let says = |what: &str| ran.out.contains(what);
    assert!(ran.code == 1 && says("torn.http: Line 1 of the recording") && says("> GET https://"), "{}", ran.out);
}
