//! Watches a run while it walks: debuggers and traces are probes.
//!
//! Only a program that was lowered with [`CompileOptions::probe`](crate::CompileOptions::probe) tells a probe anything. Other programs have no
//! code for it, so a run without one pays nothing.

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_value::budget::{self, Watch};
use rainwright_value::{Locale, Value, memory};

use crate::error::Walked;
use crate::lower;
use crate::program::Input;
use crate::vm::{Flow, Frame, Statement, Vm, first_segment};

/// Watches a run. Every method may wait as long as it likes, and look at the run and change it through [`Paused`].
///
/// An `Err` ends the run with that problem; no `catch` takes it.
#[allow(unused_variables, reason = "the names are for those who implement it")]
pub trait Probe {
    /// A statement is about to be executed.
    fn before(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        Ok(())
    }

    /// A statement was executed, and no error came out of it.
    fn after(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        Ok(())
    }

    /// A loop is about to execute its body, with the next value in its variable.
    fn turn(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        Ok(())
    }

    /// A statement failed. Called once for each error, at the innermost statement.
    fn failed(&mut self, paused: &mut Paused<'_, '_>, problem: &Problem) -> Result<(), Problem> {
        Ok(())
    }

    /// A function begins; its parameters have their values. The bare statements count as a function.
    fn enter(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        Ok(())
    }

    /// A function ends with this result, or `None` when an error ends it.
    fn leave(&mut self, paused: &mut Paused<'_, '_>, result: Option<&Value>) -> Result<(), Problem> {
        Ok(())
    }
}

/// The place of a statement or a function.
#[derive(Clone, Copy)]
pub(crate) struct ProbePoint {
    /// Index into the program's functions.
    pub(crate) function: usize,
    pub(crate) line: u32,
    pub(crate) span: Span,
    /// Whether a `try` of the same function is around it.
    pub(crate) in_try: bool,
}

/// A name of a function that has a slot.
pub(crate) struct SlotName {
    pub(crate) name: Box<str>,
    /// Whether it is a parameter, or some statement assigns it.
    pub(crate) assigned: bool,
}

impl SlotName {
    pub(crate) fn of(input: &Input) -> Self {
        Self { name: input.name.as_str().into(), assigned: input.assigned }
    }
}

/// A function that has called another one, with its slots, which it gets back when the call ends.
pub(crate) struct Caller {
    place: ProbePoint,
    slots: Vec<Value>,
}

/// A function that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameInfo {
    /// Its name with its namespace; empty for the bare statements.
    pub function: String,
    /// Which of the program's sources it is in; 0 is the first.
    pub source: usize,
    /// The 1-based line that it is at.
    pub line: u32,
    /// The statement that it is at, or the call that it waits for.
    pub span: Span,
}

/// A run that waits while its probe looks at it.
///
/// Functions under way are numbered from the innermost: 0 is the one that runs.
pub struct Paused<'p, 'r> {
    vm: &'p mut Vm<'r>,
    frame: &'p mut Frame,
    place: ProbePoint,
}

