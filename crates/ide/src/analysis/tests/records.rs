//! Completion and checks with the forms of an application.

use std::sync::Arc;

use super::project;
use crate::analysis::{Analysis, CompletionKind, Project};
use crate::example_forms;

/// An analysis of a script of the form Claim.
fn opened(marked: &str) -> (Analysis, u32) {
    let offset = marked.find('‸').unwrap_or(marked.len());
    let mut analysis = Analysis::default();
    let known = Project {
        profile: rainwright_builtins::Profile::find("zoho-creator").unwrap(),
        forms: Arc::new(example_forms()),
        form_scripts: vec![("workflows/load.dg".into(), "Claim".into())],
        ..project()
    };
    analysis.set_project("p", known);
    analysis.open("app/workflows/load.dg", "p", &marked.replace('‸', ""));
    (analysis, offset as u32)
}

fn of_kind(marked: &str, kind: CompletionKind) -> Vec<String> {
    let (analysis, offset) = opened(marked);
    let found = analysis.completions("app/workflows/load.dg", offset).into_iter();
    found.filter(|one| one.kind == kind).map(|one| one.label).collect()
}

const CLAIM: [&str; 8] = ["Amount", "Day", "Lines", "No", "Owner", "State", "Watchers", "ID"];

#[test]
fn fields_are_offered_after_what_gives_records() {
    for marked in [
        "info input.‸",
        "r = Claim[ID != 0];\ninfo r.‸",
        "r = Claim[ID != 0];\ninfo r.Am‸;",
        "for each one in Claim\n{\n\tinfo one.‸\n}",
        "info Claim[ID != 0].‸",
        "void f(Claim c)\n{\n\tinfo c.‸\n}",
        "r = Claim();\nr.‸",
    ] {
        assert_eq!(of_kind(marked, CompletionKind::Field), CLAIM, "{marked}");
    }
    assert_eq!(of_kind("info input.Owner.‸", CompletionKind::Field), ["Mail", "Name", "ID"]);
    assert_eq!(of_kind("r = Claim[Owner.‸ == 1];", CompletionKind::Field), ["Mail", "Name", "ID"]);
    assert_eq!(of_kind("x = 1;\ninfo x.‸", CompletionKind::Field), [""; 0]);
}

#[test]
fn fields_are_offered_in_criteria_and_inserts_and_forms_everywhere() {
    for marked in [
        "r = Claim[‸",
        "r = Claim[State == \"Open\" && (‸",
        "r = Claim[ID != 0];\ndelete from Claim[‸];",
        "x = insert into Claim\n[\n\t‸\n];",
    ] {
        assert_eq!(of_kind(marked, CompletionKind::Field), CLAIM, "{marked}");
    }
    assert_eq!(of_kind("r = ‸", CompletionKind::Form), ["Claim", "Person"]);
    let aggregates = of_kind("info Claim[ID != 0].‸", CompletionKind::Method);
    assert!(aggregates.contains(&"count".to_owned()), "{aggregates:?}");
}

#[test]
fn choices_are_offered_in_texts() {
    for marked in [
        "r = Claim[State == \"‸\"];",
        "r = Claim[State == \"‸",
        "input.State = \"‸\";",
        "r = Claim[ID != 0];\nif(r.State != \"‸\")\n{\n\tinfo 1;\n}",
        "x = insert into Claim [ State = \"‸\" ];",
    ] {
        assert_eq!(of_kind(marked, CompletionKind::Value), ["Closed", "Open"], "{marked}");
    }
    assert_eq!(of_kind("x = \"‸\";", CompletionKind::Value), [""; 0]);
}

#[test]
fn a_script_of_a_forms_events_is_held_to_its_form() {
    let (analysis, _) = opened("info input.Amont;");
    let found: Vec<String> =
        analysis.diagnostics("app/workflows/load.dg").iter().map(|d| d.problem.message.clone()).collect();
    assert_eq!(found, ["The form 'Claim' has no field 'Amont'"]);
}

