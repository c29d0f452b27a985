//! A compiled script: may be kept, shared between threads, and run any number of times.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rainwright_diagnostic::{Diagnostic, LineIndex, Span};
use rainwright_eval::{Caught, EntryPoint, LineCount, Module, Probe, Program, Reach, Run};
use rainwright_syntax::Parsed;
use rainwright_syntax::ast::Item;

use rainwright_value::budget::Watch;
use rainwright_value::memory;

use crate::Answer;
use crate::answer::Usage;
use crate::at_once::Tries;
use crate::builtins::{from_data, to_data, to_data_within};
use crate::clock::{Clock, Deadline};
use crate::function::Functions;
use crate::host::WithFunctions;
use crate::library::Taken;
use crate::refusals::{Noting, TaskRefusal};
use crate::{Code, Data, Engine, Failure, Host, Inputs, Interrupt, Limits, Refusal, Value};

/// A source with its tree.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: Arc<str>,
    pub(crate) parsed: Parsed,
    pub(crate) lines: Arc<LineIndex>,
}

impl Source {
    pub(crate) fn new(name: String, text: &str, parsed: Parsed) -> Self {
        let text: Arc<str> = text.into();
        let lines = Arc::new(LineIndex::new(&text));
        Self { name, text, parsed, lines }
    }

    fn module(&self) -> Module<'_> {
        Module { lines: Arc::clone(&self.lines), tree: &self.parsed.tree, only: None, unreadable: &[] }
    }
}

struct Shared {
    engine: Engine,
    /// The script's own sources.
    own: Vec<Arc<Source>>,
    /// What it takes from a library.
    reached: Vec<Taken>,
    tries: Tries,
    short: Tries,
}

impl Shared {
    /// A source by its number in the program.
    fn source(&self, number: usize) -> Option<&Arc<Source>> {
        self.own
            .get(number)
            .or_else(|| self.reached.get(number.checked_sub(self.own.len())?).map(|taken| &taken.source))
    }
}

/// A compiled script. Cloning is cheap; every thread lowers it once.
#[derive(Clone)]
pub struct Script {
    shared: Arc<Shared>,
}

/// How a run ended.
pub struct Done {
    /// What the script returned, null when nothing, or why it stopped.
    pub result: Result<Value, Failure>,
    /// Why the host ended the run, when it did: a stop or a suspension.
    pub stopped: Option<Refusal>,
    /// The tasks that a service has refused, in order.
    pub refusals: Vec<TaskRefusal>,
    /// How often the script reached outside.
    pub effects: u64,
    /// How long it computed, where the system says so; else how long it took.
    pub computed: Duration,
    /// Loop turns and calls.
    pub fuel: u64,
    /// Executed statements, when the engine counts.
    pub statements: u64,
    /// What each line did, from line 1 on, when the engine counts.
    pub counts: Vec<LineCount>,
    /// How often each statement of all sources was executed, when the engine counts.
    pub reach: Vec<Reach>,
    /// What the script caught, in order and at most a hundred, when the engine counts.
    pub caught: Vec<Caught>,
    /// The variables of the bare statements as they were at the end.
    pub variables: Vec<(String, Value)>,
}

/// Lowered programs that a thread keeps.
const KEPT: usize = 1024;

/// How a run is driven: on what stack, by what clock, and who else may stop it.
pub(crate) struct Way {
    /// Bytes of stack that are left, when the run is not on the stack of its thread.
    pub(crate) stack: Option<usize>,
    pub(crate) clock: Rc<Clock>,
    /// Looks at others that need what the run takes.
    pub(crate) others: Option<Watch>,
    pub(crate) limits: Limits,
}

impl Way {
    /// On the calling thread.
    fn new(script: &Script) -> Self {
        Self {
            stack: None,
            clock: Rc::new(Clock::start(script.limits(), Instant::now())),
            others: None,
            limits: script.limits().clone(),
        }
    }

    fn watch(&self) -> Option<Watch> {
        match (self.clock.watch(), self.others.clone()) {
            (Some(clock), Some(others)) => Some(Rc::new(move || clock().or_else(|| others()))),
            (one, other) => one.or(other),
        }
    }
}

