//! Engines and scripts.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use rainwright::{Data, Effect, Host, Inputs, Limits, OfflineHost, Outcome, Refusal};

use crate::data::{dict, from_python, to_python};
use crate::effect::{Call, outcome};
use crate::error::{raise, refusal};
use crate::flow::Flow;
use crate::live::Live;

/// The settings of runs: product, time zone, limits, and the functions that scripts may call.
#[pyclass(module = "rainwright")]
pub(crate) struct Engine {
    inner: rainwright::Engine,
}

#[pymethods]
impl Engine {
    /// An engine. `profile` is the product whose rules hold, `timezone` the account's; `seconds`, `cpu_seconds`, `memory`
    /// (bytes), `fuel` (loop turns and calls) and `effects` bound each run.
    #[new]
    #[pyo3(signature = (*, profile = None, timezone = None, seconds = None, cpu_seconds = None, memory = None, fuel = None, effects = None))]
    fn new(
        py: Python<'_>,
        profile: Option<&str>,
        timezone: Option<&str>,
        seconds: Option<f64>,
        cpu_seconds: Option<f64>,
        memory: Option<usize>,
        fuel: Option<u64>,
        effects: Option<u64>,
    ) -> PyResult<Self> {
        let duration = |seconds: Option<f64>| {
            let duration = seconds.map(Duration::try_from_secs_f64).transpose();
            duration.map_err(|_| PyValueError::new_err("a time limit is a number of seconds that is not negative"))
        };
        let usual = Limits::default();
        let limits = Limits {
            time: duration(seconds)?,
            cpu: duration(cpu_seconds)?,
            memory: memory.unwrap_or(usual.memory),
            fuel: fuel.unwrap_or(usual.fuel),
            effects,
            ..usual
        };
        let mut inner = rainwright::Engine::new().limits(limits);
        if let Some(name) = profile {
            inner = inner.profile(name).map_err(|failure| raise(py, &failure, &[]))?;
        }
        if let Some(zone) = timezone {
            inner = inner.timezone(zone).map_err(|failure| raise(py, &failure, &[]))?;
        }
        Ok(Self { inner })
    }

    /// Compiles a script.
    #[pyo3(signature = (name, source))]
    fn compile(&self, py: Python<'_>, name: &str, source: &str) -> PyResult<Script> {
        let inner = self.inner.compile(name, source).map_err(|failure| raise(py, &failure, &[]))?;
        Ok(Script { inner })
    }

    /// Lets scripts that are compiled from now on call a Python function by a name such as `erp.price`.
    fn add_function(&mut self, name: &str, function: Py<PyAny>) {
        let run = move |arguments: &[Data]| {
            Python::attach(|py| {
                let arguments = arguments.iter().map(|argument| to_python(py, argument)).collect::<PyResult<Vec<_>>>();
                let called = arguments.and_then(|arguments| function.bind(py).call1(PyTuple::new(py, arguments)?));
                called.and_then(|value| from_python(&value)).map_err(|error| refusal(py, &error).problem())
            })
        };
        self.inner = self.inner.clone().function(name, run);
    }
}

/// A compiled script. It may be run on any thread, and on many at once.
#[pyclass(module = "rainwright", frozen)]
pub(crate) struct Script {
    inner: rainwright::Script,
}

/// What a run came to, with nothing that is bound to its thread.
struct Ran {
    result: Result<Data, rainwright::Failure>,
    lines: Vec<String>,
    variables: Vec<(String, Data)>,
    fuel: u64,
    effects: u64,
    /// The exception of the host that ended the run.
    raised: Option<PyErr>,
}

#[pymethods]
impl Script {
    /// The name that messages use.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// The functions that can be called: names, with the names of their parameters.
    #[getter]
    fn entries(&self) -> Vec<(String, Vec<String>)> {
        let entries = self.inner.entries().into_iter();
        entries.map(|entry| (entry.name, entry.params.into_iter().map(|param| param.name).collect())).collect()
    }

