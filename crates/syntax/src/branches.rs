//! The branches and statements of a script that a run can reach: what coverage counts.

use rainwright_diagnostic::Span;

use crate::ast::{Block, Expr, Stmt, StmtKind, Tree};
use crate::visit::{Visit, walk, walk_stmt};

/// A side of a branch that can be reached or not.
#[derive(Clone, Debug)]
pub struct Goal<'t> {
    /// The statement that branches.
    pub at: Span,
    /// What it takes to reach it.
    pub kind: GoalKind<'t>,
}

/// What it takes to reach a side.
#[derive(Clone, Debug)]
pub enum GoalKind<'t> {
    /// A branch of an `if`: all conditions before it fail, its own holds. For the last side none holds.
    Side {
        /// The conditions before it.
        failing: Vec<&'t Expr>,
        /// Its own condition.
        holding: Option<&'t Expr>,
        /// The first statement of its block.
        block: Option<Span>,
        /// For a last side without statements: the first statements of the other blocks.
        blocks: Vec<Option<Span>>,
    },
    /// The body of a loop.
    Loop {
        /// What is walked, or the condition.
        over: &'t Expr,
        /// The first statement of its body.
        block: Option<Span>,
        /// Whether it is a `while`.
        is_while: bool,
    },
    /// The handler of a `catch`.
    Caught {
        /// The first statement of the handler.
        block: Option<Span>,
        /// What may fail.
        body: Span,
    },
}

impl Goal<'_> {
    /// Whether it was reached, by how often each statement was executed.
    #[must_use]
    pub fn is_reached(&self, times: impl Fn(Span) -> u64) -> bool {
        match &self.kind {
            GoalKind::Side { block: Some(block), .. } => times(*block) > 0,
            GoalKind::Side { holding: Some(_), .. } => times(self.at) > 0,
            GoalKind::Side { blocks, .. } => {
                if blocks.iter().any(Option::is_none) {
                    return times(self.at) > 0;
                }
                let taken: u64 = blocks.iter().flatten().map(|block| times(*block)).sum();
                times(self.at) > taken
            }
            GoalKind::Loop { block, .. } | GoalKind::Caught { block, .. } => {
                block.map_or(times(self.at) > 0, |block| times(block) > 0)
            }
        }
    }

    /// What the side is, for people.
    #[must_use]
    pub fn describe(&self, source: &str) -> String {
        let text = |expr: &Expr| shorten(source.get(expr.span.range()).unwrap_or_default());
        match &self.kind {
            GoalKind::Side { holding: Some(holding), .. } => format!("{} never held", text(holding)),
            GoalKind::Side { failing, .. } => {
                let all: Vec<String> = failing.iter().map(|expr| text(expr)).collect();
                format!("{} always held", all.join(" or "))
            }
            GoalKind::Loop { over, is_while: true, .. } => format!("{} never held", text(over)),
            GoalKind::Loop { over, .. } => format!("{} was always empty", text(over)),
            GoalKind::Caught { .. } => "nothing in the try block failed".into(),
        }
    }
}

fn shorten(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 70 { text.chars().take(69).chain(['…']).collect() } else { text }
}

/// The first statement of a block that is counted.
fn first(block: &Block) -> Option<Span> {
    block.statements.iter().find(|stmt| !matches!(stmt.kind, StmtKind::Empty)).map(|stmt| stmt.span)
}

/// All sides of all branches, in the order of the source.
#[must_use]
pub fn goals(tree: &Tree) -> Vec<Goal<'_>> {
    let mut found = Goals(Vec::new());
    walk(&mut found, tree);
    found.0
}

/// All statements that are counted, in the order of the source.
#[must_use]
pub fn statements(tree: &Tree) -> Vec<Span> {
    let mut found = Statements(Vec::new());
    walk(&mut found, tree);
    found.0
}

struct Statements(Vec<Span>);

impl<'t> Visit<'t> for Statements {
    fn stmt(&mut self, stmt: &'t Stmt) {
        if !matches!(stmt.kind, StmtKind::Empty) {
            self.0.push(stmt.span);
        }
        walk_stmt(self, stmt);
    }
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
