//! DLPack's capsules, in which Python hands its structures from library to library.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::Tensor;
use flambeau_core::storage::dlpack::{Managed, Plain, Versioned, free, lend, take};
use pyo3::exceptions::{PyBufferError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ptr::NonNull;

/// Runs when a capsule goes: nobody took what is in it if it still has its name.
unsafe extern "C" fn destroy<M: Managed>(capsule: *mut ffi::PyObject) {
    // SAFETY: Python calls this with the capsule, whose pointer is an `M` that nobody took while the name is `M::NAME`.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, M::NAME.as_ptr()) == 1
            && let Some(managed) = NonNull::new(ffi::PyCapsule_GetPointer(capsule, M::NAME.as_ptr()))
        {
            free(managed.cast::<M>());
        }
    }
}

fn export<'py, M: Managed>(py: Python<'py>, t: Tensor, copied: bool) -> PyResult<Bound<'py, PyCapsule>> {
    let managed = lend::<M>(t, copied).map_err(|e| PyBufferError::new_err(e.to_string()))?;
    // SAFETY: the pointer is valid until `free`, which `destroy` calls unless somebody else took it over.
    let made = unsafe { PyCapsule::new_with_pointer_and_destructor(py, managed.cast(), M::NAME, Some(destroy::<M>)) };
    if made.is_err() {
        // SAFETY: there is no capsule, so nobody else frees it.
        unsafe { free(managed) };
    }
    made
}

/// A capsule over a tensor's memory; `copied` says that the tensor is a copy made for it.
#[pyfunction]
pub fn to_dlpack<'py>(
    py: Python<'py>,
    tensor: PyRef<'_, PyTensor>,
    versioned: bool,
    copied: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    let t = tensor.0.clone();
    if versioned { export::<Versioned>(py, t, copied) } else { export::<Plain>(py, t, copied) }
}

/// The tensor of a capsule with an `M` in it; `None` if there is none.
fn import<M: Managed>(capsule: &Bound<'_, PyCapsule>) -> PyResult<Option<Tensor>> {
    let (object, name) = (capsule.as_ptr(), M::NAME.as_ptr());
    // SAFETY: a capsule of this name has such a structure in it. It is renamed first, so that nobody else takes or frees it.
    unsafe {
        if ffi::PyCapsule_IsValid(object, name) != 1 {
            return Ok(None);
        }
        let managed = NonNull::new(ffi::PyCapsule_GetPointer(object, name));
        match managed {
            Some(managed) if ffi::PyCapsule_SetName(object, M::USED.as_ptr()) == 0 => {
                take(managed.cast::<M>()).map(Some).map_err(raise)
            }
            _ => Err(PyErr::fetch(capsule.py())),
        }
    }
}

/// A tensor over the memory that a capsule describes.
#[pyfunction]
pub fn from_dlpack<'py>(capsule: &Bound<'py, PyCapsule>) -> PyResult<Bound<'py, PyTensor>> {
    let tensor = match import::<Versioned>(capsule)? {
        Some(tensor) => Some(tensor),
        None => import::<Plain>(capsule)?,
    };
    let tensor = tensor.ok_or_else(|| {
        PyRuntimeError::new_err(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have \
             already constructed a tensor from it once.",
        )
    })?;
    wrap(capsule.py(), tensor)
}
