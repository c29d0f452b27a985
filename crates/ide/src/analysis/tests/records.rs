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

const CLAIM: [&str; 6] = ["Amount", "Day", "No", "Owner", "State", "ID"];

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
    assert_eq!(of_kind("info input.Owner.‸", CompletionKind::Field), ["Mail", "ID"]);
    assert_eq!(of_kind("r = Claim[Owner.‸ == 1];", CompletionKind::Field), ["Mail", "ID"]);
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
