//! Formats the scripts inside of an application export or a page; everything around them stays as it is.

use rainwright_diagnostic::Severity;
use rainwright_syntax::{Class, DocumentKind, ds, highlight, parse};

use crate::{format, same_tree};

/// An export with its scripts in style; one with mistakes stays as it is.
pub(crate) fn export(source: &str) -> String {
    let pieces = ds::scripts(source).into_iter().map(|script| script.span.range()).collect();
    replaced(source, pieces)
}

/// A page with those of its pieces of code in style that are whole statements on lines of their own.
pub(crate) fn page(source: &str) -> String {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(open) = source[from..].find("<%") {
        let start = from + open + 2;
        let Some(close) = source[start..].find("%>") else { break };
        pieces.push(start..start + close);
        from = start + close + 2;
    }
    replaced(source, pieces)
}

fn replaced(source: &str, pieces: Vec<std::ops::Range<usize>>) -> String {
    let mut out = String::with_capacity(source.len());
    let mut from = 0;
    for piece in pieces {
        let Some(text) = source.get(piece.clone()) else { continue };
        let before = &source[..piece.start];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        out.push_str(&source[from..piece.start]);
        match styled(line, text, source.contains("\r\n")) {
            Some(styled) => out.push_str(&styled),
            None => out.push_str(text),
        }
        from = piece.end;
    }
    out.push_str(&source[from..]);
    // Whatever goes wrong, the document says what it said.
    if same_tree(&parse(source).tree, &parse(&out).tree) { out } else { source.to_owned() }
}

/// A piece of code in style, indented as its first line is; `line` is what is before it on its line.
fn styled(line: &str, text: &str, crlf: bool) -> Option<String> {
    let core = text.trim();
    let start = text.len() - text.trim_start().len();
    let (lead, trail) = (&text[..start], &text[start + core.len()..]);
    // The code has to begin on a line of its own, which says how far it is indented.
    let indent = match lead.rfind('\n') {
        Some(at) => &lead[at + 1..],
        None if line.trim().is_empty() => return join(line, lead, core, trail, crlf),
        None => return None,
    };
    join(indent, lead, core, trail, crlf)
}

fn join(indent: &str, lead: &str, core: &str, trail: &str, crlf: bool) -> Option<String> {
    if core.is_empty() || DocumentKind::of(core) != DocumentKind::Script {
        return None;
    }
    let is_sound = parse(core).diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    let formatted = format(core).ok().filter(|_| is_sound)?;
    let formatted = formatted.trim_end_matches('\n');
    // Texts and comments over several lines keep theirs as they are.
    let held: Vec<_> = highlight(formatted)
        .into_iter()
        .filter(|(_, class)| matches!(class, Class::Text | Class::Quoted | Class::Comment))
        .map(|(span, _)| span.range())
        .collect();
    let mut out = lead.to_owned();
    let mut at = 0;
    for line in formatted.split_inclusive('\n') {
        let is_held = held.iter().any(|range| range.start < at && at < range.end);
        if at > 0 && !is_held && !line.trim().is_empty() {
            out.push_str(indent);
        }
        match line.strip_suffix('\n') {
            Some(line) if crlf && !is_held => {
                out.push_str(line.trim_end_matches('\r'));
                out.push_str("\r\n");
            }
            _ => out.push_str(line),
        }
        at += line.len();
    }
    out.push_str(trail);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{export, page};

    #[test]
    fn scripts_of_an_export_are_formatted_in_place() {
        let source = "application \"A\"\n{\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\tx=n+1;\n\t\t\t\treturn x ;\n\t\t}\n\t}\n\tworkflow\n\t{\n\t\tform w as \"W\"\n\t\t{\n\t\t\ton add\n\t\t\t{\n\t\t\t\ton load\n\t\t\t\t{\n\t\t\t\t\tcustom deluge script\n\t\t\t\t\t(\n\t\t\t\t\t\tif(a==1){b=2;}\n\t\t\t\t\t)\n\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n}\n";
        let out = export(source);
        assert!(out.contains("\t\tint a.one(int n)\n\t\t{\n\t\t\tx = n + 1;\n\t\t\treturn x;\n\t\t}\n"), "{out}");
        assert!(
            out.contains(
                "(\n\t\t\t\t\t\tif(a == 1)\n\t\t\t\t\t\t{\n\t\t\t\t\t\t\tb = 2;\n\t\t\t\t\t\t}\n\t\t\t\t\t)\n"
            ),
            "{out}"
        );
        assert_eq!(export(&out), out);
        let broken = source.replace("b=2;", "b=;");
        assert!(export(&broken).contains("if(a==1){b=;}"), "a script with a mistake stays");
    }

    #[test]
    fn code_of_a_page_is_formatted_where_it_is_whole() {
        let source =
            "<div>\n<%\n  x=1;\n  if(x==1){y=2;}\n%>\n<% for each a in {1} { %>\n<p><%=a%></p>\n<% } %>\n</div>\n";
        let out = page(source);
        assert!(
            out.contains("<%\n  x = 1;\n  if(x == 1)\n  {\n  \ty = 2;\n  }\n%>\n<% for each a in {1} { %>\n"),
            "{out}"
        );
        assert_eq!(page(&out), out);
    }
}
