//! The only door out of a script: a call goes out through [`Host`], an outcome or a refusal comes back.

use std::sync::Arc;

use rainwright_diagnostic::{Code, Lack, Problem};
use serde::{Deserialize, Serialize};

use crate::{Data, HttpRequest, HttpResponse, Message, Records, Ui};

/// Performs what a script cannot do itself. The evaluator calls it and waits for the outcome.
pub trait Host {
    /// Performs one effect.
    ///
    /// # Errors
    /// A [`Refusal`]: a problem that the script may catch, a stop that it may not, or a suspension.
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal>;

    /// Called now and then during long computations, so that a host of several scripts can let others run.
    fn pause(&mut self) {}
}

/// One request of a run to its host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The run's name, as the embedding program chose it; empty when it chose none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub run: Arc<str>,
    /// The number of this call within its run, from 1.
    pub seq: u64,
    /// The function that makes the call, with its namespace; empty for bare statements.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub function: Arc<str>,
    /// Which of the program's sources that function is in; 0 is the script itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub source: u32,
    /// The 1-based line of the statement in that source; 0 when it is not known.
    #[serde(default)]
    pub line: u32,
    /// What is wanted.
    pub effect: Effect,
}

impl Call {
    /// A call outside of any run, for hosts that are driven by other programs and for tests.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self { run: "".into(), seq: 1, function: "".into(), source: 0, line: 0, effect }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Something a script wants done outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// The present instant; answered by [`Outcome::Instant`].
    Now,
    /// 64 random bits; answered by [`Outcome::Bits`].
    Random,
    /// A line for the log; answered by [`Outcome::Done`].
    Info {
        /// The line, already rendered.
        text: String,
    },
    /// One HTTP call; answered by [`Outcome::Http`].
    Http(Box<HttpRequest>),
    /// One mail; answered by [`Outcome::Done`].
    Mail(Box<Message>),
    /// One text message to phones; answered by [`Outcome::Done`].
    Sms(Box<Message>),
    /// A task that is not HTTP, such as `sftp`, or a question about the account, such as `zoho.loginuser`; answered by
    /// [`Outcome::Data`] or [`Outcome::Done`].
    Task {
        /// The task's name.
        name: String,
        /// Its keys and values as a map, or its arguments as a list.
        arguments: Data,
    },
    /// A call of a function that the embedding program offers; answered by [`Outcome::Data`] or [`Outcome::Done`].
    Function {
        /// The function's dotted name.
        name: String,
        /// The arguments in order.
        arguments: Vec<Data>,
    },
    /// A query or change of form records; answered by [`Outcome::Data`] or [`Outcome::Done`]. After a crash a durable run asks
    /// for the last one again, with the same run and number: its host does a change once for these, and answers as before.
    Records(Box<Records>),
    /// An action on the form on screen; answered by [`Outcome::Data`] or [`Outcome::Done`].
    Ui(Box<Ui>),
}

impl Effect {
    /// A short name for messages and journals: `http`, `mail` …
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Now => "now",
            Effect::Random => "random",
            Effect::Info { .. } => "info",
            Effect::Http(_) => "http",
            Effect::Mail(_) => "mail",
            Effect::Sms(_) => "sms",
            Effect::Task { .. } => "task",
            Effect::Function { .. } => "function",
            Effect::Records(_) => "records",
            Effect::Ui(_) => "ui",
        }
    }

    /// The problem of a host that does not perform this effect.
    #[must_use]
    pub fn not_supported(&self) -> Problem {
        let problem = |message: String| Problem::new(Code::NotSupported, message);
        match self {
            Effect::Records(records) => {
                problem(format!("The records of the form '{}' are not available in this run.", records.form()))
                    .with_help("Run the script within an application with `dg app`, or try it with `dg try`.")
            }
            Effect::Ui(ui) => problem(format!("There is no form on which to {}.", ui.describe()))
                .with_help("Give the run a form with `--form FILE`, a JSON object of the fields and their values.")
                .with_lack(Lack::Form),
            Effect::Task { name, .. } if name.starts_with("zoho.") => {
                problem(format!("This host does not perform the task {name}: only Zoho can do this."))
                    .with_help("`dg try` makes up an answer that fits; a host of your own may give one.")
            }
            Effect::Task { name, .. } => problem(format!("This host does not perform the task {name}.")),
            Effect::Function { name, .. } => problem(format!("This host does not offer the function {name}.")),
            other => problem(format!("This host does not perform the effect '{}'.", other.name())),
        }
    }
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was done; there is nothing to tell.
    Done,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant {
        /// The milliseconds.
        millis: i64,
    },
    /// Random bits.
    Bits {
        /// All 64 of them.
        bits: u64,
    },
    /// The answer to an HTTP call.
    Http(Box<HttpResponse>),
    /// Anything else.
    Data {
        /// The value.
        value: Data,
    },
}

impl Outcome {
    /// The HTTP answer, or a problem that says the host answered with something else.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when the outcome is of another kind.
    pub fn into_http(self) -> Result<HttpResponse, Problem> {
        match self {
            Outcome::Http(response) => Ok(*response),
            _ => Err(Problem::new(Code::NotSupported, "The host answered an HTTP call with something else.")),
        }
    }

    /// The answer as data; null when there is nothing to tell.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when the outcome is of another kind.
    pub fn into_data(self) -> Result<Data, Problem> {
        match self {
            Outcome::Done => Ok(Data::Null),
            Outcome::Data { value } => Ok(value),
            _ => Err(Problem::new(Code::NotSupported, "The host answered with something that is not data.")),
        }
    }
}

impl From<Data> for Outcome {
    fn from(value: Data) -> Self {
        Outcome::Data { value }
    }
}

/// Why a host does not answer with an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Something went wrong that the script may catch: no such connection, no answer in time.
    Problem(Problem),
    /// The run ends here and the script cannot catch it: a quota, an interrupt, a journal that does not fit.
    Stop(Problem),
    /// The run is put aside; it is resumed later, from its journal.
    Suspend(Wait),
}

/// What a suspended run waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
    Until {
        /// The milliseconds.
        millis: i64,
    },
    /// An event from outside.
    Signal {
        /// The event's name.
        name: String,
    },
}

impl Refusal {
    /// The problem as a message shows it.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Refusal::Problem(problem) | Refusal::Stop(problem) => problem,
            Refusal::Suspend(Wait::Until { millis }) => {
                Problem::new(Code::Suspended, format!("The run was suspended until {millis} ms after 1970."))
            }
            Refusal::Suspend(Wait::Signal { name }) => {
                Problem::new(Code::Suspended, format!("The run was suspended until the signal '{name}' comes."))
            }
        }
    }

    /// Whether the script may catch it.
    #[must_use]
    pub fn is_catchable(&self) -> bool {
        matches!(self, Refusal::Problem(_))
    }
}

/// Interrupts and limits stop the run, everything else may be caught.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem.code {
            Code::Interrupted | Code::LimitReached => Refusal::Stop(problem),
            _ => Refusal::Problem(problem),
        }
    }
}