/// Stack to lower a program with; a tall tree takes more.
const LOWERING_STACK: usize = 1 << 20;

thread_local! {
    static LOWERED: RefCell<Vec<Lowered>> = const { RefCell::new(Vec::new()) };
    static TICKS: Cell<u64> = const { Cell::new(0) };
}

/// A lowered program, kept as long as its script is.
struct Lowered {
    script: Weak<Shared>,
    /// Whether a probe can watch it.
    probe: bool,
    program: Rc<Program>,
    /// Higher for those that were used later.
    used: u64,
}

/// A number that grows with every use on this thread.
fn tick() -> u64 {
    TICKS.replace(TICKS.get() + 1)
}

/// A number below `end`, scattered enough to draw what is forgotten.
fn draw(end: usize) -> usize {
    (tick().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % end
}

impl Script {
    pub(crate) fn new(engine: Engine, own: Vec<Arc<Source>>, reached: Vec<Taken>) -> Self {
        Self { shared: Arc::new(Shared { engine, own, reached, tries: Tries::default(), short: Tries::default() }) }
    }

    /// The name that messages use.
    #[must_use]
    pub fn name(&self) -> &str {
        self.shared.own.first().map_or("", |s| s.name.as_str())
    }

    /// What the parser warned of.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.shared.own.first().into_iter().flat_map(|s| &s.parsed.diagnostics)
    }

    /// Its sources, with their names: its own, and those of a library that it reaches and that can be read.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let reached = self.shared.reached.iter().filter(|taken| taken.unreadable.is_empty()).map(|taken| &taken.source);
        self.shared.own.iter().chain(reached).map(|source| (source.name.as_str(), &*source.text))
    }

    /// The functions that can be called.
    #[must_use]
    pub fn entries(&self) -> Vec<EntryPoint> {
        self.shared.own.first().map_or_else(Vec::new, |source| EntryPoint::of(&source.parsed.tree).collect())
    }

    /// Whether a run without an entry runs bare statements: there are some, or there is nothing else to run.
    #[must_use]
    pub fn has_main(&self) -> bool {
        let has_function =
            |source: &Arc<Source>| source.parsed.tree.items.iter().any(|item| matches!(item, Item::Function(_)));
        let statements = self
            .shared
            .own
            .first()
            .is_some_and(|source| source.parsed.tree.items.iter().any(|item| matches!(item, Item::Statement(_))));
        statements || (self.shared.reached.is_empty() && !self.shared.own.iter().any(has_function))
    }

    /// The function that a run calls which names none: of several functions the one named like the file, else the first.
    /// `None` when it runs bare statements.
    #[must_use]
    pub fn default_entry(&self) -> Option<String> {
        if self.has_main() {
            return None;
        }
        let stem = self.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = stem.split('.').next().unwrap_or_default();
        let tree = &self.shared.own.first()?.parsed.tree;
        EntryPoint::named(tree, stem).or_else(|| EntryPoint::of(tree).next().map(|first| first.name))
    }

    fn program(&self, probe: bool) -> Rc<Program> {
        self.kept(probe).unwrap_or_else(|| self.lower(probe))
    }

    /// The program as this thread lowered it before.
    fn kept(&self, probe: bool) -> Option<Rc<Program>> {
        let this = Arc::as_ptr(&self.shared);
        LOWERED.with_borrow_mut(|all| {
            let is_this = |kept: &Lowered| kept.probe == probe && std::ptr::eq(kept.script.as_ptr(), this);
            let place = all.iter().position(is_this)?;
            all[place].used = tick();
            let program = Rc::clone(&all[place].program);
            // What is used often is found soon.
            all.swap(place, place / 2);
            Some(program)
        })
    }

    fn lower(&self, probe: bool) -> Rc<Program> {
        let own = self.shared.own.iter().map(|source| source.module());
        let reached = self.shared.reached.iter().map(|taken| Module {
            only: Some(&taken.only),
            unreadable: &taken.unreadable,
            ..taken.source.module()
        });
        let modules: Vec<Module<'_>> = own.chain(reached).collect();
        let engine = &self.shared.engine;
        let mut options = engine.options.clone();
        // Statements can only be limited where they are counted.
        options.count |= engine.limits.statements.is_some();
        options.probe = probe;
        let program = Rc::new(rainwright_eval::lower(&modules, &options));
        let script = Arc::downgrade(&self.shared);
        let lowered = Lowered { script, probe, program: Rc::clone(&program), used: tick() };
        let gone = LOWERED.with_borrow_mut(|all| {
            // Scripts that were dropped go first, then the older one of two drawn at random: if the oldest of all went, a few
            // more programs than fit, run in turn, would each be lowered every time.
            let mut gone: Vec<Lowered> = all.extract_if(.., |kept| kept.script.strong_count() == 0).collect();
            if all.len() >= KEPT {
                let (one, other) = (draw(all.len()), draw(all.len()));
                gone.push(all.swap_remove(if all[one].used < all[other].used { one } else { other }));
            }
            all.push(lowered);
            gone
        });
        drop(gone);
        program
    }

    /// Lowers it for this thread, on a stack of its own: coroutines have too little, and hide where the thread's own ends.
    pub(crate) fn prepare(&self) {
        if self.kept(false).is_none() {
            stacker::grow(LOWERING_STACK, || drop(self.lower(false)));
        }
    }

    /// A value of this script as data, with its dates in the script's zone.
    ///
    /// # Errors
    /// [`Code::LimitReached`](crate::Code::LimitReached) for a value that holds itself or is too large or too deep.
    pub fn to_data(&self, value: &Value) -> Result<Data, Failure> {
        to_data(value, self.shared.engine.locale()).map_err(|problem| Failure::from(*problem))
    }

    /// Zone and formats of its runs.
    #[must_use]
    pub fn locale(&self) -> &rainwright_value::Locale {
        self.shared.engine.locale()
    }

    /// The functions of the embedding program that it may call.
    pub(crate) fn functions(&self) -> &Functions {
        &self.shared.engine.functions
    }

    /// Runs the bare statements or a function, on the calling thread.
    pub fn run(&self, host: &mut dyn Host, inputs: Inputs) -> Done {
        self.run_here(host, inputs, None)
    }

    /// Runs as [`Script::run`] does while a probe watches every statement, as a debugger does; slower. Time that the probe
    /// waits counts against [`Limits::time`].
    ///
    /// ```
    /// use rainwright::{Engine, Inputs, OfflineHost, Paused, Probe, Problem};
    ///
    /// /// Notes every line with the value of `n` before it.
    /// struct Trace(Vec<String>);
    ///
    /// impl Probe for Trace {
    ///     fn before(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
    ///         let n = paused.evaluate(0, "ifnull(n, 0)")?;
    ///         self.0.push(format!("{}: {n}", paused.line()));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let script = Engine::new().compile("a.dg", "n = 1;\nn = n * 20;\nreturn n;")?;
    /// let mut trace = Trace(Vec::new());
    /// script.run_probed(&mut OfflineHost::new(), Inputs::new(), &mut trace).result?;
    /// assert_eq!(trace.0, ["1: 0", "2: 1", "3: 20"]);
    /// # Ok::<(), rainwright::Failure>(())
    /// ```
    pub fn run_probed(&self, host: &mut dyn Host, inputs: Inputs, probe: &mut dyn Probe) -> Done {
        self.run_here(host, inputs, Some(probe))
    }

    fn run_here(&self, host: &mut dyn Host, inputs: Inputs, probe: Option<&mut dyn Probe>) -> Done {
        let way = Way::new(self);
        if self.functions().is_empty() {
            return self.run_watched(host, inputs, &way, probe);
        }
        self.run_watched(&mut WithFunctions { inner: host, functions: self.functions() }, inputs, &way, probe)
    }

    /// The name and the text of a source by its number, as [`Paused::source`](crate::Paused::source) and [`FrameInfo`](crate::FrameInfo) give it.
    #[must_use]
    pub fn source(&self, number: usize) -> Option<(&str, &str)> {
        self.shared.source(number).map(|source| (source.name.as_str(), &*source.text))
    }

    /// All statements that a probe can be told of: the numbers of their sources and their places.
    #[must_use]
    pub fn statements(&self) -> Vec<(usize, Span)> {
        self.program(true).statements().collect()
    }

    /// As [`Script::run_on`], with everything of the end as data.
    pub(crate) fn answer_on(&self, host: &mut dyn Host, inputs: Inputs, way: &Way) -> Answer {
        let limits = &way.limits;
        let locale = self.shared.engine.locale();
        let done = self.run_on(host, inputs, way);
        // Writing values as data is work of the run: it counts, and it can be stopped.
        let _scope = memory::Scope::enter(limits.memory, way.watch());
        let most = limits.result;
        let result = done
            .result
            .and_then(|value| to_data_within(&value, locale, most).map_err(|problem| Failure::from(*problem)));
        let variables = done.variables.iter();
        let variables = variables
            .filter_map(|(name, value)| Some((name.clone(), to_data_within(value, locale, most).ok()?)))
            .collect();
        let usage = Usage {
            fuel: done.fuel,
            statements: done.statements,
            effects: done.effects,
            computed: way.clock.computed(),
            elapsed: way.clock.elapsed(),
        };
        Answer { result, stopped: done.stopped, lines: Vec::new(), variables, usage }
    }

    /// Whether it is worth trying to run it at once.
    pub(crate) fn tries(&self) -> &Tries {
        &self.shared.tries
    }

    /// Whether it is worth trying to run it where its steps must be short.
    pub(crate) fn short(&self) -> &Tries {
        &self.shared.short
    }

    /// The limits that hold for its runs.
    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.engine.limits
    }

    /// Runs it; the functions of the program around are the host's part.
    pub(crate) fn run_on(&self, host: &mut dyn Host, inputs: Inputs, way: &Way) -> Done {
        self.run_watched(host, inputs, way, None)
    }

    fn run_watched(&self, host: &mut dyn Host, inputs: Inputs, way: &Way, probe: Option<&mut dyn Probe>) -> Done {
        if way.stack.is_some() {
            self.prepare();
        }
        let program = self.program(probe.is_some());
        let engine = &self.shared.engine;
        let entry = inputs.entry.or_else(|| self.default_entry());
        let mut values = inputs.values;
        values.extend(inputs.data.into_iter().map(|(name, data)| (name, from_data(data, engine.locale()))));
        let clock = &way.clock;
        // A host that blocks the thread is told through the switch; others have timers of their own.
        let deadline = clock.deadline().filter(|_| way.stack.is_none());
        let deadline = deadline.map(|at| Deadline::set(at, Interrupt::clone(&inputs.interrupt)));
        let run = Run {
            name: inputs.run,
            entry: entry.as_deref(),
            inputs: values,
            limits: way.limits.clone(),
            interrupt: inputs.interrupt,
            watch: way.watch(),
            stack: way.stack,
            probe: match probe {
                Some(probe) => Some(probe),
                None => None,
            },
        };
        let mut noting = Noting { inner: host, refusals: Vec::new() };
        let finished = rainwright_eval::run(&program, &mut noting, run);
        drop(deadline);
        let refusals = noting.refusals;
        let result = finished.result.map_err(|raised| {
            let source = self.shared.source(raised.source).or(self.shared.own.first());
            let failure = Failure::of_run(*raised, source.map(|source| &**source)).after(&refusals);
            // The host may have been told to stop waiting because the time was up.
            match clock.is_over() {
                Some(late) if failure.code() == Code::Interrupted => failure.because(late),
                _ => failure,
            }
        });
        Done {
            result,
            stopped: finished.stopped,
            refusals,
            effects: finished.effects,
            computed: clock.computed(),
            fuel: finished.fuel,
            statements: finished.statements,
            counts: finished.counts,
            reach: finished.reach,
            caught: finished.caught,
            variables: finished.variables,
        }
    }
}
