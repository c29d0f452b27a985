//! Every lint finds something in its example, says it well, and leaves sound scripts alone.

#![allow(clippy::unwrap_used, clippy::panic)]

use rainwright_diagnostic::{Code, Severity};
use rainwright_ide::{CheckOptions, Fixes, LINTS, Lint, check};
use rainwright_syntax::ast::{Item, Stmt};
use rainwright_syntax::visit::{Visit, walk_stmt};

fn codes(source: &str) -> Vec<Code> {
    let options = CheckOptions { connections: Some(vec!["mailchimp".to_owned()]), ..CheckOptions::default() };
    check(source, &options).into_iter().map(|d| d.problem.code).collect()
}

/// Without the lints that short examples trip over: they use nothing that they assign.
fn quiet() -> CheckOptions {
    let mut options = CheckOptions::default();
    for lint in ["unused-variable", "unused-parameter", "overwritten-value"] {
        options.levels.set(lint, "off").unwrap();
    }
    options
}

/// The codes of what is found in an example of a lint.
fn found_in(lint: &Lint, source: &str) -> Vec<Code> {
    let connections = Some(vec!["mailchimp".to_owned()]).filter(|_| lint.code == Code::UnknownConnection);
    let options = CheckOptions { connections, ..lint.example_options() };
    check(source, &options).into_iter().map(|d| d.problem.code).collect()
}

#[test]
fn every_lint_finds_its_bad_example_and_not_its_good_one() {
    let mut wrong = String::new();
    for lint in LINTS {
        let (bad, good) = (found_in(lint, lint.bad), found_in(lint, lint.good));
        let others = bad.iter().any(|code| *code != lint.code);
        if bad.is_empty() || others || !good.is_empty() {
            wrong += &format!("{} {}: bad {bad:?}, good {good:?}\n", lint.code, lint.name());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Fifty statements that are all right, in functions, with calls of them for files that have bare statements.
const SOUND: &str = include_str!("sound.dg");
const CALLS: &str = "info describe(\"Ann\",3);\ninfo totals({1,2});\ninfo convert(\"7\");\n";

/// The mistake of each lint among sound code: it is found, and nothing else is.
#[test]
fn a_mistake_is_found_among_sound_statements() {
    let tree = rainwright_syntax::parse(SOUND).tree;
    let mut count = 0;
    let mut counter = Count(&mut count);
    rainwright_syntax::visit::walk(&mut counter, &tree);
    assert!(count >= 50, "only {count} statements");
    for lint in LINTS {
        let bad = rainwright_syntax::parse(lint.bad).tree;
        let is_bare = |item: &Item| matches!(item, Item::Statement(_));
        let calls = if bad.items.iter().any(is_bare) { CALLS } else { "" };
        let source = format!("{SOUND}\n{}\n{calls}", lint.bad);
        assert_eq!(found_in(lint, &source), [lint.code], "{source}");
    }
}

struct Count<'c>(&'c mut usize);

impl<'t> Visit<'t> for Count<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        *self.0 += 1;
        walk_stmt(self, stmt);
    }
}

#[test]
fn every_lint_has_a_page_with_the_same_headings() {
    for lint in LINTS {
        assert!(lint.summary().ends_with('.'), "{}", lint.code);
        let headings: Vec<&str> = lint.doc.lines().map(str::trim).filter(|line| line.starts_with('#')).collect();
        assert_eq!(headings, ["# Why", "# Instead"], "{}", lint.code);
        assert!(lint.doc.lines().all(|line| line.len() < 125), "{}", lint.code);
        assert_eq!(Lint::find(&lint.name()).map(|found| found.code), Some(lint.code));
    }
}

/// A fix that is made without asking leaves a script that can be read, and nothing more to fix of that code.
#[test]
fn fixes_mend_what_they_are_for() {
    for lint in LINTS {
        let options = lint.example_options();
        let found = check(lint.bad, &options);
        let fixes: Vec<_> = found.iter().filter_map(|d| d.fix.as_ref()).collect();
        match lint.fixes {
            Fixes::No => assert!(fixes.is_empty(), "{} has a fix", lint.code),
            Fixes::Suggested | Fixes::Safe => {
                let Some(fix) = fixes.first() else {
                    assert_eq!(lint.code, Code::UndefinedVariable, "{} has no fix", lint.code);
                    continue;
                };
                let mut mended = lint.bad.to_owned();
                mended.replace_range(fix.span.range(), &fix.replacement);
                assert_eq!(found_in(lint, &mended), [], "{}: {mended}", lint.code);
            }
        }
    }
}

