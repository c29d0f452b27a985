//! Durable runs: what a journal needs to start a run, to build it again, and to leave it.
//!
//! ```
//! use std::sync::Arc;
//! use rainwright::runtime::journal::{InDoubt, Journal, SqliteJournal, State};
//! use rainwright::runtime::store::KeySource;
//! use rainwright::{Data, Engine, Inputs, OfflineHost, durable};
//!
//! # let home = tempfile::tempdir()?;
//! # let home = home.path();
//! let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(home, &KeySource::File(home.join("key")))?);
//! let engine = durable::engine(Engine::new());
//! let script = engine.compile("approve.dg", "return durable.signal(\"approved\").get(\"by\");")?;
//! let lease = durable::start(&*journal, "order-7", &engine, &script, None, &Inputs::new(), Data::Null)?;
//! let done = durable::drive(&script, Inputs::new(), &mut OfflineHost::new(), &journal, &lease, InDoubt::Ask)?;
//! assert!(done.stopped.is_some(), "it waits");
//!
//! // Later, perhaps in another process:
//! journal.signal("order-7", "approved", &Data::map([("by", "Ada")]))?;
//! let run = durable::Resumed::open(&*journal, "order-7", &Engine::new())?;
//! let done = run.drive(&mut OfflineHost::new(), &journal, InDoubt::Ask, &Default::default())?;
//! assert_eq!(done.result?.as_str(), Some("Ada"));
//! assert_eq!(journal.run("order-7")?.unwrap().state, State::Done);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use crate::runtime::journal::{
    Durable, Ending, InDoubt, Journal, Lease, SIGNAL, Start, State, Stored, WAIT, digest, now,
};
use crate::{Code, Data, Done, Engine, Failure, Host, Inputs, Interrupt, Problem, Refusal, Script, Wait};

/// An engine whose scripts may call `durable.wait` and `durable.signal`.
#[must_use]
pub fn engine(engine: Engine) -> Engine {
    engine.declared_function(WAIT).declared_function(SIGNAL)
}

/// Adds a run to the journal, with all that is needed to build it again, and takes it up.
///
/// `settings` is given back to the caller when the run is resumed: its own options, for example.
///
/// # Errors
/// When there is a run of that name, when an input has no form as data, or when the journal cannot be written.
pub fn start(
    journal: &dyn Journal,
    id: &str,
    engine: &Engine,
    script: &Script,
    entry: Option<String>,
    inputs: &Inputs,
    settings: Data,
) -> Result<Lease, Failure> {
    let sources: Vec<(String, String)> = script.sources().map(|(name, text)| (name.into(), text.into())).collect();
    let start = Start {
        sources: digests(&sources),
        entry,
        inputs: inputs.to_data(script)?,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        profile: engine.current_profile().name.to_owned(),
        timezone: engine.locale().zone.id().to_owned(),
        settings,
    };
    Ok(journal.create(id, &start, &sources)?)
}

/// Names and digests of sources.
#[must_use]
pub fn digests(sources: &[(String, String)]) -> Vec<(String, String)> {
    sources.iter().map(|(name, text)| (name.clone(), digest(text.as_bytes()))).collect()
}

/// The run of that name.
///
/// # Errors
/// When there is none, or the journal cannot be read.
pub fn stored(journal: &dyn Journal, id: &str) -> Result<Stored, Problem> {
    journal.run(id)?.ok_or_else(|| {
        Problem::new(Code::BadArgument, format!("There is no run {id}."))
            .with_help("List the runs with `dg runs list`.")
    })
}

/// A run of the journal that was built again from its sources.
pub struct Resumed {
    /// The run.
    pub id: String,
    /// What it was started with.
    pub start: Start,
    /// Its sources, with their names.
    pub sources: Vec<(String, String)>,
    /// The compiled script.
    pub script: Script,
}

impl Resumed {
    /// Reads a run and compiles its sources; `engine` gives the limits and the functions of the embedding program.
    ///
    /// # Errors
    /// When there is no such run, its sources are gone, or they cannot be compiled.
    pub fn open(journal: &dyn Journal, id: &str, engine: &Engine) -> Result<Self, Failure> {
        let start = stored(journal, id)?.start;
        let text = |(name, digest): &(String, String)| Ok((name.clone(), journal.source(digest)?));
        let sources = start.sources.iter().map(text).collect::<Result<Vec<_>, Problem>>()?;
        let script = compile(engine, &start, &sources)?;
        Ok(Self { id: id.to_owned(), start, sources, script })
    }

