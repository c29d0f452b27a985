//! Chains of `+`: a text grows in place instead of being copied at every plus.

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};
use rainwright_value::{self as value, Value};

use super::Lowerer;
use super::operand::{Access, Build, Operand, shape};
use crate::error::{At, OrRaise, Walked};
use crate::vm::{Flow, Frame, Node, Statement, Vm};

/// One operand of a chain.
enum Piece {
    Const(Value),
    Local(usize),
    Node(Node),
}

impl From<Operand> for Piece {
    fn from(operand: Operand) -> Self {
        match operand {
            Operand::Const(value) => Piece::Const(value),
            Operand::Local(slot) => Piece::Local(slot),
            operand => Piece::Node(operand.into_node()),
        }
    }
}

impl Lowerer<'_> {
    /// `a + b + c…` of three or more operands.
    pub(crate) fn concatenation(&mut self, expr: &Expr) -> Option<Node> {
        let operands = spine(expr);
        let [first, rest @ ..] = operands.as_slice() else { return None };
        if rest.len() < 2 {
            return None;
        }
        let span = expr.span;
        let first = self.node(first);
        let rest: Box<[Piece]> = rest.iter().map(|e| self.operand(e).into()).collect();
        Some(Box::new(move |vm, frame| {
            let mut sum = first(vm, frame)?;
            for piece in &rest {
                match piece {
                    Piece::Const(value) => append(&mut sum, value, vm).at(span).or_raise(vm)?,
                    Piece::Local(slot) => append(&mut sum, &frame[*slot], vm).at(span).or_raise(vm)?,
                    Piece::Node(node) => {
                        let value = node(vm, frame)?;
                        append(&mut sum, &value, vm).at(span).or_raise(vm)?;
                    }
                }
            }
            Some(sum)
        }))
    }

    /// `x = x + e…`: the variable itself grows. `None` when the statement has another shape.
    pub(crate) fn append_in_place(&mut self, slot: usize, name: &str, value: &Expr) -> Option<Statement> {
        let operands = spine(value);
        let [first, rest @ ..] = operands.as_slice() else { return None };
        if !matches!(&first.kind, ExprKind::Name(n) if n == name) || rest.is_empty() {
            return None;
        }
        let (span, line) = (value.span, self.line);
        if rest.len() == 1 {
            return Some(self.add_one_in_place(slot, rest[0], value));
        }
        // The temporaries hold what is computed, so that the variable changes only when nothing can fail any more.
        self.with_temps(rest.len(), |this, at| {
            let pieces: Box<[Piece]> = rest.iter().map(|e| this.operand(e).into()).collect();
            if pieces.iter().any(|piece| matches!(piece, Piece::Local(other) if *other == slot)) {
                return None;
            }
            let step: Statement = Box::new(move |vm, frame| {
                let computed = compute(vm, frame, at, &pieces);
                match computed.and_then(|()| sum_up(vm, frame, slot, at, &pieces, span)) {
                    Some(()) => Flow::Next,
                    None => vm.fail(line),
                }
            });
            Some(step)
        })
    }

    /// `x = x + e`.
    fn add_one_in_place(&mut self, slot: usize, operand: &Expr, value: &Expr) -> Statement {
        let (span, line) = (value.span, self.line);
        match self.operand(operand) {
            Operand::Const(Value::Number(n)) => Box::new(move |vm, frame| {
                if let Value::Number(x) = &mut frame[slot]
                    && let Some(sum) = x.checked_add(n)
                {
                    *x = sum;
                    return Flow::Next;
                }
                store_sum(vm, frame, slot, &Value::Number(n), span, line)
            }),
            Operand::Const(value) => Box::new(move |vm, frame| store_sum(vm, frame, slot, &value, span, line)),
            Operand::Local(other) if other != slot => Box::new(move |vm, frame| {
                if let (Value::Number(x), Value::Number(y)) = (&frame[slot], &frame[other])
                    && let Some(sum) = x.checked_add(*y)
                {
                    frame[slot] = Value::Number(sum);
                    return Flow::Next;
                }
                let value = frame[other].clone();
                store_sum(vm, frame, slot, &value, span, line)
            }),
            operand => shape(operand, Increase { slot, span, line }),
        }
    }
}

/// `x = x + e` for a computed `e`.
struct Increase {
    slot: usize,
    span: Span,
    line: u32,
}

impl Build for Increase {
    type Out = Statement;
    fn build<A: Access>(self, a: A) -> Statement {
        let Increase { slot, span, line } = self;
        Box::new(move |vm, frame| {
            let held = match a.hold(vm, frame) {
                Some(held) => held,
                None => return vm.fail(line),
            };
            let value = a.take(held, frame);
            if let (Value::Number(x), Value::Number(y)) = (&mut frame[slot], &value)
                && let Some(sum) = x.checked_add(*y)
            {
                *x = sum;
                return Flow::Next;
            }
            store_sum(vm, frame, slot, &value, span, line)
        })
    }
}

