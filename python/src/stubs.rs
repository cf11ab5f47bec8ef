//! What `python/stubs.py` writes the type stubs from: the registry's signatures.

use crate::value::kind_of;
use flambeau_core::registry::functions;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Every function of the registry: its name and place, signature, kinds of parameters, samples and documentation.
#[pyfunction]
pub fn signatures(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let all = PyList::empty(py);
    for f in functions() {
        let kinds = f.types.iter().filter_map(|t| kind_of(t)).map(|(kind, optional)| (format!("{kind:?}"), optional));
        let entry = PyDict::new(py);
        entry.set_item("name", f.name)?;
        entry.set_item("torch", f.torch)?;
        entry.set_item("signature", f.sig)?;
        entry.set_item("kinds", kinds.collect::<Vec<_>>())?;
        entry.set_item("samples", f.samples)?;
        entry.set_item("dtypes", f.dtypes)?;
        entry.set_item("method", f.method)?;
        entry.set_item("inplace", f.inplace.is_some())?;
        entry.set_item("doc", f.doc.trim())?;
        all.append(entry)?;
    }
    Ok(all)
}
