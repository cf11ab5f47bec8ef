//! What holds for the whole program: the default dtype, threads, printing; and the rules by which dtypes mix.

use crate::dtype::{PyDType, dtype_object};
use crate::error::raise;
use crate::tensor::PyTensor;
use crate::value::scalar;
use flambeau_core::{DType, PrintOptions, Scalar, default_dtype};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

#[pyfunction]
pub fn get_default_dtype(py: Python<'_>) -> PyResult<Bound<'_, PyDType>> {
    dtype_object(py, default_dtype())
}

#[pyfunction]
pub fn set_default_dtype(dtype: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(dtype) = dtype.cast::<PyDType>() else {
        return Err(PyTypeError::new_err(
            "invalid dtype object: only floating-point types are supported as the default type",
        ));
    };
    flambeau_core::set_default_dtype(dtype.get().0).map_err(raise)
}

#[pyfunction]
pub fn check_device(device: &Bound<'_, PyAny>) -> PyResult<()> {
    crate::dtype::check_device(device)
}

#[pyfunction]
pub fn get_num_threads() -> usize {
    flambeau_kernels::pool::num_threads()
}

#[pyfunction]
pub fn set_num_threads(n: usize) {
    flambeau_kernels::pool::set_num_threads(n);
}

#[pyfunction]
pub fn promote_types<'py>(a: &Bound<'py, PyDType>, b: &Bound<'py, PyDType>) -> PyResult<Bound<'py, PyDType>> {
    dtype_object(a.py(), a.get().0.promote(b.get().0))
}

#[pyfunction]
pub fn can_cast(from: &Bound<'_, PyDType>, to: &Bound<'_, PyDType>) -> bool {
    flambeau_core::apply::can_cast(from.get().0, to.get().0)
}

/// How much an operand counts when dtypes mix: tensors with dimensions above those without, those above numbers.
fn weight(object: &Bound<'_, PyAny>) -> PyResult<(u8, DType)> {
    if let Ok(t) = object.cast::<PyTensor>() {
        let t = &t.borrow().0;
        return Ok((if t.dim() > 0 { 2 } else { 1 }, t.dtype()));
    }
    let dtype = match scalar(object)? {
        Some(Scalar::Bool(_)) => DType::Bool,
        Some(Scalar::Int(_)) => DType::I64,
        Some(Scalar::Float(_)) => default_dtype(),
        Some(Scalar::Complex(..)) => default_dtype().to_complex(),
        None => return Err(PyTypeError::new_err("result_type(): expected Tensors or Numbers")),
    };
    Ok((0, dtype))
}

fn category(d: DType) -> u8 {
    match d {
        DType::Bool => 0,
        d if d.is_complex() => 3,
        d if d.is_float() => 2,
        _ => 1,
    }
}

#[pyfunction]
pub fn result_type<'py>(a: &Bound<'py, PyAny>, b: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDType>> {
    let ((wa, da), (wb, db)) = (weight(a)?, weight(b)?);
    let ((strong, major), (weak, minor)) = if wa >= wb { ((wa, da), (wb, db)) } else { ((wb, db), (wa, da)) };
    // The lesser operand counts only if its kind of number is a higher one; then a complex of the other's size.
    let result = if strong == weak {
        major.promote(minor)
    } else if category(minor) > category(major) {
        if minor.is_complex() && major.is_float() { major.to_complex() } else { minor }
    } else {
        major
    };
    dtype_object(a.py(), result)
}

#[pyfunction]
pub fn set_printoptions(
    precision: Option<usize>,
    threshold: Option<f64>,
    edgeitems: Option<usize>,
    linewidth: Option<usize>,
    profile: Option<&str>,
    sci_mode: Option<bool>,
) -> PyResult<()> {
    let start = match profile {
        Some(name) => PrintOptions::profile(name).map_err(raise)?,
        None => flambeau_core::printoptions(),
    };
    flambeau_core::set_printoptions(PrintOptions {
        precision: precision.unwrap_or(start.precision),
        // Infinity is more than any number of elements.
        threshold: threshold.map_or(start.threshold, |t| t as usize),
        edgeitems: edgeitems.unwrap_or(start.edgeitems),
        linewidth: linewidth.unwrap_or(start.linewidth),
        sci_mode,
    });
    Ok(())
}
