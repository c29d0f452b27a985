//! Hover, navigation, symbols, folding, selection, colours, hints, lenses.

use super::{FILE, at, never, slices};
use crate::analysis::{FoldKind, LensKind, SymbolKind, TokenKind};
use rainwright_diagnostic::Span;

fn hover(marked: &str) -> String {
    let (analysis, cursors, _) = at(marked);
    analysis.hover(FILE, cursors[0]).map(|hover| hover.markdown).unwrap_or_default()
}

#[test]
fn hover_says_what_a_name_is() {
    let variable = hover("total = 1 + 2;\ninfo to‸tal;");
    assert!(variable.contains("total: NUMBER") && variable.contains("named 2 times"), "{variable}");
    let function = hover("info \"a\".to‸UpperCase();");
    assert!(function.contains("text.toUpperCase()") && function.contains("// => "), "{function}");
    let by_kind = hover("m = Map();\ninfo m.si‸ze();");
    assert!(by_kind.contains("size()") && !by_kind.contains("list.size"), "{by_kind}");
    assert!(hover("r = zoho.crm.getRec‸ordById(\"Leads\",1);").contains("GET"), "an integration task tells its call");
    assert!(hover("r = invoke‸url [ url: \"a\" ];").contains("response-format"));
    assert!(hover("r = invokeurl [ url: \"a\" ty‸pe: GET ];").contains("One of GET, POST"));
    assert!(hover("r = invokeurl [ url: \"a\" connection: \"mail‸chimp\" ];").contains("connection to Mailchimp"));
    assert!(hover("r = invokeurl [ url: \"a\" connection: \"oth‸er\" ];").contains("no such connection"));
    assert!(hover("info tod‸ay;").contains("today"));
    assert!(hover("info zoho.currentd‸ate;").contains("zoho.currentdate"));
    assert_eq!(hover("in‸fo 1;"), "");
    assert_eq!(hover("x = \"to‸day\";"), "");
}

#[test]
fn hover_on_an_own_function_shows_its_header_and_comment() {
    let text = hover("// Greets.\n// Politely.\nstring greet(string name)\n{\n\treturn name;\n}\ninfo gr‸eet(\"a\");");
    assert!(
        text.contains("string greet(string name)") && text.contains("Greets.") && text.contains("Politely."),
        "{text}"
    );
}

#[test]
fn definitions_and_references_stay_in_their_scope() {
    let marked = "void f(string name)\n{\n\tname = name + \"x\";\n\tinfo na‸me;\n}\nname = 1;\ninfo name;";
    let (analysis, cursors, text) = at(marked);
    let definition = analysis.definition(FILE, cursors[0]);
    assert_eq!(definition[0].span.start as usize, text.find("name").unwrap());
    let all = analysis.references(FILE, cursors[0], true, &never()).unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|place| (place.span.start as usize) < text.find('}').unwrap()));
    assert_eq!(analysis.references(FILE, cursors[0], false, &never()).unwrap().len(), 3);
    let marks = analysis.highlights(FILE, cursors[0]);
    assert_eq!(marks.iter().filter(|mark| mark.write).count(), 2);
}

#[test]
fn functions_are_found_from_their_calls() {
    let marked = "int twice(int n)\n{\n\treturn n * 2;\n}\ninfo twi‸ce(2) + twice(3);";
    let (analysis, cursors, text) = at(marked);
    assert_eq!(slices(&text, analysis.definition(FILE, cursors[0]).iter().map(|p| p.span)), ["twice"]);
    assert_eq!(analysis.definition(FILE, cursors[0])[0].span.start, 4);
    assert_eq!(analysis.references(FILE, cursors[0], true, &never()).unwrap().len(), 3);
    assert!(analysis.definition(FILE, 0).is_empty());
    let (analysis, cursors, _) = at("int a.f()\n{\n\treturn 1;\n}\nint g()\n{\n\treturn a.‸f();\n}");
    assert_eq!(analysis.definition(FILE, cursors[0])[0].span.start, 6);
    assert_eq!(analysis.diagnostics(FILE), [], "a namespace is no variable");
}

