//! Steps of optimizers whose kernels take all parameters of a group at once. State lives in Python's dicts, under PyTorch's
//! names; what is not there yet is made.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::{DType, Tensor, autograd, ops};
use flambeau_optim::functional::{self, AdamSettings, AdamTensors, SgdSettings, SgdTensors};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

fn found(state: &Bound<'_, PyDict>, key: &Bound<'_, PyString>) -> PyResult<Option<Tensor>> {
    match state.get_item(key)? {
        Some(value) if !value.is_none() => Ok(Some(value.cast::<PyTensor>()?.borrow().0.clone())),
        _ => Ok(None),
    }
}

/// The state tensor of this name; zeros like the parameter if there is none.
fn held(state: &Bound<'_, PyDict>, key: &Bound<'_, PyString>, param: &Tensor) -> PyResult<Tensor> {
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
    let key = intern!(state.py(), "step");
    let step = match found(state, key) {
        Ok(Some(step)) => step,
        // None yet, or a plain number, as old files have it.
        other => {
            let number = match state.get_item(key)? {
                Some(number) if other.is_err() => number.extract::<f64>()?,
                _ => 0.0,
            };
            let step = ops::full(&[], number, Some(DType::F32)).map_err(raise)?;
            state.set_item(key, wrap(state.py(), step.clone())?)?;
            step
        }
    };
    let next = step.item::<f64>().map_err(raise)? + 1.0;
    step.fill_(next).map_err(raise)?;
    Ok(next)
}

/// The parameters with gradients, and their state.
type Members<'py> = Vec<(Tensor, Tensor, Bound<'py, PyDict>)>;

/// The options of a group of parameters.
struct Group<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Group<'_, 'py> {
    fn get(&self, key: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        self.0.as_any().get_item(key)
    }

    fn number(&self, key: &Bound<'py, PyString>) -> PyResult<f64> {
        self.get(key)?.extract()
    }

    fn flag(&self, key: &Bound<'py, PyString>) -> PyResult<bool> {
        self.get(key)?.is_truthy()
    }

    /// `None` if a parameter or gradient is none that the kernels know. Without `wanted`, nobody's state is looked at.
    fn members(&self, state: &Bound<'py, PyAny>, wanted: bool) -> PyResult<Option<Members<'py>>> {
        let py = state.py();
        let params = self.get(intern!(py, "params"))?.cast_into::<PyList>()?;
        let mut all = Vec::with_capacity(params.len());
        for p in params.iter() {
            let param = p.cast::<PyTensor>()?.borrow().0.clone();
            let Some(grad) = param.grad() else { continue };
            if !param.dtype().is_float() || grad.dtype() != param.dtype() {
                return Ok(None);
            }
            let state = if wanted { state.get_item(&p)?.cast_into::<PyDict>()? } else { PyDict::new(py) };
            all.push((param, grad, state));
        }
        Ok(Some(all))
    }
}

/// One step of Adam on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done.
#[pyfunction]
pub fn adam_group<'py>(py: Python<'py>, group: &Bound<'py, PyDict>, state: &Bound<'py, PyAny>) -> PyResult<bool> {
    let group = Group(group);
    if group.flag(intern!(py, "differentiable"))? {
        return Ok(false);
    }
    let _unrecorded = autograd::no_grad();
    let Some(members) = group.members(state, true)? else { return Ok(false) };
    let (beta1, beta2) = group.get(intern!(py, "betas"))?.extract::<(f64, f64)>()?;
    let amsgrad = group.flag(intern!(py, "amsgrad"))?;
    let settings = AdamSettings {
        lr: group.number(intern!(py, "lr"))?,
        beta1,
        beta2,
        eps: group.number(intern!(py, "eps"))?,
        weight_decay: group.number(intern!(py, "weight_decay"))?,
        decoupled: group.flag(intern!(py, "decoupled_weight_decay"))?,
        maximize: group.flag(intern!(py, "maximize"))?,
    };
    let mut list = Vec::with_capacity(members.len());
    for (param, grad, state) in members {
        let step = count(&state)?;
        let exp_avg = held(&state, intern!(py, "exp_avg"), &param)?;
        let exp_avg_sq = held(&state, intern!(py, "exp_avg_sq"), &param)?;
        let max_exp_avg_sq = if amsgrad { Some(held(&state, intern!(py, "max_exp_avg_sq"), &param)?) } else { None };
        list.push(AdamTensors { param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step });
    }
    let name = if settings.decoupled { "AdamW.step" } else { "Adam.step" };
    py.detach(|| functional::adam(name, &list, &settings)).map_err(raise)?;
    Ok(true)
}

/// One step of SGD on a group. Answers whether the kernels know all of its dtypes; if not, nothing was done.
#[pyfunction]
pub fn sgd_group<'py>(py: Python<'py>, group: &Bound<'py, PyDict>, state: &Bound<'py, PyAny>) -> PyResult<bool> {
    let group = Group(group);
    if group.flag(intern!(py, "differentiable"))? {
        return Ok(false);
    }
    let settings = SgdSettings {
        lr: group.number(intern!(py, "lr"))?,
        momentum: group.number(intern!(py, "momentum"))?,
        dampening: group.number(intern!(py, "dampening"))?,
        weight_decay: group.number(intern!(py, "weight_decay"))?,
        nesterov: group.flag(intern!(py, "nesterov"))?,
        maximize: group.flag(intern!(py, "maximize"))?,
    };
    let has_momentum = settings.momentum != 0.0;
    let _unrecorded = autograd::no_grad();
    let Some(members) = group.members(state, has_momentum)? else { return Ok(false) };
    let mut list = Vec::with_capacity(members.len());
    for (param, grad, state) in members {
        let buffer = intern!(py, "momentum_buffer");
        let first = has_momentum && found(&state, buffer)?.is_none();
        let momentum = if has_momentum { Some(held(&state, buffer, &param)?) } else { None };
        list.push(SgdTensors { param, grad, first, momentum });
    }
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