/// The application around a script of an export; the script belongs to the form Claim, or is a function.
fn exported(marked: &str, as_function: bool) -> String {
    if as_function {
        return format!(
            "application \"A\"\n{{\n\tfunctions\n\t{{\n\t\tvoid a.one(int n)\n\t\t{{\n{marked}\n\t\t}}\n\t\tvoid a.two()\n\t\t{{\n\t\t\tinfo 1;\n\t\t}}\n\t}}\n}}\n"
        );
    }
    format!(
        "application \"A\"\n{{\n\tforms\n\t{{\n\t\tform Claim\n\t\t{{\n\t\t\tState\n\t\t\t(\n\t\t\t\ttype = text\n\t\t\t)\n\t\t}}\n\t}}\n\
         \tworkflow\n\t{{\n\tform\n\t{{\n\t\tCheck as \"Check\"\n\t\t{{\n\t\t\ttype = form\n\t\t\tform = Claim\n\t\t\ton validate\n\t\t\t{{\n\
         \t\t\t\tactions\n\t\t\t\t{{\n\t\t\t\t\tcustom deluge script\n\t\t\t\t\t(\n{marked}\n\t\t\t\t\t)\n\t\t\t\t}}\n\t\t\t}}\n\t\t}}\n\
         \t}}\n\t}}\n}}\n"
    )
}

fn in_export(marked: &str, as_function: bool, kind: CompletionKind) -> Vec<String> {
    let marked = exported(marked, as_function);
    let offset = marked.find('‸').unwrap() as u32;
    let mut analysis = Analysis::default();
    analysis.set_project("p", Project { read_forms: Some(|_| example_forms()), ..project() });
    analysis.open("a.ds", "p", &marked.replace('‸', ""));
    let found = analysis.completions("a.ds", offset).into_iter();
    found.filter(|one| one.kind == kind).map(|one| one.label).collect()
}

#[test]
fn scripts_of_an_export_know_its_forms_while_they_are_written() {
    for as_function in [false, true] {
        for marked in [
            "r = Claim[ID == 5];\nr.‸",
            "r = Claim[ID == 5];\ninfo r.‸;\nx = 1;",
            "for each one in Claim\n{\n\tone.‸\n}",
            "r = Claim[‸",
            "Claim[‸",
            "r = Claim[State == \"Open\" && ‸",
            "insert into Claim\n[\n\t‸",
            "insert into Claim [‸",
            "insert into Claim\n[\n\tState = \"Open\"\n\t‸\n];\ninfo 1;",
        ] {
            assert_eq!(in_export(marked, as_function, CompletionKind::Field), CLAIM, "{marked} {as_function}");
        }
        for marked in [
            "r = Claim[State == ‸",
            "r = Claim[State == \"‸",
            "r = Claim[State == \"‸\"];",
            "insert into Claim [ State = ‸",
        ] {
            let found = in_export(marked, as_function, CompletionKind::Value);
            assert_eq!(found, ["Closed", "Open"], "{marked} {as_function}");
        }
    }
    assert_eq!(in_export("input.‸", false, CompletionKind::Field), CLAIM);
    assert_eq!(in_export("input.State = ‸", false, CompletionKind::Value), ["Closed", "Open"]);
}

#[test]
fn choices_are_offered_with_their_quotes_where_none_is_typed() {
    for marked in ["r = Claim[State == ‸", "Claim[State == ‸", "input.State = ‸;", "insert into Claim [ State = ‸ ];"]
    {
        let (analysis, offset) = opened(marked);
        let found = analysis.completions("app/workflows/load.dg", offset).into_iter();
        let texts: Vec<String> = found.filter(|one| one.kind == CompletionKind::Value).map(|one| one.insert).collect();
        assert_eq!(texts, ["\"Closed\"", "\"Open\""], "{marked}");
    }
    let (analysis, offset) = opened("r = Claim[‸");
    let found = analysis.completions("app/workflows/load.dg", offset);
    let state = found.iter().find(|one| one.label == "State").unwrap();
    assert_eq!(state.detail, "a TEXT: Open, Closed");
}

#[test]
fn an_export_is_held_to_its_own_forms_and_functions() {
    let marked = exported("input.Amont = 1;\na.tow();", false)
        .replace("\tworkflow", "\tfunctions\n\t{\n\t\tvoid a.two()\n\t\t{\n\t\t\tinfo 1;\n\t\t}\n\t}\n\tworkflow");
    let mut analysis = Analysis::default();
    analysis.set_project("p", Project { read_forms: Some(|_| example_forms()), ..project() });
    analysis.open("a.ds", "p", &marked);
    let found: Vec<String> = analysis.diagnostics("a.ds").iter().map(|d| d.problem.message.clone()).collect();
    assert_eq!(found, ["The form 'Claim' has no field 'Amont'", "Not able to find 'a.tow' function"]);
    analysis.open("a.ds", "p", &marked[..marked.find("\tworkflow").unwrap()]);
    let found: Vec<String> = analysis.diagnostics("a.ds").iter().map(|d| d.problem.message.clone()).collect();
    assert_eq!(found, ["The export breaks off: 'application \"A\"' is still open at its end"]);
}
