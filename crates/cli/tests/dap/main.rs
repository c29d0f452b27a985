//! `dg dap` as an editor starts it: every feature, over the pipes of a process.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod client;

use client::{Editor, Folder};
use serde_json::json;

const MAIN: &str = "total = 0;
lead = {\"name\":\"Ada\",\"tags\":{1,2,3}};
for each n in {1,2,3,4}
{
	total = total + twice(n);
}
try
{
	broken = total / 0;
}
catch (e)
{
	info \"caught\";
}

info total;
return lead.get(\"name\");
";
const TWICE: &str = "int twice(int n)
{
	m = n * 2;
	return m;
}
";

fn project() -> Folder {
    Folder::new(&[("dg.toml", "functions = \"functions\"\n"), ("main.dg", MAIN), ("functions/twice.dg", TWICE)])
}

#[test]
fn a_breakpoint_stops_and_shows_where_and_what() {
    let folder = project();
    let mut editor = folder.debug();
    let launch = editor.launch(&folder.path("main.dg"), json!({}));
    // A line without a statement moves to the next one; below the last there is none.
    let set = editor.breakpoints(&folder.path("main.dg"), json!([{ "line": 5 }, { "line": 15 }, { "line": 99 }]));
    assert_eq!((&set[0]["verified"], &set[0]["line"]), (&json!(true), &json!(5)));
    assert_eq!((&set[1]["verified"], &set[1]["line"]), (&json!(true), &json!(16)));
    assert_eq!(set[2]["verified"], false);
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.response(launch)["success"], true);
    let stopped = editor.event("stopped");
    assert_eq!((&stopped["reason"], &stopped["hitBreakpointIds"]), (&json!("breakpoint"), &json!([set[0]["id"]])));
    assert_eq!(editor.ask("threads", json!({}))["threads"][0]["name"], "script");
    assert_eq!(editor.stack(), ["main.dg:5 script"]);
    let frame = editor.ask("stackTrace", json!({ "threadId": 1 }))["stackFrames"][0].clone();
    assert_eq!(frame["source"]["path"], folder.path("main.dg").display().to_string());
    assert_eq!(frame["column"], 2);
    let scope = editor.scope(0);
    let shown = editor.variables(&scope);
    assert!(
        shown.starts_with(&["total=0".to_owned(), "lead=(2) {name: \"Ada\", tags: (3) {…}}".to_owned()]),
        "{shown:?}"
    );
    editor.breakpoints(&folder.path("main.dg"), json!([{ "line": 16 }]));
    assert_eq!(editor.go("continue"), "breakpoint");
    assert_eq!(editor.evaluate(0, "total", "watch")["result"], "20");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.event("exited")["exitCode"], 0);
    assert_eq!(editor.output("stdout"), "caught\n20\n");
    assert_eq!(editor.output_again("console"), "Ada\n");
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn values_open_lazily_and_can_be_set() {
    let folder = project();
    let mut editor = folder.stopped_at("main.dg", json!([{ "line": 7 }]), json!({}));
    let scope = editor.scope(0);
    let all = editor.ask("variables", json!({ "variablesReference": scope }))["variables"].clone();
    let lead = all.as_array().unwrap().iter().find(|v| v["name"] == "lead").unwrap().clone();
    assert_eq!((&lead["type"], &lead["namedVariables"]), (&json!("KEY-VALUE"), &json!(2)));
    let inside = lead["variablesReference"].clone();
    let keys = editor.ask("variables", json!({ "variablesReference": inside }))["variables"].clone();
    assert_eq!(keys[1]["evaluateName"], "lead.get(\"tags\")");
    let tags = keys[1]["variablesReference"].clone();
    let part =
        editor.ask("variables", json!({ "variablesReference": tags, "filter": "indexed", "start": 1, "count": 1 }));
    assert_eq!(part["variables"].as_array().unwrap().len(), 1);
    assert_eq!(part["variables"][0]["evaluateName"], "lead.get(\"tags\").get(1)");
    let set = |editor: &mut Editor, of: &serde_json::Value, name: &str, value: &str| {
        editor.ask("setVariable", json!({ "variablesReference": of, "name": name, "value": value }))["value"].clone()
    };
    assert_eq!(set(&mut editor, &scope, "total", "total * 100"), "2000");
    assert_eq!(set(&mut editor, &inside, "name", "\"Bea\""), "\"Bea\"");
    assert_eq!(set(&mut editor, &tags, "1", "{\"k\":1}"), "(1) {k: 1}");
    assert_eq!(
        editor.evaluate(0, "lead.toString()", "repl")["result"],
        r#""{\"name\":\"Bea\",\"tags\":[1,{\"k\":1},3]}""#
    );
    let wrong = json!({ "variablesReference": scope, "name": "total", "value": "total = 1" });
    assert!(editor.refused("setVariable", wrong).contains("expression"));
    assert!(
        editor.refused("setVariable", json!({ "variablesReference": tags, "name": "9", "value": "1" })).contains('9')
    );
    assert!(editor.refused("variables", json!({ "variablesReference": 999 })).contains("moved on"));
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output("stdout"), "caught\n2000\n");
    assert_eq!(editor.output_again("console"), "Bea\n");
}

