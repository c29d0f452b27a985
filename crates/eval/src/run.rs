//! Runs a lowered program: its bare statements, or one of its functions.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rainwright_builtins::Context;
use rainwright_diagnostic::{Code, Problem, Span, closest};
use rainwright_effect::{Host, Refusal};
use rainwright_value::budget::{self, Watch};
use rainwright_value::{Value, memory};

use crate::count::{LineCount, Reach};
use crate::error::{At, Caught, RuntimeError};
use crate::probe::Probe;
use crate::vm::{Flow, Limits, Vm, first_segment};
use crate::{Program, lower, stack};

/// What a run is given.
#[derive(Default)]
pub struct Run<'a> {
    /// The run's name, as calls of the host carry it.
    pub name: Arc<str>,
    /// The function to call; `None` runs the bare statements, or the first function when there are none.
    pub entry: Option<&'a str>,
    /// Values by name: the entry's parameters, and variables that the script reads without assigning them.
    pub inputs: HashMap<String, Value>,
    /// The limits.
    pub limits: Limits,
    /// Stops the run at its next loop turn or call when it becomes true; set from any thread.
    pub interrupt: Arc<AtomicBool>,
    /// Says when the run must stop for a reason that the evaluator does not know: its time, its share of a pool.
    pub watch: Option<Watch>,
    /// Bytes of stack that are left, when the run is not on the stack of its thread.
    pub stack: Option<usize>,
    /// What watches the run; the program must have been lowered for it.
    pub probe: Option<&'a mut dyn Probe>,
}

/// How a run ended.
pub struct Finished {
    /// The result, or the error that nothing caught.
    pub result: Result<Value, Box<RuntimeError>>,
    /// Why the run was ended, if it was: a limit, an interrupt, a stop or a suspension of the host.
    pub stopped: Option<Refusal>,
    /// How often it reached outside.
    pub effects: u64,
    /// Loop turns and calls.
    pub fuel: u64,
    /// Executed statements, when they were counted.
    pub statements: u64,
    /// What each line did (index 0 is line 1 of the first source), when it was counted.
    pub counts: Vec<LineCount>,
    /// How often each statement of all sources was executed, when it was counted.
    pub reach: Vec<Reach>,
    /// What the script caught, in order and at most a hundred, when statements were counted.
    pub caught: Vec<Caught>,
    /// The variables that the bare statements assign, as they are at the end; the REPL keeps them.
    pub variables: Vec<(String, Value)>,
}

/// Runs a program.
pub fn run(program: &Program, host: &mut dyn Host, run: Run<'_>) -> Finished {
    // Ends after all else in here: what the machine and the inputs held is gone then.
    let _scope = memory::Scope::enter(run.limits.memory, Some(watch(run.watch, run.interrupt)));
    let mut cx = Context::new(host);
    cx.locale = program.locale.clone();
    cx.profile = program.profile;
    cx.functions = Arc::clone(&program.names);
    cx.run = run.name;
    let inputs = run.inputs;
    let floor = run.stack.map_or_else(stack::floor_of_thread, |bytes| stack::here().saturating_sub(bytes));
    let mut vm = Vm::new(program, cx, &inputs, run.limits, floor);
    if program.count {
        vm.counts = vec![LineCount::default(); program.sources.first().map_or(0, |lines| lines.lines() as usize)];
    }
    if let Some(probe) = run.probe {
        vm.probe = Some(probe);
    }
    if program.count {
        vm.reached_statements.clone_from(&program.statements);
    }
    let mut variables = Vec::new();
    let result = match entry(program, run.entry) {
        Ok(index) => {
            let need = program.functions[index].stack;
            vm.with_stack(need, |vm| start(vm, index, &inputs, &mut variables))
        }
        Err(problem) => Err(RuntimeError::new(problem, Span::default())),
    };
    let (fuel, statements) = (vm.fuel(), vm.statements);
    // A walk that was cut short gave a value that is not the right one, so whatever came of it does not count.
    let result = match budget::over() {
        Some(problem) if !matches!(&result, Err(raised) if raised.fatal) => {
            Err(RuntimeError::new(problem, Span::default()))
        }
        _ => result,
    };
    if vm.cx.stopped.is_none()
        && let Err(raised) = &result
        && (raised.fatal || budget::over().is_some())
    {
        vm.cx.stopped = Some(Refusal::Stop(raised.problem.clone()));
    }
    Finished {
        result,
        stopped: vm.cx.stopped.take(),
        effects: vm.cx.effects,
        fuel,
        statements,
        counts: std::mem::take(&mut vm.counts),
        reach: std::mem::take(&mut vm.reached_statements),
        caught: std::mem::take(&mut vm.caught),
        variables,
    }
}

/// The interrupt, and what else may end the run.
fn watch(other: Option<Watch>, interrupt: Arc<AtomicBool>) -> Watch {
    Rc::new(move || {
        let other = other.as_ref().and_then(|watch| watch());
        other.or_else(|| {
            let stopped = interrupt.load(Ordering::Relaxed);
            stopped.then(|| Problem::new(Code::Interrupted, "The run was stopped."))
        })
    })
}

fn entry(program: &Program, name: Option<&str>) -> Result<usize, Problem> {
    if let Some(name) = name {
        return program.by_name.find(name).ok_or_else(|| {
            let names: Vec<&str> = program.by_name.paths().collect();
            let near = closest(name, names.iter().copied()).map(|n| format!("Did you mean '{n}'?"));
            let help = near.unwrap_or_else(|| {
                if names.is_empty() {
                    "The script has no functions.".into()
                } else {
                    format!("It has: {}.", names.join(", "))
                }
            });
            Problem::new(Code::UnknownFunction, format!("Not able to find '{name}' function")).with_help(help)
        });
    }
    program.main.or(if program.functions.is_empty() { None } else { Some(0) }).ok_or_else(|| {
        Problem::new(Code::UnknownFunction, "The script has nothing to run.")
            .with_help("Write a statement, such as `info \"Hello\";`, or a function.")
    })
}

fn start(
    vm: &mut Vm<'_>,
    index: usize,
    inputs: &HashMap<String, Value>,
    variables: &mut Vec<(String, Value)>,
) -> Result<Value, Box<RuntimeError>> {
    let program = vm.program;
    let function = &program.functions[index];
    let mut frame = first_segment(program, function.frame_size);
    for (i, parameter) in function.params.iter().enumerate() {
        let given = inputs.get(&parameter.name).cloned().unwrap_or_default();
        frame[i] = lower::coerce_argument(given, parameter.ty, &function.name, i, &mut vm.cx).at(Span::default())?;
    }
    lower::fill_inputs(vm, &function.inputs, &mut frame);
    vm.depth = 1;
    let flow = (function.body)(vm, &mut frame);
    if Some(index) == vm.program.main {
        for input in function.inputs.iter().filter(|input| input.assigned) {
            variables.push((input.name.clone(), std::mem::take(&mut frame[input.slot])));
        }
    }
    match flow {
        Flow::Raise => {
            let mut raised = vm.raised.take().unwrap_or_else(|| {
                RuntimeError::new(Problem::new(Code::Thrown, "An error without a message."), Span::default())
            });
            if raised.calls.is_empty() {
                raised.source = function.source;
            }
            Err(raised)
        }
        Flow::Return => Ok(std::mem::take(&mut vm.result)),
        _ => Ok(Value::Null),
    }
}
