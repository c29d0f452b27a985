//! Drives the program `dg` as people and scripts do.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::Desk;
use serde_json::{Value, json};

impl Desk {
    /// Runs one of the shipped scripts against the sandbox; gives its result.
    fn scenario(&self, script: &str, args: &[&str]) -> Value {
        let script = shipped(script);
        let mut all = vec!["run", script.to_str().unwrap(), "--sandbox", "--json"];
        all.extend(args);
        let ran = self.dg(&all);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        serde_json::from_str::<Value>(&ran.out).unwrap()["result"].clone()
    }
}

fn shipped(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts").join(script)
}

#[test]
fn the_sandbox_calls_no_real_service() {
    let desk = Desk::new();
    desk.write("real.dg", "info invokeurl [ url: \"https://api.example.org/v1\" type: GET ];");
    let ran = desk.dg(&["run", "real.dg", "--sandbox"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the sandbox does not play `api.example.org`"), "{}", ran.err);
    assert!(ran.err.contains("--allow-net api.example.org"), "{}", ran.err);
}

#[test]
fn results_go_to_stdout_and_diagnostics_to_stderr() {
    let desk = Desk::new();
    desk.write("sum.dg", "int sum(int a, int b)\n{\n\tinfo \"adding\";\n\treturn a + b;\n}\n");
    let ran = desk.dg(&["run", "sum.dg", "--arg", "a=2", "--arg", "b=40"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "adding\n42\n", ""));
    desk.write("bad.dg", "info 1;\ninfo 1 / 0;\n");
    let ran = desk.dg(&["run", "bad.dg"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "1\n"));
    assert!(ran.err.contains("E3004") && ran.err.contains("bad.dg:2:"), "{}", ran.err);
    let ran = desk.dg_with(&["run", "-"], "return {\"a\":{1,2}};");
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"a\":[1,2]}\n"));
}

