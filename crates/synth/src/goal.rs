//! The branches of a script: what each run reaches of them, and what it would take to reach the rest.

use std::collections::HashMap;

use rainwright::Reach;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Block, Expr, Stmt, StmtKind, Tree};
use rainwright_syntax::visit::{Visit, walk, walk_stmt};

/// A side of a branch that can be reached or not.
#[derive(Clone, Debug)]
pub(crate) struct Goal<'t> {
    /// The statement that branches.
    pub(crate) at: Span,
    pub(crate) kind: GoalKind<'t>,
}

#[derive(Clone, Debug)]
pub(crate) enum GoalKind<'t> {
    /// A branch of an `if`: all conditions before it fail, its own holds. For the last side none holds.
    Side { failing: Vec<&'t Expr>, holding: Option<&'t Expr>, block: Option<Span>, blocks: Vec<Option<Span>> },
    /// The body of a loop.
    Loop { over: &'t Expr, block: Option<Span>, is_while: bool },
    /// The handler of a `catch`.
    Caught { block: Option<Span>, body: Span },
}

impl Goal<'_> {
    /// Whether a run reached it.
    pub(crate) fn is_reached(&self, times: &Times) -> bool {
        match &self.kind {
            GoalKind::Side { block: Some(block), .. } => times.of(*block) > 0,
            GoalKind::Side { holding: Some(_), .. } => times.of(self.at) > 0,
            GoalKind::Side { blocks, .. } => {
                if blocks.iter().any(Option::is_none) {
                    return times.of(self.at) > 0;
                }
                let taken: u64 = blocks.iter().flatten().map(|block| times.of(*block)).sum();
                times.of(self.at) > taken
            }
            GoalKind::Loop { block, .. } | GoalKind::Caught { block, .. } => {
                block.map_or(times.of(self.at) > 0, |block| times.of(block) > 0)
            }
        }
    }

    /// What the side is, for people.
    pub(crate) fn describe(&self, source: &str) -> String {
        let text = |expr: &Expr| shorten(source.get(expr.span.range()).unwrap_or_default());
        match &self.kind {
            GoalKind::Side { holding: Some(holding), .. } => format!("{} never holds", text(holding)),
            GoalKind::Side { failing, .. } => {
                let all: Vec<String> = failing.iter().map(|expr| text(expr)).collect();
                format!("{} always holds", all.join(" or "))
            }
            GoalKind::Loop { over, is_while: true, .. } => format!("{} never holds", text(over)),
            GoalKind::Loop { over, .. } => format!("{} is always empty", text(over)),
            GoalKind::Caught { .. } => "nothing in the try block fails".into(),
        }
    }
}

fn shorten(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 70 { text.chars().take(69).chain(['…']).collect() } else { text }
}

/// How often each statement of the script ran.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(HashMap<Span, u64>);

impl Times {
    pub(crate) fn new(reach: &[Reach]) -> Self {
        Self(reach.iter().filter(|reach| reach.source == 0).map(|reach| (reach.span, reach.times)).collect())
    }

    pub(crate) fn of(&self, span: Span) -> u64 {
        self.0.get(&span).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many statements ran at least once.
    pub(crate) fn size(&self) -> usize {
        self.0.values().filter(|times| **times > 0).count()
    }

    /// The statements that ran.
    pub(crate) fn reached(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().filter(|(_, times)| **times > 0).map(|(span, _)| *span)
    }
}

/// The first statement of a block that is counted.
fn first(block: &Block) -> Option<Span> {
    block.statements.iter().find(|stmt| !matches!(stmt.kind, StmtKind::Empty)).map(|stmt| stmt.span)
}

/// All sides of all branches, in the order of the source.
pub(crate) fn goals(tree: &Tree) -> Vec<Goal<'_>> {
    let mut found = Goals(Vec::new());
    walk(&mut found, tree);
    found.0
}

struct Goals<'t>(Vec<Goal<'t>>);

impl<'t> Visit<'t> for Goals<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        let at = stmt.span;
        match &stmt.kind {
            StmtKind::If { branches, otherwise } => {
                let mut failing = Vec::new();
                for (condition, block) in branches {
                    let (before, block) = (failing.clone(), first(block));
                    let kind = GoalKind::Side { failing: before, holding: Some(condition), block, blocks: Vec::new() };
                    self.0.push(Goal { at, kind });
                    failing.push(condition);
                }
                let block = otherwise.as_ref().and_then(first);
                // Without statements of its own the last side shows in the difference: the `if` ran and no block did.
                let blocks = branches.iter().filter(|_| block.is_none()).map(|(_, block)| first(block)).collect();
                self.0.push(Goal { at, kind: GoalKind::Side { failing, holding: None, block, blocks } });
            }
            StmtKind::ForEach(each) => {
                let kind = GoalKind::Loop { over: &each.iterable, block: first(&each.body), is_while: false };
                self.0.push(Goal { at, kind });
            }
            StmtKind::While { condition, body } => {
                let kind = GoalKind::Loop { over: condition, block: first(body), is_while: true };
                self.0.push(Goal { at, kind });
            }
            StmtKind::Try { body, handler, .. } => {
                self.0.push(Goal { at, kind: GoalKind::Caught { block: first(handler), body: body.span } });
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}