impl Paused<'_, '_> {
    /// The 1-based line of the statement, or of the function's header.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.place.line
    }

    /// The statement, or the function.
    #[must_use]
    pub fn span(&self) -> Span {
        self.place.span
    }

    /// Which of the program's sources it is in; 0 is the first.
    #[must_use]
    pub fn source(&self) -> usize {
        self.vm.program.functions[self.place.function].source
    }

    /// The name of the function that runs; empty for the bare statements.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.vm.program.functions[self.place.function].name
    }

    /// How many functions are under way.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.vm.callers.len() + 1
    }

    /// Whether an error raised here would be caught by a `try` of this function or of one that called it.
    #[must_use]
    pub fn is_in_try(&self) -> bool {
        self.place.in_try || self.vm.callers.iter().any(|caller| caller.place.in_try)
    }

    /// Zone and formats, to print values as the run does.
    #[must_use]
    pub fn locale(&self) -> &Locale {
        &self.vm.cx.locale
    }

    /// The functions under way, innermost first.
    #[must_use]
    pub fn frames(&self) -> Vec<FrameInfo> {
        (0..self.depth()).filter_map(|frame| self.place_of(frame)).map(|place| self.info(place)).collect()
    }

    fn info(&self, place: ProbePoint) -> FrameInfo {
        let function = &self.vm.program.functions[place.function];
        FrameInfo { function: function.name.clone(), source: function.source, line: place.line, span: place.span }
    }

    fn place_of(&self, frame: usize) -> Option<ProbePoint> {
        match frame {
            0 => Some(self.place),
            _ => self.caller(frame).map(|caller| caller.place),
        }
    }

    fn caller(&self, frame: usize) -> Option<&Caller> {
        self.vm.callers.len().checked_sub(frame).and_then(|at| self.vm.callers.get(at))
    }

    fn slots(&self, frame: usize) -> &[Value] {
        match frame {
            0 => self.frame,
            _ => self.caller(frame).map_or(&[], |caller| &caller.slots),
        }
    }

    fn slots_mut(&mut self, frame: usize) -> &mut [Value] {
        if frame == 0 {
            return self.frame;
        }
        let at = self.vm.callers.len().checked_sub(frame);
        at.and_then(|at| self.vm.callers.get_mut(at)).map_or(&mut [], |caller| &mut caller.slots)
    }

    fn names(&self, frame: usize) -> &[SlotName] {
        self.place_of(frame).map_or(&[], |place| &self.vm.program.functions[place.function].names)
    }

    /// The variables of a function under way, parameters first: those that it assigns, and those that it was given.
    pub fn variables(&self, frame: usize) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.names(frame).iter().zip(self.slots(frame));
        all.filter(|(name, value)| name.assigned || !value.is_null()).map(|(name, value)| (&*name.name, value))
    }

    /// The value of a variable of a function under way.
    #[must_use]
    pub fn variable(&self, frame: usize, name: &str) -> Option<&Value> {
        self.slots(frame).get(self.slot(frame, name)?)
    }

    fn slot(&self, frame: usize, name: &str) -> Option<usize> {
        self.names(frame).iter().position(|slot| &*slot.name == name)
    }

    /// Gives a variable of a function under way another value.
    ///
    /// # Errors
    /// A name that the function does not use.
    pub fn set(&mut self, frame: usize, name: &str, value: Value) -> Result<(), Problem> {
        let slot = self.slot(frame, name).and_then(|slot| self.slots_mut(frame).get_mut(slot));
        *slot.ok_or_else(|| no_variable(name))? = value;
        Ok(())
    }

    /// As [`Paused::evaluate`], until the watch says why that must end: an expression that would go on for ever comes back, and
    /// the run goes on all the same.
    ///
    /// # Errors
    /// What is wrong with the text, the error that it ran into, or what the watch said.
    pub fn evaluate_watched(&mut self, frame: usize, text: &str, watch: Watch) -> Result<Value, Problem> {
        let _scope = memory::Scope::enter(memory::limit(), Some(watch));
        let result = self.evaluate(frame, text);
        // A walk that was cut short gave a value that is not the right one.
        budget::over().map_or(result, Err)
    }

    /// Evaluates an expression or statements with the variables of a function under way; what they assign it keeps.
    /// Functions that they call run to their end, and may reach the host like those of the script.
    ///
    /// # Errors
    /// What is wrong with the text, or the error that it ran into.
    pub fn evaluate(&mut self, frame: usize, text: &str) -> Result<Value, Problem> {
        let function =
            self.place_of(frame).ok_or_else(|| Problem::new(Code::BadArgument, "There is no such frame."))?;
        let snippet = lower::snippet(self.vm.program, function.function, text)?;
        if let Some(new) = snippet.new_names.first() {
            return Err(no_variable(&new.name));
        }
        let mut window = first_segment(self.vm.program, snippet.function.frame_size);
        for (to, from) in window.iter_mut().zip(self.slots(frame)).take(snippet.shared) {
            *to = from.clone();
        }
        let vm = &mut *self.vm;
        lower::fill_inputs(vm, &snippet.given, &mut window);
        let (depth, result) = (vm.depth, std::mem::take(&mut vm.result));
        let flow = vm.with_stack(snippet.function.stack, |vm| (snippet.function.body)(vm, &mut window));
        vm.depth = depth;
        let given = std::mem::replace(&mut vm.result, result);
        let raised = vm.raised.take();
        for (to, from) in self.slots_mut(frame).iter_mut().zip(&mut window).take(snippet.shared) {
            *to = std::mem::take(from);
        }
        match (flow, raised) {
            (Flow::Raise, Some(raised)) => Err(raised.problem),
            (Flow::Return, _) => Ok(given),
            _ => Ok(Value::Null),
        }
    }
}

