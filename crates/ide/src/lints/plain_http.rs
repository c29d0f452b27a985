//! Finds requests that are sent without encryption.

use super::values::{Piece, pieces, urls};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};

lint! {
    /// A request goes to an `http://` address.
    ///
    /// # Why
    /// Everyone on the way can read and change the request and its answer, credentials included. Addresses of this
    /// machine and of private networks are left alone.
    ///
    /// # Instead
    /// Write `https://`.
    PlainHttp, Warning, Suggested;
    bad: "x = invokeurl\n[\n\turl: \"http://api.example.com/rates\"\n\ttype: GET\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://api.example.com/rates\"\n\ttype: GET\n];\ninfo x;";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    urls(body, |url| {
        let Some(Piece::Text(text, expr)) = pieces(body, url).into_iter().next() else { return };
        let Some(rest) = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://")).map(|_| &text[7..])
        else {
            return;
        };
        if is_private(rest) {
            return;
        }
        let scheme = Span::new(expr.span.start + 1, expr.span.start + 8);
        let mut diagnostic = LINT.at(expr.span, "This request is sent without encryption");
        if script.text(scheme).eq_ignore_ascii_case("http://") {
            diagnostic = diagnostic.with_fix(scheme, "https://");
        }
        found.push(diagnostic);
    });
}

fn is_private(rest: &str) -> bool {
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase();
    const STARTS: &[&str] = &["localhost", "127.", "10.", "192.168.", "172.16."];
    host.is_empty() || STARTS.iter().any(|start| host.starts_with(start)) || host.ends_with(".local")
}
