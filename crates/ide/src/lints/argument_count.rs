//! Finds calls with a number of arguments that the function does not take.
//!
//! Zoho: `Number of Arguments mismatches for the function`.
//!
//! ```deluge
//! info "a,b".toList(",",1);
//! ```

use super::Lint;
use crate::script::{Body, Script, full_name};
use rainwright_builtins::{Bound, Form, integration, method};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::Kinds;

pub(super) const LINT: Lint = Lint {
    code: Code::WrongArgumentCount,
    severity: Severity::Error,
    doc: "A call has a number of arguments that the function does not take.",
    example: "info \"a,b\".toList(\",\",1);",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        if let Some(diagnostic) = wrong(script, body, expr) {
            found.push(diagnostic);
        }
    });
}

fn wrong(script: &Script<'_>, body: &Body<'_>, expr: &Expr) -> Option<Diagnostic> {
    let (span, name, given, bounds): (Span, &str, usize, Vec<(usize, usize)>) = match &expr.kind {
        ExprKind::Call { name, args } => {
            if let Some(function) = script.function(&name.name) {
                let count = function.params.len();
                (name.span, &name.name, args.len(), vec![(count, count)])
            } else {
                let found = method(&name.name)?;
                let on = found.by_kind.iter().flatten().map(|b| (b.least as usize + 1, most(b).saturating_add(1)));
                (name.span, &name.name, args.len(), on.chain(found.free.iter().map(limits)).collect())
            }
        }
        ExprKind::Method { object, name, args } => {
            if is_qualified(body, object) {
                let full = full_name(object, name)?;
                if let Some(task) = integration(&full) {
                    (name.span, task.name, args.len(), vec![task.arity()])
                } else if full.starts_with("zoho.") {
                    return None;
                } else {
                    let function = script.function(&name.name)?;
                    let count = function.params.len();
                    (name.span, &name.name, args.len(), vec![(count, count)])
                }
            } else {
                let kinds = body.kinds(script, object);
                let found = method(&name.name)?;
                let mut bounds: Vec<_> = kinds
                    .iter()
                    .filter_map(|kind| found.on(kind))
                    .filter(|b| b.row.form != Form::Word)
                    .map(|b| limits(&b))
                    .collect();
                if kinds == Kinds::ANY || bounds.is_empty() {
                    bounds = found.by_kind.iter().flatten().map(limits).collect();
                }
                (name.span, &name.name, args.len(), bounds)
            }
        }
        _ => return None,
    };
    if bounds.is_empty() || bounds.iter().any(|(least, most)| (*least..=*most).contains(&given)) {
        return None;
    }
    let least = bounds.iter().map(|b| b.0).min().unwrap_or(0);
    let most = bounds.iter().map(|b| b.1).max().unwrap_or(0);
    let takes = match (least, most) {
        (0, 0) => "no arguments".to_owned(),
        (1, 1) => "one argument".to_owned(),
        (a, b) if a == b => format!("{a} arguments"),
        (a, usize::MAX) => format!("{a} or more arguments"),
        (a, b) => format!("{a} to {b} arguments"),
    };
    let mut diagnostic = LINT.at(span, format!("Number of arguments mismatches: {name} takes {takes}, not {given}"));
    if name.eq_ignore_ascii_case("get") && given == 2 {
        diagnostic.problem = diagnostic.problem.with_help("For a default write ifnull(x.get(key),default).");
    }
    Some(diagnostic)
}

/// Whether the name before the dot is a namespace, not a value.
pub(super) fn is_qualified(body: &Body<'_>, object: &Expr) -> bool {
    crate::script::path(object).is_some_and(|parts| {
        let root = parts.first().copied().unwrap_or("");
        !body.variables.contains_key(root) && rainwright_builtins::word(&parts.join(".")).is_none()
    })
}

fn most(bound: &Bound) -> usize {
    if bound.most == u32::MAX { usize::MAX } else { bound.most as usize }
}

fn limits(bound: &Bound) -> (usize, usize) {
    (bound.least as usize, most(bound))
}
