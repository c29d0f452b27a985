//! Says where an export breaks off: a file that was cut short holds fewer scripts, and none of them is wrong.

use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

use super::brackets::{kind_place, opener};
use super::{heading, tokens};
use crate::token::Token;

/// A block that is open.
struct Open {
    kind: Token,
    /// Its bracket, as an index of the tokens.
    at: usize,
}

/// What is wrong with an export whose end is missing: some block is still open there. What a half-written script leaves open
/// is no such block, since it ends with the brackets around it.
#[must_use]
pub fn breaks_off(source: &str) -> Option<Diagnostic> {
    let lexed = tokens(source);
    let (kinds, spans) = (&lexed.kinds, &lexed.spans);
    let mut open: Vec<Open> = Vec::new();
    // How many of each kind of bracket are open.
    let mut counts = [0_usize; 3];
    // The first bracket whose partner is indented otherwise: the partner of another one, when one is missing in a script.
    let mut suspect = None;
    let mut has_block = false;
    for (at, kind) in kinds.iter().enumerate() {
        if matches!(kind, Token::OpenParen | Token::OpenSquare | Token::OpenBrace) {
            has_block |= *kind == Token::OpenBrace;
            counts[kind_place(*kind)] += 1;
            open.push(Open { kind: *kind, at });
            continue;
        }
        let Some(opener) = opener(*kind) else { continue };
        if counts[kind_place(opener)] > 0 {
            let mut partner = at;
            while let Some(block) = open.pop() {
                counts[kind_place(block.kind)] -= 1;
                if block.kind == opener {
                    partner = block.at;
                    break;
                }
            }
            let indents = (alone(source, spans[partner]), alone(source, spans[at]));
            if let (Some(one), Some(other)) = indents
                && one != other
            {
                suspect.get_or_insert(partner);
            }
        }
    }
    let last = spans.last().copied().unwrap_or_default();
    let help = "The file holds only a part of the application: export it again.";
    let Some(innermost) = open.last() else {
        let problem =
            Problem::new(Code::OpenBracket, "The export breaks off before it describes anything").with_help(help);
        return (!has_block).then(|| Diagnostic::error(problem, last));
    };
    let at = suspect.unwrap_or(innermost.at);
    let section = heading(source, spans, kinds, at);
    let name = if section.is_empty() { "a block".to_owned() } else { format!("'{}'", shortened(&section)) };
    let message = format!("The export breaks off: {name} is still open at its end");
    let diagnostic = Diagnostic::error(Problem::new(Code::OpenBracket, message).with_help(help), last);
    Some(diagnostic.with_label(spans[at], "opened here"))
}

/// The indentation of a bracket that has a line to itself.
fn alone(source: &str, span: Span) -> Option<&str> {
    let range = span.range();
    let is_space = |c: char| c.is_whitespace() && !matches!(c, '\n' | '\r');
    let before = source.get(..range.start)?;
    let start = before.trim_end_matches(is_space).len();
    let after = source.get(range.end..)?.trim_start_matches(is_space);
    let begins = start == 0 || before[..start].ends_with(['\n', '\r']);
    (begins && (after.is_empty() || after.starts_with(['\n', '\r']))).then(|| &before[start..])
}

/// The beginning of a heading.
fn shortened(section: &str) -> String {
    const LONGEST: usize = 60;
    match section.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &section[..at]),
        None => section.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::breaks_off;

    const EXPORT: &str = "application \"Claims\"\n{\n\tforms\n\t{\n\t\tform claim\n\t\t{\n\t\t\tStatus\n\t\t\t(\n\t\t\t\ttype = text\n\
        \t\t\t)\n\t\t}\n\t}\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\t\tif(n > 1)\n\t\t\t{\n\t\t\t\treturn n;\n\t\t\t}\n\
        \t\t\treturn 1;\n\t\t}\n\t}\n}\n";

    #[test]
    fn an_export_that_was_cut_anywhere_says_what_is_open() {
        assert_eq!(breaks_off(EXPORT), None);
        let told = |end: &str| breaks_off(&EXPORT[..EXPORT.find(end).unwrap()]).map(|found| found.problem.message);
        let open = |name: &str| Some(format!("The export breaks off: '{name}' is still open at its end"));
        assert_eq!(told("\t\tform claim"), open("forms"));
        assert_eq!(told("type ="), open("Status"));
        assert_eq!(told("\treturn n"), open("if(n > 1)"));
        assert_eq!(told("\treturn 1"), open("int a.one(int n)"));
        assert_eq!(told("\n{"), Some("The export breaks off before it describes anything".to_owned()));
        // Wherever it is cut inside of its blocks.
        let (first, last) = (EXPORT.find('{').unwrap(), EXPORT.rfind('}').unwrap());
        assert!((first..last).all(|end| breaks_off(&EXPORT[..=end.min(last - 1)]).is_some()));
    }

    #[test]
    fn exports_with_many_open_blocks_are_read_at_once() {
        // What is open would be looked for again at each of them: minutes.
        for block in
            ["{\n", "section x\n{\n", "functions\n{\nint a.b(\n", "custom deluge script (\n", "reports\n{\nlist x\n{\n"]
        {
            let export = format!("application \"a\"\n{{\nforms\n{{\n{}", block.repeat(50_000));
            assert!(breaks_off(&export).is_some());
            assert!(crate::ds::scripts(&export).is_empty() && crate::ds::forms(&export).is_empty(), "{block}");
            assert!(crate::ds::workflows(&export).is_empty() && crate::ds::pages(&export).is_empty(), "{block}");
            assert!(crate::ds::reports(&export).is_empty() && crate::ds::setting(&export, "x").is_none(), "{block}");
        }
    }

    #[test]
    fn a_mistake_in_a_script_is_no_missing_end() {
        for (sound, broken) in [("if(n > 1)", "if(n > 1"), ("return 1;", "r = claim[;"), ("return n;", "info \"x;")] {
            assert_eq!(breaks_off(&EXPORT.replace(sound, broken)), None, "{broken}");
        }
        // A brace that is missing in a function is told as that function's.
        let message = breaks_off(&EXPORT.replace("return n;\n\t\t\t}", "return n;")).unwrap().problem.message;
        assert!(message.contains("'if(n > 1)'"), "{message}");
    }
}