#[test]
fn codes_are_in_order_and_once() {
    let lints: Vec<u16> = LINTS.iter().filter(|l| l.code.number() > 5000).map(|l| l.code.number()).collect();
    assert!(lints.windows(2).all(|pair| pair[0] < pair[1]), "{lints:?}");
}

#[test]
fn sound_scripts_are_left_alone() {
    for sound in [
        "string f(string a, int n) { if(n > 0) { return a; } else { return a + n; } }",
        "string f(string a) { try { return a; } catch (e) { return e.message; } }",
        "map f(string a) { m = Map(); info a; for each x in {1,2} { if(x > 1) { last = x; } m.put(\"k\",last); } return m; }",
        "x = zoho.currentdate.addDay(1).toString(\"yyyy-MM-dd\"); info x; info today; info zoho.loginuserid;",
        "r = invokeurl [ url: \"https://example.com\" type: GET ]; info r.get(\"a\");",
        "m = {\"a\":1}; m.put(\"b\",2); l = List(); l.add(m); info l.size() * 2; info m.keys().size();",
        "info ifnull({\"a\":1}.get(\"a\"),0) + \" pieces\";",
        "int g(int n) { return n + 1; }\ninfo g(1); x = standalone.other(1,2);",
        "if(input.Total > 5) { alert \"big\"; cancel submit; hide Total; Status = \"x\" + Region; }",
        "a = true; b = false; if((a && b) || a) { info \"x\"; }",
        "contacts = List(); contacts.add(contactId); day = \"x\"; info day1 + contacts;",
        "x = \"5\"; y = x.toLong() - 1; z = now - zoho.currenttime; info z / 86400000;",
    ] {
        let found = check(sound, &quiet());
        assert!(found.is_empty(), "{sound}\n{found:#?}");
    }
}

#[test]
fn findings_stand_in_their_place_and_suggest() {
    let source = "void f(string name)\n{\n\tinfo nmae;\n\tinfo name.toUppercas();\n}";
    let found = check(source, &CheckOptions::default());
    let told: Vec<(&str, &str)> = found.iter().map(|d| (&source[d.span.range()], d.problem.help())).collect();
    assert_eq!(told, [("nmae", "Did you mean name?"), ("toUppercas", "Did you mean toUpperCase?")]);
}

#[test]
fn connections_are_known_wherever_they_are_named() {
    let options = CheckOptions { connections: Some(vec!["mailchimp".to_owned()]), ..CheckOptions::default() };
    let told = |source: &str| -> Vec<String> {
        check(source, &options).iter().map(|d| format!("{} | {}", &source[d.span.range()], d.problem.help())).collect()
    };
    assert_eq!(
        told("x = invokeurl [ url: \"a\" connection: \"mailchimpp\" ];"),
        ["\"mailchimpp\" | Did you mean 'mailchimp'?"]
    );
    assert_eq!(told("x = zoho.crm.getRecordById(\"Leads\",id,\"my_crm\");").len(), 1);
    assert_eq!(told("x = zoho.crm.getRecords(\"Leads\",1,200,Map(),\"mailchimpp\");").len(), 1);
    assert_eq!(told("x = zoho.crm.getRecords(\"Leads\",1,200,Map(),\"mailchimp\");").len(), 0);
    assert_eq!(told("x = zoho.crm.getRecords(\"Leads\"); y = zoho.crm.searchRecords(\"Leads\",\"a=b\");").len(), 0);
}

#[test]
fn possible_nulls_are_followed() {
    let told = |source: &str| -> Vec<String> {
        let found = check(&format!("r = invokeurl [ url: \"a\" ];\n{source}"), &quiet());
        found.into_iter().map(|d| d.problem.message).collect()
    };
    let text = "Possible null in concatenation: ";
    assert_eq!(told("x = \"a\" + r.get(\"name\");"), [format!("{text}name may be missing")]);
    assert_eq!(told("n = r.get(\"name\"); x = \"a\" + n;"), [format!("{text}n may be missing")]);
    assert_eq!(told("x = \"a\" + ifnull(r.get(\"a\"),r.get(\"b\"));"), [format!("{text}b may be missing")]);
    assert_eq!(told("info r.get(\"a\").get(\"b\");"), ["Possible null in front of get: a may be missing"]);
    assert_eq!(
        told("t = r.get(\"total\"); info t * 2; info t - 1;"),
        ["Possible null in arithmetic: t may be missing"]
    );
    for guarded in [
        "x = \"a\" + ifnull(r.get(\"name\"),\"\");",
        "if(r.get(\"name\") != null) { info \"a\" + r.get(\"name\"); }",
        "if(r.containsKey(\"a\")) { info r.get(\"a\").get(0); }",
        "n = r.get(\"name\"); if(!isNull(n)) { info n.trim(); }",
        "n = r.get(\"name\"); n = \"x\"; info n.trim();",
        "m = {\"a\" : \"x\"}; m.put(\"b\",1); info \"a\" + m.get(\"a\").trim() + m.get(\"b\");",
        "for each x in r.get(\"data\") { info x; }",
        "info r.get(\"a\").isEmpty();",
        "info \"seen: \" + r.get(\"a\");",
        "x = \"a\" + r.get(\"id\");",
    ] {
        assert_eq!(told(guarded), [""; 0], "{guarded}");
    }
}

