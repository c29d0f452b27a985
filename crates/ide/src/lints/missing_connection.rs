//! Finds requests to Zoho that carry no credentials.

use super::values::{Piece, entry, is_request, pieces};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// A request to one of Zoho's APIs has neither a connection nor headers.
    ///
    /// # Why
    /// Zoho answers it with `401 AUTHENTICATION_FAILURE`, and the script takes that for the answer.
    ///
    /// # Instead
    /// Name a connection: `connection: "crm"`.
    MissingConnection, Warning, No;
    bad: "x = invokeurl\n[\n\turl: \"https://www.zohoapis.com/crm/v8/settings/modules\"\n\ttype: GET\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://www.zohoapis.com/crm/v8/settings/modules\"\n\ttype: GET\n\tconnection: \"crm\"\n];\ninfo x;";
    hooks: &[Hook::Task(check)];
}

/// Parts of addresses that carry their own credentials, or need none.
const OPEN: &[&str] =
    &["zapikey", "authtoken", "/oauth/", "encapikey", "public", "isdebug", "auth_type", "access_token"];

fn check(_: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    if !is_request(task) || entry(task, "connection").is_some() || entry(task, "headers").is_some() {
        return;
    }
    let Some(url) = entry(task, "url") else { return };
    let pieces = pieces(body, url);
    let text: String =
        pieces.iter().filter_map(|piece| if let Piece::Text(text, _) = piece { Some(*text) } else { None }).collect();
    let text = text.to_ascii_lowercase();
    let starts_so = matches!(pieces.first(), Some(Piece::Text(..)));
    let host = text.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let is_zoho = host.contains("zohoapis.") || (host.contains(".zoho.") && text.contains("/api/"));
    if starts_so && is_zoho && !OPEN.iter().any(|part| text.contains(part)) {
        found.push(LINT.at(task.name.span, "This request to Zoho carries no credentials"));
    }
}
