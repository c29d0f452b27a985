//! Conditions as steps that give a plain `bool`: comparisons, `&&`, `||`, `!`.

use std::cmp::Ordering;

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use rainwright_value::{Value, compare, equals, same};

use super::Lowerer;
use super::operand::{Access, Build, Build2, Operand, shape, shapes};
use crate::raised::{Raised, Walked};
use crate::vm::Test;

impl Lowerer<'_> {
    /// Lowers an expression whose value is asked as true or false.
    pub(crate) fn test(&mut self, expr: &Expr) -> Test {
        match &expr.kind {
            ExprKind::Paren(inner) => self.test(inner),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let inner = self.test(operand);
                Box::new(move |vm, frame| Ok(!inner(vm, frame)?))
            }
            ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
                let (left, right) = (self.test(left), self.test(right));
                Box::new(move |vm, frame| Ok(left(vm, frame)? && right(vm, frame)?))
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right, .. } => {
                let (left, right) = (self.test(left), self.test(right));
                Box::new(move |vm, frame| Ok(left(vm, frame)? || right(vm, frame)?))
            }
            ExprKind::Binary { op, left, right, .. } if is_comparison(*op) => {
                let (left, right) = (self.operand(left), self.operand(right));
                comparison(*op, left, right, expr.span)
            }
            _ => {
                let operand = self.operand(expr);
                shape(operand, Truth(expr.span))
            }
        }
    }
}

/// A value as true or false.
struct Truth(Span);

impl Build for Truth {
    type Out = Test;
    fn build<A: Access>(self, a: A) -> Test {
        let span = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            match a.view(&held, frame) {
                Value::Bool(b) => Ok(*b),
                other => truth(other, span),
            }
        })
    }
}

/// Whether an operator gives true or false.
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    !matches!(
        op,
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder | BinaryOp::And | BinaryOp::Or
    )
}

/// Null counts as false, the texts `true` and `false` as what they say.
#[cold]
fn truth(value: &Value, span: Span) -> Walked<bool> {
    match value {
        Value::Bool(b) => Ok(*b),
        Value::Null => Ok(false),
        Value::Text(t) if t.as_str().eq_ignore_ascii_case("true") => Ok(true),
        Value::Text(t) if t.as_str().eq_ignore_ascii_case("false") => Ok(false),
        other => {
            let message = format!("A condition is true or false, but found {}", other.kind());
            let problem = Problem::new(Code::WrongKind, message).with_help("Compare it with something: x == y, x != null.");
            Err(Raised::new(problem, span))
        }
    }
}

/// One comparison of two values.
trait Compare: 'static {
    fn whole(a: i64, b: i64) -> bool;
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool>;
}

macro_rules! orders {
    ($($name:ident $whole:tt $accepts:pat),+) => {$(
        struct $name;
        impl Compare for $name {
            #[inline(always)]
            fn whole(a: i64, b: i64) -> bool {
                a $whole b
            }
            fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
                Ok(matches!(order(a, b)?, $accepts))
            }
        }
    )+};
}

orders!(
    Less < Ordering::Less,
    LessEqual <= Ordering::Less | Ordering::Equal,
    Greater > Ordering::Greater,
    GreaterEqual >= Ordering::Greater | Ordering::Equal
);

struct Equal;
impl Compare for Equal {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> bool {
        a == b
    }
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
        Ok(equals(a, b))
    }
}

struct NotEqual;
impl Compare for NotEqual {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> bool {
        a != b
    }
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
        Ok(!equals(a, b))
    }
}

struct In;
impl Compare for In {
    fn whole(a: i64, b: i64) -> bool {
        a == b
    }
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
        let list = rainwright_builtins::as_list(b).ok_or_else(|| {
            let message = format!("The operator in looks into a LIST, but found {}", b.kind());
            Box::new(Problem::new(Code::WrongKind, message))
        })?;
        let found = list.items().iter().any(|item| same(item, a));
        Ok(found)
    }
}

#[cold]
fn cannot_order(a: &Value, b: &Value) -> Box<Problem> {
    let code = if a.is_null() || b.is_null() { Code::NullValue } else { Code::WrongKind };
    let help = format!("{} and {} have no order; compare numbers with numbers and dates with dates.", a.kind(), b.kind());
    Box::new(Problem::new(code, "An error occurred while performing this action").with_help(help))
}

fn order(a: &Value, b: &Value) -> rainwright_value::Result<Ordering> {
    compare(a, b).ok_or_else(|| cannot_order(a, b))
}

struct Comparison<C> {
    span: Span,
    compare: std::marker::PhantomData<C>,
}

impl<C: Compare> Build2 for Comparison<C> {
    type Out = Test;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Test {
        let span = self.span;
        Box::new(move |vm, frame| {
            let held_a = a.hold(vm, frame)?;
            let held_b = b.hold(vm, frame)?;
            let (x, y) = (a.view(&held_a, frame), b.view(&held_b, frame));
            if let (Value::Number(x), Value::Number(y)) = (x, y) {
                return Ok(C::whole(*x, *y));
            }
            slow::<C>(x, y, span)
        })
    }
}

/// The way for everything but whole numbers: out of line, so that the short way needs no room on the stack.
#[inline(never)]
fn slow<C: Compare>(x: &Value, y: &Value, span: Span) -> Walked<bool> {
    C::any(x, y).map_err(|problem| Raised::new(*problem, span))
}

fn build<C: Compare>(a: Operand, b: Operand, span: Span) -> Test {
    shapes(a, b, Comparison::<C> { span, compare: std::marker::PhantomData })
}

fn comparison(op: BinaryOp, a: Operand, b: Operand, span: Span) -> Test {
    match op {
        BinaryOp::Less => build::<Less>(a, b, span),
        BinaryOp::LessEqual => build::<LessEqual>(a, b, span),
        BinaryOp::Greater => build::<Greater>(a, b, span),
        BinaryOp::GreaterEqual => build::<GreaterEqual>(a, b, span),
        BinaryOp::NotEqual | BinaryOp::IsNot => build::<NotEqual>(a, b, span),
        BinaryOp::In => build::<In>(a, b, span),
        BinaryOp::NotIn => {
            let inside = build::<In>(a, b, span);
            Box::new(move |vm, frame| Ok(!inside(vm, frame)?))
        }
        BinaryOp::Like | BinaryOp::Between => Box::new(move |_, _| {
            let message = "This operator belongs into the criteria of a record query";
            let problem = Problem::new(Code::WrongKind, message)
                .with_help("Use contains(), startsWith() or two comparisons instead.");
            Err(Raised::new(problem, span))
        }),
        _ => build::<Equal>(a, b, span),
    }
}
