//! Errors become the exceptions that PyTorch raises.

use flambeau_core::{Error, ErrorClass};
use pyo3::PyErr;
use pyo3::exceptions as py;
use std::cell::RefCell;

pyo3::create_exception!(
    torch.linalg,
    LinAlgError,
    py::PyRuntimeError,
    "A factorization does not exist or an iteration does not end."
);

thread_local! {
    /// The exception that went into the engine last, so that it comes out as it was: the engine's errors have classes of their own.
    static LOWERED: RefCell<Option<(String, PyErr)>> = const { RefCell::new(None) };
}

/// The exception of an error.
pub fn raise(e: Error) -> PyErr {
    let message = e.message().to_string();
    if let Some((text, exception)) = LOWERED.take()
        && message.contains(&text)
    {
        return exception;
    }
    match e.class() {
        ErrorClass::Runtime => py::PyRuntimeError::new_err(message),
        ErrorClass::Index => py::PyIndexError::new_err(message),
        ErrorClass::Type => py::PyTypeError::new_err(message),
        ErrorClass::Value => py::PyValueError::new_err(message),
        ErrorClass::NotImplemented => py::PyNotImplementedError::new_err(message),
        ErrorClass::Io => py::PyOSError::new_err(message),
        ErrorClass::LinAlg => LinAlgError::new_err(message),
        ErrorClass::Key => py::PyKeyError::new_err(message),
    }
}

/// An exception that a hook or function of Python's raised, on its way through the engine.
pub fn lower(e: PyErr) -> Error {
    pyo3::Python::attach(|py| {
        let class = if e.is_instance_of::<LinAlgError>(py) {
            ErrorClass::LinAlg
        } else if e.is_instance_of::<py::PyIndexError>(py) {
            ErrorClass::Index
        } else if e.is_instance_of::<py::PyTypeError>(py) {
            ErrorClass::Type
        } else if e.is_instance_of::<py::PyValueError>(py) {
            ErrorClass::Value
        } else if e.is_instance_of::<py::PyNotImplementedError>(py) {
            ErrorClass::NotImplemented
        } else if e.is_instance_of::<py::PyKeyError>(py) {
            ErrorClass::Key
        } else {
            ErrorClass::Runtime
        };
        let text = match e.value(py).to_string() {
            text if text.is_empty() => e.get_type(py).to_string(),
            text => text,
        };
        LOWERED.set(Some((text.clone(), e)));
        Error::new(class, text)
    })
}
