//! Adam (Kingma and Ba, 2015), AMSGrad (Reddi et al., 2018) and AdamW (Loshchilov and Hutter, 2019).

use crate::functional::{self, AdamSettings, AdamTensors};
use crate::group::{
    self, Optimizer, ParamGroup, StateDict, check_params, check_state, find_buffer, find_number, not_negative, number,
};
use flambeau_core::{DType, Result, Tensor, autograd, bail, ops};

/// The options of a group, with PyTorch's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// Learning rate.
    pub lr: f64,
    /// How much of the running means of gradients and of their squares is kept.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// Weight decay: of the gradient in Adam, of the parameter in AdamW.
    pub weight_decay: f64,
    /// Divide by the largest mean of squares so far.
    pub amsgrad: bool,
    /// Climb instead of descending.
    pub maximize: bool,
}

impl Default for AdamOptions {
    fn default() -> AdamOptions {
        AdamOptions { lr: 1e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, amsgrad: false, maximize: false }
    }
}

impl AdamOptions {
    fn check(&self) -> Result<()> {
        not_negative("learning rate", self.lr)?;
        not_negative("epsilon value", self.eps)?;
        not_negative("weight_decay value", self.weight_decay)?;
        for (i, beta) in [self.betas.0, self.betas.1].into_iter().enumerate() {
            if !(0.0..1.0).contains(&beta) {
                bail!(Value, "Invalid beta parameter at index {i}: {beta:?}; it must be in [0, 1)");
            }
        }
        Ok(())
    }
}

struct State {
    step: f64,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
    max_exp_avg_sq: Option<Tensor>,
}

/// Adam; with decoupled weight decay, AdamW.
pub struct Adam {
    /// The parameters, in groups.
    pub groups: Vec<ParamGroup<AdamOptions>>,
    decoupled: bool,
    state: Vec<Option<State>>,
}

/// How AdamW is made: an [`Adam`] whose weight decay shrinks the parameters themselves.
pub struct AdamW;

impl AdamW {
    /// One group with PyTorch's defaults (weight decay 0.01) but for the learning rate.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(params: Vec<Tensor>, lr: f64) -> Result<Adam> {
        let options = AdamOptions { lr, weight_decay: 0.01, ..AdamOptions::default() };
        AdamW::with_groups(vec![ParamGroup { params, options }])
    }

    /// Groups with options of their own.
    pub fn with_groups(groups: Vec<ParamGroup<AdamOptions>>) -> Result<Adam> {
        Adam::build("AdamW", groups, true)
    }
}

impl Adam {
    /// One group with PyTorch's defaults but for the learning rate.
    pub fn new(params: Vec<Tensor>, lr: f64) -> Result<Adam> {
        Adam::with_groups(vec![ParamGroup { params, options: AdamOptions { lr, ..AdamOptions::default() } }])
    }

    /// Groups with options of their own.
    pub fn with_groups(groups: Vec<ParamGroup<AdamOptions>>) -> Result<Adam> {
        Adam::build("Adam", groups, false)
    }

    fn build(name: &str, groups: Vec<ParamGroup<AdamOptions>>, decoupled: bool) -> Result<Adam> {
        check_params(name, &groups)?;
        groups.iter().try_for_each(|g| g.options.check())?;
        let count = groups.iter().map(|g| g.params.len()).sum();
        Ok(Adam { groups, decoupled, state: (0..count).map(|_| None).collect() })
    }

    fn name(&self) -> &'static str {
        if self.decoupled { "AdamW.step" } else { "Adam.step" }
    }
}

impl Optimizer for Adam {
    fn step(&mut self) -> Result<()> {
        let _unrecorded = autograd::no_grad();
        let name = self.name();
        let mut first = 0;
        for group in &self.groups {
            let o = group.options;
            let settings = AdamSettings {
                lr: o.lr,
                beta1: o.betas.0,
                beta2: o.betas.1,
                eps: o.eps,
                weight_decay: o.weight_decay,
                decoupled: self.decoupled,
                maximize: o.maximize,
            };
            let mut list: Vec<AdamTensors> = Vec::with_capacity(group.params.len());
            for (i, p) in group.params.iter().enumerate() {
                let Some(grad) = group::gradient(p)? else { continue };
                let slot = &mut self.state[first + i];
                let zeros = || ops::zeros(p.shape(), p.dtype());
                let state = match slot {
                    Some(state) => state,
                    None => {
                        slot.insert(State { step: 0.0, exp_avg: zeros()?, exp_avg_sq: zeros()?, max_exp_avg_sq: None })
                    }
                };
                state.step += 1.0;
                if o.amsgrad && state.max_exp_avg_sq.is_none() {
                    state.max_exp_avg_sq = Some(zeros()?);
                }
                list.push(AdamTensors {
                    param: p.clone(),
                    grad,
                    exp_avg: state.exp_avg.clone(),
                    exp_avg_sq: state.exp_avg_sq.clone(),
                    max_exp_avg_sq: state.max_exp_avg_sq.clone().filter(|_| o.amsgrad),
                    step: state.step,
                });
            }
            functional::adam(name, &list, &settings)?;
            first += group.params.len();
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
            group.options.betas.0 = momentum;
        }
    }

    fn state_dict(&self) -> Result<StateDict> {
        let mut out = StateDict::new();
        for (i, state) in self.state.iter().enumerate() {
            let Some(s) = state else { continue };
            out.push((format!("state.{i}.step"), ops::full(&[], s.step, Some(DType::F32))?));
            out.push((format!("state.{i}.exp_avg"), s.exp_avg.clone()));
            out.push((format!("state.{i}.exp_avg_sq"), s.exp_avg_sq.clone()));
            if let Some(m) = &s.max_exp_avg_sq {
                out.push((format!("state.{i}.max_exp_avg_sq"), m.clone()));
            }
        }
        for (i, group) in self.groups.iter().enumerate() {
            let o = group.options;
            let numbers = [
                ("lr", o.lr),
                ("beta1", o.betas.0),
                ("beta2", o.betas.1),
                ("eps", o.eps),
                ("weight_decay", o.weight_decay),
                ("amsgrad", o.amsgrad as u8 as f64),
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
            group.options = AdamOptions {
                lr: get("lr")?,
                betas: (get("beta1")?, get("beta2")?),
                eps: get("eps")?,
                weight_decay: get("weight_decay")?,
                amsgrad: get("amsgrad")? != 0.0,
                maximize: get("maximize")? != 0.0,
            };
        }
        let mut fresh = Vec::new();
        for (i, p) in groups.iter().flat_map(|g| &g.params).enumerate() {
            let buffer = |name: &str| find_buffer(state, &format!("state.{i}.{name}"), p);
            fresh.push(match (buffer("exp_avg")?, buffer("exp_avg_sq")?) {
                (Some(exp_avg), Some(exp_avg_sq)) => Some(State {
                    step: find_number(state, &format!("state.{i}.step"))?,
                    exp_avg,
                    exp_avg_sq,
                    max_exp_avg_sq: buffer("max_exp_avg_sq")?,
                }),
                (None, None) => None,
                _ => bail!(Key, "the optimizer's state has only one of state.{i}.exp_avg and state.{i}.exp_avg_sq"),
            });
        }
        self.groups = groups;
        self.state = fresh;
        Ok(())
    }
}
