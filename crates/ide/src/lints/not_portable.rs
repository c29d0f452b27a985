//! Finds what Zoho's products, or the product that the script is for, do not know.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::{Method, PROFILES, Profile};
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Expr, ExprKind, Ident, Stmt, StmtKind};
use rainwright_value::Kinds;

lint! {
    /// Something is used that Zoho's products, or the one that the script is for, do not know.
    ///
    /// # Why
    /// The script runs here and cannot be saved there. The product is the project's `profile`, or what `--profile` names.
    ///
    /// # Instead
    /// Write it another way if the script is to run in Zoho: `for each … in …` instead of `while`.
    NotPortable, Warning, No;
    bad: "n = 0;\nwhile(n < 3)\n{\n\tn = n + 1;\n}";
    good: "n = 0;\nfor each step in {1,2,3}\n{\n\tn = n + step;\n}";
    hooks: &[Hook::Stmt(statement), Hook::Call(call), Hook::Task(task)];
}

fn statement(_: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    if matches!(stmt.kind, StmtKind::While { .. }) {
        let word = Span::new(stmt.span.start, stmt.span.start + 5);
        found.push(LINT.with_help(word, "Zoho has no while", "For Zoho, go through a list with for each … in …."));
    }
}

fn call(script: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let Some(method) = call.method else { return };
    let kinds = if call.object.is_none() { Kinds::ANY } else { call.on };
    if let Some(products) = only_in(method, kinds) {
        elsewhere(script, call.name, products, found);
    }
}

fn task(script: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    if let ExprKind::Task(task) = &expr.kind
        && let Some(row) = script.options.tasks.block_task(&task.name.name)
    {
        elsewhere(script, &task.name, row.products, found);
    }
}

/// The products that have a function, when it is the same for all that it can be called on.
fn only_in(method: &Method, kinds: Kinds) -> Option<&'static str> {
    let mut rows = kinds.iter().filter_map(|kind| method.on(kind)).chain(method.free).map(|bound| bound.row.products);
    let first = rows.next()?;
    rows.all(|products| products == first).then_some(first)
}

fn elsewhere(script: &Script<'_>, name: &Ident, products: &str, found: &mut Vec<Diagnostic>) {
    let profile = script.options.profile;
    let known = |product: &str| product.trim().to_ascii_lowercase().replace(' ', "-");
    if products.is_empty() || products.split(',').any(|p| known(p) == profile.name) {
        return;
    }
    let help = format!("These products have it: {}.", titles(products));
    let mut diagnostic = LINT.with_help(name.span, format!("{} does not exist in {}", name.name, profile.title), help);
    // Scripts of other products are checked without a profile as well: then it is a guess.
    if profile.name == PROFILES[0].name {
        diagnostic.severity = Severity::Note;
    }
    found.push(diagnostic);
}

/// The products of a row by their names in words.
fn titles(products: &str) -> String {
    let title = |product: &str| Profile::find(product).map_or(product.to_owned(), |profile| profile.title.to_owned());
    products.split(',').map(|product| title(product.trim())).collect::<Vec<_>>().join(", ")
}