/// Zoho's words, where Zoho documents them, and what to do.
#[test]
fn calls_are_checked_as_zoho_does_while_saving() {
    for (source, message, help) in [
        (
            "int f(int a) { return a; } x = f(\"one\");",
            "Argument type mismatches for the function f at index 1",
            "It takes NUMBER, this is TEXT.",
        ),
        (
            "int f(int a) { return a; } x = f(1,2);",
            "Number of arguments mismatches: f takes one argument, not 2",
            "Look up the parameters with `dg doc`.",
        ),
        (
            "x = zoho.crm.getRecordById();",
            "Number of arguments mismatches: zoho.crm.getRecordById takes 2 to 4 arguments, not 0",
            "Look up the parameters with `dg doc`.",
        ),
        (
            "void f() { info 1; } info f();",
            "f function cant be assigned to variable or used in expression",
            "It is void and gives no value: call it as a statement of its own.",
        ),
        (
            "int f() { return 1; } f();",
            "f function needs to be assigned to a variable",
            "Its result is dropped here: assign it, or make it void.",
        ),
        (
            "d = zoho.currentdate; x = d / 2;",
            "/ does not work between DATE-TIME and NUMBER",
            "Convert the value first, for example with toString() or toNumber().",
        ),
        (
            "m = Map(); x = m.put(\"a\",1);",
            "put gives no value",
            "It changes m itself: call it as a statement of its own.",
        ),
        (
            "sendmail [ from: zoho.adminuserid subject: \"x\" message: \"y\" ];",
            "'TO' message is missing for sendmail task",
            "Add the key to the block: to: …",
        ),
        (
            "string f(string a) { if(a == \"x\") { return a; } }",
            "Missing return statement: f can end here without a value",
            "Return a value on every path.",
        ),
    ] {
        let found = check(source, &quiet());
        let told: Vec<(&str, &str)> = found.iter().map(|d| (d.problem.message.as_str(), d.problem.help())).collect();
        assert_eq!(told, [(message, help)], "{source}");
    }
}

#[test]
fn what_another_product_has_is_told_with_its_name() {
    let source = "pushNotification [ to: \"ann@example.com\" message: \"Hello\" ];";
    let told = |profile: &str| -> Vec<(Severity, String)> {
        let found = check(source, &CheckOptions::for_profile(Some(profile)));
        found.into_iter().map(|d| (d.severity, format!("{} {}", d.problem.message, d.problem.help()))).collect()
    };
    let help = "These products have it: Zoho Creator.";
    assert_eq!(
        told("zoho-books"),
        [(Severity::Warning, format!("pushNotification does not exist in Zoho Books {help}"))]
    );
    assert_eq!(told("zoho-crm"), [(Severity::Note, format!("pushNotification does not exist in Zoho CRM {help}"))]);
    assert_eq!(told("zoho-creator"), []);
}

#[test]
fn a_script_that_cannot_be_read_gets_no_guesses() {
    let found = codes("x = = 1; y = 5 / 0;");
    assert_eq!(found, [Code::Unexpected]);
}

/// With the forms of `example_forms`, as a script of the form Claim.
fn with_forms(source: &str) -> Vec<String> {
    let forms = std::sync::Arc::new(rainwright_ide::example_forms());
    let options = CheckOptions { forms, own_form: Some("Claim".into()), ..quiet_of("zoho-creator") };
    check(source, &options)
        .iter()
        .map(|d| format!("{} {} {}", d.problem.code, d.problem.message, d.problem.help()))
        .collect()
}

fn quiet_of(profile: &str) -> CheckOptions {
    CheckOptions { levels: quiet().levels, ..CheckOptions::for_profile(Some(profile)) }
}