fn no_variable(name: &str) -> Problem {
    Problem::new(Code::UndefinedVariable, format!("There is no variable '{name}' here."))
        .with_help("Only variables that the function itself uses can be set.")
}

/// Tells the probe, if there is one. It is taken out of the machine meanwhile, so the probe is not told about what it
/// evaluates itself.
fn tell(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    place: ProbePoint,
    event: impl FnOnce(&mut dyn Probe, &mut Paused<'_, '_>) -> Result<(), Problem>,
) -> Walked<()> {
    let Some(probe) = vm.probe.take() else { return Some(()) };
    let told = event(probe, &mut Paused { vm, frame, place });
    vm.probe = Some(probe);
    match told {
        Ok(()) => Some(()),
        Err(problem) => vm.stop_with(problem, place.span),
    }
}

/// A statement that tells the probe when it begins and ends.
pub(crate) fn probed_statement(step: Statement, place: ProbePoint) -> Statement {
    Box::new(move |vm, frame| {
        if vm.probe.is_none() {
            return step(vm, frame);
        }
        vm.error_was_told = false;
        if tell(vm, frame, place, |probe, paused| probe.before(paused)).is_none() {
            return vm.fail(place.line);
        }
        let flow = step(vm, frame);
        if flow != Flow::Raise {
            vm.error_was_told = false;
            let told = tell(vm, frame, place, |probe, paused| probe.after(paused));
            return if told.is_some() { flow } else { vm.fail(place.line) };
        }
        if std::mem::replace(&mut vm.error_was_told, true) {
            return flow;
        }
        if let Some(raised) = vm.raised.take()
            && tell(vm, frame, place, |probe, paused| probe.failed(paused, &raised.problem)).is_some()
        {
            vm.raised = Some(raised);
        }
        flow
    })
}

/// The body of a loop that tells the probe of every turn.
pub(crate) fn probed_turn(body: Statement, place: ProbePoint) -> Statement {
    Box::new(move |vm, frame| match tell(vm, frame, place, |probe, paused| probe.turn(paused)) {
        Some(()) => body(vm, frame),
        None => vm.fail(place.line),
    })
}

/// The body of a function that tells the probe when it begins and ends.
pub(crate) fn probed_function(body: Statement, place: ProbePoint) -> Statement {
    Box::new(move |vm, frame| {
        if tell(vm, frame, place, |probe, paused| probe.enter(paused)).is_none() {
            return vm.fail(place.line);
        }
        let flow = body(vm, frame);
        let result = match flow {
            Flow::Raise => None,
            Flow::Return => Some(std::mem::take(&mut vm.result)),
            _ => Some(Value::Null),
        };
        let raised = vm.raised.take();
        if tell(vm, frame, place, |probe, paused| probe.leave(paused, result.as_ref())).is_none() {
            return vm.fail(place.line);
        }
        vm.raised = raised;
        vm.result = result.unwrap_or_default();
        flow
    })
}

/// A call in a program with a probe: the slots of the calling function are kept where the probe can look at them.
pub(crate) fn probed_call(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    place: ProbePoint,
    call: impl FnOnce(&mut Vm<'_>, &mut Frame) -> Walked,
) -> Walked {
    let count = vm.program.functions[place.function].slots;
    vm.callers.push(Caller { place, slots: frame[..count].iter_mut().map(std::mem::take).collect() });
    let value = call(vm, frame);
    if let Some(caller) = vm.callers.pop() {
        for (to, from) in frame.iter_mut().zip(caller.slots) {
            to.put(from);
        }
    }
    value
}