#[test]
fn a_stopped_script_evaluates() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({}));
    editor.breakpoints(&folder.path("functions/twice.dg"), json!([{ "line": 4 }]));
    editor.ask("configurationDone", json!({}));
    editor.event("stopped");
    assert_eq!(editor.evaluate(0, "m + n", "repl")["result"], "3");
    assert_eq!(editor.evaluate(1, "lead.get(\"name\").length()", "watch")["result"], "3");
    assert_eq!(editor.evaluate(1, "total = 500", "repl")["result"], "null");
    assert_eq!(editor.evaluate(1, "total", "hover")["result"], "500");
    assert_eq!(editor.evaluate(1, "twice(twice(5))", "repl")["result"], "20");
    let ask = |text: &str, context: &str| json!({ "expression": text, "frameId": 0, "context": context });
    assert!(editor.refused("evaluate", ask("m = 1", "watch")).contains("expression"));
    assert!(editor.refused("evaluate", ask("info 1", "hover")).contains("no variable"));
    assert!(editor.refused("evaluate", ask("m / 0", "repl")).contains("Divide by zero"));
    assert!(editor.refused("evaluate", ask("m +", "repl")).len() > 5);
    assert!(editor.refused("gotoTargets", json!({})).contains("gotoTargets"));
    editor.close();
}

#[test]
fn what_does_not_come_to_an_end_is_given_up_and_the_script_goes_on() {
    let endless = "bool endless()\n{\n\twhile(true)\n\t{\n\t\tn = 1;\n\t}\n\treturn true;\n}\n";
    let main = "total = 1;\nif(false)\n{\n\tendless();\n}\ntotal = total + 1;\nreturn total;\n";
    let files = [("dg.toml", "functions = \"functions\"\n"), ("main.dg", main), ("functions/endless.dg", endless)];
    let folder = Folder::new(&files);
    let mut editor = folder.stopped_at("main.dg", json!([{ "line": 6 }]), json!({}));
    let ask = |text: &str| json!({ "expression": text, "frameId": 0, "context": "repl" });
    let why = editor.refused("evaluate", ask("endless()"));
    assert!(why.contains("longer than 5 seconds") && why.contains("still stopped"), "{why}");
    assert_eq!(editor.evaluate(0, "total", "watch")["result"], "1");
    // A pause ends it at once.
    let asked = editor.send("evaluate", ask("while(true) { total = total + 1; }"));
    editor.ask("pause", json!({ "threadId": 1 }));
    let answer = editor.response(asked);
    assert_eq!(answer["success"], false);
    assert!(answer["message"].as_str().unwrap().contains("pause"), "{answer}");
    assert_eq!(editor.evaluate(0, "total = 1", "repl")["result"], "null");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output("console"), "2\n");
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_breakpoint_at_a_function_that_is_not_there_says_so() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({}));
    let wanted = json!({ "breakpoints": [{ "name": "twice" }, { "name": "twcie" }] });
    let set = editor.ask("setFunctionBreakpoints", wanted.clone())["breakpoints"].clone();
    assert_eq!((&set[0]["verified"], &set[1]["verified"]), (&json!(false), &json!(false)));
    assert!(set[0]["message"].as_str().unwrap().contains("when the script starts"), "{set}");
    editor.ask("configurationDone", json!({}));
    let found = editor.event("breakpoint");
    assert_eq!((&found["reason"], &found["breakpoint"]["id"]), (&json!("changed"), &set[0]["id"]));
    assert_eq!(found["breakpoint"]["verified"], true);
    let missing = editor.event("breakpoint")["breakpoint"].clone();
    assert_eq!(missing["verified"], false);
    assert!(missing["message"].as_str().unwrap().contains("Did you mean 'twice'?"), "{missing}");
    assert_eq!(editor.event("stopped")["reason"], "function breakpoint");
    let again = editor.ask("setFunctionBreakpoints", wanted)["breakpoints"].clone();
    assert_eq!((&again[0]["verified"], &again[1]["verified"]), (&json!(true), &json!(false)));
    editor.close();
}