/// `frame[slot] = frame[slot] + value`, growing a text in place.
fn store_sum(vm: &mut Vm<'_>, frame: &mut Frame, slot: usize, value: &Value, span: Span, line: u32) -> Flow {
    match append(&mut frame[slot], value, vm).at(span).or_raise(vm) {
        Some(()) => Flow::Next,
        None => vm.fail(line),
    }
}

/// Computes what must be computed, in order, into the temporaries.
fn compute(vm: &mut Vm<'_>, frame: &mut Frame, at: usize, pieces: &[Piece]) -> Walked<()> {
    for (i, piece) in pieces.iter().enumerate() {
        if let Piece::Node(node) = piece {
            let value = node(vm, frame)?;
            frame[at + i].put(value);
        }
    }
    Some(())
}

/// Adds all pieces to the variable.
fn sum_up(vm: &mut Vm<'_>, frame: &mut Frame, slot: usize, at: usize, pieces: &[Piece], span: Span) -> Walked<()> {
    let mut sum = std::mem::take(&mut frame[slot]);
    // Only a text grows in place, and adding to a text cannot fail half way for another reason than its size.
    let before = if matches!(sum, Value::Text(_)) { Value::Null } else { sum.clone() };
    for (i, piece) in pieces.iter().enumerate() {
        let added = match piece {
            Piece::Const(value) => append(&mut sum, value, vm),
            Piece::Local(other) => append(&mut sum, &frame[*other], vm),
            Piece::Node(_) => append(&mut sum, &std::mem::take(&mut frame[at + i]), vm),
        };
        if let Err(problem) = added {
            frame[slot] = if matches!(before, Value::Null) { sum } else { before };
            return Err(problem).at(span).or_raise(vm);
        }
    }
    frame[slot] = sum;
    Some(())
}

/// `sum = sum + value`; a text that nobody else holds grows in place.
#[inline]
pub(crate) fn append(sum: &mut Value, value: &Value, vm: &Vm<'_>) -> value::Result<()> {
    match (&mut *sum, value) {
        (Value::Number(x), Value::Number(y)) => {
            if let Some(total) = x.checked_add(*y) {
                *x = total;
                return Ok(());
            }
        }
        (Value::Text(text), _) => {
            if let Some(text) = std::rc::Rc::get_mut(text) {
                match value {
                    Value::Text(more) => {
                        // A text may take twice its length while it grows.
                        let added = more.as_str().len();
                        bounded(text.as_str().len() + added, added, added, vm)?;
                        text.push(more);
                    }
                    other => {
                        let before = text.as_str().len();
                        text.push_with(|out| other.write(out, &vm.cx.locale));
                        let added = text.as_str().len() - before;
                        return bounded(text.as_str().len(), added, added, vm);
                    }
                }
                return Ok(());
            }
        }
        _ => {}
    }
    *sum = self::sum(sum, value, vm)?;
    Ok(())
}

/// `a + b` within the limit on texts.
pub(crate) fn sum(a: &Value, b: &Value, vm: &Vm<'_>) -> value::Result {
    let ((Value::Text(_), _) | (_, Value::Text(_))) = (a, b) else {
        return value::add(a, b, &vm.cx.locale);
    };
    if let (Value::Text(first), Value::Text(second)) = (a, b) {
        let bytes = first.as_str().len() + second.as_str().len();
        bounded(bytes, bytes, bytes, vm)?;
        return Ok(Value::from(value::concatenate(a, b, &vm.cx.locale)));
    }
    let text = value::concatenate(a, b, &vm.cx.locale);
    let bytes = text.as_str().len();
    bounded(bytes, bytes, 0, vm)?;
    Ok(Value::from(text))
}

/// Texts of more bytes are long.
const LONG: usize = 64 << 10;

/// A text doubles with every `s = s + s`: its size is looked at each time; that of all values when much was written, as a
/// thousand of those would come to be before the next regular look.
///
/// `more` is what comes on top of the memory that is counted already.
#[inline]
fn bounded(bytes: usize, written: usize, more: usize, vm: &Vm<'_>) -> value::Result<()> {
    if bytes <= LONG { Ok(()) } else { bounded_long(bytes, written, more, vm) }
}

#[cold]
#[inline(never)]
fn bounded_long(bytes: usize, written: usize, more: usize, vm: &Vm<'_>) -> value::Result<()> {
    if bytes > vm.cx.longest_text {
        let message = format!("A text grew beyond {} MiB.", vm.cx.longest_text >> 20);
        return Err(Box::new(Problem::new(Code::LimitReached, message)));
    }
    if written <= LONG {
        return Ok(());
    }
    vm.look_soon();
    value::budget::charge_bytes(more)?;
    // Counted for a moment, so that the run ends before the memory is taken.
    value::memory::Held::new(more).map(drop)
}

/// The operands of `a + b + c`, from left to right; parentheses end the chain.
fn spine(expr: &Expr) -> Vec<&Expr> {
    let mut operands = Vec::new();
    let mut at = expr;
    while let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &at.kind {
        operands.push(&**right);
        at = left;
    }
    operands.push(at);
    operands.reverse();
    operands
}
