//! The machine that walks: the value stack, the budget, and what is under way.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

use rainwright_builtins::Context;
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_value::{Value, budget, memory};

use crate::Program;
use crate::count::{LineCount, Reach, Reached};
use crate::error::{CallSite, Caught, RuntimeError, Walked};
use crate::probe::{Caller, Probe};
use crate::rows::Rows;
use crate::stack;

/// A window of the value stack: the slots of the running function, its temporaries, and everything after them.
pub(crate) type Frame = [Value];

/// A lowered expression.
pub(crate) type Node = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked>;

/// A lowered condition.
pub(crate) type Test = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked<bool>>;

/// A lowered statement.
pub(crate) type Statement = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Flow>;

/// A place that calls a function of the program.
pub(crate) struct Site {
    /// Index into the program's functions.
    pub(crate) function: usize,
    /// The call.
    pub(crate) span: Span,
    /// Line of the statement.
    pub(crate) line: u32,
}

/// What comes after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next one.
    Next,
    /// The end of the innermost loop.
    Break,
    /// The next turn of the innermost loop.
    Continue,
    /// The end of the function; its result is in [`Vm::result`].
    Return,
    /// The nearest `catch`; the error is in [`Vm::raised`].
    Raise,
}

/// Limits of a run. Every script ends.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Loop turns and calls together: each takes one unit.
    pub fuel: u64,
    /// Functions called within each other.
    pub depth: u32,
    /// Bytes that the script's values hold at once.
    pub memory: usize,
    /// Bytes of all `info` lines.
    pub output: usize,
    /// Executed statements, as Zoho counts them; counted only when it is set.
    pub statements: Option<u64>,
    /// Calls of functions in the whole run; Zoho allows 75.
    pub calls: Option<u64>,
    /// How often the run may reach outside; `info` and the clock count too.
    pub effects: Option<u64>,
    /// Bytes that the result may take as data, where it is handed on as data.
    pub result: usize,
    /// Time from the start of the run to its end, waiting included. Kept by the program around: the evaluator has no clock.
    pub time: Option<Duration>,
    /// Time that the run may compute. Kept by the program around.
    pub cpu: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 10_000_000_000,
            depth: 512,
            memory: 1 << 30,
            output: 64 << 20,
            statements: None,
            calls: None,
            effects: None,
            result: 256 << 20,
            time: None,
            cpu: None,
        }
    }
}

/// How often the slow checks run: every so many units of fuel.
const SLICE: u32 = 1024;
/// Slots of the first segment of the value stack at most; few, because a waiting script keeps them.
const FIRST_SEGMENT: usize = 256;
/// How often all functions of a program fit into the first segment, as long as it is not at its largest. To fill and to clear
/// more slots takes a large part of a short run.
const FIRST_CALLS: usize = 16;
/// Slots of the further ones.
const SEGMENT: usize = 4096;

/// The machine: one run of one program.
pub(crate) struct Vm<'r> {
    pub(crate) program: &'r Program,
    pub(crate) cx: Context<'r>,
    /// What `return` gave, on the way to the caller.
    pub(crate) result: Value,
    /// The error under way, with [`Flow::Raise`].
    pub(crate) raised: Option<Box<RuntimeError>>,
    /// Variables that the run was given from outside.
    pub(crate) inputs: &'r HashMap<String, Value>,
    pub(crate) limits: Limits,
    pub(crate) depth: u32,
    /// The lowest address of the machine's stack that the run may use.
    pub(crate) floor: usize,
    /// What each line did, when it is counted.
    pub(crate) counts: Vec<LineCount>,
    /// How often each statement was executed, when it is counted.
    pub(crate) reached_statements: Vec<Reach>,
    /// What the script caught, when statements are counted.
    pub(crate) caught: Vec<Caught>,
    /// What the statements inside of the one that runs have counted.
    pub(crate) inside: Reached,
    pub(crate) statements: u64,
    /// The records that the run has read.
    pub(crate) rows: Rows,
    /// What watches the run, if anything does; away while it looks.
    pub(crate) probe: Option<&'r mut dyn Probe>,
    /// The functions under way except the innermost, outermost first, when a probe can watch.
    pub(crate) callers: Vec<Caller>,
    /// Whether the probe knows of the error that is under way.
    pub(crate) error_was_told: bool,
    calls: u64,
    pub(crate) output: usize,
    /// A stretch of the value stack that was needed and will be again; all null.
    spare: Option<Box<Frame>>,
    slice: Cell<u32>,
    /// Steps between two looks at the limits; every step when calls are limited or counted.
    slice_size: u32,
    fuel: Cell<u64>,
}