#[test]
fn advice_is_for_somebody_at_an_editor() {
    let folder = Folder::new(&[("greet.dg", "string greet(string name)\n{\n\treturn \"Hi \" + nmae + name;\n}\n")]);
    let mut editor = folder.debug();
    let launch = editor.launch(&folder.path("greet.dg"), json!({}));
    editor.ask("configurationDone", json!({}));
    let refused = editor.response(launch);
    let why = refused["message"].as_str().unwrap();
    assert!(why.contains("\"args\": {\"name\": VALUE}") && !why.contains("--"), "{why}");
    editor.close();
    let mut editor = folder.stopped_at("greet.dg", json!([{ "line": 3 }]), json!({ "args": { "name": "Ada" } }));
    let ask = json!({ "expression": "other", "frameId": 0, "context": "repl" });
    let why = editor.refused("evaluate", ask);
    assert!(why.contains("\"args\": {\"other\"") && !why.contains("--arg"), "{why}");
    editor.close();
}

#[test]
fn steps_go_in_over_and_out_across_files() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({ "stopOnEntry": true }));
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.event("stopped")["reason"], "entry");
    let mut lines = vec![editor.stack()[0].clone()];
    for _ in 0..3 {
        assert_eq!(editor.go("next"), "step");
        lines.push(editor.stack()[0].clone());
    }
    assert_eq!(lines, ["main.dg:1 script", "main.dg:2 script", "main.dg:3 script", "main.dg:5 script"]);
    // Over the call, then to the head of the loop, and to its body again.
    editor.go("next");
    assert_eq!(editor.stack(), ["main.dg:3 script"]);
    editor.go("next");
    editor.go("stepIn");
    assert_eq!(editor.stack(), ["twice.dg:3 twice", "main.dg:5 script"]);
    let path = editor.ask("stackTrace", json!({ "threadId": 1 }))["stackFrames"][0]["source"]["path"].clone();
    let path = std::path::Path::new(path.as_str().unwrap()).canonicalize().unwrap();
    assert_eq!(path, folder.path("functions/twice.dg").canonicalize().unwrap());
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "2");
    editor.go("stepOut");
    assert_eq!(editor.stack(), ["main.dg:3 script"]);
    let levels = editor.ask("stackTrace", json!({ "threadId": 1, "startFrame": 0, "levels": 1 }));
    assert_eq!(levels["stackFrames"].as_array().unwrap().len(), 1);
    editor.close();
}

#[test]
fn conditions_counts_and_log_points() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({}));
    let twice = folder.path("functions/twice.dg");
    let set = editor.breakpoints(
        &twice,
        json!([{ "line": 3, "logMessage": "n is {n}, {lead}, doubled {n * 2}" }, { "line": 4, "condition": "n > 1", "hitCondition": "== 2" }]),
    );
    assert_eq!((&set[0]["verified"], &set[1]["verified"]), (&json!(true), &json!(true)));
    let wrong = editor.breakpoints(
        &folder.path("main.dg"),
        json!([{ "line": 5, "condition": "n = 1" }, { "line": 5, "hitCondition": "often" }]),
    );
    assert!(wrong[0]["message"].as_str().unwrap().contains("=="), "{wrong}");
    assert!(wrong[1]["message"].as_str().unwrap().contains("hit count"), "{wrong}");
    editor.ask("configurationDone", json!({}));
    editor.event("stopped");
    // The condition holds for 2, 3 and 4; the second time is 3.
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "3");
    // A condition that cannot be evaluated stops, and says why.
    editor.breakpoints(&twice, json!([{ "line": 3, "condition": "n / 0 > 1" }]));
    assert_eq!(editor.go("continue"), "breakpoint");
    editor.breakpoints(&twice, json!([]));
    editor.ask("continue", json!({ "threadId": 1 }));
    let log = editor.output("console");
    assert!(log.starts_with("n is 1, <"), "{log}");
    assert!(log.contains("doubled 2\n") && log.contains("n is 3") && !log.contains("n is 4"), "{log}");
    assert!(editor.output_again("stderr").contains("Divide by zero"));
}

