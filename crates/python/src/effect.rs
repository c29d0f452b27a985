//! What a script asks its host for, as Python sees it, and what a host answers.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyModule};
use rainwright::effect::{Body, HttpResponse, Message};
use rainwright::{Data, Effect, Outcome, Part};

use crate::data::{from_python, to_python};

/// One request of a run to its host.
#[pyclass(module = "rainwright", frozen)]
pub(crate) struct Call {
    inner: rainwright::Call,
}

impl Call {
    pub(crate) fn new(inner: rainwright::Call) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Call {
    /// What is wanted: now, random, info, http, mail, sms, task, function, records or ui.
    #[getter]
    fn kind(&self) -> &'static str {
        self.inner.effect.name()
    }

    /// The number of this call within its run, from 1.
    #[getter]
    fn seq(&self) -> u64 {
        self.inner.seq
    }

    /// The run's name.
    #[getter]
    fn run(&self) -> &str {
        &self.inner.run
    }

    /// The function that makes the call; empty for bare statements.
    #[getter]
    fn function(&self) -> &str {
        &self.inner.function
    }

    /// The line of the statement.
    #[getter]
    fn line(&self) -> u32 {
        self.inner.line
    }

    /// The particulars, as a dictionary.
    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        match &self.inner.effect {
            Effect::Info { text } => dict.set_item("text", text)?,
            Effect::Http(request) => {
                dict.set_item("method", &request.method)?;
                dict.set_item("url", &request.url)?;
                dict.set_item("query", request.query.clone())?;
                dict.set_item("headers", request.headers.clone())?;
                dict.set_item("connection", request.connection.clone())?;
                dict.set_item("service", request.service.clone())?;
                dict.set_item("timeout", request.timeout_ms.map(|ms| std::time::Duration::from_millis(ms).as_secs_f64()))?;
                body(py, &dict, &request.body)?;
            }
            Effect::Mail(message) | Effect::Sms(message) => self::message(py, &dict, message)?,
            Effect::Task { name, arguments } => {
                dict.set_item("name", name)?;
                dict.set_item("arguments", to_python(py, arguments)?)?;
            }
            Effect::Function { name, arguments } => {
                dict.set_item("name", name)?;
                let arguments = arguments.iter().map(|argument| to_python(py, argument));
                dict.set_item("arguments", PyList::new(py, arguments.collect::<PyResult<Vec<_>>>()?)?)?;
            }
            effect => {
                let text = rainwright::effect::to_text(effect)
                    .map_err(|problem| PyTypeError::new_err(problem.message))?;
                return PyModule::import(py, "json")?.call_method1("loads", (text,));
            }
        }
        Ok(dict.into_any())
    }

    fn __repr__(&self) -> String {
        format!("Call({} #{}, line {})", self.kind(), self.inner.seq, self.inner.line)
    }
}

fn body(py: Python<'_>, dict: &Bound<'_, PyDict>, body: &Body) -> PyResult<()> {
    match body {
        Body::Empty => dict.set_item("body", py.None()),
        Body::Text { text, content_type } => {
            dict.set_item("content_type", content_type)?;
            dict.set_item("body", &**text)
        }
        Body::Bytes { bytes, content_type } => {
            dict.set_item("content_type", content_type)?;
            dict.set_item("body", PyBytes::new(py, bytes))
        }
        Body::Form { pairs } => dict.set_item("form", pairs.clone()),
        Body::Multipart { parts } => dict.set_item("parts", self::parts(py, parts)?),
    }
}

fn parts<'py>(py: Python<'py>, parts: &[Part]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for part in parts {
        let text = rainwright::effect::to_text(part).map_err(|problem| PyTypeError::new_err(problem.message))?;
        list.append(PyModule::import(py, "json")?.call_method1("loads", (text,))?)?;
    }
    Ok(list)
}

fn message(py: Python<'_>, dict: &Bound<'_, PyDict>, message: &Message) -> PyResult<()> {
    dict.set_item("from", &message.from)?;
    dict.set_item("to", message.to.clone())?;
    dict.set_item("cc", message.cc.clone())?;
    dict.set_item("bcc", message.bcc.clone())?;
    dict.set_item("reply_to", message.reply_to.clone())?;
    dict.set_item("subject", &message.subject)?;
    dict.set_item("text", &message.text)?;
    dict.set_item("plain", message.plain)?;
    dict.set_item("attachments", parts(py, &message.attachments)?)
}

/// What a host's return value answers to an effect.
///
/// # Errors
/// Values that do not fit the effect.
pub(crate) fn outcome(effect: &Effect, value: &Bound<'_, PyAny>) -> PyResult<Outcome> {
    match effect {
        Effect::Now => Ok(Outcome::Instant {
            millis: match from_python(value)? {
                Data::Number(millis) => millis,
                Data::DateTime { millis, .. } => millis,
                _ => return Err(PyTypeError::new_err("the clock is answered with a datetime, or milliseconds since 1970")),
            },
        }),
        Effect::Random => Ok(Outcome::Bits { bits: value.extract()? }),
        Effect::Http(_) => http(value),
        _ if value.is_none() => Ok(Outcome::Done),
        _ => Ok(from_python(value)?.into()),
    }
}

/// An HTTP answer from `Response(status, body, headers)`, or whatever has these attributes (`requests`, `httpx`).
fn http(value: &Bound<'_, PyAny>) -> PyResult<Outcome> {
    let named = |names: &[&str]| names.iter().find_map(|name| value.getattr(*name).ok());
    let wrong = || PyTypeError::new_err("an HTTP call is answered with rainwright.Response(status, body, headers)");
    let status: u16 = named(&["status", "status_code"]).ok_or_else(wrong)?.extract()?;
    let body = named(&["body", "content"]).ok_or_else(wrong)?;
    let body: Vec<u8> = match body.extract::<String>() {
        Ok(text) => text.into_bytes(),
        Err(_) => body.extract()?,
    };
    let mut headers = Vec::new();
    if let Some(given) = named(&["headers"]).filter(|headers| !headers.is_none()) {
        for pair in given.call_method0("items")?.try_iter()? {
            headers.push(pair?.extract::<(String, String)>()?);
        }
    }
    Ok(Outcome::Http(Box::new(HttpResponse { status, headers, body: body.into() })))
}
