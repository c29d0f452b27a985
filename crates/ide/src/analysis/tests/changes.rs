//! Renaming, formatting, quick fixes, extraction.

use super::{FILE, apply, at, never};
use crate::analysis::{FixKind, Fixed, Project};
use rainwright_diagnostic::{Code, Span};

fn renamed(marked: &str, to: &str) -> Result<String, String> {
    let (analysis, cursors, text) = at(marked);
    let edits = analysis.rename(FILE, cursors[0], to, &never()).map_err(|refused| refused.0)?;
    Ok(edits.iter().fold(text, |text, file| apply(&text, &file.edits)))
}

#[test]
fn renaming_changes_every_use_and_nothing_else() {
    assert_eq!(
        renamed("a = 1;\nb = {\"a\":‸a};\ninfo a + b.get(\"a\");", "c").unwrap(),
        "c = 1;\nb = {\"a\":c};\ninfo c + b.get(\"a\");"
    );
    assert_eq!(
        renamed("int ‸f(int a) { return a; }\nx = Map(); f = f(1); info x.f(2);", "g").unwrap(),
        "int g(int a) { return a; }\nx = Map(); f = g(1); info x.f(2);"
    );
}

#[test]
fn renaming_refuses_what_would_mean_something_else() {
    for (marked, to, why) in [
        ("‸a = 1; b = 2;", "b", "There is another variable named b in line 1."),
        ("‸a = 1;", "1a", "A name is made of"),
        ("‸a = 1;", "a b", "A name is made of"),
        ("‸a = 1;", "Return", "Return is a word of the language."),
        ("‸a = 1;", "today", "today means something else"),
        ("‸a = 1;", "zoho", "zoho means something else"),
        ("‸a = 1;", "input", "input means something else"),
        ("‸a = 1;", "crmAPIRequest", "The product gives a variable named"),
        ("void ‸f() { } void g() { }", "g", "a.dg has a function named g already."),
        ("void ‸f() { }", "toUpperCase", "is a function of the language"),
        ("info ‸today;", "x", "This is a name of the language."),
        ("info crmAPI‸Request;", "x", "The product or the caller gives this variable its name."),
        ("‸ ", "x", "There is no name here"),
    ] {
        let told = renamed(marked, to).unwrap_err();
        assert!(told.contains(why), "{marked}: {told}");
    }
}

#[test]
fn formatting_edits_only_what_changes() {
    let (analysis, _, text) = at("x=1;\n\n// note\nif(x==1){info x;}\n");
    let edits = analysis.format(FILE);
    assert_eq!(apply(&text, &edits), rainwright_format::format(&text).unwrap());
    assert!(edits.iter().all(|edit| edit.span.end - edit.span.start <= 2), "{edits:?}");
    let formatted = rainwright_format::format(&text).unwrap();
    assert_eq!(at(&formatted).0.format(FILE), []);
    assert_eq!(at("x = ;").0.format(FILE), []);
}

#[test]
fn windows_line_ends_stay() {
    let (analysis, _, text) = at("x = 1;\r\nif(x == 1)\r\n{\r\ninfo x;\r\n}\r\n");
    assert_eq!(apply(&text, &analysis.format(FILE)), "x = 1;\r\nif(x == 1)\r\n{\r\n\tinfo x;\r\n}\r\n");
}

#[test]
fn scripts_of_exports_and_pages_are_formatted_in_place() {
    let export = "application \"A\"\n{\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\t\tx=n+1;‸\n\t\t\treturn x ;\n\t\t}\n\t\tint a.two(int n)\n\t\t{\n\t\t\treturn n ;‸\n\t\t}\n\t}\n}\n";
    for ends in ["\n", "\r\n"] {
        let (analysis, cursors, text) = at(&export.replace('\n', ends));
        let wanted = text.replace("x=n+1;", "x = n + 1;");
        let whole = apply(&text, &analysis.format(FILE));
        assert_eq!(whole, wanted.replace("return x ;", "return x;").replace("return n ;", "return n;"));
        let range = Span::new(cursors[0] - 2, cursors[0]);
        assert_eq!(apply(&text, &analysis.format_range(FILE, range)), wanted);
        assert_eq!(apply(&text, &analysis.format_on_type(FILE, cursors[0], ';')), wanted);
        let typed = analysis.format_on_type(FILE, cursors[1], ';');
        assert_eq!(apply(&text, &typed), text.replace("return n ;", "return n;"));
        // A mistake in one script is none of the others'.
        let broken = text.replace("return x ;", "return x +;");
        let (analysis, _, _) = at(&broken);
        assert_eq!(apply(&broken, &analysis.format(FILE)), broken.replace("return n ;", "return n;"));
    }
    let (analysis, _, text) = at("<p>\n<%\n  x=1;\n%>\n</p>\n");
    assert_eq!(apply(&text, &analysis.format(FILE)), text.replace("x=1", "x = 1"));
}

