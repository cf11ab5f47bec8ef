//! Results that are written into tensors of the caller's, by `out=`.

use crate::error::raise;
use crate::function::scalar_name;
use crate::tensor::PyTensor;
use flambeau_core::Tensor;
use flambeau_core::registry::Value;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;

/// Results written into tensors that were given take no part in autograd.
pub fn check(name: &str, values: &[Value], out: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let needs = |v: &Value| matches!(v, Value::Tensor(t) if t.requires_grad());
    let out_needs = out.is_some_and(|o| o.cast::<PyTensor>().is_ok_and(|t| t.borrow().0.requires_grad()));
    if values.iter().any(needs) || out_needs {
        return Err(PyRuntimeError::new_err(format!(
            "{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments \
             requires grad."
        )));
    }
    Ok(())
}

/// Functions that read elements elsewhere than where they write, so that `out=` may not be an input of theirs either.
const ELSEWHERE: [&str; 9] =
    ["take", "masked_select", "kthvalue", "cat", "gather", "index_select", "scatter", "nonzero", "index_add"];

/// Tensors to write may not lie over themselves, nor in part over what is read.
pub fn check_overlap(name: &str, values: &[Value], out: &Bound<'_, PyAny>) -> PyResult<()> {
    let targets: Vec<Tensor> = match out.cast::<PyTensor>() {
        Ok(one) => vec![one.borrow().0.clone()],
        Err(_) => {
            out.try_iter()?.filter_map(|o| o.ok()?.cast::<PyTensor>().ok().map(|t| t.borrow().0.clone())).collect()
        }
    };
    let inputs = values.iter().flat_map(|v| match v {
        Value::Tensor(t) => std::slice::from_ref(t),
        Value::Tensors(all) => &all[..],
        _ => &[],
    });
    let inputs: Vec<&Tensor> = inputs.collect();
    for target in targets.iter().filter(|t| t.numel() > 0) {
        if target.layout().overlaps_itself() {
            return Err(PyRuntimeError::new_err(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. \
                 Please clone() the tensor before performing the operation.",
            ));
        }
        let Some((low, high)) = target.layout().span() else { continue };
        for input in inputs.iter().filter(|i| i.storage().same(target.storage()) && i.numel() > 0) {
            let Some((from, to)) = input.layout().span() else { continue };
            let same = input.layout() == target.layout();
            if from <= high && low <= to && (!same || ELSEWHERE.contains(&name)) {
                return Err(PyRuntimeError::new_err(
                    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single \
                     memory location. Please clone() the tensor before performing the operation.",
                ));
            }
        }
    }
    Ok(())
}

/// Writes results over the tensors of `out=`, which take their sizes.
pub fn write<'py>(py: Python<'py>, name: &str, result: Value, out: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let results = result.into_tensors().map_err(raise)?;
    let targets: Vec<Bound<'py, PyTensor>> = match out.cast::<PyTensor>() {
        Ok(one) => vec![one.clone()],
        Err(_) => {
            let mut all = Vec::new();
            for item in out.try_iter()? {
                all.push(item?.cast_into::<PyTensor>().map_err(|_| {
                    PyTypeError::new_err(format!("{name}(): argument 'out' must be Tensor or a tuple of Tensors"))
                })?);
            }
            all
        }
    };
    if targets.len() != results.len() {
        return Err(PyTypeError::new_err(format!(
            "{name}(): argument 'out' has {} tensors for {} results",
            targets.len(),
            results.len()
        )));
    }
    for (target, result) in targets.iter().zip(&results) {
        let to = target.borrow().0.dtype();
        if !flambeau_core::apply::can_cast(result.dtype(), to) {
            return Err(PyRuntimeError::new_err(format!(
                "result type {} can't be cast to the desired output type {}",
                scalar_name(result.dtype()),
                scalar_name(to)
            )));
        }
        if target.borrow().0.shape() != result.shape() {
            if target.borrow().0.numel() != 0 {
                let text = format!(
                    "An output with one or more elements was resized since it had shape {:?}, which does not match the required \
                     output shape {:?}. Reuse it with out.resize_(0) first.",
                    target.borrow().0.shape(),
                    result.shape()
                );
                let warnings = py.import("warnings")?;
                warnings.call_method1("warn", (text, py.get_type::<pyo3::exceptions::PyUserWarning>()))?;
            }
            let shape: Vec<i64> = result.shape().iter().map(|n| *n as i64).collect();
            crate::memory::resize(target, &shape)?;
        }
        target.borrow().0.copy_(result).map_err(raise)?;
    }
    Ok(out.clone())
}
