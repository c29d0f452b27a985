//! What an operator works on: a variable or a constant is read in place, anything else is computed first.
//!
//! An expression cannot assign variables, so reading a variable after the other side was computed sees the same value.

use std::marker::PhantomData;

use rainwright_diagnostic::Span;
use rainwright_value::Value;

use super::method::Field;
use super::operator::{self, Operator};
use crate::error::Walked;
use crate::vm::{Frame, Node, Vm};

/// A lowered expression, in the shape that allows the best step around it.
pub(crate) enum Operand {
    /// A value known at load.
    Const(Value),
    /// A variable's slot.
    Local(usize),
    /// Arithmetic on a variable and something read in place: computed without a step of its own.
    Quick(Quick),
    /// What a map in a variable has under a key that is written in the script: read without a step of its own.
    Field(Field),
    /// Anything else.
    Node(Node),
}

/// `x op y`, where `x` is a variable and `y` a variable or a constant.
pub(crate) struct Quick {
    pub(crate) op: QuickOp,
    pub(crate) slot: usize,
    pub(crate) right: Right,
    pub(crate) span: Span,
}

impl Quick {
    /// Whether it is `x % y`.
    pub(crate) fn is_remainder(&self) -> bool {
        matches!(self.op, QuickOp::Remainder)
    }
}

/// The operators that have quick forms.
#[derive(Clone, Copy)]
pub(crate) enum QuickOp {
    Add,
    Subtract,
    Multiply,
    Remainder,
}

/// The right side of a quick form.
pub(crate) enum Right {
    Const(Value),
    Local(usize),
}

impl Operand {
    /// The operand as a step that gives its value.
    pub(crate) fn into_node(self) -> Node {
        match self {
            Operand::Const(value) => Box::new(move |_, _| Some(value.clone())),
            Operand::Local(slot) => Box::new(move |_, frame| Some(frame[slot].clone())),
            Operand::Node(node) => node,
            quick => shape(quick, AsNode),
        }
    }
}

/// Gives access to an operand; one type for each shape, so that each combination becomes its own machine code.
pub(crate) trait Access: 'static {
    /// What must be kept while the value is looked at.
    type Held;
    /// Computes what cannot be read in place.
    fn hold(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<Self::Held>;
    /// The value.
    fn view<'x>(&'x self, held: &'x Self::Held, frame: &'x Frame) -> &'x Value;
    /// The value, to keep.
    #[inline(always)]
    fn take(&self, held: Self::Held, frame: &Frame) -> Value {
        self.view(&held, frame).clone()
    }
}

/// A constant.
pub(crate) struct Const(pub(crate) Value);
/// A variable.
pub(crate) struct Local(pub(crate) usize);
impl From<Const> for Operand {
    fn from(constant: Const) -> Self {
        Operand::Const(constant.0)
    }
}

impl From<Local> for Operand {
    fn from(local: Local) -> Self {
        Operand::Local(local.0)
    }
}

/// A computed value.
pub(crate) struct Computed(pub(crate) Node);

impl Access for Const {
    type Held = ();
    #[inline(always)]
    fn hold(&self, _: &mut Vm<'_>, _: &mut Frame) -> Walked<()> {
        Some(())
    }
    #[inline(always)]
    fn view<'x>(&'x self, (): &'x (), _: &'x Frame) -> &'x Value {
        &self.0
    }
}

impl Access for Local {
    type Held = ();
    #[inline(always)]
    fn hold(&self, _: &mut Vm<'_>, _: &mut Frame) -> Walked<()> {
        Some(())
    }
    #[inline(always)]
    fn view<'x>(&'x self, (): &'x (), frame: &'x Frame) -> &'x Value {
        &frame[self.0]
    }
}