#[test]
fn a_range_is_formatted_although_the_rest_is_broken() {
    let marked = "void f()\n{\n‸x=1;‸\ny=2;\n}\nvoid g()\n{\n\tz = ;\n}\n";
    let (analysis, cursors, text) = at(marked);
    let edits = analysis.format_range(FILE, Span::new(cursors[0], cursors[1]));
    assert_eq!(apply(&text, &edits), text.replace("x=1;\ny=2;", "\tx = 1;\n\ty=2;"));
}

#[test]
fn typing_a_brace_or_semicolon_formats_what_it_ends() {
    let (analysis, cursors, text) = at("if(true)\n{\ninfo 1;\n}‸\ny=2;");
    let edits = analysis.format_on_type(FILE, cursors[0], '}');
    assert_eq!(apply(&text, &edits), "if(true)\n{\n\tinfo 1;\n}\ny=2;");
    let (analysis, cursors, text) = at("a=1;\nb=2;‸\nc=3;");
    assert_eq!(apply(&text, &analysis.format_on_type(FILE, cursors[0], ';')), "a=1;\nb = 2;\nc=3;");
    let (analysis, cursors, _) = at("a=\";‸\";");
    assert_eq!(analysis.format_on_type(FILE, cursors[0], ';'), []);
}

#[test]
fn a_new_line_is_indented_by_its_brackets() {
    let after = |marked: &str| {
        let (analysis, cursors, text) = at(marked);
        apply(&text, &analysis.format_on_type(FILE, cursors[0], '\n'))
    };
    assert_eq!(after("if(a)\n{\n‸"), "if(a)\n{\n\t");
    assert_eq!(after("if(a)\n{\n\tx = f({\n  ‸\n"), "if(a)\n{\n\tx = f({\n\t\t\t\n");
    assert_eq!(after("if(a)\n{\n\t‸}"), "if(a)\n{\n}");
    assert_eq!(after("x = 1;\n‸"), "x = 1;\n");
    assert_eq!(after("x = \"{\n‸"), "x = \"{\n");
}

fn fixes(marked: &str) -> (Vec<Fixed>, String) {
    let (analysis, cursors, text) = at(marked);
    let end = cursors.get(1).copied().unwrap_or(cursors[0]);
    (analysis.fixes(FILE, Span::new(cursors[0], end)), text)
}

fn fixed(marked: &str, title: &str) -> String {
    let (found, text) = fixes(marked);
    let titles: Vec<&str> = found.iter().map(|fix| fix.title.as_str()).collect();
    let Some(fix) = found.iter().find(|fix| fix.title.contains(title)) else { panic!("{titles:?}") };
    apply(&text, &fix.edits)
}

#[test]
fn every_finding_with_a_mend_offers_it() {
    for lint in crate::LINTS {
        let (analysis, _, text) = at(lint.bad);
        for found in analysis.diagnostics(FILE) {
            let offered = analysis.fixes(FILE, found.span);
            if let Some(fix) = &found.fix {
                let mended = offered.iter().find(|one| {
                    one.edits.len() == 1 && one.edits[0].span == fix.span && one.edits[0].text == fix.replacement
                });
                assert!(mended.is_some(), "{}: {:?}", found.problem.code, offered);
            }
            for one in &offered {
                assert!(
                    (!one.edits.is_empty() || one.connects.is_some()) && one.title.is_ascii()
                        || one.title.contains('…'),
                    "{one:?}"
                );
                drop(apply(&text, &one.edits));
            }
        }
    }
}

