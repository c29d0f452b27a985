//! Finds what Zoho's products, or the product that the script is for, do not know.
//!
//! ```deluge
//! while(false) { info "x"; }
//! ```

use super::Lint;
use super::argument_count::is_qualified;
use crate::script::{Body, Script};
use rainwright_builtins::{Method, PROFILES, Profile, block_task, method};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Expr, ExprKind, Ident, StmtKind};
use rainwright_value::Kinds;

pub(super) const LINT: Lint = Lint {
    code: Code::NotPortable,
    severity: Severity::Warning,
    doc: "Something is used that Zoho's products, or the one that the script is for, do not know.",
    example: "while(false) { info \"x\"; }",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| {
        if matches!(stmt.kind, StmtKind::While { .. }) {
            let word = Span::new(stmt.span.start, stmt.span.start + 5);
            let mut diagnostic = LINT.at(word, "Zoho has no while");
            diagnostic.problem = diagnostic.problem.with_help("For Zoho, go through a list with for each … in ….");
            found.push(diagnostic);
        }
    });
    body.exprs(&mut |expr| {
        if let Some((name, products)) = elsewhere(script, body, expr) {
            let title = script.options.profile.title;
            let mut diagnostic = LINT.at(name.span, format!("{} does not exist in {title}", name.name));
            diagnostic.problem = diagnostic.problem.with_help(format!("These products have it: {}.", titles(products)));
            // Scripts of other products are checked without a profile as well: then it is a guess.
            if script.options.profile.name == PROFILES[0].name {
                diagnostic.severity = Severity::Note;
            }
            found.push(diagnostic);
        }
    });
}

/// A function or block task that the product does not have, with the products that do.
fn elsewhere<'e>(script: &Script<'_>, body: &Body<'_>, expr: &'e Expr) -> Option<(&'e Ident, &'static str)> {
    let rows = |found: &Method, kinds: Kinds| -> Option<&'static str> {
        let mut rows = kinds.iter().filter_map(|kind| found.on(kind)).chain(found.free).map(|bound| bound.row.products);
        let first = rows.next()?;
        rows.all(|products| products == first).then_some(first)
    };
    let (name, products) = match &expr.kind {
        ExprKind::Task(task) => (&task.name, block_task(&task.name.name)?.products),
        ExprKind::Call { name, .. } if script.function(&name.name).is_none() => {
            (name, rows(method(&name.name)?, Kinds::ANY)?)
        }
        ExprKind::Method { object, name, .. } if !is_qualified(body, object) => {
            (name, rows(method(&name.name)?, body.kinds(script, object))?)
        }
        _ => return None,
    };
    let known = |product: &str| product.trim().to_ascii_lowercase().replace(' ', "-");
    let has_it = products.is_empty() || products.split(',').any(|p| known(p) == script.options.profile.name);
    (!has_it).then_some((name, products))
}

/// The products of a row by their names in words.
fn titles(products: &str) -> String {
    let title = |product: &str| Profile::find(product).map_or(product.to_owned(), |profile| profile.title.to_owned());
    products.split(',').map(|product| title(product.trim())).collect::<Vec<_>>().join(", ")
}
