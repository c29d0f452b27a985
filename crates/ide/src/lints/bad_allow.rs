//! Finds comments that should allow a finding, and do not.

use crate::lints::Lint;
use rainwright_diagnostic::{Diagnostic, Span};

lint! {
    /// A comment should allow a finding, and does not.
    ///
    /// # Why
    /// A comment `// dg-allow: CODE reason` allows findings of that code, in the statement after it or on its own line. It
    /// needs a code that exists and a reason, so that the next reader knows why the finding does not matter. Where there is
    /// nothing to allow it is left over.
    ///
    /// # Instead
    /// Correct the code, write the reason, or remove the comment. Both the number and the name of a lint will do:
    /// `// dg-allow: unused-variable kept for the next step`.
    BadAllow, Warning, No;
    bad: "// dg-allow: E5009\nx = 5 / 2;\ninfo x;";
    good: "// dg-allow: E5009 shows what Zoho says about it\nx = 5 / 0;\ninfo x;";
    hooks: &[];
}

/// A comment that does not do what it should.
pub(crate) fn bad(span: Span, message: String, help: &str) -> Diagnostic {
    lint().with_help(span, message, help)
}

fn lint() -> &'static Lint {
    &LINT
}