#[test]
fn a_misspelt_name_is_corrected() {
    assert_eq!(fixed("void f() { total = 1; info to‸tl; }", "total"), "void f() { total = 1; info total; }");
    assert_eq!(fixed("info \"a\".toUppercas‸();", "toUpperCase"), "info \"a\".toUpperCase();");
    assert_eq!(
        fixed("r = invokeurl [ url: \"https://a.example\" connection: \"mailchi‸p\" ];", "mailchimp"),
        "r = invokeurl [ url: \"https://a.example\" connection: \"mailchimp\" ];"
    );
}

#[test]
fn a_null_is_guarded() {
    let joined = "m = \"{}\".toMap();\ntext = \"Dear \" + m.get(‸\"name\");";
    assert_eq!(fixed(joined, "Use \"\""), "m = \"{}\".toMap();\ntext = \"Dear \" + ifnull(m.get(\"name\"),\"\");");
    let computed = "m = \"{}\".toMap();\ninfo m.get(\"to‸tal\") * 2;";
    assert_eq!(fixed(computed, "Use 0"), "m = \"{}\".toMap();\ninfo ifnull(m.get(\"total\"),0) * 2;");
    let only_if = fixed(computed, "Do it only if");
    assert_eq!(only_if, "m = \"{}\".toMap();\nif(m.get(\"total\") != null)\n{\n\tinfo m.get(\"total\") * 2;\n}");
    let guarded = at(&only_if).0.diagnostics(FILE);
    assert!(guarded.iter().all(|d| d.problem.code != Code::PossibleNull), "{guarded:?}");
}

fn extracted(marked: &str) -> Option<String> {
    let (found, text) = fixes(marked);
    let fix = found.into_iter().find(|fix| fix.kind == FixKind::Extract && fix.title.contains("function"))?;
    Some(apply(&text, &fix.edits))
}

#[test]
fn statements_become_a_function_with_what_they_need_and_give() {
    let marked =
        "void f(string name)\n{\n\tcount = 1;\n\t‸text = name + count;\n\tinfo text;‸\n\tinfo text.length();\n}";
    assert_eq!(
        extracted(marked).unwrap(),
        "void f(string name)\n{\n\tcount = 1;\n\ttext = extracted(name,count);\n\tinfo text.length();\n}\n\n\
         object extracted(string name, int count)\n{\n\ttext = name + count;\n\tinfo text;\n\treturn text;\n}"
    );
    assert_eq!(extracted("‸info 1;‸").unwrap(), "extracted();\n\nvoid extracted()\n{\n\tinfo 1;\n}");
}

#[test]
fn a_value_that_goes_round_a_loop_is_passed_and_returned() {
    let marked = "sum = 0;\nfor each n in {1,2}\n{\n\t‸sum = sum + n;‸\n}\ninfo sum;";
    let result = extracted(marked).unwrap();
    assert!(result.contains("\tsum = extracted(sum,n);\n"), "{result}");
    assert!(result.contains("\treturn sum;\n"), "{result}");
}

#[test]
fn what_cannot_be_a_function_is_not_offered() {
    for marked in [
        "void f()\n{\n\t‸return;‸\n}",
        "for each n in {1}\n{\n\t‸break;‸\n}",
        "‸a = 1;\nb = 2;‸\ninfo a + b;",
        "a = ‸1 +‸ 2;",
    ] {
        assert_eq!(extracted(marked), None, "{marked}");
    }
    assert!(extracted("‸for each n in {1}\n{\n\tbreak;\n}‸").is_some());
}

#[test]
fn an_expression_becomes_a_variable() {
    assert_eq!(fixed("info 1 + ‸f(2)‸;", "Extract variable"), "value = f(2);\ninfo 1 + value;");
    let (found, _) = fixes("while(‸f(2)‸)\n{\n\tinfo 1;\n}");
    assert!(found.iter().all(|fix| !fix.title.contains("variable")), "a loop asks again each time");
}

