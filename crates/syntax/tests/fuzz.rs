//! Whatever the text, the front end ends with a tree, places inside the text, and diagnostics when something is wrong.
//!
//! `cargo test --release -p rainwright-syntax -- --ignored` runs the same for as many cases as `PROPTEST_CASES` says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

use proptest::prelude::*;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use rainwright_syntax::scope::{Nothing, Scopes};
use rainwright_syntax::visit::{Visit, walk, walk_expr, walk_stmt};
use rainwright_syntax::{highlight, is_complete, parse, parse_bytes};

/// Finds error nodes and places that are not in the source.
struct Places<'s> {
    source: &'s str,
    errors: usize,
}

impl Places<'_> {
    fn check(&self, span: Span) {
        assert!(self.source.get(span.range()).is_some(), "{span:?} in {:?}", self.source);
    }
}

impl<'t> Visit<'t> for Places<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        self.check(stmt.span);
        self.errors += usize::from(matches!(stmt.kind, StmtKind::Error));
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'t Expr) {
        self.check(expr.span);
        self.errors += usize::from(matches!(expr.kind, ExprKind::Error));
        walk_expr(self, expr);
    }
}

fn survives(source: &str) {
    let parsed = parse(source);
    let mut places = Places { source, errors: 0 };
    walk(&mut places, &parsed.tree);
    assert!(places.errors == 0 || !parsed.diagnostics.is_empty(), "an error without a word: {source:?}");
    for diagnostic in &parsed.diagnostics {
        places.check(diagnostic.span);
        diagnostic.labels.iter().for_each(|label| places.check(label.span));
        diagnostic.fix.iter().for_each(|fix| places.check(fix.span));
        assert!(!diagnostic.problem.message.is_empty());
    }
    for (span, _) in highlight(source) {
        places.check(span);
    }
    for scope in Scopes::of(&parsed.tree, &Nothing).scopes {
        for (variable, one) in scope.variables.iter().flat_map(|v| v.uses.iter().map(move |one| (v, one))) {
            // A name that recovery put in has no place in the source.
            let written = source.get(one.span.range()).filter(|text| !text.is_empty());
            assert!(written.is_none_or(|text| text == variable.name), "a use in {source:?}");
        }
    }
    let _ = is_complete(source);
}

/// Pieces of scripts: any order of them is nearly a script, which is where parsers break.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "x",
        "y.z",
        "if",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "else",
        "for each",
        "for",
        "in",
        "=",
        "==",
        "+",
        "-",
        "!",
        "&&",
        "||",
        ";",
        ",",
        ":",
        ".",
        "1",
        "2.5",
        "\"a\"",
        "'b'",
        "\"",
        "'",
        "/*",
        "*/",
        "// c\n",
        "\n",
        "info",
        "return",
        "try",
        "catch",
        "(e)",
        "invokeurl",
        "sendmail",
        "url:",
        "type: GET",
        "insert into",
        "Form",
        "sort by",
        "range from",
        "to",
        "string",
        "void f(",
        "list",
        "map",
        "List:Int",
        "true",
        "null",
        "delete from",
        "hide",
        "alert",
        "cancel submit",
        "?",
        "not",
        "is",
        "while",
        "switch",
        "function",
        "++",
        "=>",
        "<%",
        "%>",
        "<%=",
        "<",
        ">",
        "“",
        "”",
        "`",
        "#",
        "@",
        "é",
        "\u{a0}",
        "\u{feff}",
        "attachments: file:",
        "view:",
        "as PDF",
        ":ui.add(",
        "custom deluge script",
        "application \"a\"",
        "functions",
        "99999999999999999999",
        "\\",
        "break",
        "continue",
        "throw",
        "new",
        "and",
        "or",
        "finally",
        "elseif",
    ]);
    prop::collection::vec((piece, prop::sample::select(vec![" ", "", "\n"])), 0..60)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| format!("{piece}{gap}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text(source in "\\PC{0,200}") {
        survives(&source);
    }

    #[test]
    fn any_bytes(source in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_bytes(&source);
    }

    #[test]
    fn any_pieces(source in pieces()) {
        survives(&source);
    }
}

#[test]
fn repeated_mistakes_take_linear_time() {
    let started = std::time::Instant::now();
    for piece in [
        "x = = 1;\n",
        "if(a) { x = f(1; \n",
        "x = \"a\n",
        "“",
        "„",
        "‘",
        "`",
        "'\\",
        "else { } ",
        "?",
        "x y\n",
        "<%",
        "/*",
    ] {
        survives(&piece.repeat(2_000));
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    #[ignore = "long: run by hand"]
    fn any_pieces_for_long(source in pieces()) {
        survives(&source);
    }
}