impl<'r> Vm<'r> {
    pub(crate) fn new(
        program: &'r Program,
        mut cx: Context<'r>,
        inputs: &'r HashMap<String, Value>,
        limits: Limits,
        floor: usize,
    ) -> Self {
        cx.max_effects = limits.effects;
        let slice =
            if limits.calls.is_some() || program.count { 1 } else { limits.fuel.clamp(1, u64::from(SLICE)) as u32 };
        Self {
            program,
            cx,
            result: Value::Null,
            raised: None,
            inputs,
            depth: 0,
            floor,
            counts: Vec::new(),
            reached_statements: Vec::new(),
            caught: Vec::new(),
            inside: Reached::default(),
            statements: 0,
            rows: Rows::default(),
            probe: None,
            callers: Vec::new(),
            error_was_told: false,
            calls: 0,
            output: 0,
            limits,
            spare: None,
            slice: Cell::new(slice),
            slice_size: slice,
            fuel: Cell::new(0),
        }
    }

    /// Counts a loop turn or a call; looks at the limits from time to time.
    #[inline(always)]
    pub(crate) fn tick(&mut self, span: Span) -> Walked<()> {
        if self.burn() == 0 { self.look_at_limits(span) } else { Some(()) }
    }

    /// Counts a step; gives how many are left until the next look.
    #[inline(always)]
    fn burn(&self) -> u32 {
        let left = self.slice.get() - 1;
        self.slice.set(left);
        left
    }

    /// Makes the next step look at the limits and let others have their turn: one that came before it took long.
    pub(crate) fn look_soon(&self) {
        self.look_sooner(usize::MAX);
    }

    /// Lets the next look come so many steps sooner.
    fn look_sooner(&self, steps: usize) {
        let left = self.slice.get();
        let skipped = u32::try_from(steps).unwrap_or(u32::MAX).min(left - 1);
        // Wrapping: the next look adds a whole slice.
        self.fuel.set(self.fuel.get().wrapping_sub(u64::from(skipped)));
        self.slice.set(left - skipped);
    }

    #[cold]
    #[inline(never)]
    fn look_at_limits(&mut self, span: Span) -> Walked<()> {
        self.fuel.set(self.fuel.get().wrapping_add(u64::from(self.slice_size)));
        self.slice.set(self.slice_size);
        self.cx.host.pause();
        if self.fuel.get() >= self.limits.fuel {
            let message = format!("The run took more than {} loop turns and calls.", self.limits.fuel);
            return self.stop(Code::LimitReached, message, span);
        }
        if !budget::look() {
            return self.over(span);
        }
        Some(())
    }

    /// Ends the run for the reason that its watch, or a walk through values, gave.
    #[cold]
    fn over<T>(&mut self, span: Span) -> Walked<T> {
        let problem = budget::over().unwrap_or_else(|| Problem::new(Code::Interrupted, "The run was stopped."));
        self.stop_with(problem, span)
    }

    /// Counts the work of a call by the size of what it was given. The next look at the limits, where others have their turn
    /// too, comes sooner for it.
    #[inline]
    pub(crate) fn spend(&mut self, units: usize, span: Span) -> Walked<()> {
        const STEPS_A_UNIT: usize = 4;
        if units > 0 {
            self.look_sooner(units.saturating_mul(STEPS_A_UNIT));
        }
        if budget::spend(units) { Some(()) } else { self.over(span) }
    }

    /// Stops the run when its values hold more than the limit allows.
    #[inline]
    pub(crate) fn look_at_memory(&mut self, span: Span) -> Walked<()> {
        match memory::check() {
            Ok(()) => Some(()),
            Err(problem) => self.stop_with(*problem, span),
        }
    }

    fn count_call(&mut self, span: Span) -> Walked<()> {
        self.calls += 1;
        match self.limits.calls {
            Some(most) if self.calls > most => {
                self.stop(Code::LimitReached, format!("The run called functions more than {most} times."), span)
            }
            _ => Some(()),
        }
    }

    /// The calls and effects so far; calls only when they are limited or counted.
    pub(crate) fn reached(&self) -> Reached {
        Reached { calls: self.calls, effects: self.cx.effects }
    }

