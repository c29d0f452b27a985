//! Conditions as steps that give a plain `bool`: comparisons, `&&`, `||`, `!`.

use std::cmp::Ordering;
use std::marker::PhantomData;

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp, deep};
use rainwright_value::{Value, compare, equals, same};

use super::Lowerer;
use super::operand::{Access, Arithmetic, Build, Build2, Const, Local, Operand, Quick, QuickOp, Right, shape, shapes};
use super::operator::Remainder;
use crate::error::{At, Checked, OrRaise, RuntimeError, Walked};
use crate::vm::{Frame, Test, Vm};

/// A lowered condition, in the shape that allows the best step around it.
pub(crate) trait Condition: 'static {
    fn holds(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<bool>;
}

impl Condition for Test {
    #[inline(always)]
    fn holds(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<bool> {
        self(vm, frame)
    }
}

/// A statement that is built around a condition.
pub(crate) trait Around {
    /// What is built.
    type Out;
    /// Builds it around one kind of condition.
    fn around<T: Condition>(self, condition: T) -> Self::Out;
}

impl Lowerer<'_> {
    /// Builds a statement around a condition: a variable compared with a variable or constant needs no step of its own.
    pub(crate) fn around<T: Around>(&mut self, condition: &Expr, statement: T) -> T::Out {
        if let ExprKind::Binary { op, left, right, .. } = &condition.kind
            && is_comparison(*op)
        {
            let span = condition.span;
            return match (self.operand(left), self.operand(right)) {
                (Operand::Local(a), Operand::Const(b)) => inlined(*op, Local(a), Const(b), span, statement),
                (Operand::Local(a), Operand::Local(b)) => inlined(*op, Local(a), Local(b), span, statement),
                (Operand::Quick(quick), Operand::Const(b)) if quick.is_remainder() => {
                    divisible(*op, quick, Const(b), span, statement)
                }
                (a, b) => statement.around(comparison(*op, a, b, span)),
            };
        }
        let test = self.test(condition);
        statement.around(test)
    }

    /// Lowers an expression whose value is asked as true or false.
    pub(crate) fn test(&mut self, expr: &Expr) -> Test {
        self.deeper(|l| l.shallow_test(expr))
    }

    fn shallow_test(&mut self, expr: &Expr) -> Test {
        match &expr.kind {
            ExprKind::Paren(inner) => self.test(inner),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let inner = self.negated(operand);
                Box::new(move |vm, frame| Some(!inner(vm, frame)?))
            }
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } if self.world.options.profile.or_before_and => {
                self.or_first(expr)
            }
            ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
                if matches!(left.kind, ExprKind::Name(_)) {
                    let operand = self.operand(left);
                    return shape(operand, FlagAnd { span: left.span, right: self.test(right) });
                }
                let (left, right) = (self.test(left), self.test(right));
                Box::new(move |vm, frame| Some(left(vm, frame)? && right(vm, frame)?))
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right, .. } => {
                let (left, right) = (self.test(left), self.test(right));
                Box::new(move |vm, frame| Some(left(vm, frame)? || right(vm, frame)?))
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

impl Lowerer<'_> {
    /// The operand of a `!`. A number here is mostly the left side of a comparison that the `!` was meant for.
    pub(super) fn negated(&mut self, operand: &Expr) -> Test {
        match operand.kind {
            ExprKind::Paren(_) | ExprKind::Unary { .. } | ExprKind::Binary { .. } => self.test(operand),
            _ => {
                let inner = self.operand(operand);
                shape(inner, NegatedTruth(operand.span))
            }
        }
    }

    /// A chain of `&&` and `||` in the order of Creator, where `||` binds tighter.
    fn or_first(&mut self, expr: &Expr) -> Test {
        let groups = all_of_any(expr);
        let groups: Vec<Vec<Test>> =
            groups.into_iter().map(|group| group.into_iter().map(|term| self.test(term)).collect()).collect();
        Box::new(move |vm, frame| {
            'groups: for group in &groups {
                for test in group {
                    if test(vm, frame)? {
                        continue 'groups;
                    }
                }
                return Some(false);
            }
            Some(true)
        })
    }
}

/// The terms of a chain as Creator reads it: one of each group must hold.
pub(super) fn all_of_any(expr: &Expr) -> Vec<Vec<&Expr>> {
    let mut groups: Vec<Vec<&Expr>> = Vec::new();
    let mut chain = Vec::new();
    flatten(expr, BinaryOp::And, &mut chain);
    for (op, term) in chain {
        match groups.last_mut() {
            Some(group) if op == BinaryOp::Or => group.push(term),
            _ => groups.push(vec![term]),
        }
    }
    groups
}