#[test]
fn a_request_without_credentials_is_offered_the_connections_that_fit() {
    let offered = |source: &str| -> Vec<(String, String, bool)> {
        let (analysis, cursors, text) = at(source);
        let fixes = analysis.fixes(FILE, Span::new(cursors[0], cursors[0])).into_iter();
        let added = fixes.filter(|fix| fix.title.starts_with("Add connection"));
        added.map(|fix| (fix.title.clone(), apply(&text, &fix.edits), fix.mends.is_some())).collect()
    };
    let mailchimp = "x = invokeurl‸\n[\n\turl: \"https://us1.api.mailchimp.com/3.0/\" + id\n\ttype: GET\n];";
    let added = mailchimp.replace('‸', "").replace("GET\n", "GET\n\tconnection: \"mailchimp\"\n");
    assert_eq!(offered(mailchimp), [("Add connection: \"mailchimp\"".into(), added, false)]);
    // None is connected yet: the service's own name, by which it would be.
    let zoho = "x = invokeurl‸[url: \"https://www.zohoapis.eu/crm/v8/Leads\", type: GET];";
    let added = zoho.replace('‸', "").replace("GET]", "GET, connection: \"zoho\"]");
    assert_eq!(offered(zoho), [("Add connection: \"zoho\"".into(), added, true)]);
    assert!(offered("x = invokeurl‸[url: \"https://a.example/\" type: GET];").is_empty());
    assert!(offered(&mailchimp.replace("GET", "GET\n\tconnection: \"x\"")).is_empty());
    assert!(offered(&mailchimp.replace("GET", "GET\n\theaders: {\"Authorization\":key}")).is_empty());
    assert!(offered("x = invokeurl‸[url: a + \"https://us1.api.mailchimp.com\" type: GET];").is_empty());
}

/// A fix as the test compares it: its title, the service and the name of the connection that it adds, whether it is preferred.
type Offered = (String, Option<(Option<String>, String)>, bool);

#[test]
fn a_connection_that_is_not_there_can_be_added() {
    let offered = |source: &str, stored: bool| -> Vec<Offered> {
        let (mut analysis, cursors, text) = at(source);
        if !stored {
            analysis.set_project("p", Project { connections: Some(Vec::new()), ..super::project() });
            analysis.open(FILE, "p", &text);
        }
        let fixes = analysis.fixes(FILE, Span::new(cursors[0], cursors[0])).into_iter();
        let fixes = fixes.filter(|fix| fix.mends.is_some_and(|(code, _)| code == Code::UnknownConnection));
        fixes.map(|fix| (fix.title, fix.connects.map(|wanted| (wanted.service, wanted.link)), fix.preferred)).collect()
    };
    let add = |title: &str, service: Option<&str>, link: &str, preferred| {
        (title.to_owned(), Some((service.map(str::to_owned), link.to_owned())), preferred)
    };
    let source = "r = invokeurl [ url: \"https://us1.api.mailchimp.com/3.0\" connection: \"ne‸ws\" ];";
    assert_eq!(offered(source, false), [add("Add connection \"news\" to mailchimp", Some("mailchimp"), "news", true)]);
    let elsewhere = source.replace("us1.api.mailchimp.com", "a.example");
    assert_eq!(offered(&elsewhere, false), [add("Add connection \"news\"…", None, "news", true)]);
    let task = "r = zoho.crm.getRecordById(\"Leads\",1,Map(),\"my_‸crm\");";
    assert_eq!(offered(task, false), [add("Add connection \"my_crm\" to zoho", Some("zoho"), "my_crm", true)]);
    // One that is nearly there was probably meant.
    let misspelt = source.replace("ne‸ws", "mailchim‸pp");
    let found = offered(&misspelt, true);
    assert_eq!(found[0], ("Change \"mailchimpp\" to \"mailchimp\"".to_owned(), None, true));
    assert!(!found[1].2, "{found:?}");
    assert!(offered(&source.replace("ne‸ws", "mail‸chimp"), true).is_empty());
}

#[test]
fn a_misspelt_task_keeps_its_arguments() {
    let misspelt = "r = zoho.crm.getRecordByI‸(\"Leads\",1);";
    assert_eq!(fixed(misspelt, "getRecordById"), "r = zoho.crm.getRecordById(\"Leads\",1);");
    assert_eq!(fixed("console.lo‸g(\"a\");", "info"), "info(\"a\");");
}
