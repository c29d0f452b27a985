//! Finds rows of a subform that are written while their form is submitted.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_effect::Holds;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};

lint! {
    /// A row of a subform on the form is written when the form is submitted.
    ///
    /// # Why
    /// Creator is reported to stop there: `Error updating field in ZC_SUBFORM`. Applications in use do it all the same; here the
    /// row gets the value.
    ///
    /// # Instead
    /// Write it on user input of the row's field, when a row is added, or on load.
    RowWritten, Note, No;
    profile: "zoho-creator";
    forms: true;
    event: "on validate";
    bad: "for each line in input.Lines\n{\n\tline.Total = line.Price * 2;\n}";
    good: "total = 0;\nfor each line in input.Lines\n{\n\ttotal = total + line.Price;\n}\ninput.Amount = total;";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let event = script.options.own_event.as_deref().unwrap_or_default();
    if !["on validate", "on success"].iter().any(|known| event.eq_ignore_ascii_case(known)) {
        return;
    }
    for stmt in &body.stmts {
        let StmtKind::Assign(assign) = &stmt.kind else { continue };
        let ExprKind::Member { object, name } = &assign.target.kind else { continue };
        let ExprKind::Name(row) = &bare(object).kind else { continue };
        // The innermost loop with that variable says what it is.
        let mut at = body.loop_at(stmt.span.start);
        while let Some(index) = at {
            let around = &body.loops[index];
            if let StmtKind::ForEach(each) = &around.stmt.kind
                && each.variable.name == *row
            {
                if is_subform(script, body, &each.iterable) {
                    let message = format!("'{}' of a row of the form is written {}", name.name, event.to_lowercase());
                    found.push(LINT.at(assign.target.span, message));
                }
                break;
            }
            at = around.parent;
        }
    }
}

/// Whether an expression is a subform of the form that is submitted.
fn is_subform(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr) -> bool {
    let ExprKind::Member { object, .. } = &bare(expr).kind else { return false };
    let is_input = matches!(&bare(object).kind, ExprKind::Name(name) if name.eq_ignore_ascii_case("input"));
    is_input && body.reading.field(script, expr).is_some_and(|field| field.holds == Holds::Rows)
}
