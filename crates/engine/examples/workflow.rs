//! A small workflow engine: steps with retries, branches, timers and approvals, in runs that survive being killed.
//!
//! A workflow is a Deluge script; its steps are functions of this program. The journal is the engine's only state: a worker
//! takes up whatever can go on, and another one does so when it dies.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rainwright::runtime::journal::{
    Durable, Ending, InDoubt, Journal, SIGNAL, SqliteJournal, Start, State, WAIT, digest,
};
use rainwright::runtime::store::KeySource;
use rainwright::{Call, Code, Data, Effect, Engine, Failure, Host, Inputs, Outcome, Problem, Refusal, Wait};

type Work = Arc<dyn Fn(&[Data]) -> Result<Data, Problem> + Send + Sync>;

/// A step: what it does, how often it is tried, and how long it waits in between.
#[derive(Clone)]
struct Step {
    work: Work,
    tries: u32,
    pause: Duration,
}

/// The workflow engine.
pub struct Workflows {
    engine: Engine,
    journal: Arc<SqliteJournal>,
    steps: HashMap<String, Step>,
}

impl Workflows {
    fn open(home: &Path) -> Result<Self, Problem> {
        let journal = Arc::new(SqliteJournal::open(home, &KeySource::File(home.join("key")))?);
        let engine = Engine::new().declared_function(WAIT).declared_function(SIGNAL);
        Ok(Self { engine, journal, steps: HashMap::new() })
    }

    fn step(
        mut self,
        name: &str,
        tries: u32,
        work: impl Fn(&[Data]) -> Result<Data, Problem> + Send + Sync + 'static,
    ) -> Self {
        self.engine = self.engine.declared_function(name);
        let step = Step { work: Arc::new(work), tries, pause: Duration::from_millis(20) };
        self.steps.insert(name.to_owned(), step);
        self
    }

    /// Adds a run; a worker takes it up.
    pub fn start(&self, id: &str, workflow: &str, inputs: Vec<(String, Data)>) -> Result<(), Failure> {
        self.engine.compile(id, workflow)?;
        let source = (id.to_owned(), workflow.to_owned());
        let start = Start { sources: vec![(id.to_owned(), digest(workflow.as_bytes()))], inputs, ..Start::default() };
        let lease = self.journal.create(id, &start, &[source])?;
        Ok(self.journal.leave(&lease, State::Suspended, None, None)?)
    }

    /// Takes up every run that can go on; says how many there were.
    pub fn work(&self) -> Result<usize, Failure> {
        let mut taken = 0;
        for run in self.journal.runs()? {
            let ready = match (run.state, &run.waits) {
                (State::Running, _) | (State::Suspended, None) => true,
                (State::Suspended, Some(Wait::Until { millis })) => *millis <= now(),
                (State::Suspended, Some(Wait::Signal { name })) => self.journal.has_signal(&run.id, name)?,
                _ => false,
            };
            if ready {
                taken += 1;
                self.go_on(&run.id)?;
            }
        }
        Ok(taken)
    }

    /// Runs a workflow until it ends or waits.
    fn go_on(&self, id: &str) -> Result<(), Failure> {
        let lease = self.journal.claim(id)?;
        let Some(run) = self.journal.run(id)? else { return Ok(()) };
        let mut sources = Vec::new();
        for (name, digest) in &run.start.sources {
            sources.push((name.as_str(), self.journal.source(digest)?));
        }
        let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let script = self.engine.compile_all(&sources)?;
        let inputs = run.start.inputs.into_iter();
        let inputs = inputs.fold(Inputs::new().run(id), |inputs, (name, value)| inputs.data(name, value));

        let mut steps = Steps { workflows: self };
        // A step that was begun when a worker died is done again: steps must bear that.
        let journal = Arc::clone(&self.journal) as Arc<dyn Journal>;
        let mut durable = Durable::new(&mut steps, journal, lease.clone(), InDoubt::Repeat)?;
        let done = script.run(&mut durable, inputs);
        let leave = |state, waits: Option<&Wait>, ending: Option<&Ending>| {
            self.journal.leave(&lease, state, waits, ending).map_err(Failure::from)
        };
        match (done.result, done.stopped) {
            (Ok(value), _) => leave(State::Done, None, Some(&Ending::Result(script.to_data(&value)?))),
            (Err(_), Some(Refusal::Suspend(wait))) => leave(State::Suspended, Some(&wait), None),
            // The worker ends, not the run: the next one takes it up.
            (Err(failure), Some(Refusal::Stop(why))) if why.code == Code::Interrupted => Err(failure),
            (Err(failure), Some(Refusal::Stop(_))) => {
                leave(State::Stuck, None, Some(&Ending::Error(failure.to_string())))
            }
            (Err(failure), _) => leave(State::Failed, None, Some(&Ending::Error(failure.to_string()))),
        }
    }

