//! Errors: a script's failure as a Python exception, and a Python exception as a refusal.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use rainwright::render::Style;
use rainwright::{Code, Failure, Problem, Refusal, Wait};

/// The exceptions of `rainwright`, which are written in Python.
fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    PyModule::import(py, "rainwright.errors")?.getattr(name)
}

/// A failure as the exception that Python code catches.
pub(crate) fn raise(py: Python<'_>, failure: &Failure, lines: &[String]) -> PyErr {
    let made = (|| {
        let values = PyDict::new(py);
        values.set_item("code", failure.code().to_string())?;
        values.set_item("help", failure.help())?;
        let place = failure.place();
        values.set_item("source", place.as_ref().map(|place| place.source.clone()))?;
        values.set_item("line", place.as_ref().map(|place| place.line))?;
        values.set_item("column", place.as_ref().map(|place| place.column))?;
        values.set_item("notes", failure.notes().to_vec())?;
        values.set_item("lines", lines.to_vec())?;
        values.set_item("rendered", failure.render(Style::PLAIN))?;
        let name = match failure.code() {
            Code::Suspended => "Suspended",
            _ if failure.is_syntax() => "CompileError",
            _ => "ScriptError",
        };
        class(py, name)?.call((failure.message(),), Some(&values))
    })();
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// What a host's exception means to the run: `Problem` may be caught by the script, `Suspend` puts the run aside, and
/// everything else ends the run and goes on to whoever started it.
pub(crate) fn refusal(py: Python<'_>, error: &PyErr) -> Refusal {
    let value = error.value(py);
    let is = |name: &str| class(py, name).and_then(|class| value.is_instance(&class)).unwrap_or(false);
    let text = value.str().map_or_else(|_| "an error".to_owned(), |text| text.to_string());
    if is("Problem") {
        return Refusal::Problem(Problem::new(Code::NotSupported, text));
    }
    if is("Suspend") {
        let signal: Option<String> = value.getattr("signal").and_then(|signal| signal.extract()).ok().flatten();
        let millis: Option<i64> = value.getattr("millis").and_then(|millis| millis.extract()).ok().flatten();
        return Refusal::Suspend(match (signal, millis) {
            (Some(name), _) => Wait::Signal { name },
            (None, millis) => Wait::Until { millis: millis.unwrap_or_default() },
        });
    }
    Refusal::Stop(Problem::new(Code::NotSupported, format!("The host failed: {text}")))
}
