//! How a run ended, as data that may go to any thread.

use std::time::Duration;

use crate::{Data, Failure, Refusal};

/// How a run ended.
#[derive(Debug)]
pub struct Answer {
    /// What the script returned, null when nothing, or why it stopped.
    pub result: Result<Data, Failure>,
    /// Why the run was ended, when it did not end by itself: a limit, an interrupt, a stop or a suspension.
    pub stopped: Option<Refusal>,
    /// What `info` logged, in order.
    pub lines: Vec<String>,
    /// The variables of the bare statements as they were at the end; those that have no form as data are left out.
    pub variables: Vec<(String, Data)>,
    /// What the run took.
    pub usage: Usage,
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Loop turns and calls.
    pub fuel: u64,
    /// Executed statements, when they are counted.
    pub statements: u64,
    /// How often the script reached outside.
    pub effects: u64,
    /// How long it computed; for [`Script::run_at_once`](crate::Script::run_at_once) the time that passed.
    pub computed: Duration,
    /// How long it took, waiting included.
    pub elapsed: Duration,
}

impl Answer {
    /// The answer of a run that never began.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self { result: Err(failure), stopped: None, lines: Vec::new(), variables: Vec::new(), usage: Usage::default() }
    }
}
