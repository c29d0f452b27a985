//! The arithmetic operators as steps, with the way for whole numbers inlined.

use rainwright_diagnostic::Span;
use rainwright_syntax::ast::BinaryOp;
use rainwright_value::{self as value, Locale, Value};

use super::operand::{Access, Build2, Operand, Quick, QuickOp, Right, shapes};
use crate::error::{At, OrRaise, Walked};
use crate::vm::{Node, Vm};

/// One operator on two values.
pub(crate) trait Operator: 'static {
    /// The result for whole numbers, when it needs no more care.
    fn whole(a: i64, b: i64) -> Option<i64>;
    /// The result for decimals of one word, when it needs no more care.
    fn short(a: &Value, b: &Value) -> Option<Value>;
    /// The result for any values.
    fn any(a: &Value, b: &Value, locale: &Locale) -> value::Result;
    /// As [`Operator::any`], within the limits of a run.
    fn result(vm: &Vm<'_>, a: &Value, b: &Value) -> value::Result {
        Self::any(a, b, &vm.cx.locale)
    }
}

pub(crate) struct Add;
pub(crate) struct Subtract;
pub(crate) struct Multiply;
pub(crate) struct Divide;
pub(crate) struct Remainder;

impl Operator for Add {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<i64> {
        a.checked_add(b)
    }
    #[inline(always)]
    fn short(a: &Value, b: &Value) -> Option<Value> {
        value::short::add(a, b)
    }
    fn any(a: &Value, b: &Value, locale: &Locale) -> value::Result {
        value::add(a, b, locale)
    }
    fn result(vm: &Vm<'_>, a: &Value, b: &Value) -> value::Result {
        super::concat::sum(a, b, vm)
    }
}

impl Operator for Subtract {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<i64> {
        a.checked_sub(b)
    }
    #[inline(always)]
    fn short(a: &Value, b: &Value) -> Option<Value> {
        value::short::subtract(a, b)
    }
    fn any(a: &Value, b: &Value, locale: &Locale) -> value::Result {
        value::subtract(a, b, locale)
    }
}

impl Operator for Multiply {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<i64> {
        a.checked_mul(b)
    }
    #[inline(always)]
    fn short(a: &Value, b: &Value) -> Option<Value> {
        value::short::multiply(a, b)
    }
    fn any(a: &Value, b: &Value, _: &Locale) -> value::Result {
        value::multiply(a, b)
    }
}

impl Operator for Divide {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<i64> {
        if b > 0 && a % b == 0 { Some(a / b) } else { None }
    }
    #[inline(always)]
    fn short(a: &Value, b: &Value) -> Option<Value> {
        value::short::divide(a, b)
    }
    fn any(a: &Value, b: &Value, _: &Locale) -> value::Result {
        value::divide(a, b)
    }
}

impl Operator for Remainder {
    #[inline(always)]
    fn whole(a: i64, b: i64) -> Option<i64> {
        if b <= 0 {
            return None;
        }
        // Most numbers are small, and dividing 32 bits takes a third of the time.
        if (a | b) >> 32 == 0 { Some((a as u32 % b as u32) as i64) } else { Some(a % b) }
    }
    #[inline(always)]
    fn short(a: &Value, b: &Value) -> Option<Value> {
        value::short::remainder(a, b)
    }
    fn any(a: &Value, b: &Value, _: &Locale) -> value::Result {
        value::remainder(a, b)
    }
}

struct Binary<O> {
    span: Span,
    operator: std::marker::PhantomData<O>,
}

impl<O: Operator> Build2 for Binary<O> {
    type Out = Node;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Node {
        let span = self.span;
        Box::new(move |vm, frame| {
            let held_a = a.hold(vm, frame)?;
            let held_b = b.hold(vm, frame)?;
            let (x, y) = (a.view(&held_a, frame), b.view(&held_b, frame));
            if let (Value::Number(x), Value::Number(y)) = (x, y)
                && let Some(result) = O::whole(*x, *y)
            {
                // Whole numbers own nothing; this spares asking them.
                std::mem::forget((held_a, held_b));
                return Some(Value::Number(result));
            }
            slow::<O>(vm, x, y, span)
        })
    }
}

/// The way for everything but whole numbers: out of line, so that the short way needs no room on the stack.
#[inline(never)]
pub(crate) fn slow<O: Operator>(vm: &mut Vm<'_>, x: &Value, y: &Value, span: Span) -> Walked {
    if let Some(result) = O::short(x, y) {
        return Some(result);
    }
    O::result(vm, x, y).at(span).or_raise(vm)
}

fn build<O: Operator>(a: Operand, b: Operand, span: Span) -> Node {
    shapes(a, b, Binary::<O> { span, operator: std::marker::PhantomData })
}

/// The quick form of arithmetic on a variable and something read in place; other operands come back.
pub(crate) fn quick(op: BinaryOp, a: Operand, b: Operand, span: Span) -> Result<Quick, (Operand, Operand)> {
    let op = match op {
        BinaryOp::Add => QuickOp::Add,
        BinaryOp::Subtract => QuickOp::Subtract,
        BinaryOp::Multiply => QuickOp::Multiply,
        BinaryOp::Remainder => QuickOp::Remainder,
        _ => return Err((a, b)),
    };
    match (a, b) {
        (Operand::Local(slot), Operand::Const(value)) => Ok(Quick { op, slot, right: Right::Const(value), span }),
        (Operand::Local(slot), Operand::Local(other)) => Ok(Quick { op, slot, right: Right::Local(other), span }),
        operands => Err(operands),
    }
}

/// The step for an arithmetic operator; `None` for the others.
pub(crate) fn arithmetic(op: BinaryOp, a: Operand, b: Operand, span: Span) -> Option<Node> {
    Some(match op {
        BinaryOp::Add => build::<Add>(a, b, span),
        BinaryOp::Subtract => build::<Subtract>(a, b, span),
        BinaryOp::Multiply => build::<Multiply>(a, b, span),
        BinaryOp::Divide => build::<Divide>(a, b, span),
        BinaryOp::Remainder => build::<Remainder>(a, b, span),
        _ => return None,
    })
}

/// The result of an arithmetic operator on two values known at load; errors are left to the run.
pub(crate) fn fold(op: BinaryOp, a: &Value, b: &Value, locale: &Locale) -> Option<Value> {
    match op {
        BinaryOp::Add => Add::any(a, b, locale),
        BinaryOp::Subtract => Subtract::any(a, b, locale),
        BinaryOp::Multiply => Multiply::any(a, b, locale),
        BinaryOp::Divide => Divide::any(a, b, locale),
        BinaryOp::Remainder => Remainder::any(a, b, locale),
        _ => return None,
    }
    .ok()
}
