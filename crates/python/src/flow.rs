//! A run that is pulled: for event loops, journals and workflow engines.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rainwright::{Answer, Effect, Next, Outcome};

use crate::effect::{Call, outcome};
use crate::engine::result;
use crate::error::{raise, refusal};

/// A run that asks, is answered, and ends. It belongs to the thread that made it.
#[pyclass(module = "rainwright", unsendable)]
pub(crate) struct Flow {
    flow: Option<rainwright::Flow>,
    /// The effect that waits for its answer.
    asked: Option<Effect>,
    answer: Option<Answer>,
}

impl Flow {
    pub(crate) fn new(flow: rainwright::Flow) -> Self {
        Self { flow: Some(flow), asked: None, answer: None }
    }
}

#[pymethods]
impl Flow {
    /// Computes until the run asks for something, and gives that; `None` when it has ended. Lines of the log are kept for
    /// the result, they are not asked for.
    fn next(&mut self) -> Option<Call> {
        let flow = self.flow.as_mut()?;
        loop {
            match flow.next() {
                Next::Asks(call) if matches!(call.effect, Effect::Info { .. }) => flow.answer(Ok(Outcome::Done)),
                Next::Asks(call) => {
                    self.asked = Some(call.effect.clone());
                    return Some(Call::new(call));
                }
                Next::Ended(answer) => {
                    self.flow = None;
                    self.answer = Some(answer);
                    return None;
                }
            }
        }
    }

    /// Answers what was asked last.
    fn answer(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (Some(flow), Some(effect)) = (&mut self.flow, &self.asked) else { return Err(nothing_asked()) };
        let outcome = outcome(effect, value)?;
        self.asked = None;
        flow.answer(Ok(outcome));
        Ok(())
    }

    /// Refuses what was asked last: a `Problem` may be caught by the script, a `Suspend` puts the run aside, every other
    /// exception ends it.
    fn refuse(&mut self, py: Python<'_>, error: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(flow) = self.flow.as_mut().filter(|_| self.asked.is_some()) else { return Err(nothing_asked()) };
        self.asked = None;
        flow.answer(Err(refusal(py, &PyErr::from_value(error.clone()))));
        Ok(())
    }

    /// What the run came to, as the Python face reads it.
    #[pyo3(name = "_result")]
    fn outcome<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(answer) = self.answer.take() else {
            return Err(PyRuntimeError::new_err("the run has not ended, or its result was taken"));
        };
        let value = answer.result.map_err(|failure| raise(py, &failure, &answer.lines))?;
        result(py, &value, &answer.lines, answer.variables, answer.usage.fuel, answer.usage.effects)
    }
}

fn nothing_asked() -> PyErr {
    PyRuntimeError::new_err("the run has not asked for anything")
}
