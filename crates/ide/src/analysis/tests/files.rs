//! Projects with several files, pages and exports.

use super::{FILE, apply, at, never, slices};
use crate::analysis::{Analysis, Cancel, Cancelled, Project, SymbolKind};
use rainwright_builtins::Profile;
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use std::fmt::Write;

pub(super) const EXPORT: &str = "application \"Claims\"
{
	forms
	{
		form claim
		{
			displayname = \"Claim\"
			Status
			(
				type = picklist
				values = {\"Open\", \"Paid\"}
			)
			Total
			(
				type = decimal
			)
			on add
			{
				on load
				{
					actions
					{
						custom deluge script
						(
							input.Status = \"Open\";
							n = count_open(5);
							info n;
						)
					}
				}
			}
		}
	}
	functions
	{
		int claims.count_open(int limit)
		{
			rows = claim[Status == \"Open\"];
			return rows.count();
		}
	}
}
";

fn shop() -> Analysis {
    let mut analysis = Analysis::default();
    analysis.set_project("shop", Project::default());
    analysis.add(
        "shop/functions/tax.dg",
        "shop",
        "decimal billing.tax(decimal net)\n{\n\treturn net * 0.19;\n}\n",
        true,
    );
    analysis.add("shop/other.dg", "shop", "info billing.tax(2.0);\n", false);
    analysis.add("else/tax.dg", "else", "info tax(1);\n", false);
    analysis.open("shop/main.dg", "shop", "void f()\n{\n\tgross = billing.tax(1.0);\n\tinfo gross;\n}\n");
    analysis
}

#[test]
fn functions_of_other_files_are_found_and_shown() {
    let analysis = shop();
    let text = analysis.text("shop/main.dg").unwrap();
    let at = text.find("tax").unwrap() as u32;
    let places = analysis.definition("shop/main.dg", at);
    assert_eq!((places.len(), places[0].file.as_str(), places[0].span.start), (1, "shop/functions/tax.dg", 16));
    assert!(analysis.hover("shop/main.dg", at).unwrap().markdown.contains("decimal billing.tax(decimal net)"));
    let uses = analysis.references("shop/main.dg", at, true, &never()).unwrap();
    let files: Vec<&str> = uses.iter().map(|place| place.file.as_str()).collect();
    assert_eq!(files, ["shop/functions/tax.dg", "shop/main.dg", "shop/other.dg"]);
    let callers = analysis.incoming_calls("shop/functions/tax.dg", places[0].span, &never()).unwrap();
    assert_eq!(callers.iter().map(|c| c.item.name.as_str()).collect::<Vec<_>>(), ["f", "other.dg"]);
    assert_eq!(analysis.diagnostics("shop/main.dg"), [], "a namespace is no variable");
    let signature = analysis.signatures("shop/main.dg", at + 4);
    assert_eq!(signature[0].label, "decimal billing.tax(decimal net)");
    let offered = analysis.completions("shop/main.dg", at);
    assert!(offered.iter().any(|one| one.label == "tax" && one.detail.contains("tax.dg")), "{offered:?}");
}

#[test]
fn renaming_a_function_reaches_all_files_of_its_project() {
    let analysis = shop();
    let at = analysis.text("shop/main.dg").unwrap().find("tax").unwrap() as u32;
    let edits = analysis.rename("shop/main.dg", at, "levy", &never()).unwrap();
    assert_eq!(edits.len(), 3);
    for file in edits {
        let text = apply(&analysis.text(&file.file).unwrap(), &file.edits);
        assert!(text.contains("billing.levy(") && !text.contains("tax("), "{text}");
    }
}

#[test]
fn what_another_file_defines_decides_what_is_known_here() {
    let mut analysis = shop();
    analysis.open("shop/new.dg", "shop", "void g()\n{\n\tinfo late(1);\n}\n");
    let unknown = |analysis: &Analysis| {
        analysis.diagnostics("shop/new.dg").iter().filter(|d| d.problem.code == Code::UnknownCall).count()
    };
    assert_eq!(unknown(&analysis), 1);
    analysis.add("shop/functions/late.dg", "shop", "int late(int n) { return n; }", true);
    assert_eq!(unknown(&analysis), 0);
    analysis.remove("shop/functions/late.dg");
    assert_eq!(unknown(&analysis), 1);
    analysis.add("shop/late.dg", "shop", "int late(int n) { return n; }", false);
    assert_eq!(unknown(&analysis), 1, "only the folder of functions is called from other files");
}

#[test]
fn a_closed_file_keeps_its_names_and_a_removed_one_does_not() {
    let mut analysis = shop();
    assert!(analysis.is_open("shop/main.dg"));
    analysis.close("shop/main.dg");
    assert!(!analysis.is_open("shop/main.dg"));
    let names = |analysis: &Analysis| -> Vec<String> {
        analysis.workspace_symbols("", &never()).unwrap().into_iter().map(|s| s.name).collect()
    };
    assert_eq!(names(&analysis), ["billing.tax", "f"]);
    analysis.remove("shop/main.dg");
    assert_eq!(names(&analysis), ["billing.tax"]);
}

#[test]
fn the_profile_decides_which_variables_are_given() {
    let mut analysis = Analysis::default();
    let profile = Profile::find("zoho-books").unwrap();
    analysis.set_project("p", Project { profile, ..Project::default() });
    analysis.open(FILE, "p", "void f() { info organization; info crmAPIRequest; }");
    let told = analysis.diagnostics(FILE);
    assert_eq!(told.len(), 1, "{told:?}");
    analysis.set_project("p", Project::default());
    assert_eq!(analysis.diagnostics(FILE).len(), 1);
    assert!(analysis.diagnostics(FILE)[0].problem.message.contains("organization"));
}

#[test]
fn workspace_symbols_are_ranked_and_can_be_given_up() {
    let mut analysis = Analysis::default();
    for i in 0..400 {
        analysis.add(&format!("{i}.dg"), "p", &format!("void job{i}() {{ }}"), false);
    }
    let found = analysis.workspace_symbols("job12", &never()).unwrap();
    assert_eq!(found[0].name, "job12");
    assert!(found[1..11].iter().all(|one| one.name.starts_with("job12")), "{found:?}");
    assert!(found[11..].iter().all(|one| !one.name.starts_with("job12")), "letters in between come last");
    assert_eq!(analysis.workspace_symbols("jb7", &never()).unwrap()[0].name, "job107");
    assert_eq!(analysis.workspace_symbols("", &never()).unwrap().len(), 256);
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(analysis.workspace_symbols("job", &cancel), Err(Cancelled));
    assert_eq!(analysis.references("1.dg", 5, true, &cancel), Err(Cancelled));
}

#[test]
fn an_export_is_read_script_by_script() {
    let (analysis, _, text) = at(EXPORT);
    let serious = |d: &Diagnostic| d.severity != Severity::Note;
    assert!(!analysis.diagnostics(FILE).iter().any(serious));
    let symbols = analysis.symbols(FILE);
    let shown: Vec<(&str, SymbolKind)> = symbols.iter().map(|s| (s.name.as_str(), s.kind)).collect();
    let expected = [
        ("claim", SymbolKind::Form),
        ("claim_on_add_on_load", SymbolKind::Event),
        ("claims.count_open", SymbolKind::Function),
    ];
    assert_eq!(shown, expected);
    let call = text.find("count_open(5)").unwrap() as u32;
    let definition = analysis.definition(FILE, call);
    assert_eq!(definition[0].span.start as usize, text.find("count_open(int").unwrap());
    let form = text.find("claim[").unwrap() as u32;
    assert_eq!(analysis.definition(FILE, form)[0].span.start as usize, text.find("claim\n").unwrap());
    assert!(analysis.hover(FILE, form).unwrap().markdown.contains("`Status`: picklist"));
    let field = text.find("Status = \"Open\"").unwrap() as u32;
    assert!(analysis.hover(FILE, field).unwrap().markdown.contains("One of Open, Paid."));
    let uses = analysis.references(FILE, text.find("n = ").unwrap() as u32, true, &never()).unwrap();
    assert_eq!(uses.len(), 2, "another script has its own variables");
    assert!(analysis.format(FILE).is_empty());
    let lenses = analysis.lenses(FILE);
    assert_eq!(lenses.len(), 4);
    assert_eq!(lenses[0].entry.as_deref(), Some("claim_on_add_on_load"));
    assert!(analysis.hover(FILE, 3).is_none() && analysis.completions(FILE, 3).is_empty());
}

#[test]
fn a_page_is_read_across_its_segments() {
    let (analysis, cursors, text) = at("<%{ total = 1; %>\n<p><%=to‸tal%></p>\n<% info total; }%>\n");
    let uses = analysis.references(FILE, cursors[0], true, &never()).unwrap();
    assert_eq!(slices(&text, uses.iter().map(|u| u.span)), ["total", "total", "total"]);
    let (analysis, cursors, _) = at("<%{ total = 1; %>\n<p><%=total.‸%></p>\n<% } %>\n");
    assert!(analysis.completions(FILE, cursors[0]).iter().any(|one| one.label == "round"));
    assert!(analysis.format(FILE).is_empty());
}

#[test]
fn large_files_are_answered() {
    let mut text = String::new();
    for i in 0..60 {
        writeln!(text, "int f{i}(int n)\n{{").unwrap();
        for j in 0..46 {
            writeln!(text, "\tv{j} = n * {j} + \"x\".length();").unwrap();
        }
        text += "\treturn v1;\n}\n";
    }
    let (analysis, _, text) = at(&text);
    assert_eq!(text.lines().count(), 3_000);
    assert!(analysis.semantic_tokens(FILE, None).len() > 20_000);
    assert_eq!(analysis.symbols(FILE).len(), 60);
}

#[test]
fn calls_into_the_projects_namespaces_are_held_to_its_functions() {
    let mut analysis = Analysis::default();
    let known = Project { has_all_functions: true, ..Project::default() };
    analysis.set_project("shop", known.clone());
    analysis.add("shop/functions/greet.dg", "shop", "string standalone.greet(string n)\n{\n\treturn n;\n}\n", true);
    let source =
        "void f()\n{\n\tinfo standalone.greet(\"a\");\n\tinfo standalone.gret(\"a\");\n\tinfo automation.send();\n}\n";
    analysis.open("shop/main.dg", "shop", source);
    let told = |analysis: &Analysis| -> Vec<(Severity, String)> {
        let found = analysis.diagnostics("shop/main.dg").into_iter();
        let found = found.filter(|one| one.problem.code == Code::UnknownCall);
        found.map(|one| (one.severity, format!("{} {}", one.problem.message, one.problem.help()))).collect()
    };
    let found = told(&analysis);
    let near = "Not able to find 'standalone.gret' function Did you mean standalone.greet?";
    assert_eq!(found[0], (Severity::Error, near.to_owned()));
    assert!(found[1].0 == Severity::Warning && found[1].1.contains("add its file"), "{found:?}");
    let at = source.find("gret(").unwrap() as u32;
    let fixes = analysis.fixes("shop/main.dg", rainwright_diagnostic::Span::new(at, at));
    assert_eq!(apply(source, &fixes[0].edits), source.replace("gret(", "greet("));
    // A file of functions that cannot be read may define it.
    analysis.add("shop/functions/broken.dg", "shop", "void standalone.gret() { x = ; ", true);
    assert_eq!(told(&analysis), []);
    analysis.add("shop/functions/broken.dg", "shop", "void standalone.gret() { info 1; }", true);
    assert_eq!(told(&analysis).len(), 1);
    analysis.remove("shop/functions/broken.dg");
    assert_eq!(told(&analysis).len(), 2);
    // Without a project nobody knows what the account has.
    analysis.set_project("shop", Project::default());
    assert_eq!(told(&analysis), []);
}
