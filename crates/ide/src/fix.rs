//! Makes the fixes that are safe, until there are none left.

use crate::lints::{Fixes, Lint};
use crate::{CheckOptions, check};
use rainwright_diagnostic::{Code, Diagnostic, Fix, Severity};

/// A script with its safe fixes made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedScript {
    /// The text afterwards.
    pub source: String,
    /// How many fixes were made.
    pub count: usize,
}

/// A fix can make room for another one, but not without end.
const ROUNDS: usize = 10;

/// Whether a program may make the fix of a finding without asking.
#[must_use]
pub fn is_safe(diagnostic: &Diagnostic) -> bool {
    let code = diagnostic.problem.code;
    let safe = match Lint::of(code) {
        Some(lint) => lint.fixes == Fixes::Safe,
        // The parser knows what was meant: a semicolon, a straight quote, `.get(i)` for `[i]`.
        None => matches!(code, Code::MissingSemicolon | Code::ForeignSyntax | Code::UnknownCharacter),
    };
    safe && diagnostic.fix.is_some()
}

/// The script with all safe fixes made. A fix that makes more mistakes than it removes is not kept.
#[must_use]
pub fn fix_all(source: &str, options: &CheckOptions) -> FixedScript {
    let mut fixed = FixedScript { source: source.to_owned(), count: 0 };
    let mut found = check(&fixed.source, options);
    for _ in 0..ROUNDS {
        let fixes: Vec<&Fix> = found.iter().filter(|d| is_safe(d)).filter_map(|d| d.fix.as_ref()).collect();
        let (next, count) = apply(&fixed.source, &fixes);
        if count == 0 {
            break;
        }
        let after = check(&next, options);
        if errors(&after) > errors(&found) {
            break;
        }
        fixed = FixedScript { source: next, count: fixed.count + count };
        found = after;
    }
    fixed
}

fn errors(found: &[Diagnostic]) -> usize {
    // A script that cannot be read gets no lints: compare what the parser says.
    found.iter().filter(|d| d.severity == Severity::Error && Lint::of(d.problem.code).is_none()).count()
}

/// The text with these fixes made, where they do not touch each other, and how many that were.
fn apply(source: &str, fixes: &[&Fix]) -> (String, usize) {
    let mut fixes = fixes.to_vec();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    fixes.dedup();
    let (mut out, mut at, mut count) = (String::with_capacity(source.len()), 0, 0);
    for fix in fixes {
        let range = fix.span.range();
        let (Some(before), true) = (source.get(at..range.start), range.end <= source.len()) else { continue };
        if count > 0 && range.start == at && range.is_empty() {
            // Two insertions at one place would depend on their order.
            continue;
        }
        out.push_str(before);
        out.push_str(&fix.replacement);
        at = range.end;
        count += 1;
    }
    out.push_str(source.get(at..).unwrap_or_default());
    (out, count)
}

#[cfg(test)]
mod tests {
    use super::fix_all;
    use crate::CheckOptions;

    #[test]
    fn safe_fixes_are_made_and_others_are_not() {
        let fixed = fix_all("x = 1\nif(x = 1 && x = 2)\n{\n\tinfo x;\n}\n", &CheckOptions::default());
        assert_eq!(fixed.source, "x = 1;\nif(x == 1 && x == 2)\n{\n\tinfo x;\n}\n");
        assert_eq!(fixed.count, 3);
        let unsafe_one = "name = \" a \";\nname.trim();\ninfo name;\n";
        assert_eq!(fix_all(unsafe_one, &CheckOptions::default()).source, unsafe_one);
    }

    #[test]
    fn what_is_allowed_or_off_is_left_as_it_is() {
        let allowed = "x = 1;\n// dg-allow: single-equals as Zoho writes it\nif(x = 1)\n{\n\tinfo x;\n}\n";
        assert_eq!(fix_all(allowed, &CheckOptions::default()).count, 0);
    }
}
