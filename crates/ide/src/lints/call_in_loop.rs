//! Finds requests that a loop repeats, and says how many there are.

use super::cost::product;
use super::update_in_loop::bulk_of;
use crate::call::{Call, outgoing, parts};
use crate::hash::{HashMap, HashSet};
use crate::lints::{Hook, Said};
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::StmtKind;
use std::collections::BTreeMap;

lint! {
    /// A loop makes a request in every turn.
    ///
    /// # Why
    /// Every request takes its time and counts against the limits of the service, and a run that takes too long is stopped
    /// in the middle. The message says how many requests there are, as a formula.
    ///
    /// # Instead
    /// Ask for all at once before the loop (a search, COQL, a list of ids), or write all at once after it.
    CallInLoop, Note, No;
    bad: "void list(list leads)\n{\n\tfor each lead in leads\n\t{\n\t\tinfo zoho.crm.getRelatedRecords(\"Notes\",\"Leads\",lead.get(\"id\"));\n\t}\n}";
    good: "void list(list leads)\n{\n\tfor each lead in leads\n\t{\n\t\tinfo lead.get(\"Last_Name\");\n\t}\n}";
    hooks: &[Hook::Whole(check)];
}

/// The time of one request that the message reckons with, in milliseconds.
const REQUEST: u64 = 500;

fn check(script: &Script<'_>, said: &[Said<'_>], found: &mut Vec<Diagnostic>) {
    if said.iter().all(|body| !body.loops) {
        return;
    }
    let asking = asking(said);
    for (at, body) in said.iter().enumerate() {
        if body.loops && (body.asks || body.calls.iter().any(|name| asking.contains(name))) {
            of_body(script, &script.body(at), &asking, found);
        }
    }
}

/// The functions of the file that make a request, directly or through another one.
fn asking<'t>(said: &[Said<'t>]) -> HashSet<&'t str> {
    let mut callers: HashMap<&str, Vec<&'t str>> = HashMap::default();
    let mut open: Vec<&str> = Vec::new();
    for body in said {
        let Some(own) = body.own else { continue };
        if body.asks {
            open.push(own);
        }
        for name in &body.calls {
            callers.entry(name).or_default().push(own);
        }
    }
    let mut asking = HashSet::default();
    while let Some(name) = open.pop() {
        if asking.insert(name) {
            open.extend(callers.get(name).into_iter().flatten());
        }
    }
    asking
}

/// The requests of an outermost loop and all loops in it.
#[derive(Default)]
struct Requests {
    /// How often requests are made, each with how many there are.
    terms: Vec<(String, usize)>,
    /// Those that are reported here.
    places: Vec<Span>,
}

fn of_body(script: &Script<'_>, body: &FunctionBody<'_>, asking: &HashSet<&str>, found: &mut Vec<Diagnostic>) {
    let mut loops: BTreeMap<usize, Requests> = BTreeMap::new();
    for expr in &body.exprs {
        let own = || {
            let (name, ..) = parts(expr).filter(|(name, ..)| asking.contains(name.name.as_str()))?;
            Call::of(script, body, expr)?.own.map(|_| name)
        };
        let Some(name) = outgoing(body, expr).or_else(own) else { continue };
        let Some(inner) = body.loop_at(expr.span.start) else { continue };
        let Some(times) = product(script, body, Some(inner)) else { continue };
        let mut outer = inner;
        while let Some(parent) = body.loops[outer].parent {
            outer = parent;
        }
        let Requests { terms, places } = loops.entry(outer).or_default();
        match terms.iter_mut().find(|(known, _)| *known == times) {
            Some((_, count)) => *count += 1,
            None => terms.push((times, 1)),
        }
        // Those with a bulk version are reported by themselves, with what to use.
        if bulk_of(script, body, expr).is_none() {
            places.push(name.span);
        }
    }
    for (outer, Requests { terms, places }) in loops {
        let Some(first) = places.first() else { continue };
        let term =
            |(times, count): &(String, usize)| if *count == 1 { times.clone() } else { format!("{count} × {times}") };
        let formula = terms.iter().map(term).collect::<Vec<_>>().join(" + ");
        let profile = script.options.profile;
        let limit = profile.limits.seconds.map_or_else(String::new, |seconds| {
            let many = seconds * 1000 / REQUEST;
            format!(" {} stops a run after {seconds} seconds: about {many} requests of half a second.", profile.title)
        });
        let head = match &body.loops[outer].stmt.kind {
            StmtKind::ForEach(each) => each.iterable.span,
            _ => body.loops[outer].body,
        };
        let help = format!("Ask for all at once before the loop, or write all at once after it.{limit}");
        let diagnostic = LINT.with_help(*first, format!("Requests in a loop: {formula}"), help);
        found.push(diagnostic.with_label(head, "for each of these"));
    }
}
