//! The machine that walks: the value stack, the budget, and what is under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rainwright_builtins::Context;
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_value::{Value, memory};

use crate::Program;
use crate::count::{LineCount, Reached};
use crate::raised::{CallSite, Raised, Walked};
use crate::stack;

/// A window of the value stack: the slots of the running function, its temporaries, and all that lies behind them.
pub(crate) type Frame = [Value];

/// A lowered expression.
pub(crate) type Node = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked>;

/// A lowered condition.
pub(crate) type Test = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked<bool>>;

/// A lowered statement.
pub(crate) type Step = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Flow>;

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
    /// Loop turns and calls together.
    pub steps: u64,
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
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 10_000_000_000, depth: 512, memory: 1 << 30, output: 64 << 20, statements: None, calls: None }
    }
}

/// How often the slow checks run: every so many steps.
const SLICE: u32 = 1024;
/// Slots of the first segment of the value stack: a script that waits shall hold little.
const FIRST_SEGMENT: usize = 256;
/// Slots of the further ones.
const SEGMENT: usize = 4096;

/// The machine: one run of one program.
pub(crate) struct Vm<'r> {
    pub(crate) program: &'r Program,
    pub(crate) cx: Context<'r>,
    /// What `return` gave, on the way to the caller.
    pub(crate) result: Value,
    /// The error under way, with [`Flow::Raise`].
    pub(crate) raised: Option<Box<Raised>>,
    /// Variables that the run was given from outside.
    pub(crate) inputs: &'r HashMap<String, Value>,
    pub(crate) limits: Limits,
    pub(crate) depth: u32,
    /// The lowest address of the machine's stack that the run may use.
    pub(crate) floor: usize,
    /// What each line did, when it is counted.
    pub(crate) counts: Vec<LineCount>,
    /// What the statements inside of the one that runs have counted.
    pub(crate) inside: Reached,
    pub(crate) statements: u64,
    calls: u64,
    pub(crate) output: usize,
    interrupt: Arc<AtomicBool>,
    /// A stretch of the value stack that was needed and will be again; all null.
    spare: Option<Box<Frame>>,
    slice: u32,
    /// Steps between two looks at the limits; every step when calls are limited or counted.
    slice_size: u32,
    steps: u64,
}

impl<'r> Vm<'r> {
    pub(crate) fn new(
        program: &'r Program,
        mut cx: Context<'r>,
        inputs: &'r HashMap<String, Value>,
        limits: Limits,
        interrupt: Arc<AtomicBool>,
        floor: usize,
    ) -> Self {
        cx.max_text = cx.max_text.min(limits.memory);
        let slice =
            if limits.calls.is_some() || program.count { 1 } else { limits.steps.clamp(1, u64::from(SLICE)) as u32 };
        Self {
            program,
            cx,
            result: Value::Null,
            raised: None,
            inputs,
            depth: 0,
            floor,
            counts: Vec::new(),
            inside: Reached::default(),
            statements: 0,
            calls: 0,
            output: 0,
            limits,
            interrupt,
            spare: None,
            slice,
            slice_size: slice,
            steps: 0,
        }
    }

    /// Counts a loop turn or a call; looks at the limits from time to time.
    #[inline(always)]
    pub(crate) fn tick(&mut self, span: Span) -> Walked<()> {
        self.slice -= 1;
        if self.slice == 0 { self.look_at_limits(span) } else { Some(()) }
    }

    #[cold]
    #[inline(never)]
    fn look_at_limits(&mut self, span: Span) -> Walked<()> {
        self.steps += u64::from(self.slice_size);
        self.slice = self.slice_size;
        self.cx.host.pause();
        if self.interrupt.load(Ordering::Relaxed) {
            return self.stop(Code::Interrupted, "The run was stopped.", span);
        }
        if self.steps >= self.limits.steps {
            let message = format!("The run took more than {} steps.", self.limits.steps);
            return self.stop(Code::LimitReached, message, span);
        }
        self.look_at_memory(span)
    }

    /// Stops the run when its values hold more than the limit allows.
    #[inline]
    pub(crate) fn look_at_memory(&mut self, span: Span) -> Walked<()> {
        match memory::check() {
            Ok(()) => Some(()),
            Err(problem) => self.stop(problem.code, problem.message, span),
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

    /// The steps so far: loop turns and calls.
    pub(crate) fn steps(&self) -> u64 {
        self.steps + u64::from(self.slice_size - self.slice)
    }

    /// Puts an error under way that no `catch` takes.
    #[cold]
    pub(crate) fn stop<T>(&mut self, code: Code, message: impl Into<String>, span: Span) -> Walked<T> {
        let mut raised = Raised::new(Problem::new(code, message), span);
        raised.fatal = true;
        self.raise(raised)
    }

    /// Puts an error under way.
    #[cold]
    #[inline(never)]
    pub(crate) fn raise<T>(&mut self, mut raised: Box<Raised>) -> Walked<T> {
        raised.fatal |= self.cx.stopped.is_some();
        self.raised = Some(raised);
        None
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
        self.slice -= 1;
        let function = &self.program.functions[site.function];
        if self.slice == 0 || window.len() < function.frame_size {
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

    /// A call at which the limits are looked at, or for which the stretch of the value stack is too short.
    #[cold]
    #[inline(never)]
    fn careful_call(&mut self, site: &Site, window: &mut Frame) -> Walked {
        if self.slice == 0 {
            self.look_at_limits(site.span)?;
            self.count_call(site.span)?;
        }
        // The call itself counts its step.
        self.slice += 1;
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

/// The first stretch of the value stack, all null, for a function with so many slots.
pub(crate) fn first_segment(least: usize) -> Box<Frame> {
    segment(FIRST_SEGMENT, least)
}

fn segment(size: usize, least: usize) -> Box<Frame> {
    std::iter::repeat_with(|| Value::Null).take(size.max(least * 4)).collect()
}
