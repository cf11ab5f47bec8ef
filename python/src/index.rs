//! What stands between Python's brackets, and writing through it.

use crate::error::raise;
use crate::tensor::PyTensor;
use crate::value::scalar;
use flambeau_core::ops::Index;
use flambeau_core::{DType, Scalar, Tensor};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PyList, PyRange, PySlice, PyTuple};

/// The indices of `x[key]`.
pub fn indices(input: &Tensor, key: &Bound<'_, PyAny>) -> PyResult<Vec<Index>> {
    match key.cast::<PyTuple>() {
        Ok(keys) => keys.iter().map(|k| index(input, &k)).collect(),
        // A list of slices, lists or None counts as a tuple, as NumPy once had it.
        Err(_) => Ok(vec![index(input, key)?]),
    }
}

fn bound(of: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    if of.is_none() {
        return Ok(None);
    }
    match of.extract::<i64>() {
        Ok(i) => Ok(Some(i)),
        Err(_) => match of.call_method0("__index__") {
            Ok(i) => Ok(Some(i.extract::<i64>().unwrap_or(i64::MAX))),
            Err(_) => Err(PyTypeError::new_err("slice indices must be integers or None or have an __index__ method")),
        },
    }
}

fn index(input: &Tensor, key: &Bound<'_, PyAny>) -> PyResult<Index> {
    if key.is_none() {
        return Ok(Index::NewAxis);
    }
    if let Ok(t) = key.cast::<PyTensor>() {
        return tensor_index(t.borrow().0.clone());
    }
    if key.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if key.is_instance_of::<PyBool>() {
        return Tensor::scalar(key.extract::<bool>()?).map(Index::Tensor).map_err(raise);
    }
    if key.is_instance_of::<PyInt>() {
        return Ok(Index::Int(key.extract()?));
    }
    if key.is_instance_of::<PySlice>() {
        let py = key.py();
        let part = |name| bound(&key.getattr(name)?);
        let (start, end, step) = (part(intern!(py, "start"))?, part(intern!(py, "stop"))?, part(intern!(py, "step"))?);
        if start.is_none() && end.is_none() && step.is_none() {
            return Ok(Index::Full);
        }
        return Ok(Index::Range { start, end, step: step.unwrap_or(1) });
    }
    if key.is_instance_of::<PyList>()
        || key.is_instance_of::<PyTuple>()
        || key.is_instance_of::<PyRange>()
        || key.hasattr("__array_interface__")?
    {
        if let Some(Scalar::Int(i)) = scalar(key)? {
            return Ok(Index::Int(i));
        }
        let t = crate::factory::from_data(key, None)?;
        // An empty list takes nothing.
        let t = if t.numel() == 0 && t.dtype().is_float() { t.to_dtype(DType::I64).map_err(raise)? } else { t };
        return tensor_index(t);
    }
    match scalar(key)? {
        Some(Scalar::Int(i)) => Ok(Index::Int(i)),
        Some(Scalar::Bool(b)) => Tensor::scalar(b).map(Index::Tensor).map_err(raise),
        _ => match key.call_method0("__index__").and_then(|i| i.extract::<i64>()) {
            Ok(i) => Ok(Index::Int(i)),
            Err(_) => Err(PyIndexError::new_err(format!(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {}) \
                 for a tensor of {} dimensions",
                key.get_type().name()?,
                input.dim()
            ))),
        },
    }
}

fn tensor_index(t: Tensor) -> PyResult<Index> {
    if !matches!(t.dtype(), DType::I64 | DType::I32 | DType::U8 | DType::Bool) {
        let small = matches!(t.dtype(), DType::I8 | DType::I16);
        let why = format!("tensors used as indices must be long, int, byte or bool tensors, not {}", t.dtype().name());
        if !small {
            return Err(PyIndexError::new_err(why));
        }
        return t.to_dtype(DType::I64).map(Index::Tensor).map_err(raise);
    }
    // A tensor of one integer is a place of its own.
    if t.dim() == 0 && matches!(t.dtype(), DType::I64 | DType::I32) {
        return t.item::<i64>().map(Index::Int).map_err(raise);
    }
    Ok(Index::Tensor(t))
}

/// `x[key] = value`.
pub fn assign(py: Python<'_>, input: &Tensor, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let indices = indices(input, key)?;
    let value = match value.cast::<PyTensor>() {
        Ok(t) => t.borrow().0.clone(),
        Err(_) => match scalar(value)? {
            Some(s) => {
                if matches!(s, Scalar::Complex(..)) && !input.dtype().is_complex() {
                    return Err(PyTypeError::new_err("can't convert complex to float"));
                }
                flambeau_core::ops::full(&[], s, Some(input.dtype())).map_err(raise)?
            }
            None => crate::factory::from_data(value, None)?,
        },
    };
    let basic = indices.iter().all(|i| !matches!(i, Index::Tensor(_)));
    let value = if basic { value } else { value.to_dtype(input.dtype()).map_err(raise)? };
    crate::function::detached(py, input.numel() / 8, || {
        if basic {
            let target = input.index(&indices)?;
            let ones = value.dim().saturating_sub(target.dim());
            // Leading ones of what is written are let go, as PyTorch does.
            let value = match value.shape()[..ones].iter().all(|n| *n == 1) {
                true if ones > 0 => {
                    let rest: Vec<i64> = value.shape()[ones..].iter().map(|n| *n as i64).collect();
                    value.reshape(&rest)?
                }
                _ => value,
            };
            target.copy_(&value).map(|_| ())
        } else {
            input.index_put_(&indices, &value, false).map(|_| ())
        }
    })
    .map_err(raise)
}

/// Writes `values` at places given by tensors, or adds them there.
#[pyfunction]
pub fn index_put(
    input: PyRef<'_, PyTensor>,
    key: &Bound<'_, PyAny>,
    values: PyRef<'_, PyTensor>,
    accumulate: bool,
) -> PyResult<()> {
    let places = indices(&input.0, key)?;
    input.0.index_put_(&places, &values.0, accumulate).map(|_| ()).map_err(raise)
}
