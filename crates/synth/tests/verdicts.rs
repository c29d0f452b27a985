//! What `try_script` says of scripts whose end is known.
#![allow(clippy::unwrap_used, missing_docs)]

use rainwright_synth::{End, Given, Report, TryOptions, Verdict, try_script};

fn tried(source: &str) -> Report {
    try_script("script.dg", source, &TryOptions::default()).unwrap()
}

fn codes(report: &Report) -> Vec<String> {
    report.found().map(|found| format!("{} line {}", found.fault.code, found.fault.line)).collect()
}

#[test]
fn a_function_over_records_and_calls_comes_to_its_end_by_every_way() {
    let report = tried(
        r#"
void lead_to_deal(int leadId)
{
    lead = zoho.crm.getRecordById("Leads", leadId);
    if(lead.get("Lead_Status") == "Won")
    {
        amount = lead.get("Amount") * 2;
        response = invokeurl
        [
            url: "https://www.zohoapis.com/crm/v8/Deals"
            type: POST
            parameters: {"data": {{"Deal_Name": lead.get("Last_Name"), "Amount": amount}}}.toString()
            connection: "crm"
        ];
        if(response.get("data").get(0).get("code") == "SUCCESS")
        {
            sendmail
            [
                from: zoho.adminuserid
                to: lead.get("Email")
                subject: "Hello"
                message: "Thanks"
            ]
        }
        else
        {
            throw "not created";
        }
    }
    else if(lead.get("Lead_Status") == "Lost" && lead.get("Score") < 10)
    {
        info "lost";
    }
    for each tag in lead.get("Tag")
    {
        info tag.get("name").toUpperCase();
    }
}
"#,
    );
    assert_eq!(report.verdict, Verdict::Finished, "{:?}", codes(&report));
    assert_eq!(codes(&report), Vec::<String>::new());
    assert_eq!(report.coverage.reached, report.coverage.statements, "{:?}", report.unreached);
    let entry = &report.entries[0];
    let kinds: Vec<&str> = entry.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds[..3], ["call", "call", "mail"]);
    assert!(entry.events[2].text.contains("@example.com"), "{:?}", entry.events[2]);
    assert_eq!(entry.events[1].connection.as_deref(), Some("crm"));
}

