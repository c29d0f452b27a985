//! Finds calls of functions and tasks that nobody defines.
//!
//! Zoho: `Not able to find 'f' function`. Calls into a namespace that is not in this project are taken as they are.
//!
//! ```deluge
//! info "a".toUppercas();
//! ```

use super::Lint;
use super::argument_count::is_qualified;
use crate::script::{Body, Script, full_name};
use rainwright_builtins::{integration, integrations, method, suggest};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span, closest};
use rainwright_syntax::ast::{Expr, ExprKind, Ident};
use rainwright_value::{Kind, Kinds};

pub(super) const LINT: Lint = Lint {
    code: Code::UnknownCall,
    severity: Severity::Error,
    doc: "A function or task is called that is not known.",
    example: "info \"a\".toUppercas();",
    check,
};

/// Functions of forms, records and the language itself, which have no row in the tables.
const BUILT_IN: &[&str] = &[
    "if",
    "ifnull",
    "list",
    "map",
    "collection",
    "alert",
    "openurl",
    "getfieldnames",
    "getfieldvalue",
    "select",
    "deselect",
    "selectall",
    "deselectall",
    "insert",
    "count",
    "sum",
    "average",
    "median",
    "minimum",
    "maximum",
    "distinct",
    "getall",
    "size",
    "now",
    "today",
];

/// What people write who know another language, with the Deluge word.
const HABITS: &[(&str, &str)] = &[
    ("print", "info"),
    ("println", "info"),
    ("log", "info"),
    ("echo", "info"),
    ("tostr", "toString"),
    ("push", "add"),
    ("append", "add"),
    ("len", "length"),
    ("str", "toString"),
    ("parseint", "toLong"),
    ("split", "toList"),
    ("strip", "trim"),
    ("has", "containsKey"),
    ("haskey", "containsKey"),
    ("getmessage", "message, without parentheses"),
    ("charat", "subString"),
    ("lower", "toLowerCase"),
    ("upper", "toUpperCase"),
    ("replace", "replaceAll"),
    ("join", "toString"),
    ("not", "!"),
];

/// Whether a name stands for a namespace of functions rather than for a value.
pub(super) fn is_namespace(name: &str) -> bool {
    const NAMESPACES: &[&str] = &[
        "zoho",
        "thisapp",
        "standalone",
        "automation",
        "button",
        "schedule",
        "validation_rule",
        "crm",
        "intuit",
        "salesforce",
        "twilio",
        "console",
    ];
    NAMESPACES.iter().any(|n| n.eq_ignore_ascii_case(name))
}

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| match &expr.kind {
        ExprKind::Call { name, .. } => found.extend(function(script, name)),
        ExprKind::Method { object, name, .. } => found.extend(qualified(script, body, expr, object, name)),
        _ => {}
    });
}

fn function(script: &Script<'_>, name: &Ident) -> Option<Diagnostic> {
    let written = name.name.as_str();
    let lower = written.to_ascii_lowercase();
    let known = script.function(written).is_some()
        || method(written).is_some()
        || BUILT_IN.contains(&lower.as_str())
        || script.options.functions.iter().any(|f| f.rsplit('.').next() == Some(written));
    if known {
        return None;
    }
    if lower == "info" {
        let mut diagnostic = LINT.at(name.span, "info takes one value");
        diagnostic.problem = diagnostic.problem.with_help("Join the values with +.");
        return Some(diagnostic);
    }
    let near = habit(&lower)
        .or_else(|| closest(written, script.function_names()).map(str::to_owned))
        .or_else(|| suggest(written, None).map(str::to_owned));
    Some(told(name.span, format!("Not able to find '{written}' function"), near))
}

fn qualified(script: &Script<'_>, body: &Body<'_>, expr: &Expr, object: &Expr, name: &Ident) -> Option<Diagnostic> {
    let written = name.name.as_str();
    if !is_qualified(body, object) {
        return unknown_method(script, body, object, name);
    }
    let full = full_name(object, name)?;
    let lower = full.to_ascii_lowercase();
    if lower == "console.log" {
        return Some(told(expr.span, "Not able to find 'console.log' function".into(), Some("info".into())));
    }
    if !lower.starts_with("zoho.")
        || integration(&full).is_some()
        || method(&full).is_some()
        || method(written).is_some()
    {
        return None;
    }
    let near = closest(&full, integrations().map(|task| task.name)).map(str::to_owned);
    let mut diagnostic = told(expr.span, format!("Not able to find the task {full}"), near);
    // Zoho has more tasks than it documents.
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}

/// A method that no kind of value has, or none that this value can be.
fn unknown_method(script: &Script<'_>, body: &Body<'_>, object: &Expr, name: &Ident) -> Option<Diagnostic> {
    let written = name.name.as_str();
    let lower = written.to_ascii_lowercase();
    if BUILT_IN.contains(&lower.as_str()) {
        return None;
    }
    let kinds = body.kinds(script, object);
    let sure = kinds != Kinds::ANY && !kinds.has(Kind::Null);
    match method(written) {
        None => {
            let kind = kinds.iter().next().filter(|_| sure);
            let near = habit(&lower).or_else(|| suggest(written, kind).map(str::to_owned));
            Some(told(name.span, format!("Not able to find '{written}' function"), near))
        }
        Some(found) if sure && found.free.is_none() && kinds.iter().all(|kind| found.on(kind).is_none()) => {
            let of = kinds.iter().next().and_then(|kind| suggest(written, Some(kind))).map(str::to_owned);
            Some(told(name.span, format!("{kinds} has no function {}", found.name), of))
        }
        Some(_) => None,
    }
}

fn habit(lower: &str) -> Option<String> {
    HABITS.iter().find(|(foreign, _)| *foreign == lower).map(|(_, deluge)| (*deluge).to_owned())
}

fn told(span: Span, message: String, near: Option<String>) -> Diagnostic {
    let mut diagnostic = LINT.at(span, message);
    if let Some(near) = near {
        diagnostic.problem = diagnostic.problem.with_help(format!("Did you mean {near}?"));
    }
    diagnostic
}
