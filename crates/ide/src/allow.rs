//! Comments that allow a finding: `// dg-allow: CODE reason`.
//!
//! At the end of a line a comment covers that line. On a line of its own it covers what comes next: a simple statement whole,
//! a function whole, of any other statement its head.

use crate::Level;
use crate::lints::{Lint, bad_allow};
use crate::script::Script;
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span, closest};
use rainwright_syntax::ast::{Stmt, StmtKind};

/// What a comment allows, and where.
struct Allowance {
    codes: Vec<Code>,
    covers: Span,
    comment: Span,
    used: bool,
}

/// How such a comment begins.
const MARK: &str = "dg-allow:";

/// Removes what comments allow, and reports comments that allow nothing.
pub(crate) fn apply(script: &Script<'_>, found: &mut Vec<Diagnostic>) {
    let mut allowances = Vec::new();
    let mut stmts = None;
    let mut wrong = Vec::new();
    for comment in &script.trivia.comments {
        let text = script.text(comment.span);
        let text = text.trim_start_matches(['/', '*', ' ', '\t']).trim_end_matches(['/', '*', ' ', '\t', '\r']);
        if let Some(rest) = text.strip_prefix(MARK) {
            match read(rest) {
                Ok(codes) => {
                    let covers = covers(script, stmts.get_or_insert_with(|| statements(script)), comment.span);
                    allowances.push(Allowance { codes, covers, comment: comment.span, used: false });
                }
                Err((message, help)) => wrong.push(bad_allow::bad(comment.span, message, &help)),
            }
        }
    }
    if allowances.is_empty() && wrong.is_empty() {
        return;
    }
    found.retain(|diagnostic| {
        let mut allowed = false;
        for allowance in &mut allowances {
            let inside =
                allowance.covers.start <= diagnostic.span.start && diagnostic.span.start < allowance.covers.end;
            if inside
                && Lint::of(diagnostic.problem.code).is_some()
                && allowance.codes.contains(&diagnostic.problem.code)
            {
                allowance.used = true;
                allowed = true;
            }
        }
        !allowed
    });
    // A lint that did not run may have had something to allow.
    let ran = |code: &Code| {
        let off = script.options.levels.of(*code) == Some(Level::Off);
        !(off || *code == Code::UnknownConnection && script.options.connections.is_none())
    };
    for allowance in allowances.iter().filter(|a| !a.used && a.codes.iter().all(ran)) {
        let mut diagnostic = bad_allow::bad(
            allowance.comment,
            "There is nothing to allow here".to_owned(),
            "Remove the comment, or put it in front of the statement that it is about.",
        );
        diagnostic.severity = Severity::Note;
        found.push(diagnostic);
    }
    found.append(&mut wrong);
}

/// The codes that a comment names, or what is wrong with it and what to do.
fn read(rest: &str) -> Result<Vec<Code>, (String, String)> {
    let mut codes = Vec::new();
    let mut rest = rest.trim_start();
    loop {
        let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        let word = &rest[..end];
        let Some(lint) = Lint::find(word) else {
            let names: Vec<String> = crate::LINTS.iter().map(|lint| lint.name()).collect();
            let near = closest(word, names.iter().map(String::as_str));
            let help = near.map_or_else(
                || "`dg doc lints` lists all codes.".to_owned(),
                |near| format!("Did you mean {near}? `dg doc lints` lists all codes."),
            );
            return Err((format!("There is no lint '{word}'"), help));
        };
        codes.push(lint.code);
        rest = rest[end..].trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => break,
        }
    }
    if rest.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
        let help = "Say why the finding does not matter: // dg-allow: CODE reason".to_owned();
        return Err(("The reason is missing".to_owned(), help));
    }
    Ok(codes)
}

/// All statements, in the order of their places; outer ones first.
fn statements<'t>(script: &Script<'t>) -> Vec<&'t Stmt> {
    let mut stmts: Vec<&Stmt> = script.bodies().flat_map(|body| body.stmts).collect();
    stmts.sort_by_key(|stmt| stmt.span.start);
    stmts
}

/// The part of the script that a comment is about.
fn covers(script: &Script<'_>, stmts: &[&Stmt], comment: Span) -> Span {
    let before = script.source.get(..comment.start as usize).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    if !before[line..].trim().is_empty() {
        let rest = script.source.get(comment.end as usize..).unwrap_or_default();
        let end = rest.find('\n').map_or(script.source.len(), |at| comment.end as usize + at);
        return Span::new(line as u32, end as u32);
    }
    let function = script.functions().iter().find(|f| f.span.start >= comment.end).map(|f| f.span);
    let next = stmts.partition_point(|stmt| stmt.span.start < comment.end);
    let Some(stmt) = stmts.get(next) else { return function.unwrap_or(Span::new(comment.end, comment.end)) };
    if let Some(function) = function.filter(|function| function.start <= stmt.span.start) {
        return function;
    }
    let head = match &stmt.kind {
        StmtKind::If { branches, .. } => branches.first().map(|(_, block)| block.span.start),
        StmtKind::ForEach(each) => Some(each.body.span.start),
        StmtKind::While { body, .. } => Some(body.span.start),
        StmtKind::Try { handler, .. } => Some(handler.span.end),
        _ => None,
    };
    Span::new(stmt.span.start, head.unwrap_or(stmt.span.end))
}