#[test]
fn the_same_options_give_the_same_report_and_another_seed_other_values() {
    let source = r#"info zoho.crm.getRecordById("Leads", 7).get("Last_Name"); info name;"#;
    let run =
        |seed| try_script("a.dg", source, &TryOptions { seed, ..TryOptions::default() }).unwrap().data().to_json();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn every_run_that_throws_is_a_verdict_of_its_own() {
    let report = tried(r#"void f(string name) { if(name != "") { throw "no"; } throw "empty"; }"#);
    assert_eq!(report.verdict, Verdict::Throws);
    assert!(matches!(report.entries[0].end, End::Thrown(_)));
}

#[test]
fn planted_mistakes_are_found() {
    for (source, code) in [
        ("void f(string a) { x = null; info x.toUpperCase(); }", "E3003"),
        ("void f(int a) { b = 0; info a / b; }", "E3004"),
        ("void f(int a) { m = Map(); info m * 2; }", "E3001"),
        ("void f(string a) { info a.toUperCase(); }", "E3008"),
        ("void f(string a) { info noSuchThing(a); }", "E3008"),
        ("void f(string a) { total = 1; info totl; }", "E3007"),
        ("total = 1;\ninfo totla;", "E3007"),
        ("void f(string a) { l = {1, 2}; info l.get(5); }", "E3006"),
    ] {
        let report = tried(source);
        assert_eq!(report.verdict, Verdict::Fault, "{source}");
        let found: Vec<String> = report.found().map(|found| found.fault.code.to_string()).collect();
        assert_eq!(found, [code], "{source}");
        assert!(report.found().all(|found| found.because.is_empty()), "{source}");
    }
}

#[test]
fn a_mistake_on_one_way_is_listed_with_what_causes_it() {
    let report = tried(
        r#"string f(string id)
{
    lead = zoho.crm.getRecordById("Leads", id);
    if(lead.get("Email") == null)
    {
        info "no mail";
    }
    return lead.get("Email").toLowerCase();
}"#,
    );
    assert_eq!(report.verdict, Verdict::Finished);
    assert_eq!(codes(&report), ["E3003 line 8"]);
    let because = &report.found().next().unwrap().because;
    assert_eq!(because.len(), 1);
    assert!(because[0].contains("Email = null"), "{because:?}");
}

#[test]
fn records_injected_variables_and_functions_elsewhere_are_played() {
    let report = tried(
        r#"for each order in Orders[Status == "Open"]
{
    info order.Number;
}
count = Orders[ID != 0].count();
if(count > 3)
{
    insert into Log [ Text = standalone.describe(input.Name) ];
}
info zoho.loginuserid;"#,
    );
    assert_eq!(report.verdict, Verdict::Finished, "{:?}", report.entries[0].end);
    assert_eq!(report.coverage.reached, report.coverage.statements, "{:?}", report.unreached);
}

#[test]
fn inputs_can_be_given_back() {
    let source =
        r#"string f(string name) { return name + " " + getUrl("https://api.example.com/x").toMap().get("city"); }"#;
    let report = tried(source);
    let made = report.entries[0].inputs.to_json();
    let again = |json: &str| {
        let given = Given::read(json).unwrap();
        let report = try_script("script.dg", source, &TryOptions { given, ..TryOptions::default() }).unwrap();
        report.entries[0].end.clone()
    };
    assert_eq!(again(&made), report.entries[0].end);
    let json = r#"{"arguments": {"name": "Zoe"}, "answers": [{"line": 1, "answer": {"city": "Turin"}}]}"#;
    assert_eq!(again(json), End::Finished("Zoe Turin".into()));
    assert!(Given::read("[]").is_err());
    assert!(Given::read(r#"{"argumets": {}}"#).is_err());
}

#[test]
fn hostile_values_bring_more_to_light() {
    let source = r#"string f(string id)
{
    lead = zoho.crm.getRecordById("Leads", id);
    return lead.get("Email").toLowerCase();
}"#;
    assert_eq!(codes(&tried(source)), Vec::<String>::new());
    let report = try_script("script.dg", source, &TryOptions { fuzz: 60, ..TryOptions::default() }).unwrap();
    assert_eq!(report.verdict, Verdict::Finished);
    let hostile = &report.entries[0].hostile;
    assert!(hostile.iter().any(|found| found.fault.line == 4 && found.because.len() == 1), "{hostile:?}");
}

#[test]
fn what_is_not_reached_is_told_with_the_reason() {
    let report = tried("x = 1;\nif(x == 2)\n{\n    info \"never\";\n}");
    assert_eq!(report.unreached.len(), 1);
    assert_eq!((report.unreached[0].line, report.unreached[0].why.as_str()), (2, "x == 2 never held"));
}

#[test]
fn a_script_that_never_ends_is_not_playable() {
    let report = tried("x = 1;\nwhile(x > 0)\n{\n    x = x + 1;\n}");
    assert_eq!(report.verdict, Verdict::NotPlayable);
}

#[test]
fn any_text_gets_a_verdict() {
    for source in ["", "}{", "void f( {", "\u{0}\u{1}", "if(", "x = ;", "void f() { f(); }", "a.b.c.d = e;"] {
        let report = tried(source);
        assert!(report.entries.len() <= 1, "{source:?}");
    }
}

#[test]
fn a_mistake_that_the_script_catches_is_listed_as_well() {
    let report = tried("try\n{\n    x = null;\n    info x.trim();\n}\ncatch (e)\n{\n    info e.message;\n}");
    assert_eq!(report.verdict, Verdict::Finished);
    assert_eq!(codes(&report), ["E3003 line 4"]);
    assert!(report.found().all(|found| found.caught && found.because.is_empty()));
    let report = tried(
        "void f(string a)\n{\n    try\n    {\n        info a.toLong() + 1;\n    }\n    catch (e)\n    {\n        info e.message;\n    }\n}",
    );
    assert_eq!((report.verdict, codes(&report)), (Verdict::Finished, Vec::new()));
    assert_eq!(report.coverage.reached, report.coverage.statements);
}

#[test]
fn a_key_in_other_letters_than_the_services_is_a_mistake() {
    #[derive(Debug)]
    struct Crm;
    impl rainwright_synth::Doubles for Crm {
        fn answer(&self, _: &rainwright::effect::HttpRequest) -> Option<rainwright::effect::HttpResponse> {
            let body = br#"{"data":[{"id":"1","Email":"ada@example.com"}]}"#.to_vec();
            Some(rainwright::effect::HttpResponse { status: 200, headers: Vec::new(), body: body.into() })
        }
    }
    let tried = |key: &str| {
        let source = format!("lead = zoho.crm.getRecordById(\"Leads\", 7);\ninfo lead.get(\"{key}\").toLowerCase();\n");
        let doubles = std::rc::Rc::new(Crm);
        let options = TryOptions { doubles: Some(doubles), ..TryOptions::default() };
        codes(&try_script("script.dg", &source, &options).unwrap())
    };
    assert_eq!(tried("Email"), Vec::<String>::new());
    assert_eq!(tried("email"), ["E3003 line 2"]);
}

#[test]
fn a_mistake_where_errors_are_caught_is_listed_whatever_led_there() {
    let report = tried(
        r#"void f(int id)
{
    try
    {
        answer = invokeurl [ url: "https://api.example.com/orders" type: GET ];
        try
        {
            total = answer.get("data").get(0).get("total");
        }
        catch (wrong)
        {
            info "none".toUpperCaze();
        }
    }
    catch (other)
    {
        info other;
    }
}"#,
    );
    let found = &report.entries[0].found;
    assert!(found.iter().any(|one| one.caught && one.fault.message.contains("toUpperCaze")), "{found:#?}");
    // What only a failing call brings about is there to be caught.
    assert!(!found.iter().any(|one| one.fault.line == 8), "{found:#?}");
}

#[test]
fn records_of_one_form_are_not_taken_for_rows_of_another() {
    let report = tried(
        r#"
void pair(string day)
{
    for each plan in Plan[State != "Done"]
    {
        days = ifnull(plan.Days, "");
        info if(days.contains("Mon"), "M", "") + if(days.contains("Tue"), "T", "") + if(days.contains("Wed"), "W", "");
        for each shift in plan.Shifts
        {
            name = ifnull(shift.Name, "");
            info if(name == "Early" || name.contains("ar"), "E", if(name == "Late", "L", if(name == "Night", "N", "")));
        }
    }
    for each client in Client[State == "Active"]
    {
        info client.ID.toString();
    }
}
"#,
    );
    assert_eq!((report.verdict, codes(&report)), (Verdict::Finished, vec![]));
}

#[test]
fn a_script_that_only_fills_in_a_form_is_one_of_creator() {
    let report = tried(
        r#"
row = Order.Lines();
row.Product = "pen";
row.Count = 2;
input.Lines.insert(row);
"#,
    );
    assert_eq!((report.verdict, codes(&report)), (Verdict::Finished, vec![]));
    let report = tried("found = shop.Vendor.one(input.No);\ninput.Name = found.get(\"Name\");");
    assert_eq!((report.verdict, codes(&report)), (Verdict::Finished, vec![]));
}

#[test]
fn a_variable_whose_last_letter_is_wrong_is_no_input() {
    for slip in ["totak", "tota", "totall"] {
        let report = tried(&format!("total = input_amount * 2;\ninfo total;\ninfo {slip} + 1;"));
        assert_eq!(report.verdict, Verdict::Fault, "{slip}");
        assert_eq!(codes(&report), ["E3007 line 3"], "{slip}");
    }
    // Read before the variable is there, or more than once, it is meant; so are plurals and dates.
    for meant in [
        "info totak;\ntotal = 1;",
        "total = 1;\ninfo totak;\ninfo totak;",
        "order = 1;\ninfo orders;",
        "leadData = 1;\ninfo leadDate;",
    ] {
        assert_eq!(tried(meant).verdict, Verdict::Finished, "{meant}");
    }
}
