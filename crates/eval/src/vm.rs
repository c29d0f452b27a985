//! The machine that walks: the value stack, the budget, and what is under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rainwright_builtins::Context;
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_value::{Value, memory};

use crate::Program;
use crate::raised::{CallSite, Raised, Walked};

/// A window of the value stack: the slots of the running function, its temporaries, and all that lies behind them.
pub(crate) type Frame = [Value];

/// A lowered expression.
pub(crate) type Node = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked>;

/// A lowered condition.
pub(crate) type Test = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Walked<bool>>;

/// A lowered statement.
pub(crate) type Step = Box<dyn for<'a, 'r> Fn(&'a mut Vm<'r>, &'a mut Frame) -> Flow>;

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
        Self { steps: u64::MAX, depth: 512, memory: 1 << 30, output: 64 << 20, statements: None, calls: None }
    }
}

/// How often the slow checks run: every so many steps.
const SLICE: u32 = 1024;
/// Slots of the first segment of the value stack.
const SEGMENT: usize = 4096;
/// What a machine stack must have left before a call, and by how much it grows otherwise.
const RED_ZONE: usize = 512 << 10;
const STACK_SEGMENT: usize = 4 << 20;

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
    /// How often each line was executed, when it is counted.
    pub(crate) counts: Vec<u64>,
    pub(crate) statements: u64,
    calls_left: u64,
    pub(crate) output: usize,
    interrupt: Arc<AtomicBool>,
    slice: u32,
    steps: u64,
    memory_at_start: usize,
}

impl<'r> Vm<'r> {
    pub(crate) fn new(
        program: &'r Program,
        cx: Context<'r>,
        inputs: &'r HashMap<String, Value>,
        limits: Limits,
        interrupt: Arc<AtomicBool>,
    ) -> Self {
        Self {
            program,
            cx,
            result: Value::Null,
            raised: None,
            inputs,
            depth: 0,
            counts: Vec::new(),
            statements: 0,
            calls_left: limits.calls.unwrap_or(u64::MAX),
            output: 0,
            limits,
            interrupt,
            slice: SLICE,
            steps: 0,
            memory_at_start: memory::live(),
        }
    }

    /// Counts a loop turn or a call; looks at the limits from time to time.
    #[inline(always)]
    pub(crate) fn tick(&mut self, span: Span) -> Walked<()> {
        self.slice -= 1;
        if self.slice == 0 { self.look_at_limits(span) } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn look_at_limits(&mut self, span: Span) -> Walked<()> {
        self.steps += u64::from(SLICE);
        self.slice = SLICE;
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(self.stop(Code::Interrupted, "The run was stopped.", span));
        }
        if self.steps >= self.limits.steps {
            let message = format!("The run took more than {} steps.", self.limits.steps);
            return Err(self.stop(Code::LimitReached, message, span));
        }
        let held = memory::live().saturating_sub(self.memory_at_start);
        if held > self.limits.memory {
            let message = format!("The script holds more than {} MiB of values.", self.limits.memory >> 20);
            return Err(self.stop(Code::LimitReached, message, span));
        }
        Ok(())
    }

    /// The steps so far: loop turns and calls.
    pub(crate) fn steps(&self) -> u64 {
        self.steps + u64::from(SLICE - self.slice)
    }

    /// An error that no `catch` takes.
    #[cold]
    pub(crate) fn stop(&self, code: Code, message: impl Into<String>, span: Span) -> Box<Raised> {
        let mut raised = Raised::new(Problem::new(code, message), span);
        raised.fatal = true;
        raised
    }

    /// Puts an error under way from a statement of that line.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self, mut raised: Box<Raised>, line: u32) -> Flow {
        if raised.line == 0 {
            raised.line = line;
        }
        self.raised = Some(raised);
        Flow::Raise
    }

    /// Calls a function whose arguments lie at the start of `window`; its slots are null again afterwards.
    #[inline]
    pub(crate) fn call(&mut self, index: usize, window: &mut Frame, span: Span, line: u32) -> Walked {
        self.tick(span)?;
        let function = &self.program.functions[index];
        if window.len() < function.frame_size {
            return self.call_on_new_segment(index, window, span, line);
        }
        self.calls_left -= 1;
        if self.calls_left == 0 {
            let message = format!("The run called functions more than {} times.", self.limits.calls.unwrap_or(u64::MAX));
            return Err(self.stop(Code::LimitReached, message, span));
        }
        self.depth += 1;
        // Looked at now and then only: between two looks the machine stack grows by far less than the red zone.
        let flow = if self.depth.is_multiple_of(8) {
            if self.depth > self.limits.depth {
                self.depth -= 1;
                window[..function.params.len()].fill(Value::Null);
                let message = format!("Functions call each other more than {} deep.", self.limits.depth);
                return Err(self.stop(Code::LimitReached, message, span));
            }
            stacker::maybe_grow(RED_ZONE, STACK_SEGMENT, || (function.body)(self, window))
        } else {
            (function.body)(self, window)
        };
        self.depth -= 1;
        for slot in &mut window[..function.slots] {
            slot.put(Value::Null);
        }
        match flow {
            Flow::Raise => Err(self.came_through(index, line, span)),
            Flow::Return => Ok(std::mem::take(&mut self.result)),
            _ => Ok(Value::Null),
        }
    }

    #[cold]
    #[inline(never)]
    fn came_through(&mut self, index: usize, line: u32, span: Span) -> Box<Raised> {
        let mut raised = self.raised.take().unwrap_or_else(|| {
            Raised::new(Problem::new(Code::Thrown, "An error without a message."), span)
        });
        if raised.calls.len() < 64 {
            let function = &self.program.functions[index];
            if raised.calls.is_empty() {
                raised.source = function.source;
            }
            raised.calls.push(CallSite { function: function.name.clone(), line });
        }
        raised
    }

    #[cold]
    #[inline(never)]
    fn call_on_new_segment(&mut self, index: usize, window: &mut Frame, span: Span, line: u32) -> Walked {
        let function = &self.program.functions[index];
        let mut segment = new_segment(function.frame_size);
        for (to, from) in segment.iter_mut().zip(&mut window[..function.params.len()]) {
            std::mem::swap(to, from);
        }
        self.call(index, &mut segment, span, line)
    }
}

/// A stretch of the value stack, all null, with room for at least `least` slots.
pub(crate) fn new_segment(least: usize) -> Box<Frame> {
    std::iter::repeat_with(|| Value::Null).take(SEGMENT.max(least * 4)).collect()
}