impl Access for Computed {
    type Held = Value;
    #[inline(always)]
    fn hold(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<Value> {
        (self.0)(vm, frame)
    }
    #[inline(always)]
    fn view<'x>(&'x self, held: &'x Value, _: &'x Frame) -> &'x Value {
        held
    }
    #[inline(always)]
    fn take(&self, held: Value, _: &Frame) -> Value {
        held
    }
}

/// Arithmetic on a variable and a value read in place.
pub(crate) struct Arithmetic<O, B> {
    slot: usize,
    right: B,
    span: Span,
    operator: PhantomData<O>,
}

impl<O, B> Arithmetic<O, B> {
    pub(crate) fn new(slot: usize, right: B, span: Span) -> Self {
        Arithmetic { slot, right, span, operator: PhantomData }
    }
}

impl<O: Operator, B: Access<Held = ()>> Access for Arithmetic<O, B> {
    type Held = Value;
    #[inline(always)]
    fn hold(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<Value> {
        let (x, y) = (&frame[self.slot], self.right.view(&(), frame));
        if let (Value::Number(x), Value::Number(y)) = (x, y)
            && let Some(result) = O::whole(*x, *y)
        {
            return Some(Value::Number(result));
        }
        operator::slow::<O>(vm, x, y, self.span)
    }
    #[inline(always)]
    fn view<'x>(&'x self, held: &'x Value, _: &'x Frame) -> &'x Value {
        held
    }
    #[inline(always)]
    fn take(&self, held: Value, _: &Frame) -> Value {
        held
    }
}

/// An operand as a step of its own.
struct AsNode;

impl Build for AsNode {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            Some(a.take(held, frame))
        })
    }
}

/// Something that is built for one shape of operand.
pub(crate) trait Build {
    /// What is built.
    type Out;
    /// Builds it for a shape.
    fn build<A: Access>(self, a: A) -> Self::Out;
}

/// Something that is built for a pair of shapes.
pub(crate) trait Build2 {
    /// What is built.
    type Out;
    /// Builds it for two shapes.
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Self::Out;
}

/// Builds for the shape that the operand has.
pub(crate) fn shape<T: Build>(operand: Operand, build: T) -> T::Out {
    match operand {
        Operand::Const(value) => build.build(Const(value)),
        Operand::Local(slot) => build.build(Local(slot)),
        Operand::Node(node) => build.build(Computed(node)),
        Operand::Field(field) => build.build(field),
        Operand::Quick(Quick { op, slot, right: Right::Const(value), span }) => {
            quick(op, slot, Const(value), span, build)
        }
        Operand::Quick(Quick { op, slot, right: Right::Local(other), span }) => {
            quick(op, slot, Local(other), span, build)
        }
    }
}

fn quick<T: Build, B: Access<Held = ()>>(op: QuickOp, slot: usize, right: B, span: Span, build: T) -> T::Out {
    match op {
        QuickOp::Add => build.build(Arithmetic::<operator::Add, B>::new(slot, right, span)),
        QuickOp::Subtract => build.build(Arithmetic::<operator::Subtract, B>::new(slot, right, span)),
        QuickOp::Multiply => build.build(Arithmetic::<operator::Multiply, B>::new(slot, right, span)),
        QuickOp::Remainder => build.build(Arithmetic::<operator::Remainder, B>::new(slot, right, span)),
    }
}

/// Builds for the shapes that the operands have.
pub(crate) fn shapes<T: Build2>(a: Operand, b: Operand, build: T) -> T::Out {
    shape(a, Left { b, build })
}

/// The right side of a pair, while the left one is being looked at.
struct Left<T> {
    b: Operand,
    build: T,
}

impl<T: Build2> Build for Left<T> {
    type Out = T::Out;
    fn build<A: Access>(self, a: A) -> T::Out {
        match self.b {
            Operand::Const(value) => self.build.build(a, Const(value)),
            Operand::Local(slot) => self.build.build(a, Local(slot)),
            b => self.build.build(a, Computed(b.into_node())),
        }
    }
}
