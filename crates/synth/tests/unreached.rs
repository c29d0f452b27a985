//! Every statement that no run reached is told of, with the reason.
#![allow(clippy::unwrap_used, missing_docs)]

use rainwright_diagnostic::LineIndex;
use rainwright_syntax::branches::statements;
use rainwright_synth::{Report, TryOptions, Verdict, try_script};

/// The report of a script with one statement a line, after the check that exactly what was not reached is told of.
fn tried_with(source: &str, options: &TryOptions) -> Report {
    let report = try_script("script.dg", source, options).unwrap();
    let parsed = rainwright_syntax::parse(source);
    let lines = LineIndex::new(source);
    let told = statements(&parsed.tree).into_iter().map(|span| lines.line(span.start));
    let told = told.filter(|line| {
        report.unreached.iter().filter_map(|one| one.lines).any(|(from, to)| (from..=to).contains(line))
    });
    let missed = report.coverage.statements - report.coverage.reached;
    assert_eq!(told.count(), missed, "{source}\n{:#?}", report.unreached);
    report
}

/// Each as `line: why`.
fn reasons_with(source: &str, options: &TryOptions) -> Vec<String> {
    tried_with(source, options).unreached.iter().map(|one| format!("{}: {}", one.line, one.why)).collect()
}

fn reasons(source: &str) -> Vec<String> {
    reasons_with(source, &TryOptions::default())
}

#[test]
fn after_a_mistake() {
    let told = reasons("void f(int id)\n{\n    x = null;\n    info x.trim();\n    info 1;\n    info 2;\n}");
    assert_eq!(told, ["5: line 4 always fails first: E3003 Value is empty and 'trim' function cannot be applied"]);
    let report = tried_with("x = {1, 2};\ninfo x.get(7);\ninfo \"end\";\n", &TryOptions::default());
    assert_eq!(report.unreached[0].lines, Some((3, 3)));
    assert!(report.unreached[0].why.starts_with("line 2 always fails first: E3006"), "{:?}", report.unreached);
}

#[test]
fn after_a_throw() {
    let told = reasons("info 1;\nthrow \"not today\";\ninfo 2;\n");
    assert_eq!(told, ["3: line 2 always throws first: not today"]);
    // On all ways, one of which throws and one of which returns.
    let told = reasons(
        "void f(int n)\n{\n    if(n > 3)\n    {\n        throw \"large\";\n    }\n    else\n    {\n        return;\n    }\n    info n;\n}",
    );
    assert_eq!(told, ["11: one of these always comes first: line 5 throws (large); line 9 returns"]);
}

#[test]
fn after_a_way_out_of_a_loop_or_function() {
    let told = reasons(
        "total = 0;\nfor each n in {1, 2}\n{\n    continue;\n    total = total + n;\n}\nfor each n in {1, 2}\n{\n    break;\n    info n;\n}\ninfo total;\nreturn total;\ninfo \"never\";\n",
    );
    assert_eq!(
        told,
        [
            "5: line 4 always goes on with the next turn first",
            "10: line 9 always leaves the loop first",
            "14: line 13 always returns first",
        ]
    );
}

#[test]
fn after_a_call_that_is_refused() {
    #[derive(Debug)]
    struct Down;
    impl rainwright_synth::Doubles for Down {
        fn answer(&self, _: &rainwright::effect::HttpRequest) -> Option<rainwright::effect::HttpResponse> {
            let body = br#"{"code":"INVALID_TOKEN","status":"error","message":"no"}"#.to_vec();
            Some(rainwright::effect::HttpResponse { status: 401, headers: Vec::new(), body: body.into() })
        }
    }
    let source = "answer = zoho.crm.getRecordById(\"Leads\", 7);\nif(answer.get(\"status\") == \"error\")\n{\n    throw \"refused\";\n}\nname = answer.get(\"Last_Name\");\nx = null;\nx.trim();\ninfo name;\n";
    let options = TryOptions { doubles: Some(std::rc::Rc::new(Down)), ..TryOptions::default() };
    let told = reasons_with(source, &options);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("9: line 8 always fails first: E3003"), "{told:#?}");
}

#[test]
fn in_a_condition_that_always_fails() {
    let told = reasons(
        "x = null;\nif(1 == 2)\n{\n    info \"no\";\n}\nelse if(x.trim() == \"a\")\n{\n    info \"yes\";\n}\nelse\n{\n    info \"else\";\n}\ninfo \"end\";\n",
    );
    assert_eq!(told.len(), 4, "{told:#?}");
    assert_eq!(told[0], "2: 1 == 2 never held");
    for (one, line) in told[1..].iter().zip([2, 2, 14]) {
        assert!(one.starts_with(&format!("{line}: line ")) && one.contains("always fails first: E3003"), "{told:#?}");
    }
    let told = reasons("x = null;\nfor each y in x.trim()\n{\n    info y;\n}\ninfo \"end\";\n");
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told.iter().all(|one| one.contains("line 2 always fails first: E3003")), "{told:#?}");
}

