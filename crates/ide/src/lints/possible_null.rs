//! Finds values read from a map that are used as they are, though the key may be missing.

use super::null_in_text;
use super::nulls::{Nulls, SAFE};
use crate::hash::HashSet;
use crate::kinds::within;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};
use rainwright_value::Kinds;

lint! {
    /// A value that may be null is computed with, or a function is called on it.
    ///
    /// # Why
    /// When the key is missing, the script stops there. What the script tests anywhere (`!= null`, `ifnull`,
    /// `containsKey` …) counts as safe.
    ///
    /// # Instead
    /// Give a default with `ifnull(value,default)`, or ask `value != null` first.
    PossibleNull, Note, No;
    bad: "m = \"{}\".toMap();\ninfo m.get(\"total\") * 2;";
    good: "m = \"{}\".toMap();\ninfo ifnull(m.get(\"total\"),0) * 2;";
    hooks: &[Hook::Body(check)];
}

/// Each key and variable is reported once: the first place that stops is enough to look at.
fn check<'t>(script: &Script<'_>, body: &FunctionBody<'t>, found: &mut Vec<Diagnostic>) {
    let nulls = Nulls::of(body);
    null_in_text::check(script, body, &nulls, found);
    let mut told = HashSet::default();
    let mut tell = |value: &'t Expr, what: &str, name: &str| {
        if let Some(null) = nulls.in_value(value)
            && told.insert(null)
        {
            found.push(LINT.at(value.span, format!("Possible null {what}{name}: {null} may be missing")));
        }
    };
    for expr in &body.exprs {
        match &expr.kind {
            ExprKind::Method { object, name, .. } if !SAFE.iter().any(|safe| name.name.eq_ignore_ascii_case(safe)) => {
                tell(object, "in front of ", &name.name);
            }
            ExprKind::Binary { op, left, right, .. } => {
                let computes = match op {
                    BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => true,
                    BinaryOp::Add => [left, right].iter().any(|side| {
                        let kinds = body.kinds(script, side);
                        kinds != Kinds::ANY && within(kinds, Kinds::NUMERIC)
                    }),
                    _ => false,
                };
                if computes {
                    tell(left, "in arithmetic", "");
                    tell(right, "in arithmetic", "");
                }
            }
            _ => {}
        }
    }
}
