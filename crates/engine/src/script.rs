//! A compiled script: may be kept, shared between threads, and run any number of times.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rainwright_diagnostic::Diagnostic;
use rainwright_eval::{EntryPoint, LineCount, Module, Program, Run};
use rainwright_syntax::Parsed;

use crate::builtins::{from_data, to_data};
use crate::host::WithFunctions;
use crate::{Data, Engine, Failure, Host, HostFunction, Inputs, Refusal, Value};

/// A source with its tree.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) parsed: Parsed,
}

struct Shared {
    id: u64,
    engine: Engine,
    sources: Vec<Source>,
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
    /// How often the script reached outside.
    pub effects: u64,
    /// Loop turns and calls.
    pub steps: u64,
    /// Executed statements, when the engine counts.
    pub statements: u64,
    /// What each line did, from line 1 on, when the engine counts.
    pub counts: Vec<LineCount>,
    /// The variables of the bare statements as they stood at the end.
    pub variables: Vec<(String, Value)>,
}

/// Lowered programs of this thread, newest last.
const KEPT: usize = 64;

/// Stack to lower a program with; a tall tree takes more.
const LOWERING_STACK: usize = 1 << 20;

thread_local! {
    static LOWERED: RefCell<Vec<(u64, Rc<Program>)>> = const { RefCell::new(Vec::new()) };
}

impl Script {
    pub(crate) fn new(engine: Engine, sources: Vec<Source>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { shared: Arc::new(Shared { id, engine, sources }) }
    }

    /// The name that messages use.
    #[must_use]
    pub fn name(&self) -> &str {
        self.shared.sources.first().map_or("", |s| s.name.as_str())
    }

    /// What the parser warned of.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.shared.sources.first().into_iter().flat_map(|s| &s.parsed.diagnostics)
    }

    /// The functions that can be called.
    #[must_use]
    pub fn entries(&self) -> Vec<EntryPoint> {
        self.program().entries().collect()
    }

    /// Whether it has bare statements.
    #[must_use]
    pub fn has_main(&self) -> bool {
        self.program().has_main()
    }

    fn program(&self) -> Rc<Program> {
        let id = self.shared.id;
        let kept = LOWERED.with_borrow(|all| all.iter().find(|(known, _)| *known == id).map(|(_, p)| Rc::clone(p)));
        kept.unwrap_or_else(|| {
            let sources = &self.shared.sources;
            let modules: Vec<Module<'_>> =
                sources.iter().map(|s| Module { source: &s.text, tree: &s.parsed.tree }).collect();
            let program = Rc::new(rainwright_eval::lower(&modules, &self.shared.engine.options));
            LOWERED.with_borrow_mut(|all| {
                if all.len() >= KEPT {
                    all.remove(0);
                }
                all.push((id, Rc::clone(&program)));
            });
            program
        })
    }

    /// Lowers it for this thread, on a stack of its own: coroutines have too little, and hide where the thread's own ends.
    pub(crate) fn prepare(&self) {
        stacker::grow(LOWERING_STACK, || drop(self.program()));
    }

    /// A value of this script as data, with its dates in the script's zone.
    ///
    /// # Errors
    /// [`Code::LimitReached`](crate::Code::LimitReached) for a value that holds itself or is too large or too deep.
    pub fn to_data(&self, value: &Value) -> Result<Data, Failure> {
        to_data(value, self.shared.engine.locale()).map_err(|problem| Failure::from(*problem))
    }

    /// The functions of the embedding program that it may call.
    pub(crate) fn functions(&self) -> &[(String, HostFunction)] {
        &self.shared.engine.functions
    }

    /// Runs the bare statements or a function, on the calling thread.
    pub fn run(&self, host: &mut dyn Host, inputs: Inputs) -> Done {
        if self.functions().is_empty() {
            return self.run_on(host, inputs, None);
        }
        self.run_on(&mut WithFunctions { inner: host, functions: self.functions() }, inputs, None)
    }

    /// Runs it with so many bytes of stack, or what the thread has left; the functions of the program around are the
    /// host's part.
    pub(crate) fn run_on(&self, host: &mut dyn Host, inputs: Inputs, stack: Option<usize>) -> Done {
        let program = self.program();
        let engine = &self.shared.engine;
        // Of several functions the one named like the file is meant, else the first.
        let stem = self.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = stem.split('.').next().unwrap_or_default();
        let named_like_file = program.entries().map(|e| e.name).find(|n| n.rsplit('.').next() == Some(stem));
        let entry = inputs.entry.or_else(|| named_like_file.filter(|_| !program.has_main()));
        let mut values = inputs.values;
        values.extend(inputs.data.into_iter().map(|(name, data)| (name, from_data(data, engine.locale()))));
        let run = Run {
            name: inputs.run,
            entry: entry.as_deref(),
            inputs: values,
            limits: engine.limits.clone(),
            interrupt: inputs.interrupt,
            stack,
        };
        let finished = rainwright_eval::run(&program, host, run);
        let result = finished.result.map_err(|raised| {
            let source = self.shared.sources.get(raised.source).or(self.shared.sources.first());
            Failure::of_run(*raised, source.map_or("", |s| &s.name), source.map_or("", |s| &s.text))
        });
        Done {
            result,
            stopped: finished.stopped,
            effects: finished.effects,
            steps: finished.steps,
            statements: finished.statements,
            counts: finished.counts,
            variables: finished.variables,
        }
    }
}
