//! Deep and long scripts end with a tree or a diagnostic, on a thread with an ordinary stack.

#![allow(clippy::unwrap_used, clippy::panic)]

use rainwright_diagnostic::Code;
use rainwright_syntax::parse;

fn codes(source: &str) -> Vec<Code> {
    parse(source).diagnostics.into_iter().map(|d| d.problem.code).collect()
}

#[test]
fn ten_thousand_levels_are_refused() {
    let n = 10_000;
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("[", "1", "]"),
        ("f(", "1", ")"),
        ("x.f(", "1", ")"),
        ("F[A == ", "1", "]"),
        ("1 + (", "1", ")"),
        ("invokeurl [ url: ", "1", "]"),
        ("-", "1", ""),
        ("!", "true", ""),
        ("", "1", " + 1"),
        ("", "1", " && 1"),
        ("", "a", ".b"),
        ("", "a", ".b()"),
        ("", "a", "[1]"),
        ("a ? b : ", "c", ""),
    ] {
        let source = format!("x = {}{middle}{};", open.repeat(n), close.repeat(n));
        assert_eq!(codes(&source), [Code::TooDeep], "{open}{middle}{close}");
    }
    for (open, close) in [("if(a) {", "}"), ("for each x in y {", "}"), ("try {", "} catch (e) { }")] {
        let source = format!("{}{}", open.repeat(n), close.repeat(n));
        assert_eq!(codes(&source), [Code::TooDeep], "{open}");
    }
}

#[test]
fn unclosed_and_unopened_brackets_are_survived() {
    for sign in
        ["(", "[", "{", ")", "]", "}", "f(", "if(", "a[", "{a:", "\"", "'", "/*", "else if", "invokeurl [", "<%"]
    {
        assert!(!codes(&sign.repeat(10_000)).is_empty(), "{sign}");
    }
}

#[test]
fn long_chains_are_read_copied_compared_and_printed() {
    let n = 5_000;
    for source in [
        format!("x = a{};", " + b".repeat(n)),
        format!("x = a{};", ".put(1)".repeat(n)),
        format!("if(a) {{ }}{} else {{ }}", " else if(b) { x = 1; }".repeat(n)),
        "for each x in a.b { }\n".repeat(n),
        format!("{}x = 1;{}", "if(a) {".repeat(240), "}".repeat(240)),
        format!("x = {}1{};", "{\"a\":f(".repeat(120), ")}".repeat(120)),
        format!("x = {{{}}};", "1 + 2,".repeat(n) + "1"),
        format!("m = {{{}\"z\":1}};", "\"a\" : b.c + 1,".repeat(n)),
    ] {
        let parsed = parse(&source);
        assert_eq!(parsed.diagnostics, [], "{}", &source[..40]);
        let copy = parsed.clone();
        assert!(parsed == copy);
        assert!(format!("{:?}", copy.tree).len() > 1_000);
    }
}

/// A right side that cannot be read is not read again for each operator in front of it.
#[test]
fn mistakes_behind_many_operators_take_linear_time() {
    for mistake in ["1 1", "", ")", "a b", "; info 1;"] {
        let open = "x || y && z == w < a + b * -(".repeat(60);
        let parsed = parse(&format!("q = {open}{mistake}{};", ")".repeat(60)));
        assert!(!parsed.diagnostics.is_empty(), "{mistake}");
    }
}
