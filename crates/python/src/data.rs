//! Values on their way between Python and a script: decimals keep their digits, times their zone, files their bytes.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyModule, PyString, PyTuple,
};
use rainwright::Data;
use rainwright::effect::{DataMap, Decimal};

/// Containers within each other that are followed; deeper ones are refused, so that one that holds itself is no matter.
const MAX_DEPTH: usize = 200;
const DAY_MILLIS: i64 = 86_400_000;

/// A file: what scripts call FILE.
#[pyclass(module = "rainwright", frozen)]
pub(crate) struct File {
    inner: rainwright::effect::File,
}

#[pymethods]
impl File {
    /// A file with its name, bytes and MIME type.
    #[new]
    #[pyo3(signature = (name, content, mime = String::new()))]
    fn new(name: String, content: Vec<u8>, mime: String) -> Self {
        Self { inner: rainwright::effect::File { name, mime, bytes: content.into(), ..Default::default() } }
    }

    /// The file's name.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// The MIME type, empty when it is not known.
    #[getter]
    fn mime(&self) -> &str {
        &self.inner.mime
    }

    /// The bytes.
    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.bytes)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __repr__(&self) -> String {
        format!("File({:?}, {} bytes)", self.inner.name, self.inner.bytes.len())
    }
}

/// The Python value of data.
///
/// # Errors
/// Dates that Python cannot hold.
pub(crate) fn to_python<'py>(py: Python<'py>, data: &Data) -> PyResult<Bound<'py, PyAny>> {
    Ok(match data {
        Data::Null | Data::Braces => py.None().into_bound(py),
        Data::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Data::Number(value) => value.into_pyobject(py)?.into_any(),
        Data::Decimal(value) => PyModule::import(py, "decimal")?.getattr("Decimal")?.call1((value.to_string(),))?,
        Data::Float(value) => PyFloat::new(py, *value).into_any(),
        Data::Text(value) => PyString::new(py, value).into_any(),
        Data::Date(days) => {
            let module = PyModule::import(py, "datetime")?;
            let epoch = module.getattr("date")?.call1((1970, 1, 1))?;
            epoch.call_method1("__add__", (delta(&module, *days, 0)?,))?
        }
        Data::DateTime { millis, offset } => {
            let module = PyModule::import(py, "datetime")?;
            let zone = module.getattr("timezone")?;
            let here = zone.call1((delta(&module, 0, i64::from(*offset) * 1000)?,))?;
            let epoch = module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, zone.getattr("utc")?))?;
            epoch.call_method1("__add__", (delta(&module, 0, *millis)?,))?.call_method1("astimezone", (here,))?
        }
        Data::Time { millis, .. } => {
            let (seconds, rest) = (millis.div_euclid(1000), millis.rem_euclid(1000));
            let parts = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, rest * 1000);
            PyModule::import(py, "datetime")?.getattr("time")?.call1(parts)?
        }
        Data::File(file) => Bound::new(py, File { inner: (**file).clone() })?.into_any(),
        Data::List(items) | Data::TypedList(_, items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Data::Map(map) | Data::Error(map) => dict(py, map)?.into_any(),
        Data::Collection(inner) => to_python(py, inner)?,
        Data::Records(_) => {
            let json = PyModule::import(py, "json")?;
            json.call_method1("loads", (data.to_json(),))?
        }
    })
}

/// A dictionary of a map; keys that are no texts are converted like values.
pub(crate) fn dict<'py>(py: Python<'py>, map: &DataMap) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in map.iter() {
        dict.set_item(to_python(py, key)?, to_python(py, value)?)?;
    }
    Ok(dict)
}

fn delta<'py>(module: &Bound<'py, PyModule>, days: i64, millis: i64) -> PyResult<Bound<'py, PyAny>> {
    module.getattr("timedelta")?.call1((days, 0, 0, millis))
}

/// Python values as data.
///
/// # Errors
/// Types that scripts do not know, numbers beyond 64 bits, and containers that are too deep.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Data> {
    read(value, 0)
}

fn read(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Data> {
    if depth > MAX_DEPTH {
        return Err(PyValueError::new_err("the value is nested too deep, or holds itself"));
    }
    if value.is_none() {
        return Ok(Data::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Data::Bool(truth.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        let number: Result<i64, _> = value.extract();
        return number.map(Data::Number).map_err(|_| {
            PyOverflowError::new_err("a NUMBER has 64 bits; give larger ones as decimal.Decimal or as text")
        });
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(Data::Float(float.value()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Data::Text(text.to_str()?.to_owned()));
    }
    if let Ok(file) = value.cast::<File>() {
        return Ok(Data::File(Box::new(file.get().inner.clone())));
    }
    if let Ok(map) = value.cast::<PyDict>() {
        let mut data = DataMap::new();
        for (key, item) in map.iter() {
            data.push(read(&key, depth + 1)?, read(&item, depth + 1)?);
        }
        return Ok(Data::Map(data));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.map(|item| read(&item?, depth + 1));
        return Ok(Data::List(items.collect::<PyResult<_>>()?));
    }
    of_library(value)
}

/// Values of Python's standard library: decimals and dates.
fn of_library(value: &Bound<'_, PyAny>) -> PyResult<Data> {
    let py = value.py();
    if value.is_instance(&PyModule::import(py, "decimal")?.getattr("Decimal")?)? {
        let text = PyModule::import(py, "builtins")?.getattr("format")?.call1((value, "f"))?;
        let text: String = text.extract()?;
        let number: Decimal =
            text.parse().map_err(|_| PyValueError::new_err(format!("{text} has too many digits for a DECIMAL")))?;
        return Ok(Data::Decimal(number));
    }
    let times = PyModule::import(py, "datetime")?;
    if value.is_instance(&times.getattr("datetime")?)? {
        let offset = value.call_method0("utcoffset")?;
        if offset.is_none() {
            return Err(PyValueError::new_err(
                "a datetime without a zone means another instant elsewhere; give it one, such as timezone.utc",
            ));
        }
        let zone = times.getattr("timezone")?.getattr("utc")?;
        let epoch = times.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, zone))?;
        let since = value.call_method1("__sub__", (epoch,))?;
        return Ok(Data::DateTime { millis: millis(&since)?, offset: i32::try_from(millis(&offset)? / 1000)? });
    }
    if value.is_instance(&times.getattr("date")?)? {
        let days: i64 = value.call_method0("toordinal")?.extract()?;
        let epoch: i64 = times.getattr("date")?.call1((1970, 1, 1))?.call_method0("toordinal")?.extract()?;
        return Ok(Data::Date(days - epoch));
    }
    if value.is_instance(&times.getattr("time")?)? {
        let part = |name: &str| value.getattr(name)?.extract::<i64>();
        let seconds = part("hour")? * 3600 + part("minute")? * 60 + part("second")?;
        return Ok(Data::Time { millis: seconds * 1000 + part("microsecond")? / 1000, twelve_hours: false });
    }
    let kind = value.get_type().name()?.to_string();
    Err(PyTypeError::new_err(format!("a script does not know values of the type {kind}")))
}

fn millis(delta: &Bound<'_, PyAny>) -> PyResult<i64> {
    let part = |name: &str| delta.getattr(name)?.extract::<i64>();
    Ok(part("days")? * DAY_MILLIS + part("seconds")? * 1000 + part("microseconds")?.div_euclid(1000))
}
