//! The forms in which a source comes: marks, line ends, odd blanks, bytes that are no text, pages.

#![allow(clippy::unwrap_used, clippy::panic)]

use rainwright_diagnostic::Code;
use rainwright_syntax::ast::{Item, StmtKind};
use rainwright_syntax::{parse, parse_bytes};

#[test]
fn marks_line_ends_and_odd_blanks_are_blank() {
    let plain = parse("x = 1;\ny = 2; // end\nif(x == y)\n{\n}\n");
    assert_eq!(plain.diagnostics, []);
    for source in [
        "\u{feff}x = 1;\r\ny = 2; // end\r\nif(x == y)\r\n{\r\n}\r\n",
        "x = 1;\ry = 2; // end\rif(x == y)\r{\r}\r",
        "x\u{a0}= 1;\u{200b}\ny =\u{2003}2; // end\nif(x == y)\u{feff}\n{\n}\n",
    ] {
        let parsed = parse(source);
        assert_eq!(parsed.diagnostics, [], "{source:?}");
        assert_eq!(parsed.tree.items.len(), 3, "{source:?}");
        assert_eq!(&source[parsed.trivia.comments[0].span.range()], "// end");
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let parsed = parse_bytes(b"x = 1;\ny = \"\xff\";\n");
    let codes: Vec<Code> = parsed.diagnostics.iter().map(|d| d.problem.code).collect();
    assert!(codes.contains(&Code::NotText), "{codes:?}");
    let at = parsed.diagnostics.iter().find(|d| d.problem.code == Code::NotText).unwrap();
    assert_eq!(at.span.start, 12);
    assert_eq!(parse_bytes("x = \"é\";".as_bytes()).diagnostics, []);
}

#[test]
fn the_segments_of_a_page_are_one_script_with_places_in_the_page() {
    let page = "<%{\n\tfor each x in {1,2}\n\t{\n%>\n<b><%=x%></b>\n<%\n\t}\n\ty = ;\n}%>\n";
    let parsed = parse(page);
    assert_eq!(parsed.diagnostics.len(), 1);
    assert_eq!(&page[parsed.diagnostics[0].span.range()], ";");
    let Item::Statement(first) = &parsed.tree.items[0] else { panic!("a statement") };
    let StmtKind::ForEach(each) = &first.kind else { panic!("a loop") };
    let kinds: Vec<&StmtKind> = each.body.statements.iter().map(|s| &s.kind).collect();
    assert!(
        matches!(kinds[..], [StmtKind::Markup(a), StmtKind::Output(_), StmtKind::Markup(b)] if a == "\n<b>" && b == "</b>\n")
    );
}

#[test]
fn comments_of_a_page_hide_its_tags() {
    let shown = |page: &str| {
        let parsed = parse(page);
        assert_eq!(parsed.diagnostics, [], "{page}");
        let kinds = parsed.tree.items.iter().map(|item| match item {
            Item::Statement(stmt) => match &stmt.kind {
                StmtKind::Markup(text) => text.trim().to_owned(),
                StmtKind::Output(_) => "=".to_owned(),
                _ => ";".to_owned(),
            },
            Item::Function(_) => "f".to_owned(),
        });
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(shown("<p><%/* x = 1; %></p><%= x %><b><% y = 2; */ z = 3;%></p>"), ["<p>", ";", "</p>"]);
    assert_eq!(shown("<p><% x = 1;\n// <%= x %> and <%= y %>\nz = 3;%></p>"), ["<p>", ";", ";", "</p>"]);
    assert_eq!(shown("<p><% x = 1; // a note %></p>"), ["<p>", ";", "</p>"]);
    assert_eq!(shown("<p><% x = 1; // a note with <%= x %> and the end %></p>"), ["<p>", ";", "</p>"]);
    assert_eq!(shown("<p><% x = \"http://a/* */\"; %></p>"), ["<p>", ";", "</p>"]);
    assert_eq!(shown("<p><%= \"it's\" %> // <%= x %></p>"), ["<p>", "=", "//", "=", "</p>"]);
    assert_eq!(parse("<p><% /* x = 1; %></p>").diagnostics.len(), 1);
    assert_eq!(parse(&"<% /* ' %>".repeat(20_000)).tree.items.len(), 0);
}

#[test]
fn a_fix_mends_what_it_says() {
    for (wrong, right) in [
        ("x = 1\ny = 2;", "x = 1;\ny = 2;"),
        ("x = m[\"a\"];", "x = m.get(\"a\");"),
        ("x = a ? b : c;", "x = if(a,b,c);"),
        ("info “a”;", "info \"a\";"),
        ("let x = 1;", "x = 1;"),
        ("let\u{a0}x = 1;", "x = 1;"),
        ("x = new\u{a0}Map();", "x = Map();"),
        ("i++;", "i = i + 1;"),
        ("if(a and b) { }", "if(a && b) { }"),
        ("if(a) { } elseif(b) { }", "if(a) { } else if(b) { }"),
        ("for x in y { }", "for each x in y { }"),
        ("x = f(1;", "x = f(1);"),
        ("# note", "// note"),
        ("try { } catch { }", "try { } catch (e) { }"),
    ] {
        let found = parse(wrong).diagnostics;
        let fix = found.iter().find_map(|d| d.fix.as_ref()).unwrap_or_else(|| panic!("{wrong}: {found:?}"));
        let mut mended = wrong.to_owned();
        mended.replace_range(fix.span.range(), &fix.replacement);
        assert_eq!(mended, right);
        assert_eq!(parse(right).diagnostics, [], "{right}");
    }
}
