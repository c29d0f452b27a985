//! Finds calls with a number of arguments that the function does not take.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::{Basis, Bound, Form};
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_value::Kinds;

lint! {
    /// A call has too few or too many arguments.
    ///
    /// # Why
    /// Zoho refuses to save it: `Number of Arguments mismatches for the function`.
    ///
    /// # Instead
    /// Look up the parameters with `dg doc`.
    WrongArgumentCount, Error, No;
    bad: "info \"a,b\".toList(\",\",1);";
    good: "info \"a,b\".toList(\",\");";
    hooks: &[Hook::Call(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let given = call.args.len();
    let (name, bounds) = bounds(call);
    if bounds.is_empty() || bounds.iter().any(|(least, most)| (*least..=*most).contains(&given)) {
        return;
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
    let message = format!("Number of arguments mismatches: {name} takes {takes}, not {given}");
    let mut diagnostic = LINT.at(call.name.span, message);
    if call.task.is_some_and(|task| task.basis == Basis::Assumed) {
        // Zoho names the task and documents no parameters: the script may be right.
        diagnostic.severity = Severity::Warning;
        diagnostic.problem =
            diagnostic.problem.with_help("Zoho documents no parameters of it; these are an assumption.");
    }
    if name.eq_ignore_ascii_case("get") && given == 2 {
        diagnostic.problem = diagnostic.problem.with_help("For a default write ifnull(x.get(key),default).");
    }
    found.push(diagnostic);
}

/// The name of what is called, and the numbers of arguments that it takes; none when nothing is known.
fn bounds<'c>(call: &'c Call<'_>) -> (&'c str, Vec<(usize, usize)>) {
    let name = call.name.name.as_str();
    if let Some(own) = call.own {
        return (name, vec![(own.params.len(), own.params.len())]);
    }
    if let Some(task) = call.task {
        return (task.name, vec![task.arity()]);
    }
    let Some(method) = call.method else { return (name, Vec::new()) };
    if call.object.is_none() {
        let on = method.by_kind.iter().flatten().map(|bound| {
            let (least, most) = bound.row.arity();
            (least + 1, most.saturating_add(1))
        });
        return (name, on.chain(method.free.iter().map(limits)).collect());
    }
    let rows = call.on.iter().filter_map(|kind| method.on(kind)).filter(|b| b.row.form != Form::Word);
    let bounds: Vec<_> = rows.map(|b| limits(&b)).collect();
    if call.on == Kinds::ANY || bounds.is_empty() {
        return (name, method.by_kind.iter().flatten().map(limits).collect());
    }
    (name, bounds)
}

/// The receiver left out.
fn limits(bound: &Bound) -> (usize, usize) {
    bound.row.arity()
}