    /// The fuel that is used so far: loop turns and calls.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel.get().wrapping_add(u64::from(self.slice_size - self.slice.get()))
    }

    /// Puts an error under way that no `catch` takes.
    #[cold]
    pub(crate) fn stop<T>(&mut self, code: Code, message: impl Into<String>, span: Span) -> Walked<T> {
        self.stop_with(Problem::new(code, message), span)
    }

    #[cold]
    pub(crate) fn stop_with<T>(&mut self, problem: Problem, span: Span) -> Walked<T> {
        let mut raised = RuntimeError::new(problem, span);
        raised.fatal = true;
        self.raise(raised)
    }

    /// Puts an error under way.
    #[cold]
    #[inline(never)]
    pub(crate) fn raise<T>(&mut self, mut raised: Box<RuntimeError>) -> Walked<T> {
        // A limit that a function of the table met ends the run like one that the machine met.
        let limit = matches!(raised.problem.code, Code::LimitReached | Code::Interrupted) && raised.payload.is_none();
        raised.fatal |= limit || self.cx.stopped.is_some();
        self.raised = Some(raised);
        None
    }

    /// Notes an error that a `catch` takes, in a function of that source.
    #[cold]
    pub(crate) fn note_caught(&mut self, raised: &RuntimeError, source: usize) {
        const MOST: usize = 100;
        if self.program.count && self.caught.len() < MOST {
            let source = if raised.calls.is_empty() { source } else { raised.source };
            let (problem, span, line) = (raised.problem.clone(), raised.span, raised.line);
            self.caught.push(Caught { problem, span, source: source as u32, line, calls: raised.calls.clone() });
        }
    }

    /// Ends a statement of that line with the error that is under way.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self, line: u32) -> Flow {
        if let Some(raised) = &mut self.raised
            && raised.line == 0
        {
            raised.line = line;
        }
        Flow::Raise
    }

    /// Calls a function whose arguments lie at the start of `window`; its slots are null again afterwards.
    #[inline]
    pub(crate) fn call(&mut self, site: &Site, window: &mut Frame) -> Walked {
        let left = self.burn();
        let function = &self.program.functions[site.function];
        if left == 0 || window.len() < function.frame_size {
            return self.careful_call(site, window);
        }
        self.depth += 1;
        let flow = if self.depth > self.limits.depth || stack::here() < self.floor + function.stack {
            self.deep_call(site, window)?
        } else {
            (function.body)(self, window)
        };
        self.depth -= 1;
        for slot in &mut window[..function.slots] {
            slot.put(Value::Null);
        }
        match flow {
            Flow::Return => Some(std::mem::take(&mut self.result)),
            Flow::Raise => self.came_through(site),
            _ => Some(Value::Null),
        }
    }

    /// Whether a function runs that a script of a form called: it has its arguments, and not the form.
    pub(crate) fn is_off_form(&self) -> bool {
        self.depth > 1 && self.cx.profile.forms
    }

    /// A call at which the limits are looked at, or for which the stretch of the value stack is too short.
    #[cold]
    #[inline(never)]
    fn careful_call(&mut self, site: &Site, window: &mut Frame) -> Walked {
        if self.slice.get() == 0 {
            self.look_at_limits(site.span)?;
            self.count_call(site.span)?;
        }
        // The call itself counts its step.
        self.slice.set(self.slice.get() + 1);
        let function = &self.program.functions[site.function];
        if window.len() >= function.frame_size {
            return self.call(site, window);
        }
        let kept = self.spare.take().filter(|spare| spare.len() >= function.frame_size);
        let mut segment = kept.unwrap_or_else(|| segment(SEGMENT, function.frame_size));
        for (to, from) in segment.iter_mut().zip(&mut window[..function.params.len()]) {
            std::mem::swap(to, from);
        }
        let value = self.call(site, &mut segment)?;
        self.spare = Some(segment);
        Some(value)
    }

    /// A call that goes deeper than the limit or the machine's stack allows.
    #[cold]
    #[inline(never)]
    fn deep_call(&mut self, site: &Site, window: &mut Frame) -> Walked<Flow> {
        let function = &self.program.functions[site.function];
        if self.depth > self.limits.depth {
            self.depth -= 1;
            window[..function.params.len()].fill(Value::Null);
            let message = format!("Functions call each other more than {} deep.", self.limits.depth);
            return self.stop(Code::LimitReached, message, site.span);
        }
        if memory::is_exceeded() {
            self.depth -= 1;
            window[..function.params.len()].fill(Value::Null);
            self.look_at_memory(site.span)?;
        }
        Some(self.with_stack(function.stack, |vm| (function.body)(vm, window)))
    }

    #[cold]
    #[inline(never)]
    fn came_through(&mut self, site: &Site) -> Walked {
        let function = &self.program.functions[site.function];
        if let Some(raised) = &mut self.raised
            && raised.calls.len() < 64
        {
            if raised.calls.is_empty() {
                raised.source = function.source;
            }
            raised.calls.push(CallSite { function: function.name.clone(), line: site.line });
        }
        None
    }
}

/// Slots of the first segment for a program whose functions have frames of these sizes.
pub(crate) fn first_slots(frames: impl Iterator<Item = usize>) -> usize {
    frames.fold(0, |all, frame| FIRST_SEGMENT.min(all + frame * FIRST_CALLS))
}

/// The first segment of a program's value stack, all null, for a function with so many slots.
pub(crate) fn first_segment(program: &Program, least: usize) -> Box<Frame> {
    segment(program.first_slots, least)
}

fn segment(size: usize, least: usize) -> Box<Frame> {
    std::iter::repeat_with(|| Value::Null).take(size.max(least * 4)).collect()
}
