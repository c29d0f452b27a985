//! Drives `dg try` and `dg plan` as people do.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

struct Desk(common::Desk);

impl std::ops::Deref for Desk {
    type Target = common::Desk;

    fn deref(&self) -> &common::Desk {
        &self.0
    }
}

impl Desk {
    fn new() -> Self {
        Self(common::Desk::new())
    }

    fn dg(&self, args: &[&str]) -> (i32, String, String) {
        self.0.dg(args).parts()
    }
}

const LEAD: &str = r#"string welcome(string lead_id)
{
    lead = zoho.crm.getRecordById("Leads", lead_id);
    if(lead.get("Email_Opt_Out") == true)
    {
        return "no mail";
    }
    sendmail
    [
        from: zoho.adminuserid
        to: lead.get("Email")
        subject: "Hello " + lead.get("First_Name")
        message: "Welcome"
    ]
    info "sent";
    return lead.get("First_Name");
}
"#;

#[test]
fn each_verdict_has_its_exit_code() {
    let desk = Desk::new();
    desk.write("finished.dg", LEAD);
    desk.write("throws.dg", "throw \"no\";");
    desk.write("fault.dg", "x = null;\ninfo x.trim();");
    desk.write("endless.dg", "x = 1;\nwhile(x > 0)\n{\n    x = x + 1;\n}");
    for (file, code, word) in [
        ("finished.dg", 0, "finished"),
        ("throws.dg", 0, "throws"),
        ("fault.dg", 1, "fault"),
        ("endless.dg", 6, "not playable"),
    ] {
        let (found, out, err) = desk.dg(&["try", file]);
        assert_eq!(found, code, "{file}: {out}{err}");
        assert!(out.starts_with(&format!("{file}: {word} (")), "{out}");
    }
    let (code, out, _) = desk.dg(&["try", "."]);
    assert_eq!(code, 6);
    for line in ["4 scripts", "E3003", "E3013", "1  not playable"] {
        assert!(out.contains(line), "{line}: {out}");
    }
}

#[test]
fn inputs_are_printed_changed_and_given_back() {
    let desk = Desk::new();
    desk.write("lead.dg", LEAD);
    let (code, out, _) = desk.dg(&["try", "lead.dg", "--json"]);
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&out).unwrap();
    let mut inputs = report["entries"][0]["inputs"].clone();
    assert_eq!(report["entries"][0]["events"][1]["kind"], "mail");
    inputs["answers"][0]["answer"]["data"][0]["First_Name"] = "Zoe".into();
    inputs["answers"][0]["answer"]["data"][0]["Email_Opt_Out"] = false.into();
    desk.write("inputs.json", inputs.to_string());
    let (_, out, _) = desk.dg(&["try", "lead.dg", "--with", "inputs.json", "--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["entries"][0]["result"], "Zoe", "{out}");
    let (code, _, err) = desk.dg(&["try", "lead.dg", "--with", "lead.dg"]);
    assert_eq!(code, 1, "{err}");
}

#[test]
fn a_saved_test_passes_until_the_script_is_broken() {
    let desk = Desk::new();
    desk.write("lead.dg", LEAD);
    let (code, out, err) = desk.dg(&["try", "lead.dg", "--save"]);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = desk.dg(&["test", "tests"]);
    assert_eq!(code, 0, "{out}{err}");
    for (from, to) in [
        ("\"sent\"", "\"send\""),
        ("\"Leads\"", "\"Deals\""),
        ("\"Hello \"", "\"Hi \""),
        ("\"First_Name\");\n}", "\"Email\");\n}"),
    ] {
        assert!(LEAD.contains(from), "{from}");
        desk.write("lead.dg", LEAD.replace(from, to));
        let (code, out, _) = desk.dg(&["test", "tests"]);
        assert_eq!(code, 1, "{from} became {to}: {out}");
    }
    desk.write("lead.dg", LEAD);
    assert_eq!(desk.dg(&["test", "tests"]).0, 0);
}

#[test]
fn hostile_values_are_listed_with_the_input() {
    let desk = Desk::new();
    desk.write("lead.dg", LEAD);
    let (code, out, err) = desk.dg(&["try", "lead.dg", "--fuzz", "80"]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, hostile) = out.split_once("Under hostile values").unwrap();
    assert!(hostile.contains("when "), "{hostile}");
}

/// A server that notes the first line of every request and answers each with a JSON object.
fn recorder() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let size = stream.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..size]).into_owned();
            noted.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
            let body = r#"{"name":"real"}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
            write!(stream, "{head}{}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    (address, seen)
}

