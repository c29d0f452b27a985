//! Why statements were not reached: a condition that never holds, or what always comes first.

use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Block, Function, Item, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk_stmt};

use crate::goal::{Goal, GoalKind, goals};
use crate::infer::Analysis;
use crate::seen::{Seen, header};
use crate::stop::{Stop, StopKind};

/// What was not reached, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// The line that the reason is about: of the branch, of the function, or of the first statement that was not reached.
    pub line: u32,
    /// The lines of the statements that were not reached, from the first to the last; none for a last side that has no statements.
    pub lines: Option<(u32, u32)>,
    /// Why.
    pub why: String,
}

/// Everything that was not reached; each statement is in one of them.
pub(crate) fn unreached(analysis: &Analysis<'_>, source: &str, seen: &Seen, entries: &[String]) -> Vec<Unreached> {
    let goals = goals(analysis.tree);
    let whiles = goals.iter().filter(|goal| matches!(goal.kind, GoalKind::Loop { is_while: true, .. }));
    let loops = whiles.map(|goal| goal.at).collect();
    let mut search = Unexplained { analysis, source, seen, entries, loops, found: Vec::new() };
    for (number, goal) in goals.iter().enumerate() {
        if analysis.is_told(goal.at) && !seen.sides.contains(&number) && seen.is_reached(goal.at) {
            search.side(goal, &goals);
        }
    }
    let is_told = |name: &str| analysis.alone.as_ref().is_none_or(|entry| entry == name);
    for (name, function) in analysis.functions.iter().filter(|(name, _)| is_told(name)) {
        search.function(name, function);
    }
    if is_told("") {
        search.bare();
    }
    let mut found = search.found;
    found.sort_by_key(|one| one.line);
    found
}

struct Unexplained<'a> {
    analysis: &'a Analysis<'a>,
    source: &'a str,
    seen: &'a Seen,
    entries: &'a [String],
    /// The `while` loops.
    loops: Vec<Span>,
    found: Vec<Unreached>,
}