#[test]
fn in_a_catch_that_is_never_entered() {
    let told = reasons("try\n{\n    x = 1;\n}\ncatch (e)\n{\n    info e;\n    info \"caught\";\n}\n");
    assert_eq!(told, ["1: nothing in the try block failed"]);
    // What is caught is what comes first.
    let told = reasons(
        "try\n{\n    x = null;\n    x.trim();\n    info \"no\";\n}\ncatch (e)\n{\n    info e;\n}\ninfo \"end\";\n",
    );
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("5: line 4 always fails first: E3003"), "{told:#?}");
    assert!(told[0].ends_with("; the script catches it"), "{told:#?}");
}

#[test]
fn after_a_handler_that_throws_again() {
    let told =
        reasons("try\n{\n    x = null;\n    x.trim();\n}\ncatch (e)\n{\n    throw \"again\";\n}\ninfo \"end\";\n");
    assert_eq!(told, ["10: line 8 always throws first: again"]);
}

#[test]
fn after_a_loop_that_never_ends() {
    let told = reasons("x = 1;\nwhile(x > 0)\n{\n    x = x + 1;\n}\ninfo x;\n");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("6: the loop of line 2 never ends"), "{told:#?}");
    // A catch takes no limit.
    let told = reasons(
        "x = 1;\ntry\n{\n    while(x > 0)\n    {\n        x = x + 1;\n    }\n}\ncatch (e)\n{\n    info e;\n}\ninfo x;\n",
    );
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told.iter().all(|one| one.contains("the loop of line 4 never ends")), "{told:#?}");
}

#[test]
fn after_a_function_that_never_comes_back() {
    let told = reasons(
        "void main(int id)\n{\n    helper(id);\n    info \"end\";\n}\nvoid helper(int id)\n{\n    x = null;\n    x.trim();\n}\n",
    );
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("4: line 9, called in line 3, always fails first: E3003"), "{told:#?}");
    // Caught on the way.
    let told = reasons(
        "void main(int id)\n{\n    try\n    {\n        helper(id);\n        info \"end\";\n    }\n    catch (e)\n    {\n        info e;\n    }\n}\nvoid helper(int id)\n{\n    throw \"no\";\n}\n",
    );
    assert_eq!(told, ["6: line 15, called in line 5, always throws first: no; the script catches it"]);
}

#[test]
fn in_functions_that_nothing_calls() {
    let source = "void main(int id)\n{\n    info id;\n}\nvoid other(string name)\n{\n    info name;\n}\nvoid first(string a)\n{\n    second(a);\n}\nvoid second(string a)\n{\n    if(a == \"x\")\n    {\n        first(a + \"y\");\n    }\n}\n";
    // Nothing calls the second one, and the last two only each other: all are tried.
    assert_eq!(reasons(source), Vec::<String>::new());
    let told = reasons_with(source, &TryOptions { entry: Some("main".into()), ..TryOptions::default() });
    assert_eq!(
        told,
        [
            "5: no run comes to other: only main was tried",
            "9: no run comes to first: the call in line 17 is never made",
            "13: no run comes to second: the call in line 11 is never made",
        ]
    );
    // A function that others call is tried by itself when it is wanted.
    let report = tried_with(source, &TryOptions { entry: Some("second".into()), ..TryOptions::default() });
    assert_eq!(report.verdict, Verdict::Finished);
    let told = reasons(
        "void main(int id)\n{\n    if(1 == 2)\n    {\n        helper();\n    }\n}\nvoid helper()\n{\n    info 1;\n    info 2;\n}\n",
    );
    assert_eq!(told, ["3: 1 == 2 never held", "8: no run comes to helper: the call in line 5 is never made"]);
}

#[test]
fn bare_statements_around_functions() {
    let source = "info 1;\nvoid f(int n)\n{\n    info n;\n}\ninfo 2;\n";
    assert_eq!(reasons(source), Vec::<String>::new());
    let told = reasons_with(source, &TryOptions { entry: Some("f".into()), ..TryOptions::default() });
    let why = "no run comes to the bare statements: only f was tried";
    assert_eq!(told, [format!("1: {why}"), format!("6: {why}")]);
}

#[test]
fn a_run_that_ends_in_a_condition_takes_no_side() {
    let report = tried_with("x = null;\nif(x.trim() == \"a\")\n{\n    info 1;\n}\n", &TryOptions::default());
    assert_eq!((report.verdict, report.coverage.taken, report.coverage.sides), (Verdict::Fault, 0, 2));
}