    /// Runs it on this thread; other Python threads go on meanwhile, except while `host` is called.
    #[pyo3(name = "_run", signature = (entry, args, host, live, run, now))]
    #[allow(clippy::too_many_arguments, reason = "the Python face gives them names")]
    fn start<'py>(
        &self,
        py: Python<'py>,
        entry: Option<String>,
        args: Option<&Bound<'py, PyDict>>,
        host: Option<Py<PyAny>>,
        live: Option<&Bound<'py, Live>>,
        run: &str,
        now: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = arguments(args)?;
        let script = &self.inner;
        let below: Box<dyn Host + Send> = match live {
            Some(live) => Box::new(live.get().host()),
            None => Box::new(Plain(OfflineHost::new(), now)),
        };
        let ran = py.detach(move || {
            let mut host = PyHost { host, below, lines: Vec::new(), raised: None };
            let done = script.run(&mut host, inputs(entry, arguments, run));
            let variables = done.variables.iter();
            let variables = variables.filter_map(|(name, value)| Some((name.clone(), script.to_data(value).ok()?)));
            Ran {
                variables: variables.collect(),
                result: done.result.and_then(|value| script.to_data(&value)),
                lines: host.lines,
                fuel: done.fuel,
                effects: done.effects,
                raised: host.raised,
            }
        });
        if let Some(raised) = ran.raised {
            return Err(raised);
        }
        let value = ran.result.map_err(|failure| raise(py, &failure, &ran.lines))?;
        result(py, &value, &ran.lines, ran.variables, ran.fuel, ran.effects)
    }

    /// Begins a run that is driven step by step.
    #[pyo3(signature = (entry = None, args = None, run = ""))]
    fn flow(
        &self,
        py: Python<'_>,
        entry: Option<String>,
        args: Option<&Bound<'_, PyDict>>,
        run: &str,
    ) -> PyResult<Flow> {
        let inputs = inputs(entry, arguments(args)?, run);
        self.inner.flow(inputs).map(Flow::new).map_err(|failure| raise(py, &failure, &[]))
    }
}

/// The tuple that the Python face makes a `Result` of.
pub(crate) fn result<'py>(
    py: Python<'py>,
    value: &Data,
    lines: &[String],
    variables: Vec<(String, Data)>,
    fuel: u64,
    effects: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let lines = PyList::new(py, lines)?;
    let variables = dict(py, &variables.into_iter().collect())?;
    Ok((to_python(py, value)?, lines, variables, fuel, effects).into_pyobject(py)?.into_any())
}

fn arguments(args: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<(String, Data)>> {
    let args = args.into_iter().flat_map(|args| args.iter());
    args.map(|(name, value)| Ok((name.extract()?, from_python(&value)?))).collect()
}

fn inputs(entry: Option<String>, arguments: Vec<(String, Data)>, run: &str) -> Inputs {
    let inputs = arguments.into_iter().fold(Inputs::new().run(run), |inputs, (name, value)| inputs.data(name, value));
    entry.into_iter().fold(inputs, Inputs::entry)
}

/// A host without network, at the present time unless another is given.
struct Plain(OfflineHost, Option<i64>);

impl Host for Plain {
    fn perform(&mut self, call: rainwright::Call) -> Result<Outcome, Refusal> {
        match (&call.effect, self.1) {
            (Effect::Now, Some(millis)) => Ok(Outcome::Instant { millis }),
            (Effect::Now, None) => Ok(Outcome::Instant { millis: rainwright::runtime::journal::now() }),
            _ => self.0.perform(call),
        }
    }
}

/// Asks the Python host first; what it does not know goes to the one below.
struct PyHost {
    host: Option<Py<PyAny>>,
    below: Box<dyn Host + Send>,
    lines: Vec<String>,
    raised: Option<PyErr>,
}

impl Host for PyHost {
    fn perform(&mut self, call: rainwright::Call) -> Result<Outcome, Refusal> {
        if let Effect::Info { text } = &call.effect {
            self.lines.push(text.clone());
        }
        let answered = self.host.as_ref().and_then(|host| {
            Python::attach(|py| {
                let asked = Bound::new(py, Call::new(call.clone())).and_then(|asked| host.bind(py).call1((asked,)));
                match asked {
                    Ok(value) if value.is(py.NotImplemented()) => None,
                    Ok(value) => Some(outcome(&call.effect, &value)),
                    Err(error) => Some(Err(error)),
                }
            })
        });
        match answered {
            None if matches!(call.effect, Effect::Info { .. }) => Ok(Outcome::Done),
            None => self.below.perform(call),
            Some(Ok(outcome)) => Ok(outcome),
            Some(Err(error)) => Err(Python::attach(|py| {
                let refusal = refusal(py, &error);
                if matches!(refusal, Refusal::Stop(_)) {
                    self.raised = Some(error);
                }
                refusal
            })),
        }
    }
}