/// The terms of a chain without parentheses, each with the operator in front of it.
fn flatten<'e>(expr: &'e Expr, before: BinaryOp, chain: &mut Vec<(BinaryOp, &'e Expr)>) {
    deep(|| match &expr.kind {
        ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. } => {
            flatten(left, before, chain);
            flatten(right, *op, chain);
        }
        _ => chain.push((before, expr)),
    });
}

/// A value as true or false.
struct Truth(Span);

impl Build for Truth {
    type Out = Test;
    fn build<A: Access>(self, a: A) -> Test {
        let span = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            is_true(vm, a.view(&held, frame), span)
        })
    }
}

/// The value after a `!` as true or false.
struct NegatedTruth(Span);

impl Build for NegatedTruth {
    type Out = Test;
    fn build<A: Access>(self, a: A) -> Test {
        let span = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            match a.view(&held, frame) {
                Value::Bool(b) => Some(b.get()),
                other => truth(other, span, "! comes before comparisons: write !(x > 0) for the opposite of x > 0.")
                    .or_raise(vm),
            }
        })
    }
}

/// Whether an operator gives true or false.
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    !matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Remainder
            | BinaryOp::And
            | BinaryOp::Or
    )
}

#[inline(always)]
fn is_true(vm: &mut Vm<'_>, value: &Value, span: Span) -> Walked<bool> {
    match value {
        Value::Bool(b) => Some(b.get()),
        other => truth(other, span, "Compare it with something: x == y, x != null.").or_raise(vm),
    }
}

/// Null counts as false, the texts `true` and `false` as what they say.
#[cold]
fn truth(value: &Value, span: Span, help: &'static str) -> Checked<bool> {
    match value {
        Value::Bool(b) => Ok(b.get()),
        Value::Null => Ok(false),
        Value::Text(t) if t.as_str().eq_ignore_ascii_case("true") => Ok(true),
        Value::Text(t) if t.as_str().eq_ignore_ascii_case("false") => Ok(false),
        other => {
            let message = format!("A condition is true or false, but found {}", other.kind());
            Err(RuntimeError::new(Problem::new(Code::WrongKind, message).with_help(help), span))
        }
    }
}

/// One comparison of two values.
trait Compare: 'static {
    /// Whether it asks for an order, which some products do not give to texts.
    const ORDERS: bool = false;

    /// The answer for whole numbers, when it needs no more care.
    fn whole(a: i64, b: i64) -> Option<bool>;
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool>;
}

