//! Finds statements that compute a value and drop it.
//!
//! ```deluge
//! "/";
//! ```

use super::Lint;
use super::argument_count::is_qualified;
use crate::script::{Body, Script};
use rainwright_builtins::method;
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};

pub(super) const LINT: Lint = Lint {
    code: Code::NoEffect,
    severity: Severity::Warning,
    doc: "A statement does nothing.",
    example: "\"/\";",
    check,
};

/// Kinds of values that no function changes.
const FIXED: Kinds = Kinds::of(&[Kind::Text, Kind::Number, Kind::Decimal, Kind::Bool, Kind::DateTime, Kind::Time]);

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| {
        let StmtKind::Expr(e) = &stmt.kind else { return };
        let acts = matches!(
            e.kind,
            ExprKind::Call { .. } | ExprKind::Method { .. } | ExprKind::Task(_) | ExprKind::Insert(_) | ExprKind::Error
        );
        if !acts {
            found.push(LINT.at(e.span, "The value of this statement goes nowhere"));
        }
        found.extend(dropped(script, body, e));
    });
}

/// The report of `s.trim();`: the result is dropped, and `s` stays as it is.
fn dropped(script: &Script<'_>, body: &Body<'_>, e: &Expr) -> Option<Diagnostic> {
    let ExprKind::Method { object, name, .. } = &e.kind else { return None };
    if is_qualified(body, object) || script.function(&name.name).is_some() {
        return None;
    }
    let function = method(&name.name)?;
    let mut kinds = body.kinds(script, object);
    if kinds == Kinds::NONE {
        kinds = Kinds::ANY;
    }
    let mut takers = kinds.iter().filter_map(|kind| Some((kind, function.on(kind)?))).peekable();
    takers.peek()?;
    if !takers.all(|(kind, bound)| FIXED.has(kind) && bound.row.returns != Kinds::NONE) {
        return None;
    }
    let mut diagnostic = LINT.at(e.span, format!("The result of {} is dropped", name.name));
    let help = match &object.kind {
        ExprKind::Name(variable) => {
            format!(
                "{variable} itself does not change: assign the result, such as {variable} = {variable}.{}(…);",
                name.name
            )
        }
        _ => "Assign it to a variable, or remove the statement.".to_owned(),
    };
    diagnostic.problem = diagnostic.problem.with_help(help);
    Some(diagnostic)
}
