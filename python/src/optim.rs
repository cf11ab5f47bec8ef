//! Steps of optimizers whose kernels take all parameters of a group at once. State lives in Python's dicts, under PyTorch's
//! names; what is not there yet is made.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::{DType, Tensor, autograd, ops};
use flambeau_optim::functional::{self, AdamSettings, AdamTensors, SgdSettings, SgdTensors};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

fn found(state: &Bound<'_, PyDict>, key: &str) -> PyResult<Option<Tensor>> {
    match state.get_item(key)? {
        Some(value) if !value.is_none() => Ok(Some(value.cast::<PyTensor>()?.borrow().0.clone())),
        _ => Ok(None),
    }
}

/// The state tensor of this name; zeros like the parameter if there is none.
fn held(state: &Bound<'_, PyDict>, key: &str, param: &Tensor) -> PyResult<Tensor> {
    match found(state, key)? {
        Some(t) => Ok(t),
        None => {
            let t = ops::zeros(param.shape(), param.dtype()).map_err(raise)?;
            state.set_item(key, wrap(state.py(), t.clone())?)?;
            Ok(t)
        }
    }
}

/// Counts a step: the number is a tensor, so that it is saved with the rest.
fn count(state: &Bound<'_, PyDict>) -> PyResult<f64> {
    let step = match state.get_item("step")? {
        Some(value) => match value.cast::<PyTensor>() {
            Ok(t) => t.borrow().0.clone(),
            Err(_) => ops::full(&[], value.extract::<f64>()?, Some(DType::F32)).map_err(raise)?,
        },
        None => ops::zeros(&[], DType::F32).map_err(raise)?,
    };
    let next = step.item::<f64>().map_err(raise)? + 1.0;
    step.fill_(next).map_err(raise)?;
    state.set_item("step", wrap(state.py(), step)?)?;
    Ok(next)
}

/// The parameters with gradients, and their state.
type Members<'py> = Vec<(Tensor, Tensor, Bound<'py, PyDict>)>;

/// `None` if a parameter or gradient is none that the kernels know. Without `wanted`, nobody's state is looked at.
fn members<'py>(params: &Bound<'py, PyList>, state: &Bound<'py, PyAny>, wanted: bool) -> PyResult<Option<Members<'py>>> {
    let mut all = Vec::with_capacity(params.len());
    for p in params.iter() {
        let param = p.cast::<PyTensor>()?.borrow().0.clone();
        let Some(grad) = param.grad() else { continue };
        if !param.dtype().is_float() || grad.dtype() != param.dtype() {
            return Ok(None);
        }
        let state = if wanted { state.get_item(&p)?.cast_into::<PyDict>()? } else { PyDict::new(p.py()) };
        all.push((param, grad, state));
    }
    Ok(Some(all))
}

/// One step of Adam on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn adam_group(
    py: Python<'_>,
    params: &Bound<'_, PyList>,
    state: &Bound<'_, PyAny>,
    lr: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
    amsgrad: bool,
    decoupled: bool,
    maximize: bool,
) -> PyResult<bool> {
    let _unrecorded = autograd::no_grad();
    let Some(members) = members(params, state, true)? else { return Ok(false) };
    let mut list = Vec::with_capacity(members.len());
    for (param, grad, state) in members {
        let step = count(&state)?;
        let (exp_avg, exp_avg_sq) = (held(&state, "exp_avg", &param)?, held(&state, "exp_avg_sq", &param)?);
        let max_exp_avg_sq = if amsgrad { Some(held(&state, "max_exp_avg_sq", &param)?) } else { None };
        list.push(AdamTensors { param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step });
    }
    let settings = AdamSettings { lr, beta1: betas.0, beta2: betas.1, eps, weight_decay, decoupled, maximize };
    let name = if decoupled { "AdamW.step" } else { "Adam.step" };
    py.detach(|| functional::adam(name, &list, &settings)).map_err(raise)?;
    Ok(true)
}

/// One step of SGD on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn sgd_group(
    py: Python<'_>,
    params: &Bound<'_, PyList>,
    state: &Bound<'_, PyAny>,
    lr: f64,
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
    maximize: bool,
) -> PyResult<bool> {
    let _unrecorded = autograd::no_grad();
    let Some(members) = members(params, state, momentum != 0.0)? else { return Ok(false) };
    let mut list = Vec::with_capacity(members.len());
    for (param, grad, state) in members {
        let old = found(&state, "momentum_buffer")?;
        let first = old.is_none();
        let momentum = if momentum != 0.0 { Some(held(&state, "momentum_buffer", &param)?) } else { None };
        list.push(SgdTensors { param, grad, first: first && momentum.is_some(), momentum });
    }
    let settings = SgdSettings { lr, momentum, dampening, weight_decay, nesterov, maximize };
    py.detach(|| functional::sgd("SGD.step", &list, &settings)).map_err(raise)?;
    Ok(true)
}

/// Removes the gradients of all parameters in these lists.
#[pyfunction]
pub fn remove_grads(groups: &Bound<'_, PyList>) -> PyResult<()> {
    for group in groups.iter() {
        for p in group.try_iter()? {
            p?.cast::<PyTensor>()?.borrow().0.set_grad(None).map_err(raise)?;
        }
    }
    Ok(())
}