macro_rules! orders {
    ($($name:ident $whole:tt $accepts:pat),+) => {$(
        struct $name;
        impl Compare for $name {
            const ORDERS: bool = true;

            #[inline(always)]
            fn whole(a: i64, b: i64) -> Option<bool> {
                Some(a $whole b)
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
    fn whole(a: i64, b: i64) -> Option<bool> {
        Some(a == b)
    }
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
        Ok(equals(a, b))
    }
}

struct NotEqual;
impl Compare for NotEqual {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<bool> {
        Some(a != b)
    }
    fn any(a: &Value, b: &Value) -> rainwright_value::Result<bool> {
        Ok(!equals(a, b))
    }
}

struct In;
impl Compare for In {
    #[inline(always)]
    fn whole(_: i64, _: i64) -> Option<bool> {
        None
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
    let help =
        format!("{} and {} have no order; compare numbers with numbers and dates with dates.", a.kind(), b.kind());
    Box::new(Problem::new(code, "An error occurred while performing this action").with_help(help))
}

fn order(a: &Value, b: &Value) -> rainwright_value::Result<Ordering> {
    compare(a, b).ok_or_else(|| cannot_order(a, b))
}

/// A comparison of two operands.
struct Compared<C, A, B> {
    a: A,
    b: B,
    span: Span,
    compare: PhantomData<C>,
}

impl<C: Compare, A: Access, B: Access> Condition for Compared<C, A, B> {
    #[inline(always)]
    fn holds(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<bool> {
        let held_a = self.a.hold(vm, frame)?;
        let held_b = self.b.hold(vm, frame)?;
        let (x, y) = (self.a.view(&held_a, frame), self.b.view(&held_b, frame));
        if let (Value::Number(x), Value::Number(y)) = (x, y)
            && let Some(holds) = C::whole(*x, *y)
        {
            // Whole numbers own nothing; this spares asking them.
            std::mem::forget((held_a, held_b));
            return Some(holds);
        }
        slow::<C>(vm, x, y, self.span)
    }
}

/// The way for everything but whole numbers: out of line, so that the short way needs no room on the stack.
#[inline(never)]
fn slow<C: Compare>(vm: &mut Vm<'_>, x: &Value, y: &Value, span: Span) -> Walked<bool> {
    let texts = matches!((x, y), (Value::Text(_), Value::Text(_)));
    if C::ORDERS && texts && !vm.cx.profile.order_texts {
        return Err(cannot_order(x, y)).at(span).or_raise(vm);
    }
    if C::ORDERS && (x.is_null() || y.is_null()) && !vm.program.null_order_fails {
        return Some(false);
    }
    C::any(x, y).at(span).or_raise(vm)
}

struct AsTest<C> {
    span: Span,
    compare: PhantomData<C>,
}

impl<C: Compare> Build2 for AsTest<C> {
    type Out = Test;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Test {
        let compared = Compared { a, b, span: self.span, compare: self.compare };
        Box::new(move |vm, frame| compared.holds(vm, frame))
    }
}

fn build<C: Compare>(a: Operand, b: Operand, span: Span) -> Test {
    shapes(a, b, AsTest::<C> { span, compare: PhantomData })
}

/// `flag && test`, as in `while(searching && i < n)`: the variable needs no step of its own.
struct FlagAnd {
    span: Span,
    right: Test,
}

impl Build for FlagAnd {
    type Out = Test;
    fn build<A: Access>(self, a: A) -> Test {
        let FlagAnd { span, right } = self;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let left = is_true(vm, a.view(&held, frame), span)?;
            Some(left && right(vm, frame)?)
        })
    }
}

/// Builds a statement around `x % y == c` and `x % y != c`, which ask whether a number is divisible.
fn divisible<T: Around>(op: BinaryOp, quick: Quick, c: Const, span: Span, statement: T) -> T::Out {
    fn with<C: Compare, B: Access<Held = ()>, T: Around>(
        remainder: Arithmetic<Remainder, B>,
        c: Const,
        span: Span,
        statement: T,
    ) -> T::Out {
        statement.around(Compared { a: remainder, b: c, span, compare: PhantomData::<C> })
    }
    let Quick { slot, right, span: inner, .. } = quick;
    match (op, right) {
        (BinaryOp::Equal, Right::Const(y)) => {
            with::<Equal, _, _>(Arithmetic::new(slot, Const(y), inner), c, span, statement)
        }
        (BinaryOp::Equal, Right::Local(y)) => {
            with::<Equal, _, _>(Arithmetic::new(slot, Local(y), inner), c, span, statement)
        }
        (BinaryOp::NotEqual, Right::Const(y)) => {
            with::<NotEqual, _, _>(Arithmetic::new(slot, Const(y), inner), c, span, statement)
        }
        (BinaryOp::NotEqual, Right::Local(y)) => {
            with::<NotEqual, _, _>(Arithmetic::new(slot, Local(y), inner), c, span, statement)
        }
        (op, right) => {
            let quick = Operand::Quick(Quick { op: QuickOp::Remainder, slot, right, span: inner });
            statement.around(comparison(op, quick, c.into(), span))
        }
    }
}

/// Builds a statement around a comparison of two operands that are read in place.
fn inlined<A: Access, B: Access, T: Around>(op: BinaryOp, a: A, b: B, span: Span, statement: T) -> T::Out
where
    Operand: From<A> + From<B>,
{
    fn of<C, A, B>(a: A, b: B, span: Span) -> Compared<C, A, B> {
        Compared { a, b, span, compare: PhantomData }
    }
    match op {
        BinaryOp::Less => statement.around(of::<Less, A, B>(a, b, span)),
        BinaryOp::LessEqual => statement.around(of::<LessEqual, A, B>(a, b, span)),
        BinaryOp::Greater => statement.around(of::<Greater, A, B>(a, b, span)),
        BinaryOp::GreaterEqual => statement.around(of::<GreaterEqual, A, B>(a, b, span)),
        BinaryOp::Equal => statement.around(of::<Equal, A, B>(a, b, span)),
        BinaryOp::NotEqual => statement.around(of::<NotEqual, A, B>(a, b, span)),
        _ => statement.around(comparison(op, a.into(), b.into(), span)),
    }
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
            Box::new(move |vm, frame| Some(!inside(vm, frame)?))
        }
        BinaryOp::Like => Box::new(move |vm, _| {
            let message = "This operator belongs into the criteria of a record query";
            let problem = Problem::new(Code::WrongKind, message).with_help("Use contains() or startsWith() instead.");
            vm.raise(RuntimeError::new(problem, span))
        }),
        _ => build::<Equal>(a, b, span),
    }
}