    /// The same run with another text for its script.
    ///
    /// # Errors
    /// When the text cannot be compiled, or the run has no script.
    pub fn with_script(mut self, engine: &Engine, text: String) -> Result<Self, Failure> {
        let Some(first) = self.sources.first_mut() else {
            let message = format!("The run {} has no script that could be replaced.", self.id);
            return Err(Problem::new(Code::BadArgument, message).into());
        };
        first.1 = text;
        self.script = compile(engine, &self.start, &self.sources)?;
        self.start.sources = digests(&self.sources);
        Ok(self)
    }

    /// The inputs that it was started with.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        let inputs = self.start.inputs.iter();
        let inputs = inputs.fold(Inputs::new(), |inputs, (name, value)| inputs.data(name.clone(), value.clone()));
        match &self.start.entry {
            Some(entry) => inputs.entry(entry.clone()),
            None => inputs,
        }
    }

    /// Takes the run up and goes on with it until it ends or waits again.
    ///
    /// # Errors
    /// When another process has the run, it is over, or the journal cannot be written.
    pub fn drive(
        &self,
        host: &mut dyn Host,
        journal: &Arc<dyn Journal>,
        policy: InDoubt,
        stop: &Interrupt,
    ) -> Result<Done, Problem> {
        let lease = journal.claim(&self.id)?;
        drive(&self.script, self.inputs().interrupt(Interrupt::clone(stop)), host, journal, &lease, policy)
    }
}

fn compile(engine: &Engine, start: &Start, sources: &[(String, String)]) -> Result<Script, Failure> {
    let base = engine.clone().profile(&start.profile)?.timezone(&start.timezone)?;
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    self::engine(base).compile_all(&sources)
}

/// Runs a script that was taken up, and leaves it in the journal as it ends.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn drive(
    script: &Script,
    inputs: Inputs,
    host: &mut dyn Host,
    journal: &Arc<dyn Journal>,
    lease: &Lease,
    policy: InDoubt,
) -> Result<Done, Problem> {
    let mut durable = Durable::new(host, Arc::clone(journal), lease.clone(), policy)?;
    let stop = Interrupt::clone(&inputs.interrupt);
    let done = script.run(&mut durable, inputs.run(lease.run.as_str()));
    let was_stopped = stop.load(std::sync::atomic::Ordering::Relaxed);
    leave(script, &done, was_stopped, &**journal, lease)?;
    Ok(done)
}

fn leave(script: &Script, done: &Done, was_stopped: bool, journal: &dyn Journal, lease: &Lease) -> Result<(), Problem> {
    let error = |failure: &Failure| Ending::Error(failure.to_string());
    match (&done.result, &done.stopped) {
        (Ok(value), _) => {
            let ending = Ending::Result(script.to_data(value).unwrap_or_default());
            journal.leave(lease, State::Done, None, Some(&ending))
        }
        (Err(_), Some(Refusal::Suspend(wait))) => journal.leave(lease, State::Suspended, Some(wait), None),
        (Err(failure), Some(Refusal::Stop(why))) => match why.code {
            Code::JournalMismatch => journal.leave(lease, State::Stuck, None, Some(&error(failure))),
            // The journal itself cannot be written.
            Code::StoreProblem => Ok(()),
            // Another process may have the run by now, which then says how it is left.
            Code::Interrupted => {
                let _ = journal.leave(lease, State::Suspended, None, None);
                Ok(())
            }
            _ => journal.leave(lease, State::Failed, None, Some(&error(failure))),
        },
        // It was interrupted while it computed.
        (Err(failure), _) if was_stopped && failure.code() == Code::Interrupted => {
            journal.leave(lease, State::Suspended, None, None)
        }
        (Err(failure), _) => journal.leave(lease, State::Failed, None, Some(&error(failure))),
    }
}

/// Whether a run can go on: what it waits for has arrived, or the program that ran it is gone.
///
/// # Errors
/// When the journal cannot be read.
pub fn can_go_on(journal: &dyn Journal, run: &Stored) -> Result<bool, Problem> {
    Ok(match (run.state, &run.waits) {
        (State::Running, _) | (State::Suspended, None) => true,
        (State::Suspended, Some(Wait::Until { millis })) => *millis <= now(),
        (State::Suspended, Some(Wait::Signal { name })) => journal.has_signal(&run.id, name)?,
        _ => false,
    })
}
