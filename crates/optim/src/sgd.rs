//! Stochastic gradient descent with momentum (Sutskever et al., 2013, in PyTorch's form).

use crate::functional::{self, SgdSettings, SgdTensors};
use crate::group::{
    self, Optimizer, ParamGroup, StateDict, check_params, check_state, find_buffer, find_number, not_negative, number,
};
use flambeau_core::{Result, Tensor, autograd, bail, ops};

/// The options of a group, with PyTorch's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdOptions {
    /// Learning rate.
    pub lr: f64,
    /// Factor on the old momentum.
    pub momentum: f64,
    /// What the new gradient is lessened by before it joins the momentum.
    pub dampening: f64,
    /// Factor on the parameter that is added to the gradient.
    pub weight_decay: f64,
    /// Look ahead along the momentum.
    pub nesterov: bool,
    /// Climb instead of descending.
    pub maximize: bool,
}

impl Default for SgdOptions {
    fn default() -> SgdOptions {
        SgdOptions { lr: 1e-3, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false }
    }
}

/// Stochastic gradient descent.
pub struct Sgd {
    /// The parameters, in groups.
    pub groups: Vec<ParamGroup<SgdOptions>>,
    momentum: Vec<Option<Tensor>>,
}

impl Sgd {
    /// One group.
    pub fn new(params: Vec<Tensor>, options: SgdOptions) -> Result<Sgd> {
        Sgd::with_groups(vec![ParamGroup { params, options }])
    }

    /// Groups with options of their own.
    pub fn with_groups(groups: Vec<ParamGroup<SgdOptions>>) -> Result<Sgd> {
        check_params("SGD", &groups)?;
        for o in groups.iter().map(|g| g.options) {
            not_negative("learning rate", o.lr)?;
            not_negative("momentum value", o.momentum)?;
            not_negative("weight_decay value", o.weight_decay)?;
            if o.nesterov && (o.momentum <= 0.0 || o.dampening != 0.0) {
                bail!(Value, "Nesterov momentum requires a momentum and zero dampening");
            }
        }
        let count = groups.iter().map(|g| g.params.len()).sum();
        Ok(Sgd { groups, momentum: vec![None; count] })
    }
}

impl Optimizer for Sgd {
    fn step(&mut self) -> Result<()> {
        let _unrecorded = autograd::no_grad();
        let mut first_index = 0;
        for group in &self.groups {
            let o = group.options;
            let settings = SgdSettings {
                lr: o.lr,
                momentum: o.momentum,
                dampening: o.dampening,
                weight_decay: o.weight_decay,
                nesterov: o.nesterov,
                maximize: o.maximize,
            };
            let mut list: Vec<SgdTensors> = Vec::with_capacity(group.params.len());
            for (i, p) in group.params.iter().enumerate() {
                let Some(grad) = group::gradient(p)? else { continue };
                let (mut momentum, mut first) = (None, false);
                if o.momentum != 0.0 {
                    let slot = &mut self.momentum[first_index + i];
                    first = slot.is_none();
                    let buffer = match slot.take() {
                        Some(b) => b,
                        None => ops::zeros(p.shape(), p.dtype())?,
                    };
                    momentum = Some(slot.insert(buffer).clone());
                }
                list.push(SgdTensors { param: p.clone(), grad, momentum, first });
            }
            functional::sgd("SGD.step", &list, &settings)?;
            first_index += group.params.len();
        }
        Ok(())
    }

    fn params(&self) -> Vec<&Tensor> {
        self.groups.iter().flat_map(|g| &g.params).collect()
    }

    fn lrs(&self) -> Vec<f64> {
        self.groups.iter().map(|g| g.options.lr).collect()
    }

    fn set_lrs(&mut self, lrs: &[f64]) {
        for (group, lr) in self.groups.iter_mut().zip(lrs) {
            group.options.lr = *lr;
        }
    }

    fn set_momentum(&mut self, momentum: f64) {
        for group in &mut self.groups {
            group.options.momentum = momentum;
        }
    }

    fn state_dict(&self) -> Result<StateDict> {
        let mut out = StateDict::new();
        for (i, buffer) in self.momentum.iter().enumerate() {
            if let Some(b) = buffer {
                out.push((format!("state.{i}.momentum_buffer"), b.clone()));
            }
        }
        for (i, group) in self.groups.iter().enumerate() {
            let o = group.options;
            let numbers = [
                ("lr", o.lr),
                ("momentum", o.momentum),
                ("dampening", o.dampening),
                ("weight_decay", o.weight_decay),
                ("nesterov", o.nesterov as u8 as f64),
                ("maximize", o.maximize as u8 as f64),
            ];
            for (name, value) in numbers {
                out.push((format!("param_groups.{i}.{name}"), number(value)?));
            }
        }
        Ok(out)
    }

    fn load_state_dict(&mut self, state: &[(String, Tensor)]) -> Result<()> {
        let mut groups = self.groups.clone();
        check_state(state, &groups.iter().map(|g| g.params.len()).collect::<Vec<_>>())?;
        for (i, group) in groups.iter_mut().enumerate() {
            let get = |name: &str| find_number(state, &format!("param_groups.{i}.{name}"));
            group.options = SgdOptions {
                lr: get("lr")?,
                momentum: get("momentum")?,
                dampening: get("dampening")?,
                weight_decay: get("weight_decay")?,
                nesterov: get("nesterov")? != 0.0,
                maximize: get("maximize")? != 0.0,
            };
        }
        let params = groups.iter().flat_map(|g| &g.params);
        let momentum: Vec<Option<Tensor>> = params
            .enumerate()
            .map(|(i, p)| find_buffer(state, &format!("state.{i}.momentum_buffer"), p))
            .collect::<Result<_>>()?;
        self.groups = groups;
        self.momentum = momentum;
        Ok(())
    }
}