#[test]
fn functions_and_errors_stop() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({}));
    let set =
        editor.ask("setFunctionBreakpoints", json!({ "breakpoints": [{ "name": "twice", "condition": "n == 2" }] }));
    assert_eq!(set["breakpoints"][0]["verified"], false);
    editor.ask("setExceptionBreakpoints", json!({ "filters": ["all"] }));
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.event("stopped")["reason"], "function breakpoint");
    assert_eq!(editor.stack(), ["twice.dg:3 twice", "main.dg:5 script"]);
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "2");
    assert!(editor.refused("exceptionInfo", json!({ "threadId": 1 })).contains("not stopped at an error"));
    assert_eq!(editor.go("continue"), "exception");
    assert_eq!(editor.stack(), ["main.dg:9 script"]);
    let info = editor.ask("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!(info["breakMode"], "always");
    assert!(info["description"].as_str().unwrap().contains("Divide by zero"), "{info}");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output("stdout"), "caught\n20\n");
    editor.close();

    // Only what nothing catches: the one in the `try` does not stop, the last line does.
    let folder = Folder::new(&[("main.dg", "try { a = 1 / 0; } catch (e) { b = 1; }\nc = b / 0;\n")]);
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({}));
    editor.ask("setExceptionBreakpoints", json!({ "filters": ["uncaught"] }));
    editor.ask("configurationDone", json!({}));
    editor.event("stopped");
    assert_eq!(editor.stack(), ["main.dg:2 script"]);
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.event("exited")["exitCode"], 1);
    assert!(editor.output("stderr").contains("Divide by zero"));
}

#[test]
fn pause_restart_and_terminate() {
    let folder = Folder::new(&[("main.dg", "n = 0;\nwhile(true)\n{\n\tn = n + 1;\n}\n")]);
    let mut editor = folder.stopped_at("main.dg", json!([{ "line": 1 }]), json!({}));
    editor.breakpoints(&folder.path("main.dg"), json!([]));
    // Pausing right after going on must not be lost.
    editor.send("continue", json!({ "threadId": 1 }));
    editor.ask("pause", json!({ "threadId": 1 }));
    assert_eq!(editor.event("stopped")["reason"], "pause");
    // The breakpoint below is for the next start.
    editor.evaluate(0, "n = 1000", "repl");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert!(editor.refused("stackTrace", json!({ "threadId": 1 })).contains("stopped"));
    editor.breakpoints(&folder.path("main.dg"), json!([{ "line": 4, "condition": "n == 3" }]));
    // A fresh start sees breakpoints that were set meanwhile; the session goes on.
    editor.ask("restart", json!({}));
    editor.event("stopped");
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "3");
    std::fs::write(folder.path("main.dg"), "n = 7;\ninfo n;\n").unwrap();
    editor.breakpoints(&folder.path("main.dg"), json!([{ "line": 2 }]));
    editor.ask("restart", json!({}));
    editor.event("stopped");
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "7");
    editor.ask("terminate", json!({}));
    editor.event("terminated");
    assert!(editor.refused("evaluate", json!({ "expression": "n" })).contains("stopped"));
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn all_kinds_of_runs_are_debugged() {
    let served =
        "int answer(int n)\n{\n\tleads = zoho.crm.getRecords(\"Leads\");\n\tinfo leads.size() > 0;\n\treturn n;\n}\n";
    let folder = Folder::new(&[
        ("served.dg", served),
        (
            "made_up.dg",
            "string greet(map lead)\n{\n\tif(lead.get(\"Email\") == null)\n\t{\n\t\treturn \"\";\n\t}\n\treturn \"Dear \" + lead.get(\"Name\");\n}\n",
        ),
        ("kept.dg", "n = 20;\ninfo \"kept\";\nreturn n + zoho.currenttime.getYear();\n"),
    ]);
    // With services that are played, recorded too.
    let sandbox =
        json!({ "sandbox": true, "record": folder.path("calls.http").display().to_string(), "args": { "n": 5 } });
    let mut editor = folder.stopped_at("served.dg", json!([{ "line": 4 }]), sandbox);
    assert_eq!(editor.evaluate(0, "leads.size() > 0", "watch")["result"], "true");
    assert_eq!(editor.evaluate(0, "n", "watch")["result"], "5");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output("stdout"), "true\n");
    editor.close();
    // From the recording.
    let replay = json!({ "replay": folder.path("calls.http").display().to_string(), "args": { "n": 6 } });
    let mut editor = folder.stopped_at("served.dg", json!([{ "line": 4 }]), replay);
    assert_eq!(editor.evaluate(0, "leads.size() > 0", "watch")["result"], "true");
    editor.close();
    // With inputs that are made up.
    let mut editor = folder.stopped_at("made_up.dg", json!([{ "line": 7 }]), json!({ "try": true }));
    let mail = editor.evaluate(0, "lead.get(\"Email\").contains(\"@\")", "watch");
    assert_eq!(mail["result"], "true");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert!(editor.output("console").starts_with("Dear "));
    editor.close();
    // A durable run, from its journal; its file has changed meanwhile.
    let ran = folder.dg().args(["run", "kept.dg", "--durable", "--id", "kept-1"]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let result = String::from_utf8(ran.stdout).unwrap().lines().last().unwrap().to_owned();
    std::fs::write(folder.path("kept.dg"), "// changed\nn = 20;\ninfo \"kept\";\n").unwrap();
    let mut editor = folder.debug();
    editor.send("launch", json!({ "run": "kept-1", "stopOnEntry": true }));
    editor.event("initialized");
    editor.ask("configurationDone", json!({}));
    editor.event("stopped");
    let source = editor.ask("stackTrace", json!({ "threadId": 1 }))["stackFrames"][0]["source"].clone();
    let text = editor.ask("source", json!({ "source": source, "sourceReference": source["sourceReference"] }));
    assert!(text["content"].as_str().unwrap().starts_with("n = 20;"), "{text}");
    editor.ask("continue", json!({ "threadId": 1 }));
    assert_eq!(editor.output("stdout"), "kept\n");
    assert_eq!(editor.output_again("console").trim(), result);
}

