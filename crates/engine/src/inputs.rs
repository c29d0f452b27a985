//! What a run is given.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Data, Failure, Interrupt, Script, Value};

/// The function to call, its arguments by name, and a switch that stops the run.
#[derive(Default)]
pub struct Inputs {
    pub(crate) entry: Option<String>,
    pub(crate) values: HashMap<String, Value>,
    /// Arguments that become values when the run's zone is known.
    pub(crate) data: Vec<(String, Data)>,
    pub(crate) run: Arc<str>,
    pub(crate) interrupt: Interrupt,
}

/// Inputs that may go to another thread.
#[derive(Clone)]
pub(crate) struct Sealed {
    entry: Option<String>,
    data: Vec<(String, Data)>,
    run: Arc<str>,
    pub(crate) interrupt: Interrupt,
}

impl Sealed {
    pub(crate) fn open(self) -> Inputs {
        let Sealed { entry, data, run, interrupt } = self;
        Inputs { entry, values: HashMap::new(), data, run, interrupt }
    }
}

impl Inputs {
    /// Turns the values into data.
    pub(crate) fn seal(self, script: &Script) -> Result<Sealed, Failure> {
        let Inputs { entry, values, mut data, run, interrupt } = self;
        for (name, value) in values {
            data.push((name, script.to_data(&value)?));
        }
        Ok(Sealed { entry, data, run, interrupt })
    }

    /// The same as may go to another thread.
    pub(crate) fn to_sealed(&self, script: &Script) -> Result<Sealed, Failure> {
        let (data, run) = (self.to_data(script)?, Arc::clone(&self.run));
        Ok(Sealed { entry: self.entry.clone(), data, run, interrupt: Interrupt::clone(&self.interrupt) })
    }

    /// The arguments as data, for journals and other machines.
    ///
    /// # Errors
    /// A value that has no form as data, such as a list that holds itself.
    pub fn to_data(&self, script: &Script) -> Result<Vec<(String, Data)>, Failure> {
        let mut all = self.data.clone();
        for (name, value) in &self.values {
            all.push((name.clone(), script.to_data(value)?));
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// No arguments; the bare statements, or the first function when there are none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls a function instead of the bare statements.
    #[must_use]
    pub fn entry(mut self, name: impl Into<String>) -> Self {
        self.entry = Some(name.into());
        self
    }

    /// Gives a parameter, or a variable that the script reads, its value.
    #[must_use]
    pub fn arg(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Gives a parameter, or a variable that the script reads, its value, from data that may come from another thread.
    #[must_use]
    pub fn data(mut self, name: impl Into<String>, value: impl Into<Data>) -> Self {
        self.data.push((name.into(), value.into()));
        self
    }

    /// Names the run: the calls that its host gets carry the name.
    #[must_use]
    pub fn run(mut self, name: impl Into<Arc<str>>) -> Self {
        self.run = name.into();
        self
    }

    /// Stops the run when the switch becomes true.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }
}
