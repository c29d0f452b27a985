//! What several lints ask of values: the pieces of a text, the address of a request, whether an expression acts.

use crate::call::{outgoing, parts, qualified};
use crate::script::{FunctionBody, Script, bare};
use rainwright_builtins::method;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Task};

/// A piece of a text that is put together with `+`.
pub(crate) enum Piece<'t> {
    /// A literal.
    Text(&'t str, &'t Expr),
    /// A value that is only known when the script runs.
    Value(&'t Expr),
}

/// How many variables are followed to the text they hold.
const FOLLOW: usize = 4;

/// With so many pieces, no more variables are followed: each could hold as many again.
const MANY: usize = 200;

/// The pieces of a text, from left to right. A variable that is assigned once is followed.
pub(crate) fn pieces<'t>(body: &FunctionBody<'t>, expr: &'t Expr) -> Vec<Piece<'t>> {
    let mut found = Vec::new();
    // What is still to do, the next one last, each with how many variables led to it.
    let mut left = vec![(expr, 0)];
    while let Some((expr, followed)) = left.pop() {
        match &expr.kind {
            ExprKind::Paren(inner) => left.push((inner, followed)),
            ExprKind::Binary { op: BinaryOp::Add, left: first, right, .. } => {
                left.push((right, followed));
                left.push((first, followed));
            }
            ExprKind::Text(text) | ExprKind::Quoted(text) => found.push(Piece::Text(text, expr)),
            ExprKind::Name(name) => match body.only_value(name).map(bare) {
                Some(value) if followed < FOLLOW && found.len() + left.len() < MANY && is_text(value) => {
                    left.push((value, followed + 1))
                }
                _ => found.push(Piece::Value(expr)),
            },
            _ => found.push(Piece::Value(expr)),
        }
    }
    found
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Text(_) | ExprKind::Quoted(_) | ExprKind::Binary { op: BinaryOp::Add, .. })
}

/// The value of a key of a block task.
pub(crate) fn entry<'t>(task: &'t Task, key: &str) -> Option<&'t Expr> {
    task.entries.iter().rev().find(|entry| super::task_keys::plain(&entry.key.name) == key).map(|entry| &entry.value)
}

/// The HTTP method of a block task that makes a request, in upper case; GET when it names none.
pub(crate) fn method_of(task: &Task) -> Option<String> {
    match entry(task, "type") {
        None => Some("GET".to_owned()),
        Some(Expr { kind: ExprKind::Name(word), .. }) => Some(word.as_str().to_ascii_uppercase()),
        Some(Expr { kind: ExprKind::Text(word), .. }) => Some(word.trim().to_ascii_uppercase()),
        Some(_) => None,
    }
}

/// Whether a block task makes a request to an address of its own.
pub(crate) fn is_request(task: &Task) -> bool {
    let name = task.name.name.rsplit('.').next().unwrap_or_default();
    name.eq_ignore_ascii_case("invokeurl")
}

/// The address that an expression sends a request to, if it does.
pub(crate) fn url_of(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Task(task) if is_request(task) => entry(task, "url"),
        ExprKind::Call { name, args } => {
            let asks = ["geturl", "posturl", "invokeurl"].iter().any(|f| name.name.eq_ignore_ascii_case(f));
            args.first().filter(|_| asks).map(|arg| &arg.value)
        }
        _ => None,
    }
}

/// Calls `f` with the address of each request of the body.
pub(crate) fn urls<'t>(body: &FunctionBody<'t>, mut f: impl FnMut(&'t Expr)) {
    body.exprs.iter().filter_map(|expr| url_of(expr)).for_each(&mut f);
}

/// Whether working out an expression can do anything besides giving a value: a request, or a function of somebody's own.
pub(crate) fn acts(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr) -> bool {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        match &expr.kind {
            ExprKind::Paren(inner)
            | ExprKind::Unary { operand: inner, .. }
            | ExprKind::Member { object: inner, .. } => {
                left.push(inner);
            }
            ExprKind::Binary { left: a, right: b, .. } => left.extend([&**a, &**b]),
            ExprKind::Task(_) | ExprKind::Insert(_) | ExprKind::Error => return true,
            ExprKind::Call { .. } | ExprKind::Method { .. } => {
                let Some((name, object, args)) = parts(expr) else { continue };
                let own = match object {
                    None => script.function(&name.name).is_some() || method(&name.name).is_none(),
                    Some(object) => {
                        left.push(object);
                        // Methods of lists and maps change them: `removed = list.remove(0)`.
                        qualified(&body.variables, object, name).is_some() || changes(&name.name)
                    }
                };
                if own || outgoing(body, expr).is_some() {
                    return true;
                }
                left.extend(args.iter().map(|arg| &arg.value));
            }
            ExprKind::List { items, .. } => left.extend(items),
            ExprKind::Map(pairs) => left.extend(pairs.iter().flat_map(|(k, v)| [k, v])),
            _ => {}
        }
    }
    false
}

/// Whether a method changes what it is called on.
pub(crate) fn changes(name: &str) -> bool {
    const CHANGES: &[&str] = &[
        "add",
        "addall",
        "put",
        "putall",
        "remove",
        "removekey",
        "removeelement",
        "removeall",
        "clear",
        "insert",
        "insertall",
        "update",
        "delete",
        "deleteall",
        "deletekey",
        "sort",
        "sortkey",
        "setparamname",
        "setfilename",
    ];
    CHANGES.iter().any(|change| name.eq_ignore_ascii_case(change))
}

/// The source of a place without blanks outside of quotes: two places with the same one say the same.
pub(crate) fn flat(script: &Script<'_>, span: Span) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = script.text(span).chars();
    while let Some(c) = chars.next() {
        match quote {
            Some(q) => {
                out.push(c);
                if c == '\\' {
                    out.extend(chars.next());
                } else if c == q {
                    quote = None;
                }
            }
            None if c.is_whitespace() => {}
            None => {
                quote = matches!(c, '"' | '\'').then_some(c);
                out.push(c);
            }
        }
    }
    out
}

/// Whether a name is that of a credential: `api_key`, `accessToken`, `password`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    const ENDS: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "apikey",
        "authtoken",
        "accesstoken",
        "refreshtoken",
        "oauthtoken",
        "zapikey",
        "clientsecret",
        "secretkey",
        "privatekey",
        "secret",
        "accesskey",
        "bearertoken",
        "apitoken",
        "authkey",
    ];
    plain == "token" || plain == "authorization" || ENDS.iter().any(|end| plain.ends_with(end))
}
