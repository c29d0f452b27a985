//! Finds credentials that are written into a script.

use super::values::is_secret_name;
use crate::call::parts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, literal};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use std::collections::BTreeMap;

lint! {
    /// A credential is written into the script.
    ///
    /// # Why
    /// Whoever reads the script, its history or a copy of it can use the credential, and changing it means changing every
    /// script.
    ///
    /// # Instead
    /// Keep it in a connection (`dg connect`), and revoke the one that was in the script.
    SecretInText, Warning, No;
    bad: "headers = {\"Authorization\" : \"Bearer 4f9a1c77e0b2d85569aa31c0\"};\ninfo headers.size();";
    good: "x = invokeurl\n[\n\turl: \"https://api.example.com/me\"\n\ttype: GET\n\tconnection: \"example\"\n];\ninfo x;";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    // By place, so that a text is reported once whatever gives it away.
    let mut places: BTreeMap<Span, String> = BTreeMap::new();
    let mut named = |name: &str, value: &Expr| {
        if let Some(text) = literal(value).filter(|text| is_secret_name(name) && is_credential(text)) {
            let _ = text;
            places.entry(value.span).or_insert_with(|| format!("{name} is written into the script"));
        }
    };
    for stmt in &body.stmts {
        if let StmtKind::Assign(assign) = &stmt.kind
            && let ExprKind::Name(name) = &assign.target.kind
        {
            named(name, &assign.value);
        }
    }
    for expr in &body.exprs {
        match &expr.kind {
            ExprKind::Map(pairs) => {
                pairs.iter().filter_map(|(key, value)| Some((literal(key)?, value))).for_each(|(k, v)| named(k, v));
            }
            ExprKind::Method { .. } => {
                if let Some((method, Some(_), [key, value])) = parts(expr)
                    && method.name.eq_ignore_ascii_case("put")
                    && let Some(key) = literal(&key.value)
                {
                    named(key, &value.value);
                }
            }
            _ => {}
        }
    }
    for expr in &body.exprs {
        let (ExprKind::Text(text) | ExprKind::Quoted(text)) = &expr.kind else { continue };
        if text.len() < 16 {
            continue;
        }
        if let Some(what) = known_form(text) {
            places.entry(expr.span).or_insert_with(|| format!("{what} is written into the script"));
        } else if let Some(name) = in_query(text) {
            places.entry(expr.span).or_insert_with(|| format!("{name} is written into the address"));
        }
    }
    found.extend(places.into_iter().map(|(span, message)| LINT.at(span, message)));
}

/// Credentials that show what they are by how they begin.
const FORMS: &[(&str, usize, &str)] = &[
    ("sk_live_", 16, "A key of Stripe"),
    ("rk_live_", 16, "A key of Stripe"),
    ("ghp_", 30, "A token of GitHub"),
    ("github_pat_", 30, "A token of GitHub"),
    ("glpat-", 18, "A token of GitLab"),
    ("xoxb-", 20, "A token of Slack"),
    ("xoxp-", 20, "A token of Slack"),
    ("AKIA", 20, "A key of AWS"),
    ("AIza", 35, "A key of Google"),
    ("shpat_", 30, "A token of Shopify"),
    ("SG.", 40, "A key of SendGrid"),
    ("pat-na1-", 30, "A token of HubSpot"),
    ("sk-proj-", 30, "A key of OpenAI"),
    ("sk-ant-", 30, "A key of Anthropic"),
    ("-----BEGIN PRIVATE KEY", 40, "A private key"),
    ("-----BEGIN RSA PRIVATE KEY", 40, "A private key"),
];

fn known_form(text: &str) -> Option<&'static str> {
    let text = text.trim();
    for scheme in ["Bearer ", "Basic ", "Zoho-oauthtoken ", "Token "] {
        if let Some(token) = text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)) {
            let rest = text[token.len()..].trim();
            return (rest.len() >= 16 && is_credential(rest)).then_some("A token");
        }
    }
    if is_zoho_token(text) {
        return Some("A token of Zoho");
    }
    let form = FORMS.iter().find(|(start, least, _)| text.starts_with(start) && text.len() >= *least);
    form.filter(|(start, ..)| start.starts_with('-') || is_credential(text)).map(|(.., what)| *what)
}

/// `1000.` and two runs of 32 hexadecimal digits: a refresh or access token.
fn is_zoho_token(text: &str) -> bool {
    let hex = |part: &str| part.len() == 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match text.split('.').collect::<Vec<_>>().as_slice() {
        ["1000" | "1002" | "1003", first, second] => hex(first) && hex(second),
        _ => false,
    }
}

/// The parameter of an address that carries a credential.
fn in_query(text: &str) -> Option<&str> {
    let (_, query) = text.split_once('?')?;
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (is_secret_name(name) && is_credential(value)).then_some(name)
    })
}

/// Whether a text can be a credential: no words, no placeholder.
fn is_credential(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    const PLACEHOLDERS: &[&str] =
        &["xxx", "your", "...", "***", "example", "placeholder", "<", "{", "$", "insert", "enter", "todo", "changeme"];
    let token = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("Basic ")).unwrap_or(text);
    let token = token.strip_prefix("Zoho-oauthtoken ").unwrap_or(token).trim();
    token.len() >= 8
        && !token.contains(char::is_whitespace)
        && token.bytes().any(|b| b.is_ascii_digit())
        && token.bytes().any(|b| b.is_ascii_alphabetic())
        && !token.starts_with("http")
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
        && token.chars().collect::<std::collections::HashSet<char>>().len() > 4
}