impl<'a> Unexplained<'a> {
    /// A side of a branch that was begun.
    fn side(&mut self, goal: &Goal<'a>, goals: &[Goal<'a>]) {
        let block = match &goal.kind {
            GoalKind::Side { block, .. } | GoalKind::Loop { block, .. } | GoalKind::Caught { block, .. } => *block,
        };
        let why = self.before(goal, goals).unwrap_or_else(|| goal.describe(self.source));
        let lines = block.and_then(|first| {
            let mut holder = Holder { first, last: None };
            rainwright_syntax::visit::walk(&mut holder, self.analysis.tree);
            Some((self.line(first), self.last_line(holder.last?)))
        });
        self.found.push(Unreached { line: self.line(goal.at), lines, why });
    }

    /// What keeps every run from deciding for a side: testing a condition fails.
    fn before(&self, goal: &Goal<'a>, goals: &[Goal<'a>]) -> Option<String> {
        let stops: Vec<&(Stop, u64)> = match &goal.kind {
            GoalKind::Caught { body, .. } => {
                let ends = |stop: &Stop| matches!(stop.kind, StopKind::Limit | StopKind::NotPlayable) && !stop.caught;
                let lines = &self.analysis.lines;
                self.seen.stops.iter().filter(|(stop, _)| ends(stop) && stop.is_in(*body, lines)).collect()
            }
            _ => {
                let parts = header(goal);
                let is_there = |stop: &Stop| parts.iter().any(|part| stop.is_in(part.span, &self.analysis.lines));
                self.seen.stops.iter().filter(|(stop, _)| is_there(stop)).collect()
            }
        };
        let ended: u64 = stops.iter().map(|(_, count)| count).sum();
        // Sides of the same branch that are decided for earlier.
        let earlier: u64 = goals
            .iter()
            .filter(|other| other.at == goal.at)
            .take_while(|other| !std::ptr::eq(*other, goal))
            .map(|other| match &other.kind {
                GoalKind::Side { block: Some(block), .. } => self.seen.times(*block),
                _ => 0,
            })
            .sum();
        if stops.is_empty() || ended + earlier < self.seen.times(goal.at) {
            return None;
        }
        let ends = stops.iter().map(|(stop, _)| self.end_of(stop, goal.at)).collect();
        Some(sentence(ends))
    }

    fn function(&mut self, name: &str, function: &'a Function) {
        let statements: Vec<&Stmt> = counted(&function.body).collect();
        let (Some(first), Some(last)) = (statements.first(), statements.last()) else { return };
        if self.seen.is_reached(first.span) {
            return self.block(&statements);
        }
        let why = format!("no run comes to {name}: {}", self.why_not_called(name));
        let lines = Some((self.line(first.span), self.last_line(last.span)));
        self.found.push(Unreached { line: self.line(function.span), lines, why });
    }

    fn bare(&mut self) {
        let statements: Vec<&'a Stmt> = self
            .analysis
            .tree
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Statement(stmt) if !matches!(stmt.kind, StmtKind::Empty) => Some(stmt),
                _ => None,
            })
            .collect();
        match statements.first() {
            Some(first) if !self.seen.is_reached(first.span) => {
                let why = format!("no run comes to the bare statements: {}", self.why_not_called(""));
                self.stretch(&statements, &why);
            }
            _ => self.block(&statements),
        }
    }

    /// Why an entry, or a function that others call, was never begun.
    fn why_not_called(&self, name: &str) -> String {
        if self.entries.iter().any(|entry| entry == name) {
            let early = self.seen.stops.iter().find(|(stop, _)| stop.line == 0 && stop.source.is_none());
            return early
                .map_or_else(|| "it never starts".into(), |(stop, _)| format!("{} {}", stop.code, brief(stop)));
        }
        let is_own = |call: Span| self.analysis.holder(call).is_some_and(|holder| holder == name);
        let calls = self.analysis.calls.iter().filter(|(callee, call)| callee == name && !is_own(*call));
        let mut lines: Vec<u32> = calls.map(|(_, call)| self.line(*call)).collect();
        lines.sort_unstable();
        lines.dedup();
        match lines.as_slice() {
            [] => format!("only {} was tried", self.entries.join(", ")),
            [line] => format!("the call in line {line} is never made"),
            lines => {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                format!("the calls in lines {} are never made", lines.join(", "))
            }
        }
    }

    /// Statements that follow each other, of which the first is reached.
    fn block(&mut self, statements: &[&'a Stmt]) {
        for (number, stmt) in statements.iter().enumerate() {
            if self.seen.is_reached(stmt.span) {
                self.within(stmt);
                continue;
            }
            let rest = &statements[number..];
            let count = rest.iter().take_while(|stmt| !self.seen.is_reached(stmt.span)).count();
            let before = number.checked_sub(1).and_then(|before| statements.get(before));
            if let Some(before) = before.filter(|before| self.seen.is_reached(before.span)) {
                let why = self.why_never_past(before);
                self.stretch(&rest[..count], &why);
            }
        }
    }

    /// The blocks of a statement that was reached; blocks that were not are sides of branches.
    fn within(&mut self, stmt: &'a Stmt) {
        for block in blocks(stmt) {
            let statements: Vec<&Stmt> = counted(block).collect();
            if statements.first().is_some_and(|first| self.seen.is_reached(first.span)) {
                self.block(&statements);
            }
        }
    }

    /// Notes statements that follow each other; functions between them are none of them.
    fn stretch(&mut self, statements: &[&Stmt], why: &str) {
        let Some((first, rest)) = statements.split_first() else { return };
        let (mut from, mut to) = (first.span, first.span);
        let mut parts = Vec::new();
        for stmt in rest {
            let between = |span: Span| span.start >= to.end && span.end <= stmt.span.start;
            if self.analysis.functions.iter().any(|(_, function)| between(function.span)) {
                parts.push((from, to));
                from = stmt.span;
            }
            to = stmt.span;
        }
        parts.push((from, to));
        for (from, to) in parts {
            let line = self.line(from);
            let lines = Some((line, self.last_line(to)));
            self.found.push(Unreached { line, lines, why: why.to_owned() });
        }
    }

    /// What ends every run, or every turn, in a statement.
    fn why_never_past(&self, stmt: &Stmt) -> String {
        let mut inside = Inside::default();
        inside.stmt(stmt);
        let is_taken = |stop: &Stop| inside.tries.iter().any(|body| stop.is_in(*body, &self.analysis.lines));
        let stops = self.seen.stops.iter().map(|(stop, _)| stop);
        let stops = stops.filter(|stop| stop.is_in(stmt.span, &self.analysis.lines));
        let stops = stops.filter(|stop| !(stop.caught && is_taken(stop)));
        let mut ends: Vec<End> = stops.map(|stop| self.end_of(stop, stmt.span)).collect();
        for (span, what) in inside.leaves {
            if self.seen.is_reached(span) {
                let line = self.line(span);
                ends.push(End { at: line, place: format!("line {line}"), what, detail: None, ..End::default() });
            }
        }
        if ends.is_empty() {
            return format!("no run gets past line {}", self.line(stmt.span));
        }
        sentence(ends)
    }

    /// A stop as something that comes first; `part` is what it is in.
    fn end_of(&self, stop: &Stop, part: Span) -> End {
        let place = match &stop.source {
            Some(source) => format!("line {} of {source}", stop.line),
            None => format!("line {}", stop.line),
        };
        let called = if stop.is_at(part) { None } else { stop.call_in(part, &self.analysis.lines) };
        let place = match called {
            Some(from) => format!("{place}, called in line {from},"),
            None => place,
        };
        let endless = self.loops.iter().filter(|_| stop.kind == StopKind::Limit);
        let endless = endless.filter(|one| stop.is_at(**one)).max_by_key(|one| one.start);
        let (place, what) = match (stop.kind, endless) {
            (StopKind::Fails, _) => (place, "fails"),
            (StopKind::Throws, _) => (place, "throws"),
            (StopKind::Limit, Some(one)) => (format!("the loop of line {}", self.line(*one)), "never ends"),
            (StopKind::Limit, None) => (place, "reaches a limit"),
            (StopKind::NotPlayable, _) => (place, "cannot be played here"),
        };
        let detail = match stop.kind {
            StopKind::Throws => brief(stop),
            _ => format!("{} {}", stop.code, brief(stop)),
        };
        End { at: called.unwrap_or(stop.line), place, what, detail: Some(detail), caught: stop.caught }
    }

    fn line(&self, span: Span) -> u32 {
        self.analysis.line_of(span)
    }

    fn last_line(&self, span: Span) -> u32 {
        self.analysis.lines.line(span.end.saturating_sub(1).max(span.start))
    }
}