#[test]
fn a_plan_reads_for_real_and_holds_back_what_changes_something() {
    let desk = Desk::new();
    let (address, seen) = recorder();
    let script = format!(
        r#"customer = invokeurl [ url: "{address}/customers/7" type: GET ];
info customer.get("name");
made = invokeurl [ url: "{address}/orders" type: POST body: {{"for": customer.get("name")}} ];
info made.get("order").get("id") != null;
gone = invokeurl [ url: "{address}/orders/1" type: DELETE ];
changed = invokeurl [ url: "{address}/orders/1" type: PUT body: {{"a": 1}} ];
hook = invokeurl [ url: "{address}/hooks/catch/1" type: GET ];
sendmail [ from: "a@example.com" to: "b@example.com" subject: "Hi" message: "x" ]
"#
    );
    desk.write("plan.dg", &script);
    let (code, out, err) = desk.dg(&["plan", "plan.dg", "--allow-net", "127.0.0.1"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(*seen.lock().unwrap(), ["GET /customers/7 HTTP/1.1"]);
    assert!(out.starts_with("real\ntrue\n"), "{out}");
    for held in ["POST", "DELETE", "PUT", "hooks/catch", "to b@example.com: Hi"] {
        assert!(out.lines().any(|line| line.starts_with("held back") && line.contains(held)), "{held}: {out}");
    }
    assert!(err.contains("5 held back, 1 read; nothing was changed"), "{err}");
}

#[test]
fn the_screen_of_the_guide_is_that_of_a_real_run() {
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/try.md");
    let page = std::fs::read_to_string(&guide).unwrap();
    let blocks: Vec<&str> =
        page.split("```text\n").skip(1).filter_map(|rest| rest.split_once("```").map(|(block, _)| block)).collect();
    let desk = Desk::new();
    desk.write("follow_up.dg", blocks[0]);
    let (code, out, err) = desk.dg(&["try", "follow_up.dg", "--now", "2025-01-31T10:00:00Z"]);
    assert_eq!(code, 0, "{out}{err}");
    if std::env::var_os("RAINWRIGHT_PAGES").is_some_and(|how| how == "write") {
        std::fs::write(&guide, page.replace(blocks[1], &out)).unwrap();
        return;
    }
    assert_eq!(out, blocks[1], "docs/guide/try.md is stale; RAINWRIGHT_PAGES=write writes it");
}

/// A service that the sandbox plays answers with its own fields, and says what it would refuse.
#[test]
fn what_the_sandbox_plays_it_answers() {
    let desk = Desk::new();
    desk.write(
        "lead.dg",
        r#"void convert(int id)
{
    lead = zoho.crm.getRecordById("Leads", id);
    info lead.get("Data_Source").length() > 0;
    deal = zoho.crm.createRecord("Deals", {"Deal_Name": lead.get("Company")});
    contact = zoho.crm.createRecord("Contacts", {"Last_Name": lead.get("Last_Name"), "Own_Field": 5});
    again = zoho.crm.getRecordById("Contacts", contact.get("id"));
    info again.get("Last_Name") == lead.get("Last_Name");
    for each row in zoho.crm.getRecords("Custom_Module")
    {
        info row.get("Name").length() > 0;
    }
}
"#,
    );
    let (code, out, err) = desk.dg(&["try", "lead.dg", "--json", "--now", "2025-01-31T10:00:00Z"]);
    assert_eq!(code, 0, "{out}{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let events = report["entries"][0]["events"].as_array().unwrap();
    let answer = events[0]["answer"]["data"][0].as_object().unwrap();
    assert!(
        answer.contains_key("Lead_Source") && answer.contains_key("Email_Opt_Out"),
        "the fields of the module: {answer:?}"
    );
    let refused: Vec<&str> = events.iter().filter_map(|event| event["refused"].as_str()).collect();
    assert!(refused.len() == 1 && refused[0].contains("Stage"), "{refused:?}");
    let said: Vec<&str> =
        events.iter().filter(|event| event["kind"] == "info").map(|e| e["text"].as_str().unwrap()).collect();
    assert!(said.len() > 3 && said.iter().all(|said| *said == "true"), "{said:?}");
    assert_eq!(desk.dg(&["try", "lead.dg", "--json", "--now", "2025-01-31T10:00:00Z"]).1, out, "the same run again");
    let (_, alone, _) = desk.dg(&["try", "lead.dg", "--json", "--no-sandbox"]);
    assert!(!alone.contains("Email_Opt_Out") && !alone.contains("refused"));
}

#[test]
fn a_run_in_the_sandbox_that_lacks_an_input_names_dg_try() {
    let desk = Desk::new();
    desk.write("event.dg", "info input.Email.toLowerCase();\n");
    desk.write("request.dg", "info crmAPIRequest.toMap().get(\"body\");\n");
    desk.write("near.dg", "organizationID = organization.get(\"organization_id\");\n");
    desk.write("typo.dg", "total = 1;\ninfo totl;\n");
    desk.write("lead.dg", LEAD);
    let offer = |file: &str| format!("Or run it with made-up inputs: dg try {file}");
    for (file, number) in [("event.dg", "E3014"), ("request.dg", "E3007"), ("near.dg", "E3007")] {
        let (code, _, err) = desk.dg(&["run", file, "--sandbox"]);
        assert!(code == 1 && err.contains(number) && err.contains(&offer(file)), "{err}");
        assert_eq!(desk.dg(&["try", file]).0, 0, "the command that is named works");
    }
    let (_, out, _) = desk.dg(&["run", "event.dg", "--sandbox", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert!(told["error"]["help"].as_str().unwrap().ends_with(&offer("event.dg")), "{out}");
    let (code, _, err) = desk.dg(&["run", "lead.dg", "--sandbox"]);
    assert!(code == 2 && err.contains(&offer("lead.dg")), "{err}");
    // A misspelt name is no input, and without the sandbox the real account is meant.
    for (file, more) in [("typo.dg", vec!["--sandbox"]), ("event.dg", vec![]), ("lead.dg", vec![])] {
        let (_, _, err) = desk.dg(&[&["run", file][..], &more].concat());
        assert!(!err.contains("dg try"), "{file}: {err}");
    }
}

#[test]
fn what_comes_after_a_mistake_is_told_as_not_reached() {
    let desk = Desk::new();
    desk.write("stops.dg", "void f(int id)\n{\n    x = null;\n    info x.trim();\n    info 1;\n    info 2;\n}\n");
    let (code, out, err) = desk.dg(&["try", "stops.dg"]);
    assert_eq!(code, 1, "{out}{err}");
    let (_, told) = out.split_once("\nNot reached\n").unwrap();
    assert!(told.starts_with("  lines 5-6  line 4 always fails first: E3003 "), "{told}");
    let (_, out, _) = desk.dg(&["try", "stops.dg", "--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["unreached"][0]["from"], &report["unreached"][0]["to"]), (&5.into(), &6.into()), "{out}");
}

#[test]
fn a_run_that_does_thousands_of_things_is_shown_in_part() {
    let desk = Desk::new();
    desk.write("loop.dg", "x = 1;\nwhile(x < 5000)\n{\n    info x;\n    x = x + 1;\n}\n");
    let (code, out, err) = desk.dg(&["try", "loop.dg"]);
    assert_eq!(code, 0, "{out}{err}");
    let shown = out.lines().filter(|line| line.contains(" info ")).count();
    let rest = out.lines().find(|line| line.contains(" more; --json shows all of them")).unwrap();
    assert!(shown == 60 && rest.contains("1940"), "{shown}: {rest}");
}

#[test]
fn a_function_of_an_export_that_cannot_be_read_breaks_only_itself() {
    let desk = Desk::new();
    desk.write(
        "app.ds",
        r#"application "A"
{
	functions
	{
		Deluge
		{
			int a.good(list:int ids)
			{
				thisapp.a.bad();
				return ids.size();
			}
			void a.bad()
			{
				info ;;; "x"
			}
		}
	}
}
"#,
    );
    let (code, out, _) = desk.dg(&["try", "app.ds", "--json"]);
    let reports: Value = serde_json::from_str(&out).unwrap();
    let verdicts: Vec<(&str, &str)> = reports
        .as_array()
        .unwrap()
        .iter()
        .map(|report| (report["name"].as_str().unwrap(), report["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!((code, verdicts), (1, vec![("app.ds#a.good", "finished"), ("app.ds#a.bad", "fault")]));
}
