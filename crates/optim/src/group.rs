//! What all optimizers share: groups of parameters, gradients cleared, state saved and loaded.

use flambeau_core::{DType, Result, Tensor, autograd, bail, err, ops};

/// Tensors under names.
pub type StateDict = Vec<(String, Tensor)>;

/// Parameters with options of their own.
#[derive(Clone, Debug)]
pub struct ParamGroup<O> {
    /// The parameters.
    pub params: Vec<Tensor>,
    /// Their options.
    pub options: O,
}

/// One step at a time from gradients to better parameters.
pub trait Optimizer {
    /// Changes every parameter that has a gradient.
    fn step(&mut self) -> Result<()>;

    /// All parameters, group after group.
    fn params(&self) -> Vec<&Tensor>;

    /// The learning rate of each group.
    fn lrs(&self) -> Vec<f64>;

    /// Sets the learning rate of each group.
    fn set_lrs(&mut self, lrs: &[f64]);

    /// Sets the momentum (or first beta) of all groups; what schedules that cycle it call.
    fn set_momentum(&mut self, momentum: f64);

    /// The state, by `state.PARAMETER.NAME`, and the groups' numbers, by `param_groups.GROUP.NAME`. Parameters count through
    /// all groups, as in PyTorch.
    fn state_dict(&self) -> Result<StateDict>;

    /// Goes on from a state dict.
    fn load_state_dict(&mut self, state: &[(String, Tensor)]) -> Result<()>;
}

/// What every optimizer can do.
pub trait OptimizerExt: Optimizer {
    /// Clears all gradients: forgets them, or writes zeros over them if `set_to_none` is false.
    fn zero_grad(&self, set_to_none: bool) -> Result<()> {
        let _unrecorded = autograd::no_grad();
        for p in self.params() {
            if set_to_none {
                p.set_grad(None)?;
            } else if let Some(g) = p.grad() {
                g.zero_()?;
            }
        }
        Ok(())
    }
}

impl<O: Optimizer + ?Sized> OptimizerExt for O {}

/// The parameters must be leaves that require grad, each in one group once.
pub(crate) fn check_params<O>(name: &str, groups: &[ParamGroup<O>]) -> Result<()> {
    let mut seen: Vec<&Tensor> = Vec::new();
    for (i, p) in groups.iter().flat_map(|g| &g.params).enumerate() {
        if !p.is_leaf() {
            bail!(Value, "{name}: can't optimize a non-leaf Tensor (parameter {i}, shape {:?})", p.shape());
        }
        if seen.iter().any(|s| s.is_same(p)) {
            bail!(
                Value,
                "{name}: some parameters appear in more than one parameter group, or twice in one (parameter {i}, shape {:?})",
                p.shape()
            );
        }
        seen.push(p);
    }
    if seen.is_empty() {
        bail!(Value, "{name}: optimizer got an empty parameter list");
    }
    Ok(())
}

/// An option that must not be negative.
pub(crate) fn not_negative(what: &str, value: f64) -> Result<()> {
    if value < 0.0 || value.is_nan() {
        bail!(Value, "Invalid {what}: {value:?}; it must not be negative");
    }
    Ok(())
}

/// Refuses a state dict of an optimizer with other groups or more parameters. `sizes` are those of the groups.
pub(crate) fn check_state(state: &[(String, Tensor)], sizes: &[usize]) -> Result<()> {
    let count = |kind: &str| {
        let indices = state.iter().filter_map(|(n, _)| n.strip_prefix(kind)?.split('.').next()?.parse::<usize>().ok());
        indices.max().map_or(0, |last| last + 1)
    };
    let (groups, params) = (count("param_groups."), count("state."));
    if groups != sizes.len() {
        bail!(
            Value,
            "loaded state dict has a different number of parameter groups: {groups} instead of {}",
            sizes.len()
        );
    }
    let own: usize = sizes.iter().sum();
    if params > own {
        bail!(
            Value,
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: it has state for \
             parameter {}, and there are {own}",
            params - 1
        );
    }
    Ok(())
}

/// A number as an entry of a state dict.
pub(crate) fn number(value: f64) -> Result<Tensor> {
    ops::full(&[], value, Some(DType::F64))
}

/// The entry of this name.
pub(crate) fn find<'a>(state: &'a [(String, Tensor)], name: &str) -> Option<&'a Tensor> {
    state.iter().find(|(n, _)| n == name).map(|(_, t)| t)
}

/// The number of this name.
pub(crate) fn find_number(state: &[(String, Tensor)], name: &str) -> Result<f64> {
    find(state, name).ok_or_else(|| err!(Key, "the optimizer's state has no entry {name:?}"))?.item::<f64>()
}

/// A buffer of the state, of a parameter's shape and dtype, or the reason why it does not fit.
pub(crate) fn find_buffer(state: &[(String, Tensor)], name: &str, param: &Tensor) -> Result<Option<Tensor>> {
    let Some(t) = find(state, name) else { return Ok(None) };
    if t.shape() != param.shape() {
        bail!(Value, "loaded state dict: {name} has shape {:?}, its parameter {:?}", t.shape(), param.shape());
    }
    t.to_dtype(param.dtype())?.clone_tensor().map(Some)
}

/// The gradient of a parameter, dense, of its own dtype.
pub(crate) fn gradient(param: &Tensor) -> Result<Option<Tensor>> {
    match param.grad() {
        None => Ok(None),
        Some(g) if g.is_contiguous() => Ok(Some(g)),
        Some(g) => g.detach().contiguous().map(Some),
    }
}

/// The parameter itself if it is dense, else a dense copy of it.
pub(crate) fn dense(param: &Tensor) -> Result<(Tensor, bool)> {
    if param.is_contiguous() { Ok((param.clone(), false)) } else { Ok((param.detach().contiguous()?, true)) }
}

/// Runs the body with `$t` as the Rust type of the dtype.
macro_rules! for_dtype {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            flambeau_core::DType::F32 => {
                type $t = f32;
                $body
            }
            flambeau_core::DType::F64 => {
                type $t = f64;
                $body
            }
            flambeau_core::DType::F16 => {
                type $t = half::f16;
                $body
            }
            flambeau_core::DType::BF16 => {
                type $t = half::bf16;
                $body
            }
            other => flambeau_core::bail!(
                NotImplemented,
                "{}: parameters of dtype {} are not supported",
                $name,
                other.name()
            ),
        }
    };
}
pub(crate) use for_dtype;

/// The dtypes that occur among the parameters, each once.
pub(crate) fn dtypes<'a>(params: impl Iterator<Item = &'a Tensor>) -> Vec<DType> {
    let mut found = Vec::new();
    for p in params {
        if !found.contains(&p.dtype()) {
            found.push(p.dtype());
        }
    }
    found
}