#[test]
fn a_script_runs_without_debugging() {
    let folder = project();
    let mut editor = folder.debug();
    editor.launch(&folder.path("main.dg"), json!({ "noDebug": true }));
    editor.breakpoints(&folder.path("main.dg"), json!([{ "line": 1 }]));
    editor.ask("configurationDone", json!({}));
    assert_eq!(editor.output("stdout"), "caught\n20\n");
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn what_is_wrong_is_told() {
    let folder = Folder::new(&[("broken.dg", "if(\n"), ("takes.dg", "int takes(int n) { return n; }\n")]);
    let attempt = |config: serde_json::Value| {
        let mut editor = folder.debug();
        let launch = editor.send("launch", config);
        editor.event("initialized");
        editor.ask("configurationDone", json!({}));
        let response = editor.response(launch);
        assert_eq!(response["success"], false, "{response}");
        editor.event("terminated");
        assert_eq!(editor.close(), Some(0));
        response["message"].as_str().unwrap().to_owned()
    };
    let path = |name: &str| folder.path(name).display().to_string();
    assert!(attempt(json!({})).contains("'program'"));
    assert!(attempt(json!({ "program": path("none.dg") })).contains("cannot be read"));
    assert!(attempt(json!({ "program": path("broken.dg") })).contains("Error"));
    assert!(attempt(json!({ "program": path("takes.dg") })).contains("needs 'n'"));
    assert!(attempt(json!({ "program": path("takes.dg"), "args": [1] })).contains("object"));
    assert!(attempt(json!({ "program": path("takes.dg"), "sandbx": true })).contains("Did you mean 'sandbox'?"));
    assert!(attempt(json!({ "program": path("takes.dg"), "profile": "none" })).contains("none"));
    assert!(attempt(json!({ "run": "no-such-run" })).contains("no-such-run"));
    let mut editor = folder.debug();
    assert!(editor.refused("attach", json!({})).contains("launch"));
    // What is no request is passed over; what breaks the framing ends the program with a message, not a panic.
    editor.raw("[1,2]");
    editor.raw("{\"seq\":1,\"type\":\"event\"}");
    assert!(editor.refused("setBreakpoints", json!({ "source": {} })).contains("file"));
    editor.raw("{");
    assert_eq!(editor.vanish(), Some(1));
    // An editor that goes away ends the script.
    let folder = project();
    assert_eq!(folder.stopped_at("main.dg", json!([{ "line": 5 }]), json!({})).vanish(), Some(0));
}
