//! Compares trees by what they say, not by the places of their nodes.

use rainwright_syntax::ast::{Block, Item, Stmt, StmtKind, Tree};
use std::fmt::{self, Write};

/// Whether two trees say the same: places do not count, and neither do empty statements.
#[must_use]
pub fn same_tree(a: &Tree, b: &Tree) -> bool {
    outline(a) == outline(b)
}

/// The tree as text without its places.
fn outline(tree: &Tree) -> String {
    let mut tree = tree.clone();
    tree.items.retain(|item| !matches!(item, Item::Statement(s) if matches!(s.kind, StmtKind::Empty)));
    for item in &mut tree.items {
        match item {
            Item::Function(function) => drop_empty(&mut function.body),
            Item::Statement(stmt) => drop_empty_in(stmt),
        }
    }
    let mut out = Spanless { out: String::new(), held: String::new() };
    // Writing to a text cannot fail.
    let _ = write!(out, "{tree:?}");
    out.finish()
}

fn drop_empty(block: &mut Block) {
    block.statements.retain(|stmt| !matches!(stmt.kind, StmtKind::Empty));
    block.statements.iter_mut().for_each(drop_empty_in);
}

fn drop_empty_in(stmt: &mut Stmt) {
    match &mut stmt.kind {
        StmtKind::If { branches, otherwise } => {
            branches.iter_mut().for_each(|(_, block)| drop_empty(block));
            otherwise.iter_mut().for_each(drop_empty);
        }
        StmtKind::ForEach(each) => drop_empty(&mut each.body),
        StmtKind::While { body, .. } => drop_empty(body),
        StmtKind::Try { body, handler, .. } => {
            drop_empty(body);
            drop_empty(handler);
        }
        _ => {}
    }
}

/// Takes the debug form of a tree and leaves the places out.
struct Spanless {
    out: String,
    /// What may be the beginning of a place.
    held: String,
}

impl Spanless {
    fn finish(mut self) -> String {
        self.out.push_str(&self.held);
        self.out
    }
}

impl Write for Spanless {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const START: &str = "Span { ";
        self.held.push_str(text);
        loop {
            match self.held.find(START) {
                Some(at) => {
                    self.out.push_str(&self.held[..at]);
                    self.held.drain(..at);
                    let Some(end) = self.held.find('}') else {
                        return Ok(());
                    };
                    self.held.drain(..=end);
                }
                None => {
                    // A place may be written in several pieces: its first letters wait.
                    let keep = (1..START.len()).rev().find(|n| self.held.ends_with(&START[..*n])).unwrap_or(0);
                    let upto = self.held.len() - keep;
                    self.out.push_str(&self.held[..upto]);
                    self.held.drain(..upto);
                    return Ok(());
                }
            }
        }
    }
}
