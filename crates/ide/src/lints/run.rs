//! Shows a script to all lints: one body after the other, each read just before and forgotten after, so that what is looked at
//! is still near. Bodies of a large script are shared out among the processor's cores.

use super::mixed_data_centres::centre;
use super::{Found, HOOKS, Hooks};
use crate::call::{Call, outgoing, parts};
use crate::script::{FunctionBody, Script, literal};
use rainwright_diagnostic::{Code, Nearest, Span};
use rainwright_syntax::ast::ExprKind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What a body says that matters for the script as a whole.
pub(crate) struct Said<'t> {
    /// The last part of the function's name.
    pub(crate) own: Option<&'t str>,
    /// The functions of the file that it calls.
    pub(crate) calls: Vec<&'t str>,
    /// Whether it makes a request itself.
    pub(crate) asks: bool,
    /// Whether it has loops.
    pub(crate) loops: bool,
    /// The data centres that its texts name, with the places.
    pub(crate) centres: Vec<(&'static str, Span)>,
    /// Whether it does something that only scripts of forms do.
    uses_form: bool,
}

/// What only holds where bare names are variables: in a script of a form they may be its fields, which the form reads and
/// writes by itself.
const OF_VARIABLES: [Code; 3] = [Code::UndefinedVariable, Code::UnusedVariable, Code::OverwrittenValue];

/// So many bodies are looked at in one go.
const SHARE: usize = 64;

/// With fewer bodies, starting a thread takes longer than it saves.
const LARGE: usize = 4 * SHARE;

/// Shows the script to all lints.
pub(crate) fn run(script: &Script<'_>, found: &mut Found) {
    let cores = if script.body_count() < LARGE { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    run_on(cores, script, found);
}

/// As [`run`], with so many threads. What is found does not depend on their number.
fn run_on(threads: usize, script: &Script<'_>, found: &mut Found) {
    let hooks = &*HOOKS;
    hooks.script.iter().for_each(|hook| hook(script, found));
    let said = if threads > 1 {
        side_by_side(threads, script, hooks, found)
    } else {
        (0..script.body_count()).map(|at| body(script, at, hooks, found)).collect()
    };
    hooks.whole.iter().for_each(|hook| hook(script, &said, found));
    if script.options.profile.forms || said.iter().any(|body| body.uses_form) {
        found.retain(|diagnostic| !OF_VARIABLES.contains(&diagnostic.problem.code));
    }
}

/// Shares the bodies out. The search for names that were probably meant has one budget for the whole script, so a body that
/// asks for one is looked at again when it is clear what all before it have used.
fn side_by_side<'t>(threads: usize, script: &Script<'t>, hooks: &Hooks, found: &mut Found) -> Vec<Said<'t>> {
    let next = AtomicUsize::new(0);
    let count = script.body_count();
    let work = |script: Script<'t>| {
        let mut done = Vec::new();
        loop {
            let from = next.fetch_add(SHARE, Ordering::Relaxed);
            if from >= count {
                return done;
            }
            for at in from..count.min(from + SHARE) {
                let mut found = Found::new();
                let said = body(&script, at, hooks, &mut found);
                let asked = script.nearest.was_asked();
                done.push((at, said, (!asked).then_some(found)));
            }
        }
    };
    let (work, twin) = (&work, || script.twin(Nearest::silent()));
    let mut all = thread::scope(|scope| {
        // Where no more threads can be had, those that there are do it all.
        let others: Vec<_> = (1..threads)
            .filter_map(|_| {
                let script = twin();
                thread::Builder::new().spawn_scoped(scope, move || work(script)).ok()
            })
            .collect();
        let mut all = work(twin());
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(at, ..)| *at);
    let mut said = Vec::with_capacity(count);
    for (at, one, its) in all {
        match its {
            Some(its) => found.extend(its),
            None => drop(body(script, at, hooks, found)),
        }
        said.push(one);
    }
    said
}

/// Shows one body to all lints.
fn body<'t>(script: &Script<'t>, at: usize, hooks: &Hooks, found: &mut Found) -> Said<'t> {
    let body = &script.body(at);
    hooks.body.iter().for_each(|hook| hook(script, body, found));
    for stmt in &body.stmts {
        hooks.stmt.iter().for_each(|hook| hook(script, body, stmt, found));
    }
    for expr in &body.exprs {
        let wanted = match &expr.kind {
            ExprKind::Binary { .. } => &hooks.binary,
            ExprKind::Task(_) => &hooks.task,
            ExprKind::Call { .. } | ExprKind::Method { .. } => {
                if let Some(call) = Call::of(script, body, expr) {
                    hooks.call.iter().for_each(|hook| hook(script, body, &call, found));
                }
                continue;
            }
            ExprKind::Name(_) | ExprKind::Text(_) | ExprKind::Number(_) => continue,
            _ => &hooks.other,
        };
        wanted.iter().for_each(|hook| hook(script, body, expr, found));
    }
    said(script, body)
}

fn said<'t>(script: &Script<'t>, body: &FunctionBody<'t>) -> Said<'t> {
    let own = body.function.and_then(|function| function.path.last()).map(|name| name.name.as_str());
    let (mut calls, mut asks, mut centres) = (Vec::new(), false, Vec::new());
    for expr in &body.exprs {
        if let Some((name, ..)) = parts(expr)
            && script.function(&name.name).is_some()
        {
            calls.push(name.name.as_str());
        }
        asks = asks || outgoing(body, expr).is_some();
        centres.extend(literal(expr).and_then(centre).map(|centre| (centre, expr.span)));
    }
    Said { own, calls, asks, loops: !body.loops.is_empty(), centres, uses_form: body.uses_form() }
}

#[cfg(test)]
mod tests {
    use super::run_on;
    use crate::CheckOptions;
    use crate::script::Script;

    /// Functions with mistakes, some of which need a name that was probably meant.
    #[test]
    fn many_threads_find_what_one_finds() {
        let mut source = String::new();
        for i in 0..300 {
            source += &format!(
                "int f{i}(list all)\n{{\n\tunused = {i};\n\ttotal = 0;\n\tfor each one in all\n\t{{\n\t\ttotl{i} = totall + one;\n\t\t\
                 x = getUrl(\"https://www.zohoapis.eu/\" + one);\n\t\ty = g{i}(one) - f{}(x);\n\t}}\n\treturn total;\n}}\n",
                (i + 7) % 310
            );
        }
        for form in ["", "input.Name = f1({});\n"] {
            let source = format!("{source}info f3({{1}});\n{form}");
            let parsed = rainwright_syntax::parse(&source);
            assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics.first());
            let options = CheckOptions::default();
            let found = |threads| {
                let script = Script::new(&source, &parsed.tree, &parsed.trivia, &options);
                let mut found = Vec::new();
                run_on(threads, &script, &mut found);
                found.sort_by_key(|d| (d.span.start, d.span.end, d.problem.code));
                found
            };
            let one = found(1);
            assert!(one.len() > 600, "{}", one.len());
            assert!(one.iter().any(|d| d.problem.help.as_ref().is_some_and(|help| help.contains("Did you mean"))));
            assert_eq!(found(2), one);
            assert_eq!(found(5), one);
        }
    }
}
