//! What a run is given.

use std::collections::HashMap;

use crate::{Interrupt, Value};

/// The function to call, its arguments by name, and a switch that stops the run.
#[derive(Default)]
pub struct Inputs {
    pub(crate) entry: Option<String>,
    pub(crate) values: HashMap<String, Value>,
    pub(crate) interrupt: Interrupt,
}

impl Inputs {
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

    /// Stops the run when the switch becomes true.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }
}