#[test]
fn arguments_follow_the_parameters_types() {
    let desk = Desk::new();
    desk.write(
        "f.dg",
        "string f(string code, list items)\n{\n\treturn code + items.size();\n}\nint g()\n{\n\treturn 7;\n}\n",
    );
    let ran = desk.dg(&["run", "f.dg", "--arg", "code=007", "--arg", "items=[1, 2]"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "0072\n"), "{}", ran.err);
    desk.write("args.json", r#"{"code": "x", "items": []}"#);
    assert_eq!(desk.dg(&["run", "f.dg", "--args", "args.json"]).out, "x0\n");
    assert_eq!(desk.dg(&["run", "f.dg", "--entry", "g"]).out, "7\n");
    for (args, said) in [
        (&["run", "f.dg"][..], "f needs 'code'"),
        (&["run", "f.dg", "--arg", "cod=1"], "no parameter 'cod'"),
        (&["run", "f.dg", "--arg", "code"], "has no '='"),
        (&["run", "f.dg", "--entry", "h"], "it has f, g"),
    ] {
        let ran = desk.dg(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    assert_eq!(desk.dg(&["run", "nowhere.dg"]).code, 2);
    assert_eq!(desk.dg(&["fly"]).code, 2);
}

#[test]
fn json_holds_result_lines_and_errors() {
    let desk = Desk::new();
    desk.write("a.dg", "info \"one\"; return {\"n\": 1.50, \"t\": \"x\"};");
    let told: Value = serde_json::from_str(&desk.dg(&["run", "a.dg", "--json"]).out).unwrap();
    assert_eq!(told, json!({ "info": ["one"], "result": { "n": 1.5, "t": "x" } }));
    desk.write("b.dg", "info \"one\";\nx = null + 1;");
    let ran = desk.dg(&["run", "b.dg", "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told["error"]["code"], &told["error"]["line"]), (1, &json!("E3002"), &json!(2)));
    assert_eq!(told["info"], json!(["one"]));
}

#[test]
fn runs_can_be_repeated_to_the_byte() {
    let desk = Desk::new();
    desk.write("now.dg", "info zoho.currenttime; info randomNumber(1000000);");
    let run = || {
        desk.dg(&["run", "now.dg", "--now", "2025-01-31T10:00:00Z", "--seed", "7", "--timezone", "Asia/Kolkata"]).out
    };
    let first = run();
    assert!(first.starts_with("31-Jan-2025 15:30:00\n"), "{first}");
    assert_eq!(run(), first);
}

#[test]
fn a_lead_is_subscribed_and_noted() {
    let desk = Desk::new();
    let state = desk.path("state.json");
    let keep = ["--sandbox-state", state.to_str().unwrap()];
    let result = desk.scenario("mailchimp/subscribe_lead.dg", &[&["--arg", "lead_id=1001"][..], &keep].concat());
    assert_eq!((&result["status"], &result["tag"]), (&json!("subscribed"), &json!("Zoho CRM")));
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&state).unwrap()).unwrap();
    let lead = &saved["crm"]["Leads"][0];
    assert_eq!((&lead["id"], &lead["MailChimp_Status"]), (&json!("1001"), &json!("subscribed")));
    let members = saved["mailchimp"]["lists"][0]["members"].as_array().unwrap();
    let ada = members.iter().find(|member| member["email_address"] == "ada.lindqvist@example.com").unwrap();
    assert_eq!(ada["tags"], json!(["Zoho CRM"]));
    // Whoever has unsubscribed stays so; whoever has opted out is not asked.
    let chiara = desk.scenario("mailchimp/subscribe_lead.dg", &["--arg", "lead_id=1003"]);
    assert_eq!(chiara["status"], "unsubscribed");
    assert_eq!(desk.scenario("mailchimp/subscribe_lead.dg", &["--arg", "lead_id=1007"])["status"], "skipped");
    assert_eq!(
        desk.scenario("mailchimp/subscribe_lead.dg", &["--arg", "lead_id=9"])["reason"],
        "There is no such lead."
    );
}

#[test]
fn campaigns_come_into_the_crm_and_are_updated_the_second_time() {
    let desk = Desk::new();
    let state = desk.path("state.json");
    let keep = ["--sandbox-state", state.to_str().unwrap()];
    let first = desk.scenario("mailchimp/campaign_to_crm.dg", &keep);
    assert_eq!((&first["created"], &first["updated"], &first["failed"]), (&json!(21), &json!(1), &json!(0)));
    let second = desk.scenario("mailchimp/campaign_to_crm.dg", &keep);
    assert_eq!((&second["created"], &second["updated"]), (&json!(0), &json!(22)));
    assert_eq!(first["members"], second["members"]);
}

#[test]
fn the_other_scenarios_run() {
    let desk = Desk::new();
    let event = desk.scenario("eventbrite/event_from_crm.dg", &["--arg", "event_id=6002"]);
    assert_eq!((&event["starts"], &event["noted"]), (&json!("2025-05-14T13:00:00Z"), &json!(true)));
    let entry = desk.scenario("google/calendar_event.dg", &["--arg", "event_id=6001"]);
    assert_eq!((&entry["status"], &entry["guests"]), (&json!("confirmed"), &json!(2)));
    let file = desk.scenario("dropbox/upload.dg", &["--arg", "account_id=3001"]);
    assert_eq!((&file["path"], &file["attached"]), (&json!("/contacts/northwind-traders.csv"), &json!(true)));
    let sessions = desk.scenario("support/list_sessions.dg", &["--arg", "status=closed"]);
    assert_eq!(sessions["sessions"], 24);
}

#[test]
fn a_token_is_renewed_once_an_expiry() {
    let desk = Desk::new();
    // Waits longer than the token lives, twice, with a server that answers late.
    desk.write(
        "wait.dg",
        "for each  n in {1,2,3}\n{\n\tresponse = invokeurl [ url :\"https://us6.api.mailchimp.com/3.0/ping\" connection:\"mailchimp\" ];\n\
         \tinfo response.get(\"health_status\");\n\tlate = invokeurl [ url :\"https://echo.example.com/delay/2.1\" ];\n}\n",
    );
    let ran = desk.dg(&["run", "wait.dg", "--sandbox", "--token-life", "2", "--sandbox-report"]);
    assert_eq!((ran.code, ran.out.matches("Everything's Chimpy!").count()), (0, 3), "{}", ran.err);
    let report: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert_eq!(report["tokens"]["mailchimp"]["refreshed"], 2, "{report}");
    assert_eq!(report["tokens"]["mailchimp"]["issued"], 1);
    assert_eq!(report["requests"]["GET /mailchimp-api/3.0/ping"], 3);
}

#[test]
fn calls_are_recorded_without_secrets_and_played_back_offline() {
    let desk = Desk::new();
    let script = shipped("mailchimp/subscribe_lead.dg");
    let script = script.to_str().unwrap();
    let recorded = desk.dg(&["run", script, "--arg", "lead_id=1001", "--sandbox", "--record", "calls.http"]);
    assert_eq!(recorded.code, 0, "{}", recorded.err);
    let calls = std::fs::read_to_string(desk.path("calls.http")).unwrap();
    assert!(calls.contains("> PUT https://us6.api.mailchimp.com/3.0/lists/a1b2c3d4e5/members/"), "{calls}");
    assert!(!calls.contains("sandbox-secret"));
    let tokens = calls.lines().filter(|line| line.to_lowercase().contains("authorization"));
    for line in tokens {
        assert!(line.len() < 60 && line.contains("***"), "{line}");
    }
}

#[test]
fn a_missing_connection_says_how_to_make_one() {
    let desk = Desk::new();
    desk.write("a.dg", "invokeurl [ url :\"https://us6.api.mailchimp.com/3.0/ping\" connection:\"mailchimp\" ];");
    let ran = desk.dg(&["run", "a.dg"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("E4001") && ran.err.contains("dg connect mailchimp"), "{}", ran.err);
    let ran = desk.dg(&["connections", "show", "nothing"]);
    assert_eq!(ran.code, 4);
    assert_eq!(desk.dg(&["connections", "health"]).code, 0);
    assert!(desk.dg(&["connections", "list"]).err.contains("dg connect SERVICE"));
    let ran = desk.dg(&["connect", "mailchimp"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("--set client_id=VALUE"), "{}", ran.err);
    assert_eq!(desk.dg(&["run", "a.dg", "--sandbox-at", "http://example.com:80"]).code, 1);
}

#[test]
fn private_addresses_are_refused() {
    let desk = Desk::new();
    desk.write("a.dg", "invokeurl [ url :\"http://169.254.169.254/latest\" ];");
    let ran = desk.dg(&["run", "a.dg"]);
    assert!(ran.code == 1 && ran.err.contains("E4004"), "{}", ran.err);
    desk.write(
        "b.dg",
        "invokeurl [ url :\"https://echo.example.com/redirect-to?url=http%3A%2F%2F169.254.169.254%2F\" ];",
    );
    let ran = desk.dg(&["run", "b.dg", "--sandbox"]);
    assert!(ran.code == 1 && ran.err.contains("E4004"), "{}", ran.err);
}

#[test]
fn checks_find_mistakes_and_say_where() {
    let desk = Desk::new();
    desk.write("good/a.dg", "info 1;\n");
    desk.write("bad/b.dg", "info 1\ninfo 2;\nx = (1;\n");
    assert_eq!(desk.dg(&["check", "good"]).code, 0);
    let ran = desk.dg(&["check", ".", "--json"]);
    assert_eq!(ran.code, 3);
    let rows: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(rows.as_array().unwrap().iter().all(|row| row["file"].as_str().unwrap().ends_with("b.dg")));
    assert_eq!(rows[0]["line"], 1);
    let sarif: Value = serde_json::from_str(&desk.dg(&["check", ".", "--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    desk.write("unknown.dg", "total = 1;\ninfo totl;\ninfo total.foo();\n");
    let ran = desk.dg(&["check", "unknown.dg"]);
    assert!(ran.code == 3 && ran.err.contains("E5001") && ran.err.contains("E5005"), "{}", ran.err);
    assert_eq!(desk.dg(&["check", "unknown.dg", "--syntax"]).code, 0);
    let scripts = shipped("");
    let ran = desk.dg(&["check", "--strict", scripts.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(desk.dg(&["check", "--notes", scripts.to_str().unwrap()]).err.contains("E5012"));
    assert_eq!(desk.dg(&["fmt", "--check", scripts.to_str().unwrap()]).out, "");
    desk.write("bytes.dg", b"info \xff;");
    assert!(desk.dg(&["check", "bytes.dg"]).err.contains("E1005"));
}

#[test]
fn the_formatter_changes_files_or_only_looks() {
    let desk = Desk::new();
    let file = desk.write("a.dg", "if(a==1){info 2;} // why\n");
    let looked = desk.dg(&["fmt", "--check", "."]);
    assert!(looked.code == 3 && looked.out.contains("a.dg"), "{}", looked.out);
    assert_eq!(desk.dg(&["fmt", "."]).code, 0);
    let once = std::fs::read_to_string(&file).unwrap();
    assert!(once.contains("// why") && once.contains("\n{\n\tinfo 2;\n}"), "{once}");
    assert_eq!(desk.dg(&["fmt", "--check", "."]).code, 0);
    desk.write("b.dg", "if(");
    assert_eq!(desk.dg(&["fmt", "b.dg"]).code, 3);
    assert_eq!(std::fs::read_to_string(desk.path("b.dg")).unwrap(), "if(");
}

#[test]
fn many_scripts_are_formatted_side_by_side_and_told_in_order() {
    let desk = Desk::new();
    let names: Vec<String> = (0..300).map(|at| format!("many/f{at:03}.dg")).collect();
    for (at, name) in names.iter().enumerate() {
        desk.write(name, format!("x={at};\n"));
    }
    let looked = desk.dg(&["fmt", "--check", "many"]);
    assert_eq!(looked.out.replace('\\', "/").lines().collect::<Vec<_>>(), names);
    assert_eq!(desk.dg(&["fmt", "many"]).code, 0);
    assert_eq!(std::fs::read_to_string(desk.path("many/f299.dg")).unwrap(), "x = 299;\n");
}

#[test]
fn golden_scripts_pass_fail_and_are_updated() {
    let desk = Desk::new();
    let file = desk.write("a.dg", "info 1 + 1;     // => 3\n");
    let failed = desk.dg(&["test", ".", "--junit", "report.xml"]);
    assert!(failed.code == 1 && failed.out.contains("    - 3\n    + 2\n"), "{}", failed.out);
    assert!(std::fs::read_to_string(desk.path("report.xml")).unwrap().contains("failures=\"1\""));
    desk.dg(&["test", ".", "--update"]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("// => 2"));
    assert_eq!(desk.dg(&["test", "."]).code, 0);
}

#[test]
fn the_repl_keeps_variables_and_survives_errors() {
    let desk = Desk::new();
    let input = "x = 20\nx + 1\nif(x > 1)\n{\n\tinfo \"big\";\n}\n1 / 0\nint twice(int n) { return n * 2; }\ntwice(x)\n:vars\n:doc contains\n:nothing\n";
    let ran = desk.dg_with(&["repl"], input);
    assert_eq!(ran.code, 1, "an input stopped: {}", ran.err);
    assert!(ran.out.starts_with("21\nbig\n40\nx = 20\n"), "{}", ran.out);
    assert!(ran.out.contains("contains(") && ran.err.contains("E3004") && ran.err.contains(":nothing"), "{}", ran.err);
}

#[test]
fn the_repl_has_commands() {
    let desk = Desk::new();
    let saved = desk.path("session.dg");
    let input = format!(
        "x = 20\n:type x\n:type x.toString()\n:type 1 / 3\nm = {{\"a\":1}}\nm.get(\"a\") + x\ninfo \"hi\"\n:last\n:save {0}\n:save {0}\n:profile zoho-creator\n:profile nothing\n:sandbox on\nr = zoho.crm.getRecords(\"Leads\").size() > 0\n:calls\n:time r\n:sandbx\n:reset\n:vars\n:doc\n",
        saved.display()
    );
    let ran = desk.dg_with(&["repl"], &input);
    assert!(
        ran.out.starts_with("NUMBER\nnull or TEXT\nDECIMAL\n21\nhi\n21\nzoho-creator\non: "),
        "{}\n{}",
        ran.out,
        ran.err
    );
    assert!(ran.out.contains("GET ") && ran.out.contains(" → 200, "), "{}", ran.out);
    assert!(ran.out.trim_end().ends_with("true"), "nothing is left after :reset: {}", ran.out);
    for said in ["there already", "'nothing'", "Did you mean :sandbox?", "Something is missing", "dg test"] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
    let text = std::fs::read_to_string(&saved).unwrap();
    assert!(text.contains("info m.get(\"a\") + x;  // => 21\n") && text.contains("info \"hi\";  // => hi\n"), "{text}");
    assert_eq!(desk.dg(&["test", saved.to_str().unwrap()]).code, 0);
}

#[test]
fn fmt_shows_parts_and_names_what_it_changes() {
    let desk = Desk::new();
    let file = desk.write("a.dg", "x=1;\ny=2;\nif(x==1 && TRUE){ z=3; }\n");
    let diff = desk.dg(&["fmt", "--diff", "a.dg"]);
    assert!(diff.code == 3 && diff.out.contains("-x=1;\n") && diff.out.contains("+x = 1;\n"), "{}", diff.out);
    assert!(diff.err.contains("a.dg:3: TRUE becomes true"), "{}", diff.err);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("x=1;"), "--diff changes nothing");
    assert_eq!(desk.dg(&["fmt", "--range", "2:2", "a.dg"]).code, 0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("x=1;\ny = 2;\nif(x==1 && TRUE"));
    for wrong in ["2", "0:1", "5:2", "a:b"] {
        assert_eq!(desk.dg(&["fmt", "--range", wrong, "a.dg"]).code, 2, "{wrong}");
    }
    let piped = desk.dg_with(&["fmt", "-", "--stdin-name", "draft.dg"], "if(");
    assert!(piped.code == 3 && piped.err.contains("draft.dg"), "{}", piped.err);
    let piped = desk.dg_with(&["fmt", "-"], "if(a = 1){b=2;}");
    assert_eq!((piped.code, piped.out.as_str()), (0, "if(a = 1)\n{\n\tb = 2;\n}\n"), "`=` stays");
    let export =
        "application \"A\"\n{\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\treturn n+1;\n\t\t}\n\t}\n}\n";
    let export = desk.write("app.ds", export);
    assert_eq!(desk.dg(&["fmt", "."]).code, 0);
    assert!(std::fs::read_to_string(&export).unwrap().contains("\t\t\treturn n + 1;\n"));
    assert_eq!(desk.dg(&["fmt", "--check", "."]).code, 0);
}

#[test]
fn the_reference_is_there() {
    let desk = Desk::new();
    let doc = |name: &str| desk.dg(&["doc", name]);
    assert!(doc("TOUPPERCASE").out.contains("toUpperCase"));
    assert!(doc("invokeurl").out.contains("response-format"));
    assert!(doc("zoho.crm.getRecordById").out.contains("becomes GET"));
    let words = |words: &[&str]| desk.dg(&[&["doc"], words].concat()).out;
    assert!(words(&["for", "Each"]).starts_with("for each name in values"));
    assert!(words(&["insert", "into"]).contains("only in Creator") && words(&["else"]).starts_with("if(condition)"));
    // A word may be a statement and a function: both are shown.
    let (condition, insert) = (doc("if").out, doc("insert").out);
    assert!(condition.starts_with("if(condition)") && condition.contains("\n\nif(condition,"), "{condition}");
    assert!(insert.starts_with("insert into ") && insert.contains("\n\nlist.insert("), "{insert}");
    // As written in a script.
    for written in [".toUpperCase", "toUpperCase()", "name.toUpperCase(1)"] {
        assert!(doc(written).out.contains("text.toUpperCase()"), "{written}");
    }
    assert!(doc("E4001").out.contains("dg connect"));
    let lists = doc("list.").out;
    assert!(lists.contains("list.sort([ascending])\n") && !lists.contains("\ntext."), "{lists}");
    let unknown = doc("toUperCase");
    assert!(unknown.code == 1 && unknown.err.contains("toUpperCase"), "{}", unknown.err);
    assert!(desk.dg(&["services", "mailchimp"]).out.contains("https://{dc}.api.mailchimp.com"));
    assert!(desk.dg(&["services", "calendar"]).out.contains("google_calendar"));
    let by_alias = desk.dg(&["services", "Gmail"]).out;
    assert!(by_alias.contains("Gmail (google_mail)") && by_alias.contains("a login in the browser"), "{by_alias}");
    let google = desk.dg(&["services", "google"]).out;
    assert!(google.contains("Google (google)") && google.contains("See also: google_ads "), "{google}");
    let desk_of_zoho = desk.dg(&["services", "zoho_desk"]).out;
    assert!(desk_of_zoho.contains("asks for        dc (zoho.com | zoho.eu"), "{desk_of_zoho}");
    let typo = desk.dg(&["services", "mailchmp"]);
    assert!(typo.code == 1 && typo.err.contains("mailchimp"), "{}", typo.err);
    let ready = desk.dg(&["services", "--default"]).out;
    assert!(ready.contains("eventbrite") && !ready.contains("asana"), "{ready}");
    assert!(desk.dg(&["completions", "bash"]).out.contains("_dg"));
}

#[test]
fn shells_offer_live_names() {
    let desk = Desk::new();
    let names = |kind: &str| desk.dg(&["completions", "--names", kind]).out;
    assert!(names("services").contains("mailchimp\n") && names("profiles").contains("zoho-creator\n"));
    assert!(names("functions").contains("toUpperCase\n") && names("connections").is_empty());
    assert_eq!(desk.dg(&["completions"]).code, 2);
    for (shell, asks) in
        [("zsh", "connect) [[ $CURRENT -eq 3 ]] && what=services"), ("fish", "dg completions --names services")]
    {
        assert!(desk.dg(&["completions", shell]).out.contains(asks), "{shell}");
    }
    // In bash, as far as this machine has one: what is offered after `dg connect mailch`.
    let script = desk.write("dg.bash", &desk.dg(&["completions", "bash"]).out);
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_dg")).parent().unwrap().display().to_string();
    let offered = |words: &str, at: usize| {
        let ask = format!(
            "PATH='{folder}':$PATH; source '{}'; COMP_WORDS=({words}); COMP_CWORD={at}; _dg_live dg \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let ran = std::process::Command::new("bash").args(["--norc", "-c", &ask]).output();
        ran.ok().map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned())
    };
    if let Some(services) = offered("dg connect mailch", 2) {
        assert_eq!(services, "mailchimp\n");
        assert!(offered("dg run x.dg --profile zoho-cr", 4).unwrap().contains("zoho-creator"));
        assert!(offered("dg run --sand", 2).unwrap().contains("--sandbox"), "the rest is as before");
    }
}

#[test]
fn a_new_project_runs() {
    let desk = Desk::new();
    assert_eq!(desk.dg(&["new", "shop"]).code, 0);
    assert_eq!(desk.dg(&["new", "shop"]).code, 2);
    let ran = desk.dg(&["run", "shop/hello.dg", "--arg", "name=Ada"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Greeting Ada\nHello Ada!\n"), "{}", ran.err);
    let checked = desk.dg(&["check", "shop"]);
    assert_eq!((checked.code, checked.err.as_str()), (0, ""), "the project's own functions are known");
    assert_eq!(desk.dg(&["fmt", "--check", "shop"]).out, "");
    let shop = desk.path("shop");
    let at = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_dg")).args(args).current_dir(&shop).output().unwrap().status.code().unwrap()
    };
    assert_eq!((at(&["test"]), at(&["check"]), at(&["fmt", "--check"])), (0, 0, 0));
    desk.write("shop/tests/wrong.dg", "//@ use: ../hello.dg\ninfo hello(null); // => Hello\n");
    let wrong = desk.dg(&["test", "shop/tests/wrong.dg"]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.out.contains("wrong.dg:2\n") && wrong.out.contains("    - Hello\n    + error E3003"),
        "{}",
        wrong.out
    );
    desk.write("shop/dg.toml", "profil = 1\n");
    let ran = desk.dg(&["run", "shop/hello.dg", "--arg", "name=Ada"]);
    assert!(ran.code == 1 && ran.err.contains("dg.toml"), "{}", ran.err);
}

#[test]
fn odd_files_end_in_a_result_or_a_clear_word() {
    let desk = Desk::new();
    desk.write("empty.dg", "");
    assert_eq!(desk.dg(&["run", "empty.dg"]).code, 0);
    desk.write("deep.dg", "(".repeat(10_000));
    let deep = desk.dg(&["run", "deep.dg"]);
    assert!(deep.code == 1 && deep.err.contains("E2005"), "{}", deep.err);
    desk.write("long.dg", "x = 1;\n".repeat(6_000) + "info x;");
    assert_eq!(desk.dg(&["run", "long.dg"]).out, "1\n");
    let noise: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    desk.write("noise.dg", noise);
    assert!(desk.dg(&["run", "noise.dg"]).err.contains("E1005"));
}

#[test]
fn a_trace_tells_what_each_line_does() {
    let desk = Desk::new();
    desk.write("t.dg", "int twice(int n)\n{\n\treturn n * 2;\n}\ntotal = 1;\nfor each x in {3,4}\n{\n\ttotal = total + twice(x);\n}\nm = {\"a\":\"b\"};\ninfo m.get(\"a\") + total;\ninfo 1 / 0;\n");
    let ran = desk.dg(&["run", "t.dg", "--trace"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "b15\n"), "{}", ran.err);
    let told: Vec<String> = ran.err.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "5 total = 1; total = 1",
        "1 int twice(int n) begins: n = 3",
        "1 int twice(int n) gives 6",
        "8 total = total + twice(x); total = 7",
        "8 total = total + twice(x); total = 15",
        "10 m = {\"a\":\"b\"}; m = {\"a\":\"b\"}",
        "11 info m.get(\"a\") + total;",
        "12 info 1 / 0; E3004: Divide by zero error",
    ] {
        let found = told.iter().any(|told| told == line || (line.contains("E3004") && told.contains("E3004")));
        assert!(found, "{line} in\n{}", ran.err);
    }
}

#[test]
fn the_guide_tells_the_truth() {
    let desk = Desk::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = std::fs::read_dir(root.join("docs/guide")).unwrap().map(|entry| entry.unwrap().path());
    let mut blocks = 0;
    for page in guide.chain([root.join("README.md")]) {
        let text = std::fs::read_to_string(&page).unwrap();
        for (at, block) in text.split("```deluge\n").skip(1).enumerate() {
            let name = format!("{}-{at}.dg", page.file_stem().unwrap().display());
            desk.write(&name, block.split("```").next().unwrap());
            blocks += 1;
        }
        // Every command that a page names is one.
        for command in text.split("`dg ").skip(1).filter_map(|rest| rest.split([' ', '`', '\n']).next()) {
            let known = desk.dg(&["help", command]);
            assert!(command == "help" || known.code == 0, "{}: dg {command}", page.display());
        }
    }
    assert!(blocks >= 3);
    let ran = desk.dg(&["test", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn the_reference_is_not_stale() {
    let desk = Desk::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let suite = root.join("tests/suite");
    let ran = desk.dg(&["doc", "--write", "reference", "--score", suite.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["index.md", "text.md", "tasks/crm.md", "lints.md", "services.md", "command-line.md"] {
        let (found, kept) = (desk.path("reference").join(name), root.join("docs/reference").join(name));
        let same = std::fs::read_to_string(found).unwrap() == std::fs::read_to_string(kept).unwrap_or_default();
        assert!(same, "{name} is stale: `cargo run -- doc --write docs/reference --score tests/suite` writes it");
    }
}

#[test]
fn a_service_of_ones_own_is_one_small_file() {
    let desk = Desk::new();
    let set = |pairs: &[&str]| {
        let mut args = vec!["services", "add"];
        args.extend(pairs.iter().flat_map(|pair| ["--set", pair]));
        desk.dg(&args)
    };
    let shop = ["name=My Shop", "kind=api_key", "api=https://shop.example.com/v1", "place=header", "key=X-Key"];
    assert_eq!(set(&shop).code, 0);
    assert_eq!(set(&shop).code, 2, "a file is not replaced");
    assert!(desk.dg(&["services", "my_shop"]).out.contains("https://shop.example.com/v1"));
    let connected = desk.dg(&["connect", "my_shop", "--set", "api_key=hush-hush"]);
    assert_eq!(connected.code, 0, "{}", connected.err);
    assert!(connected.out.contains("connection:\"my_shop\""), "{}", connected.out);
    let shown = desk.dg(&["connections", "show", "my_shop"]);
    assert!(shown.out.contains("connected") && !(shown.out + &connected.out + &connected.err).contains("hush-hush"));
    let exported = desk.dg(&["connections", "export", "--references"]).out;
    assert!(exported.contains("my_shop") && !exported.contains("hush-hush"));
    let legacy = [
        "name=Old Web",
        "kind=oauth2",
        "api=https://old.example.com",
        "authorize_url=https://old.example.com/a?access_type=offline",
        "token_url=https://old.example.com/t",
        "refresh_url=https://old.example.com/r",
        "scopes=read write",
        "scope_delimiter=,",
        "client_auth=basic",
        "authorize_params=approval=auto&team=7",
        "place=query",
        "key=auth_token",
    ];
    assert_eq!(set(&legacy).code, 0);
    let file = std::fs::read_to_string(desk.path("services/old_web.toml")).unwrap();
    for line in [
        "refresh_url = \"https://old.example.com/r\"",
        "default_scopes = [\"read\", \"write\"]",
        "authorize_params = { \"approval\" = \"auto\", \"team\" = \"7\" }",
        "client_auth = \"basic\"",
        "in = \"query\"",
    ] {
        assert!(file.contains(line), "{line}: {file}");
    }
    let open = ["name=Open", "kind=none", "api=https://open.example.com"];
    assert_eq!(set(&open).code, 0, "an API without a login");
    let keys = ["name=Keys", "kind=api_key", "api=https://keys.example.com", "place=query", "key=app_id app_key"];
    assert_eq!(set(&keys).code, 0);
    assert!(desk.dg(&["connect", "keys", "--set", "app_id=1", "--set", "app_key=2"]).code == 0, "two parameters");
    let oauth = [
        "name=Web",
        "kind=oauth2",
        "api=https://web.example.com",
        "authorize_url=http://web.example.com/a",
        "token_url=https://web.example.com/t",
    ];
    let refused = set(&oauth);
    assert!(refused.code == 1 && refused.err.contains("E4014"), "plain http is refused: {}", refused.err);
    assert!(!desk.path("services/web.toml").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_script_and_says_where() {
    let desk = Desk::new();
    desk.write("endless.dg", "x = 0;\ninfo \"on my way\";\nwhile(true)\n{\n\tx = x + 1;\n}\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_dg"))
        .args(["run", "endless.dg"])
        .current_dir(desk.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line says that the script runs, and that the signal is caught by now.
    let mut line = [0; 9];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(1) && told.contains("E3015") && told.contains("endless.dg:"), "{told}");
}

#[test]
fn files_go_in_and_come_out() {
    let desk = Desk::new();
    desk.write("in.txt", "one\ntwo\n");
    desk.write(
        "copy.dg",
        "file copy(file f)\n{\n\tinfo f.getFileName();\n\treturn f.getFileContent().toUpperCase().toFile(\"../out.txt\");\n}\n",
    );
    let ran = desk.dg(&["run", "copy.dg", "--arg", "f=@in.txt", "--save-files", "made"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("in.txt\n"), "{}", ran.out);
    assert_eq!(std::fs::read_to_string(desk.path("made/out.txt")).unwrap(), "ONE\nTWO\n");
    let ran = desk.dg(&["run", "copy.dg", "--arg", "f=@none.txt"]);
    assert!(ran.code != 0 && ran.err.contains("none.txt"), "{}", ran.err);
}
