//! What an operator works on: a variable or a constant is read in place, anything else is computed first.
//!
//! An expression cannot assign variables, so reading a variable after the other side was computed sees the same value.

use rainwright_value::Value;

use crate::raised::Walked;
use crate::vm::{Frame, Node, Vm};

/// A lowered expression, in the shape that allows the best step around it.
pub(crate) enum Operand {
    /// A value known at load.
    Const(Value),
    /// A variable's slot.
    Local(usize),
    /// Anything else.
    Node(Node),
}

impl Operand {
    /// The operand as a step that gives its value.
    pub(crate) fn into_node(self) -> Node {
        match self {
            Operand::Const(value) => Box::new(move |_, _| Ok(value.clone())),
            Operand::Local(slot) => Box::new(move |_, frame| Ok(frame[slot].clone())),
            Operand::Node(node) => node,
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
}

/// A constant.
pub(crate) struct Const(pub(crate) Value);
/// A variable.
pub(crate) struct Local(pub(crate) usize);
/// A computed value.
pub(crate) struct Computed(pub(crate) Node);

impl Access for Const {
    type Held = ();
    #[inline(always)]
    fn hold(&self, _: &mut Vm<'_>, _: &mut Frame) -> Walked<()> {
        Ok(())
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
        Ok(())
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
    }
}

/// Builds for the shapes that the operands have.
pub(crate) fn shapes<T: Build2>(a: Operand, b: Operand, build: T) -> T::Out {
    match (a, b) {
        (Operand::Local(a), Operand::Const(b)) => build.build(Local(a), Const(b)),
        (Operand::Local(a), Operand::Local(b)) => build.build(Local(a), Local(b)),
        (Operand::Local(a), Operand::Node(b)) => build.build(Local(a), Computed(b)),
        (Operand::Node(a), Operand::Const(b)) => build.build(Computed(a), Const(b)),
        (Operand::Node(a), Operand::Local(b)) => build.build(Computed(a), Local(b)),
        (Operand::Node(a), Operand::Node(b)) => build.build(Computed(a), Computed(b)),
        (Operand::Const(a), b) => match b {
            Operand::Local(b) => build.build(Const(a), Local(b)),
            Operand::Const(b) => build.build(Const(a), Computed(Operand::Const(b).into_node())),
            Operand::Node(b) => build.build(Const(a), Computed(b)),
        },
    }
}