/// Something that ends a run, a call or a turn of a loop.
#[derive(Debug, Default)]
struct End {
    at: u32,
    place: String,
    what: &'static str,
    detail: Option<String>,
    caught: bool,
}

/// The most that one reason names.
const MOST_NAMED: usize = 3;

/// What always comes first, as people read it.
fn sentence(mut ends: Vec<End>) -> String {
    ends.sort_by_key(|end| end.at);
    ends.dedup_by(|a, b| a.place == b.place && a.what == b.what);
    if let [end] = ends.as_slice() {
        let detail = end.detail.as_ref().map_or_else(String::new, |detail| format!(": {detail}"));
        let caught = if end.caught { "; the script catches it" } else { "" };
        return match end.what {
            what @ ("cannot be played here" | "never ends") => format!("{} {what}{detail}", end.place),
            what => format!("{} always {what} first{detail}{caught}", end.place),
        };
    }
    let named = ends.iter().take(MOST_NAMED).map(|end| {
        let detail = end.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
        format!("{} {}{detail}", end.place, end.what)
    });
    let mut named: Vec<String> = named.collect();
    if ends.len() > MOST_NAMED {
        named.push(format!("and {} more", ends.len() - MOST_NAMED));
    }
    format!("one of these always comes first: {}", named.join("; "))
}

/// The message of a stop, on one line and not too long.
fn brief(stop: &Stop) -> String {
    const MOST: usize = 100;
    let text = stop.message.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > MOST { text.chars().take(MOST - 1).chain(['…']).collect() } else { text }
}

/// The statements of a block that are counted.
fn counted(block: &Block) -> impl Iterator<Item = &Stmt> {
    block.statements.iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Empty))
}

/// The blocks that are parts of a statement.
fn blocks(stmt: &Stmt) -> Vec<&Block> {
    match &stmt.kind {
        StmtKind::If { branches, otherwise } => branches.iter().map(|(_, block)| block).chain(otherwise).collect(),
        StmtKind::ForEach(each) => vec![&each.body],
        StmtKind::While { body, .. } => vec![body],
        StmtKind::Try { body, handler, .. } => vec![body, handler],
        _ => Vec::new(),
    }
}

/// The ways out of a statement, and the bodies of its `try`s.
#[derive(Default)]
struct Inside {
    leaves: Vec<(Span, &'static str)>,
    tries: Vec<Span>,
    /// How many loops of the statement are around.
    loops: usize,
}

impl<'t> Visit<'t> for Inside {
    fn stmt(&mut self, stmt: &'t Stmt) {
        let is_loop = matches!(stmt.kind, StmtKind::ForEach(_) | StmtKind::While { .. });
        match &stmt.kind {
            StmtKind::Return(_) => self.leaves.push((stmt.span, "returns")),
            StmtKind::Break if self.loops == 0 => self.leaves.push((stmt.span, "leaves the loop")),
            StmtKind::Continue if self.loops == 0 => self.leaves.push((stmt.span, "goes on with the next turn")),
            StmtKind::Try { body, .. } => self.tries.push(body.span),
            _ => {}
        }
        self.loops += usize::from(is_loop);
        walk_stmt(self, stmt);
        self.loops -= usize::from(is_loop);
    }
}

/// Finds the last statement of the block that begins with a statement.
struct Holder {
    first: Span,
    last: Option<Span>,
}

impl<'t> Visit<'t> for Holder {
    fn stmt(&mut self, stmt: &'t Stmt) {
        for block in blocks(stmt) {
            if counted(block).next().is_some_and(|first| first.span == self.first) {
                self.last = counted(block).last().map(|last| last.span);
            }
        }
        walk_stmt(self, stmt);
    }
}