#[test]
fn names_of_fields_are_checked_on_the_way_of_any_path() {
    let field = |form: &str, name: &str, near: &str| {
        vec![format!("E5065 The form '{form}' has no field '{name}' Did you mean '{near}'?")]
    };
    for (source, found) in [
        ("info Claim[State == \"Open\"].Amont;", field("Claim", "Amont", "Amount")),
        ("r = Claim[ID != 0]; info r.Owner.Mial;", field("Person", "Mial", "Mail")),
        ("for each r in Claim[ID != 0] { info r.Amont; }", field("Claim", "Amont", "Amount")),
        ("for each r in Claim { r.Stat = \"Open\"; }", field("Claim", "Stat", "State")),
        ("r = Claim[Owner.Mial == \"a\"]; info r.count();", field("Person", "Mial", "Mail")),
        ("r = Claim[ID != 0] sort by Amont; info r.count();", field("Claim", "Amont", "Amount")),
        ("info Claim[ID != 0].sum(Amount) + input.Amont;", field("Claim", "Amont", "Amount")),
        ("hide Stat;", field("Claim", "Stat", "State")),
        ("delete from Claim[Stat == \"Open\"];", field("Claim", "Stat", "State")),
        ("void f(Claim c) { info c.Amont; } f(Claim[ID == 1]);", field("Claim", "Amont", "Amount")),
        ("r = Claim(); r.Amont = 5;", field("Claim", "Amont", "Amount")),
    ] {
        assert_eq!(with_forms(source), found, "{source}");
    }
    for sound in [
        "info input.Owner.Mail + input.Owner.ID + Claim[Owner.Mail == input.Owner.Mail].Owner.Mail;",
        "r = Claim[ID != 0]; r = {1,2}; info r.Amont;",
        "r = ifnull(input.Amount,0).Amont; info r.get(1).Amont;",
        "r = Claim[(State == \"Open\" || Day > today) && !(Amount == null)] sort by Day desc range from 1 to 5; info r.Day;",
        "m = {\"Amont\":1}; info m.get(\"Amont\"); for each x in m { info x; }",
        "found = Claim[Day in this month]; info found.Day + found.ID;",
    ] {
        assert_eq!(with_forms(sound), [""; 0], "{sound}");
    }
}

#[test]
fn values_are_held_to_the_kinds_and_choices_of_fields() {
    for (source, found) in [
        ("info Claim[Amount > true].count();", "E5066 'Amount' holds a DECIMAL and is never equal to BOOLEAN"),
        ("info Claim[Day == 5].count();", "E5066 'Day' holds a DATE-TIME and is never equal to NUMBER"),
        (
            "x = insert into Claim [ Amount = \"many\" ];",
            "E5066 'Amount' holds a DECIMAL and cannot be given the text \"many\"",
        ),
        (
            "r = Claim[ID != 0]; r.Owner = \"ann@example.com\";",
            "E5066 'Owner' holds the ID of a record and cannot be given",
        ),
        ("input.Day = 7;", "E5066 'Day' holds a DATE-TIME and cannot be given NUMBER"),
        (
            "x = insert into Claim [ State = \"Opne\" ];",
            "E5067 'Opne' is none of the choices of 'State' Did you mean 'Open'?",
        ),
        ("if(input.State == \"Opne\") { info 1; }", "E5067 'Opne' is none of the choices of 'State'"),
        (
            "info Claim[State in {\"Open\",\"Gone\"}].count();",
            "E5067 'Gone' is none of the choices of 'State' Its choices are Open",
        ),
        ("r = Claim[ID != 0]; r.No = 5;", "E5068 'No' is filled by the product"),
        ("x = insert into Claim [ ID = 5 ];", "E5068 'ID' is filled by the product"),
        ("for each r in Clam { info r; }", "E5064 There is no form 'Clam' Did you mean 'Claim'?"),
        ("x = insert into Cliam [ Amount = 1 ];", "E5064 There is no form 'Cliam' Did you mean 'Claim'?"),
    ] {
        let told = with_forms(source);
        assert!(told.len() == 1 && told[0].starts_with(found), "{source}: {told:?}");
    }
    for sound in [
        "info Claim[Amount > 5 && Amount == \"5\" && Amount in {1,2.5} && Owner == 7 && Day > today].count();",
        "x = insert into Claim [ Amount = \"5\" Day = \"01-Jan-2026\" State = \"Open\" Owner = null ];",
        "info Claim[State.contains(\"Op\") || State == \"\" || State like \"%pe%\"].count();",
    ] {
        assert_eq!(with_forms(sound), [""; 0], "{sound}");
    }
}
