//! Tests of the scopes: which names are variables, and where.
#![allow(clippy::unwrap_used)]

use super::{Access, Origin, Outer, Outside, Scopes};
use crate::parse;

/// A few names of the language and of a product.
struct Names;

impl Outside for Names {
    fn name(&self, name: &str) -> Outer {
        match name {
            "crmAPIRequest" => Outer::Given,
            "today" | "zoho" | "thisapp" | "input" | "row" => Outer::Other,
            _ => Outer::Unknown,
        }
    }

    fn is_word(&self, name: &str) -> bool {
        matches!(name, "today" | "zoho.currentdate")
    }

    fn is_namespace(&self, name: &str) -> bool {
        name == "button"
    }

    fn takes_words(&self, _: &str, key: &str) -> bool {
        key == "type"
    }
}

fn scopes(source: &str) -> Scopes {
    let parsed = parse(source);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    Scopes::of(&parsed.tree, &Names)
}

/// Each variable of the last scope with its origin and the letters `iwur` for its uses, a capital where nothing can have
/// assigned it before.
fn told(source: &str) -> Vec<String> {
    let scopes = scopes(source);
    let scope = scopes.scopes.iter().rev().find(|s| !s.variables.is_empty()).unwrap();
    let letter = |u: &super::Use| {
        let letter = match u.access {
            Access::Introduce => 'i',
            Access::Write => 'w',
            Access::Update => 'u',
            Access::Read => 'r',
        };
        if u.assigned || letter == 'i' || letter == 'w' { letter } else { letter.to_ascii_uppercase() }
    };
    let one =
        |v: &super::Variable| format!("{}:{:?}:{}", v.name, v.origin, v.uses.iter().map(letter).collect::<String>());
    scope.variables.iter().map(one).collect()
}

#[test]
fn each_name_has_an_origin_and_uses_in_order() {
    assert_eq!(told("x = 1; x += 2; info x + y;"), ["x:Assigned:wur", "y:Unknown:R"]);
    assert_eq!(told("void f(int a) { for each index i in a { info i; } }"), ["a:Parameter:ir", "i:Index:ir"]);
    assert_eq!(told("try { x = 1; } catch (e) { info e; }"), ["x:Assigned:w", "e:Caught:ir"]);
    assert_eq!(told("info crmAPIRequest.get(\"body\");"), ["crmAPIRequest:Given:r"]);
    assert_eq!(told("info x; x = 1;"), ["x:Assigned:Rw"]);
}

#[test]
fn a_loop_sees_what_its_end_assigns() {
    assert_eq!(told("for each a in {1} { info last; last = a; }"), ["a:Loop:ir", "last:Assigned:rw"]);
}

#[test]
fn words_namespaces_constants_and_fields_are_no_variables() {
    assert_eq!(told("x = today; info zoho.currentdate; info x;"), ["x:Assigned:wr"]);
    assert_eq!(told("today = 1; info today;"), ["today:Assigned:wr"]);
    assert_eq!(told("x = invokeurl [ url: u type: GET ];"), ["u:Unknown:R", "x:Assigned:w"]);
    assert_eq!(
        told("v = 1; for each r in Claims[Status == v && ID != null] { info r.Total; } hide Total;"),
        ["v:Assigned:wr", "r:Loop:ir"]
    );
    assert_eq!(told("x = input.Name; row.Total = x;"), ["x:Assigned:wr"]);
    assert_eq!(told("x = button.send(1); info button;"), ["x:Assigned:w", "button:Unknown:R"]);
}

#[test]
fn calls_are_known_by_their_whole_name() {
    let found =
        scopes("void a.f() { } m = Map(); m.put(1,2); a.f(); thisapp.a.f(); g(m); zoho.crm.getRecords(\"Leads\");");
    let paths: Vec<&str> = found.calls.iter().map(|call| call.path.as_str()).collect();
    assert_eq!(paths, ["Map", "a.f", "thisapp.a.f", "g", "zoho.crm.getRecords"]);
    assert_eq!(found.function("thisapp.a.f").map(|f| f.path.as_str()), Some("a.f"));
    assert_eq!(found.function("f").map(|f| f.path.as_str()), Some("a.f"));
    assert!(found.function("g").is_none());
    assert!(found.calls.iter().all(|call| call.scope == 1));
}

#[test]
fn a_misspelt_variable_before_a_method_is_still_seen() {
    assert_eq!(told("void f() { total = 1; info totl.round(2); }"), ["total:Assigned:w", "totl:Unknown:R"]);
}

#[test]
fn variables_are_found_by_place() {
    let source = "void f(string name) { x = name; }\nx = 2;";
    let found = scopes(source);
    let (id, span) = found.at(source.find("name;").unwrap() as u32 + 4).unwrap();
    assert_eq!((id.scope, &source[span.range()]), (0, "name"));
    assert_eq!(found.variable(id).origin, Origin::Parameter);
    assert_eq!(found.variable(id).definition().map(|s| s.start), source.find("name").map(|i| i as u32));
    let (other, _) = found.at(source.rfind('x').unwrap() as u32).unwrap();
    assert_eq!((other.scope, found.scope_at(other.scope as u32)), (1, 0));
    assert!(found.at(0).is_none());
}

#[test]
fn long_chains_are_read_on_an_ordinary_stack() {
    for (start, step) in [("a", ".b"), ("a", ".b()"), ("1", " + c"), ("F[A == 1]", ".f(1)")] {
        let source = format!("x = {start}{};", step.repeat(7_000));
        assert_eq!(scopes(&source).scopes[0].variable("x").map(|x| x.uses.len()), Some(1), "{step}");
    }
}
