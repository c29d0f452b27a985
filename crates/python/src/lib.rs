//! The Python module `rainwright._rainwright`: engines, scripts and flows, with exact values and errors that know their
//! place. `python/rainwright` gives it its Python face.

mod data;
mod effect;
mod engine;
mod error;
mod flow;
mod live;

use pyo3::prelude::*;

#[pymodule]
fn _rainwright(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<engine::Engine>()?;
    module.add_class::<engine::Script>()?;
    module.add_class::<flow::Flow>()?;
    module.add_class::<live::Live>()?;
    module.add_class::<effect::Call>()?;
    module.add_class::<data::File>()?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
