//! XPath 1.0 over an XML document: axes, predicates, functions, namespaces.
//!
//! Source: W3C Recommendation "XML Path Language (XPath) Version 1.0". Variables have no place in Deluge and are refused.

mod evaluate;
mod function;
mod item;
mod lexer;
mod parser;

pub(super) use evaluate::{Evaluator, XPathValue};
pub(super) use item::Item;
pub(super) use parser::parse;

/// An expression.
#[derive(Debug)]
pub(super) enum Expr {
    /// Two operands and what joins them.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `-a`.
    Negate(Box<Expr>),
    /// A text.
    Literal(String),
    /// A number.
    Number(f64),
    /// A function with its arguments.
    Call(String, Vec<Expr>),
    /// A location path.
    Path(Path),
}

/// What joins two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Union,
}

/// A location path: where it starts and the steps from there.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

/// Where a path starts.
#[derive(Debug)]
pub(super) enum Start {
    /// At the context node.
    Here,
    /// At the root of the document.
    Root,
    /// At the nodes of an expression, filtered.
    Filter(Box<Expr>, Vec<Expr>),
}

/// One step: an axis, a test, predicates.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

/// The axes, by their names in XPath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

impl Axis {
    /// Whether it runs against the order of the document.
    pub(super) fn is_reverse(self) -> bool {
        matches!(self, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
    }
}

/// What a step keeps.
#[derive(Debug)]
pub(super) enum Test {
    /// `*`.
    Any,
    /// `p:*`.
    AnyIn(String),
    /// `name` or `p:name`.
    Name(Option<String>, String),
    /// `text()`.
    Text,
    /// `comment()`.
    Comment,
    /// `processing-instruction("target")`.
    Instruction(Option<String>),
    /// `node()`.
    Node,
}

#[cfg(test)]
mod tests;