#[test]
fn symbols_are_functions_with_their_variables() {
    let (analysis, _, _) = at("void f(string a)\n{\n\tb = a;\n}\nx = 1;");
    let found = analysis.symbols(FILE);
    let shown: Vec<(&str, SymbolKind)> = found.iter().map(|s| (s.name.as_str(), s.kind)).collect();
    assert_eq!(shown, [("f", SymbolKind::Function), ("x", SymbolKind::Variable)]);
    assert_eq!(found[0].detail, "void f(string a)");
    assert_eq!(found[0].children.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn blocks_tasks_and_comments_fold() {
    let (analysis, _, text) =
        at("// one\n// two\nvoid f()\n{\n\tr = invokeurl\n\t[\n\t\turl: \"a\"\n\t];\n}\nx = {1};\n");
    let folds = analysis.folds(FILE);
    let shown: Vec<(FoldKind, usize)> =
        folds.iter().map(|f| (f.kind, text[f.span.range()].matches('\n').count())).collect();
    assert_eq!(shown, [(FoldKind::Comment, 1), (FoldKind::Code, 5), (FoldKind::Code, 2)]);
}

#[test]
fn selections_grow_from_the_word_to_the_file() {
    let (analysis, cursors, text) = at("void f()\n{\n\tinfo \"a b‸c\".trim() + x;\n}\n");
    let grown = slices(&text, analysis.selection_ranges(FILE, cursors[0]));
    let expected = ["a bc", "\"a bc\"", "\"a bc\".trim()", "\"a bc\".trim() + x", "info \"a bc\".trim() + x;"];
    assert_eq!(grown[..5], expected);
    assert_eq!(grown.last().copied(), Some(text.as_str()));
    assert!(grown.windows(2).all(|pair| pair[1].contains(pair[0])), "{grown:?}");
}

#[test]
fn colours_know_parameters_functions_and_what_the_language_gives() {
    let (analysis, _, text) = at("void f(string a)\n{\n\tb = a.trim();\n\tinfo today;\n\tf(b);\n}\n/* one\ntwo */");
    let tokens = analysis.semantic_tokens(FILE, None);
    let of = |name: &str, nth: usize| {
        let mut all = tokens.iter().filter(|t| &text[t.span.range()] == name);
        all.nth(nth).map(|t| (t.kind, t.modifiers.definition, t.modifiers.library)).unwrap()
    };
    assert_eq!(of("a", 0), (TokenKind::Parameter, true, false));
    assert_eq!(of("a", 1), (TokenKind::Parameter, false, false));
    assert_eq!(of("b", 0), (TokenKind::Variable, true, false));
    assert_eq!(of("trim", 0), (TokenKind::Method, false, true));
    assert_eq!(of("today", 0), (TokenKind::Variable, false, true));
    assert_eq!(of("f", 0), (TokenKind::Function, true, false));
    assert_eq!(of("f", 1), (TokenKind::Function, false, false));
    let comments: Vec<&str> = slices(&text, tokens.iter().filter(|t| t.kind == TokenKind::Comment).map(|t| t.span));
    assert_eq!(comments, ["/* one", "two */"]);
    let some = analysis.semantic_tokens(FILE, Some(Span::new(0, 8)));
    assert!(some.len() < tokens.len() && !some.is_empty());
}

#[test]
fn hints_show_kinds_that_the_line_does_not_say() {
    let (analysis, _, text) = at("a = \"x\";\nb = a.length();\nc = Map();\nd = a + 1;\ne = f();");
    let hints = analysis.hints(FILE, Span::new(0, text.len() as u32));
    let shown: Vec<String> =
        hints.iter().map(|h| format!("{}{}", &text[h.offset as usize - 1..h.offset as usize], h.label)).collect();
    assert_eq!(shown, ["b: NUMBER", "d: TEXT"]);
    assert_eq!(analysis.hints(FILE, Span::new(0, 10)).len(), 1);
}

#[test]
fn lenses_run_and_try_functions_and_test_golden_files() {
    let kinds = |source: &str| -> Vec<(LensKind, Option<String>)> {
        at(source).0.lenses(FILE).into_iter().map(|lens| (lens.kind, lens.entry)).collect()
    };
    let f = Some("a.f".to_owned());
    assert_eq!(kinds("void a.f()\n{\n}"), [(LensKind::Run, f.clone()), (LensKind::Try, f)]);
    assert_eq!(kinds("info 1;"), [(LensKind::Run, None), (LensKind::Try, None)]);
    assert_eq!(kinds("info 1; // => 1"), [(LensKind::Run, None), (LensKind::Test, None)]);
    assert_eq!(kinds(""), []);
}

#[test]
fn calls_are_followed_both_ways() {
    let marked = "int a(int n)\n{\n\treturn b(n) + b(1);\n}\nint ‸b(int n)\n{\n\treturn n;\n}\ninfo b(2);";
    let (analysis, cursors, text) = at(marked);
    let item = analysis.hierarchy_item(FILE, cursors[0]).unwrap();
    assert_eq!((item.name.as_str(), &text[item.selection.range()]), ("b", "b"));
    let calls = analysis.incoming_calls(FILE, item.selection, &never()).unwrap();
    let shown: Vec<(&str, usize)> = calls.iter().map(|call| (call.item.name.as_str(), call.places.len())).collect();
    assert_eq!(shown, [("a", 2), ("a.dg", 1)]);
    let from_a = analysis.outgoing_calls(FILE, calls[0].item.selection);
    assert_eq!((from_a.len(), from_a[0].item.name.as_str(), from_a[0].places.len()), (1, "b", 2));
    assert!(analysis.outgoing_calls(FILE, item.selection).is_empty());
}

#[test]
fn any_text_and_any_offset_are_answered() {
    let pieces =
        ["x.", "\"", "(", "[", "{", "invokeurl [", "m.get(\"", "for each ", "é", "}", ")", "]", ";", "a", "<%", "//"];
    let mut text = String::new();
    for (i, piece) in pieces.iter().cycle().take(200).enumerate() {
        text.push_str(piece);
        text.push_str(pieces[(i * 7) % pieces.len()]);
        if i % 3 == 0 {
            text.push('\n');
        }
        let (analysis, _, text) = at(&text);
        let offset = (i * 37 % (text.len() + 1)) as u32;
        let offset = (0..=offset).rev().find(|at| text.is_char_boundary(*at as usize)).unwrap();
        drop((analysis.completions(FILE, offset), analysis.hover(FILE, offset), analysis.signatures(FILE, offset)));
        drop((analysis.folds(FILE), analysis.symbols(FILE), analysis.semantic_tokens(FILE, None)));
        drop((analysis.selection_ranges(FILE, offset), analysis.format_on_type(FILE, offset, '}')));
        drop((analysis.fixes(FILE, Span::new(0, offset)), analysis.format_on_type(FILE, offset, '\n')));
        drop((analysis.definition(FILE, offset), analysis.hints(FILE, Span::new(0, offset)), analysis.lenses(FILE)));
    }
}

#[test]
fn names_in_statements_that_cannot_be_read_are_found_all_the_same() {
    let places = |marked: &str| {
        let (analysis, cursors, text) = at(marked);
        let found = analysis.definition(FILE, cursors[0]);
        let line = |offset: u32| text[..offset as usize].matches('\n').count() + 1;
        (found.first().map(|place| line(place.span.start)), analysis.highlights(FILE, cursors[0]).len())
    };
    // The first value is in the broken line.
    assert_eq!(places("total = 1 + ;\ninfo to‸tal;"), (Some(1), 1));
    assert_eq!(places("void f()\n{\n\ttotal = g(1;\n\tinfo to‸tal;\n}\nvoid h()\n{\n\ttotal = 2;\n}"), (Some(3), 2));
    // The name that is asked about is.
    assert_eq!(places("total = 1;\ninfo to‸tal + ;\ninfo total;"), (Some(1), 2));
    assert_eq!(places("void f(string name)\n{\n\tinfo na‸me +;\n\tinfo name;\n}"), (Some(1), 2));
    assert_eq!(places("int f(int n) { return n; }\nx = f(‸1) + ;").0, None);
    assert_eq!(places("int f(int n) { return n; }\nx = ‸f(1) + ;\ninfo f(2);"), (Some(1), 2));
    // A name after a dot is not the variable's, and a renaming would miss what cannot be read.
    assert_eq!(places("total = 1;\ninfo x.to‸tal + ;"), (None, 0));
    assert_eq!(places("info unkn‸own;"), (None, 1));
    let (analysis, cursors, _) = at("total = 1;\ninfo to‸tal + ;");
    assert!(analysis.prepare_rename(FILE, cursors[0]).is_err());
    assert!(analysis.hover(FILE, cursors[0]).unwrap().markdown.contains("total: NUMBER"));
}