    /// How a run ended, once it has.
    pub fn result(&self, id: &str) -> Result<Option<String>, Problem> {
        Ok(self.journal.run(id)?.and_then(|run| match run.result? {
            Ending::Result(value) => Some(value.to_string()),
            Ending::Error(message) => Some(format!("error: {message}")),
        }))
    }
}

/// Performs the steps of a run.
struct Steps<'w> {
    workflows: &'w Workflows,
}

impl Host for Steps<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let Effect::Function { name, arguments } = &call.effect else {
            return match call.effect {
                Effect::Info { .. } => Ok(Outcome::Done),
                other => Err(other.not_supported().into()),
            };
        };
        let Some(step) = self.workflows.steps.get(name) else { return Err(call.effect.not_supported().into()) };
        match (step.work)(arguments) {
            Ok(value) => Ok(value.into()),
            Err(problem) if problem.code == Code::Interrupted => Err(Refusal::Stop(problem)),
            Err(problem) => {
                let entries = self.workflows.journal.entries(&call.run).map_err(Refusal::Stop)?;
                let tried = entries.iter().find(|entry| entry.seq == call.seq).map_or(1, |entry| entry.attempt);
                if tried >= step.tries {
                    return Err(Refusal::Problem(problem));
                }
                // Nothing waits here: the run is put aside, and any worker tries again.
                let pause = i64::try_from(step.pause.as_millis()).unwrap_or(i64::MAX).saturating_mul(i64::from(tried));
                Err(Refusal::Suspend(Wait::Until { millis: now().saturating_add(pause) }))
            }
        }
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A step with a branch, a wait for approval, a timer, and a step that is tried again and undone.
pub const ORDER: &str = r#"
    map order(string article, int pieces)
    {
        total = stock.reserve(article, pieces);
        if(total > 1000)
        {
            if(!durable.signal("approved"))
            {
                stock.release(article, pieces);
                return {"state":"refused"};
            }
        }
        durable.wait(0);
        try
        {
            receipt = bank.charge(total);
        }
        catch (e)
        {
            stock.release(article, pieces);
            return {"state":"unpaid","why":e.message};
        }
        return {"state":"paid","receipt":receipt};
    }
"#;

/// What the steps did, whatever happened to the workers.
#[derive(Default)]
pub struct World {
    /// Reservations that were made.
    pub reserved: AtomicU32,
    /// Charges that were made.
    pub charged: AtomicU32,
    refusals: AtomicU32,
}

/// A worker; `charging` happens in the middle of a charge.
pub fn worker(home: &Path, world: &Arc<World>, charging: fn() -> Result<(), Problem>) -> Result<Workflows, Problem> {
    let (stock, bank) = (Arc::clone(world), Arc::clone(world));
    let number = |args: &[Data], at: usize| args.get(at).and_then(Data::as_number).unwrap_or_default();
    Ok(Workflows::open(home)?
        .step("stock.reserve", 1, move |args| {
            stock.reserved.fetch_add(1, Ordering::Relaxed);
            Ok(Data::from(number(args, 1) * 250))
        })
        .step("stock.release", 1, |_| Ok(Data::Null))
        .step("bank.charge", 3, move |args| {
            charging()?;
            // The bank is away at first.
            if bank.refusals.fetch_add(1, Ordering::Relaxed) < 1 {
                return Err(Problem::new(Code::ConnectFailed, "the bank does not answer"));
            }
            bank.charged.fetch_add(1, Ordering::Relaxed);
            Ok(Data::from(format!("receipt for {}", number(args, 0))))
        }))
}

/// Runs the example.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let home = std::env::temp_dir().join(format!("rainwright-workflow-{}", std::process::id()));
    let world = Arc::new(World::default());
    let inputs = |pieces: i64| vec![("article".to_owned(), Data::from("A12")), ("pieces".to_owned(), pieces.into())];

    let first = worker(&home, &world, || Err(Problem::new(Code::Interrupted, "this worker ends")))?;
    first.start("small", ORDER, inputs(2))?;
    assert!(first.work().is_err(), "it dies in the middle of the charge");
    drop(first);

    // Another worker finds what the first one left, tries until the bank answers, and reserves nothing twice.
    let second = worker(&home, &world, || Ok(()))?;
    second.start("large", ORDER, inputs(8))?;
    for _ in 0..200 {
        second.work()?;
        if second.result("small")?.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(second.result("small")?.as_deref(), Some(r#"{"state":"paid","receipt":"receipt for 500"}"#));
    assert_eq!(second.result("large")?, None, "it waits for its approval");
    second.journal.signal("large", "approved", &Data::from(false))?;
    second.work()?;
    assert_eq!(second.result("large")?.as_deref(), Some(r#"{"state":"refused"}"#));
    assert_eq!((world.reserved.load(Ordering::Relaxed), world.charged.load(Ordering::Relaxed)), (2, 1));
    std::fs::remove_dir_all(&home)?;
    Ok(())
}
