//! Losses. Cross entropy has a kernel of its own that needs no buffer of the logits' size but the gradient itself; the
//! others are a few pointwise ops and a reduction.

use super::{check_float, for_float};
use crate::apply::{apply, apply_all};
use crate::autograd::is_grad_enabled;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::loss::{self, Scale};

/// What becomes of the losses of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Averaging {
    None,
    Mean,
    Sum,
}

impl Averaging {
    pub(super) fn parse(name: &str) -> Result<Averaging> {
        Ok(match name {
            "none" => Averaging::None,
            "mean" => Averaging::Mean,
            "sum" => Averaging::Sum,
            other => bail!(Value, "{other} is not a valid value for reduction; use 'none', 'mean' or 'sum'"),
        })
    }

    pub(super) fn reduce(self, losses: &Tensor) -> Result<Tensor> {
        match self {
            Averaging::None => Ok(losses.clone()),
            Averaging::Mean => losses.mean((), false, None),
            Averaging::Sum => losses.sum((), false, None),
        }
    }
}

/// Logits [N, C], class indices [N] and maybe class weights [C] to the loss; also each row's logsumexp.
#[derive(Clone, Copy)]
struct CrossEntropy {
    weighted: bool,
    ignore_index: i64,
    label_smoothing: f64,
    reduction: Averaging,
}

impl CrossEntropy {
    fn settings<'a, T: flambeau_kernels::rowmath::Real>(
        &self,
        classes: usize,
        weight: Option<&'a [T]>,
    ) -> loss::CrossEntropy<'a, T> {
        loss::CrossEntropy { classes, weight, ignore_index: self.ignore_index, label_smoothing: self.label_smoothing }
    }
}

impl Op for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, rows) = (inputs[0], inputs[1].shape());
        let loss: &[usize] = if self.reduction == Averaging::None { rows } else { &[] };
        Ok(smallvec::smallvec![Spec::new(loss, x.dtype()), Spec::new(rows, x.dtype().compute())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (classes, targets) = (inputs[0].shape()[1], inputs[1].slice::<i64>()?);
        for_float!(self.name(), inputs[0].dtype, T => {
            type C = <T as flambeau_kernels::rowmath::Real>::C;
            use flambeau_kernels::rowmath::Real;
            let weight: Option<&[T]> = if self.weighted { Some(inputs[2].slice()?) } else { None };
            let settings = self.settings::<T>(classes, weight);
            if let Some(bad) = settings.bad_target(targets) {
                bail!(Index, "cross_entropy: Target {bad} is out of bounds: there are {classes} classes, and ignore_index is {}", self.ignore_index);
            }
            let logits = inputs[0].slice::<T>()?;
            let lse = outputs[1].slice_mut::<C>()?;
            let mut losses: Vec<C> = vec![0 as C; targets.len()];
            settings.forward(logits, targets, &mut losses, lse);
            let out = outputs[0].slice_mut::<T>()?;
            match self.reduction {
                Averaging::None => out.iter_mut().zip(&losses).for_each(|(o, l)| *o = T::store(*l)),
                Averaging::Sum => out[0] = T::store(settings.total(&losses)),
                Averaging::Mean => out[0] = T::store(settings.total(&losses) / settings.denominator(targets)),
            }
        });
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let (x, target) = (inputs[0], inputs[1]);
            let weight = self.weighted.then(|| inputs[2]);
            let log_p = super::log_softmax(x, 1, None)?;
            let nll = nll_loss(
                &log_p,
                target,
                weight,
                self.ignore_index,
                if self.reduction == Averaging::None { "none" } else { "sum" },
            )?;
            let valid = target.ne(self.ignore_index)?;
            let safe = target.masked_fill(&valid.logical_not()?, 0)?;
            let mut loss = nll;
            if self.label_smoothing > 0.0 {
                let each = match weight {
                    Some(w) => log_p.mul(w)?,
                    None => log_p.clone(),
                };
                let smooth = each.sum(1, false, None)?.neg()?.mul(&valid.to_dtype(x.dtype())?)?;
                let smooth = if self.reduction == Averaging::None { smooth } else { smooth.sum((), false, None)? };
                let eps = self.label_smoothing;
                loss = loss.mul(1.0 - eps)?.add(&smooth.mul(eps / x.shape()[1] as f64)?)?;
            }
            if self.reduction == Averaging::Mean {
                let counted = match weight {
                    Some(w) => w.index_select(0, &safe)?.mul(&valid.to_dtype(x.dtype())?)?.sum((), false, None)?,
                    None => valid.to_dtype(x.dtype())?.sum((), false, None)?,
                };
                loss = loss.div(&counted)?;
            }
            Ok(vec![loss, x.logsumexp(1, false)?])
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUTS.output(1)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let count = 2 + self.weighted as usize;
        let weight_needs = self.weighted && cx.needs(2);
        if is_grad_enabled() || grads[1].is_some() || weight_needs {
            return cx.vjp_by_decompose(self, count, grads);
        }
        let mut out: Grads = smallvec::smallvec![None; count];
        if let Some(g) = &grads[0] {
            let (x, target, lse, g) = (cx.input(0)?, cx.input(1)?, cx.output(1)?, g.contiguous()?);
            let weight = if self.weighted { Some(cx.input(2)?) } else { None };
            let inputs: Vec<&Tensor> = [&x, &target, &lse, &g].into_iter().chain(&weight).collect();
            out[0] = Some(apply(CrossEntropyBackward(*self), &inputs)?);
        }
        Ok(out)
    }
}

struct CrossEntropyBackward(CrossEntropy);

impl Op for CrossEntropyBackward {
    fn name(&self) -> &'static str {
        "cross_entropy_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (classes, targets) = (inputs[0].shape()[1], inputs[1].slice::<i64>()?);
        for_float!(self.name(), inputs[0].dtype, T => {
            use flambeau_kernels::rowmath::Real;
            let weight: Option<&[T]> = if self.0.weighted { Some(inputs[4].slice()?) } else { None };
            let settings = self.0.settings::<T>(classes, weight);
            let g = inputs[3].slice::<T>()?;
            let scale = match self.0.reduction {
                Averaging::None => Scale::Each(g),
                Averaging::Sum => Scale::All(g[0].load()),
                Averaging::Mean => Scale::All(g[0].load() / settings.denominator(targets)),
            };
            settings.backward(inputs[0].slice()?, targets, inputs[2].slice()?, scale, outputs[0].slice_mut()?);
        });
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, cx: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        cx.no_derivative()
    }
}

/// Classes from dimension 1 to the end, the rest flattened: [N, C, d…] to [N·d…, C], and the sizes without classes.
fn classes_last(input: &Tensor) -> Result<(Tensor, Shape)> {
    if input.dim() == 1 {
        return Ok((input.unsqueeze(0)?, Shape::new()));
    }
    let mut rest: Shape = input.shape().into();
    let classes = rest.remove(1);
    let moved = if input.dim() == 2 { input.clone() } else { input.movedim(vec![1], vec![-1])? };
    Ok((crate::ops::view::reshape_to(&moved, &[rest.iter().product(), classes])?, rest))
}

/// −log softmax(input)[target], over classes in dimension 1 (0 for a single row): `input` [C], [N, C] or [N, C, d…]; `target`
/// class indices (int64) without the class dimension, or probabilities of the input's shape. `weight` [C] per class.
#[function(torch = "nn.functional.cross_entropy", method = false, sig = "input, target, weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.0", samples = ["T(5,4), T(5,dtype=int64,low=0,high=4)", "T(5,4), T(5,dtype=int64,low=0,high=4), T(4,low=0.5,high=2)", "T(5,4), T(5,dtype=int64,low=0,high=4), reduction='none'", "T(5,4), T(5,dtype=int64,low=0,high=4), None, ignore_index=1, reduction='sum', label_smoothing=0.1", "T(2,4,3), T(2,3,dtype=int64,low=0,high=4), label_smoothing=0.2", "T(5,4), T(5,4,low=0,high=1)", "T(4), T(dtype=int64,low=0,high=4)"])]
pub fn cross_entropy(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    ignore_index: i64,
    reduction: &str,
    label_smoothing: f64,
) -> Result<Tensor> {
    check_float("cross_entropy", input)?;
    let reduction = Averaging::parse(reduction)?;
    if !(0.0..=1.0).contains(&label_smoothing) {
        bail!("label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}");
    }
    if input.dim() == 0 {
        bail!(Value, "cross_entropy: Expected input to have at least 1 dimension (the classes), got a 0-d tensor");
    }
    let classes = input.shape()[if input.dim() == 1 { 0 } else { 1 }];
    if let Some(w) = weight.filter(|w| w.shape() != [classes]) {
        bail!(
            "cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {:?}",
            w.shape()
        );
    }
    if target.shape() == input.shape() && target.dtype().is_float() {
        return cross_entropy_probabilities(input, target, weight, reduction, label_smoothing);
    }
    let (logits, rest) = classes_last(input)?;
    if target.dtype() != DType::I64 && target.dtype() != DType::U8 {
        bail!(
            "cross_entropy: expected scalar type Long for class indices but found {}; convert the target with to_dtype(DType::I64)",
            target.dtype().name()
        );
    }
    if target.shape() != &rest[..] {
        bail!("cross_entropy: Expected target size {:?}, got {:?}", &rest[..], target.shape());
    }
    let flat = crate::ops::view::reshape_to(&target.to_dtype(DType::I64)?, &[logits.shape()[0]])?.contiguous()?;
    let op = CrossEntropy { weighted: weight.is_some(), ignore_index, label_smoothing, reduction };
    let (logits, weight) = (logits.contiguous()?, weight.map(|w| w.contiguous()).transpose()?);
    let inputs: Vec<&Tensor> = [&logits, &flat].into_iter().chain(&weight).collect();
    let loss = apply_all(op, &inputs)?.swap_remove(0);
    if reduction == Averaging::None { crate::ops::view::reshape_to(&loss, &rest) } else { Ok(loss) }
}

fn cross_entropy_probabilities(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: Averaging,
    label_smoothing: f64,
) -> Result<Tensor> {
    let dim = if input.dim() == 1 { 0 } else { 1 };
    let classes = input.shape()[dim as usize];
    let target = if label_smoothing > 0.0 {
        target.mul(1.0 - label_smoothing)?.add(label_smoothing / classes as f64)?
    } else {
        target.clone()
    };
    let mut each = super::log_softmax(input, dim, None)?.mul(&target)?;
    if let Some(w) = weight {
        let mut shape = vec![1usize; input.dim()];
        shape[dim as usize] = classes;
        each = each.mul(&crate::ops::view::reshape_to(w, &shape)?)?;
    }
    let losses = each.sum(dim, false, None)?.neg()?;
    match reduction {
        Averaging::Mean => losses.sum((), false, None)?.div((input.numel() / classes.max(1)) as f64),
        other => other.reduce(&losses),
    }
}

/// `cross_entropy` of the logits `input @ linear_weightᵀ + linear_bias`: `input` [.., in], `linear_weight` [C, d…, in].
#[function(torch = "nn.functional.linear_cross_entropy", method = false, sig = "input, linear_weight, target, *, linear_bias=None, weight=None, reduction='mean', ignore_index=None, label_smoothing=0.0, options=None", samples = ["T(5,3), T(4,3), T(5,dtype=int64,low=0,high=4), linear_bias=T(4)"])]
#[allow(clippy::too_many_arguments)]
pub fn linear_cross_entropy(
    input: &Tensor,
    linear_weight: &Tensor,
    target: &Tensor,
    linear_bias: Option<&Tensor>,
    weight: Option<&Tensor>,
    reduction: &str,
    ignore_index: Option<i64>,
    label_smoothing: f64,
    options: Option<&Tensor>,
) -> Result<Tensor> {
    if ignore_index.is_some() && target.dtype().is_float() {
        bail!("ignore_index cannot be specified when target contains probabilities");
    }
    if options.is_some() {
        bail!(Type, "linear_cross_entropy: options must be None");
    }
    if linear_weight.dim() < 2 || input.dim() == 0 {
        bail!(
            "linear_cross_entropy: the weight must have at least 2 dimensions and the input 1, got {:?} and {:?}",
            linear_weight.shape(),
            input.shape()
        );
    }
    let (classes, features) = (linear_weight.shape()[0], linear_weight.shape()[linear_weight.dim() - 1]);
    let rows: usize = linear_weight.shape()[..linear_weight.dim() - 1].iter().product();
    let flat = linear_weight.reshape(&[rows as i64, features as i64])?;
    let bias = linear_bias.map(|b| b.reshape(&[-1])).transpose()?;
    let logits = super::super::linear(input, &flat, bias.as_ref())?;
    let shape: Shape = input.shape()[..input.dim() - 1]
        .iter()
        .copied()
        .chain([classes])
        .chain(linear_weight.shape()[1..linear_weight.dim() - 1].iter().copied())
        .collect();
    let logits = crate::ops::view::reshape_to(&logits, &shape)?;
    cross_entropy(&logits, target, weight, ignore_index.unwrap_or(-100), reduction, label_smoothing)
}

/// −input[target]: negative log-likelihood of log-probabilities in dimension 1, weighted and reduced as `cross_entropy` does.
#[function(torch = "nn.functional.nll_loss", method = false, sig = "input, target, weight=None, ignore_index=-100, reduction='mean'", samples = ["T(5,4), T(5,dtype=int64,low=0,high=4)", "T(5,4), T(5,dtype=int64,low=0,high=4), T(4,low=0.5,high=2), reduction='sum'", "T(2,4,3), T(2,3,dtype=int64,low=0,high=4), reduction='none'", "T(5,4), T(5,dtype=int64,low=0,high=4), ignore_index=2"])]
pub fn nll_loss(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    ignore_index: i64,
    reduction: &str,
) -> Result<Tensor> {
    let reduction = Averaging::parse(reduction)?;
    if input.dim() == 0 {
        bail!(Value, "nll_loss: Expected 1 or more dimensions (the classes), got a 0-d tensor");
    }
    let (log_p, rest) = classes_last(input)?;
    if target.shape() != &rest[..] || target.dtype() != DType::I64 {
        bail!(
            "nll_loss: Expected int64 targets of size {:?}, got {} {:?}",
            &rest[..],
            target.dtype().name(),
            target.shape()
        );
    }
    let flat = crate::ops::view::reshape_to(target, &[log_p.shape()[0]])?;
    let ignored = flat.eq(ignore_index)?;
    let safe = flat.masked_fill(&ignored, 0)?;
    let mut losses = log_p.gather(1, &safe.unsqueeze(1)?)?.squeeze(1)?.neg()?;
    let mut weights = match weight {
        Some(w) => w.index_select(0, &safe)?,
        None => crate::ops::ones(flat.shape(), log_p.dtype())?,
    };
    weights = weights.masked_fill(&ignored, 0)?;
    losses = losses.masked_fill(&ignored, 0)?.mul(&weights)?;
    match reduction {
        Averaging::Mean => losses.sum((), false, None)?.div(&weights.sum((), false, None)?),
        Averaging::Sum => losses.sum((), false, None),
        Averaging::None => crate::ops::view::reshape_to(&losses, &rest),
    }
}

/// (input − target)².
#[function(torch = "nn.functional.mse_loss", method = false, sig = "input, target, reduction='mean'", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), reduction='sum'", "T(3,4), T(3,4), reduction='none'"])]
pub fn mse_loss(input: &Tensor, target: &Tensor, reduction: &str) -> Result<Tensor> {
    let difference = input.sub(target)?;
    Averaging::parse(reduction)?.reduce(&difference.mul(&difference)?)
}

/// |input − target|.
#[function(torch = "nn.functional.l1_loss", method = false, sig = "input, target, reduction='mean'", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), reduction='none'"])]
pub fn l1_loss(input: &Tensor, target: &Tensor, reduction: &str) -> Result<Tensor> {
    Averaging::parse(reduction)?.reduce(&input.sub(target)?.abs()?)
}

/// Half a square below `beta`, a line beyond (Girshick, 2015).
#[function(torch = "nn.functional.smooth_l1_loss", method = false, sig = "input, target, reduction='mean', beta=1.0", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), beta=0.5", "T(3,4), T(3,4), reduction='sum', beta=0.0"])]
pub fn smooth_l1_loss(input: &Tensor, target: &Tensor, reduction: &str, beta: f64) -> Result<Tensor> {
    if beta < 0.0 {
        bail!("smooth_l1_loss does not support negative values for beta, and it is {beta}");
    }
    if beta == 0.0 {
        return l1_loss(input, target, reduction);
    }
    let z = input.sub(target)?.abs()?;
    let losses = z.lt(beta)?.where_(&z.mul(&z)?.mul(0.5 / beta)?, &z.sub(0.5 * beta)?)?;
    Averaging::parse(reduction)?.reduce(&losses)
}

/// Half a square below `delta`, a line of slope `delta` beyond (Huber, 1964).
#[function(torch = "nn.functional.huber_loss", method = false, sig = "input, target, reduction='mean', delta=1.0", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), delta=0.5"])]
pub fn huber_loss(input: &Tensor, target: &Tensor, reduction: &str, delta: f64) -> Result<Tensor> {
    if delta <= 0.0 {
        bail!("huber_loss does not support non-positive values for delta, and it is {delta}");
    }
    let z = input.sub(target)?.abs()?;
    let losses = z.le(delta)?.where_(&z.mul(&z)?.mul(0.5)?, &z.sub(0.5 * delta)?.mul(delta)?)?;
    Averaging::parse(reduction)?.reduce(&losses)
}

/// −(target·log input + (1−target)·log(1−input)), logarithms no lower than −100.
#[function(torch = "nn.functional.binary_cross_entropy", method = false, sig = "input, target, weight=None, reduction='mean'", samples = ["T(3,4,low=0.1,high=0.9), T(3,4,low=0,high=1)", "T(3,4,low=0.1,high=0.9), T(3,4,low=0,high=1), T(4,low=0.5,high=2), reduction='sum'"])]
pub fn binary_cross_entropy(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: &str,
) -> Result<Tensor> {
    if input.shape() != target.shape() {
        bail!(
            Value,
            "Using a target size ({:?}) that is different to the input size ({:?}) is deprecated. Please ensure they have the same size.",
            target.shape(),
            input.shape()
        );
    }
    let outside = input.detach().lt(0.0)?.logical_or(&input.detach().gt(1.0)?)?;
    if outside.any_all()?.item::<bool>()? {
        bail!(
            "binary_cross_entropy: all elements of input should be between 0 and 1; apply sigmoid() first, or use binary_cross_entropy_with_logits"
        );
    }
    let log_x = input.log()?.clamp_min(-100.0)?;
    let log_y = input.neg()?.log1p()?.clamp_min(-100.0)?;
    let mut losses = target.sub(1.0)?.mul(&log_y)?.sub(&target.mul(&log_x)?)?;
    if let Some(w) = weight {
        losses = losses.mul(w)?;
    }
    Averaging::parse(reduction)?.reduce(&losses)
}

/// `binary_cross_entropy` of sigmoid(input), without overflow.
#[function(torch = "nn.functional.binary_cross_entropy_with_logits", method = false, sig = "input, target, weight=None, reduction='mean', pos_weight=None", samples = ["T(3,4), T(3,4,low=0,high=1)", "T(3,4), T(3,4,low=0,high=1), T(4,low=0.5,high=2), reduction='sum', pos_weight=T(4,low=0.5,high=2)"])]
pub fn binary_cross_entropy_with_logits(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: &str,
    pos_weight: Option<&Tensor>,
) -> Result<Tensor> {
    if input.shape() != target.shape() {
        bail!(Value, "Target size ({:?}) must be the same as input size ({:?})", target.shape(), input.shape());
    }
    let log_sigmoid = super::super::logsigmoid(input)?;
    let rest = target.neg()?.add(1.0)?.mul(input)?;
    let mut losses = match pos_weight {
        Some(w) => {
            let factor = w.sub(1.0)?.mul(target)?.add(1.0)?;
            rest.sub(&factor.mul(&log_sigmoid)?)?
        }
        None => rest.sub(&log_sigmoid)?,
    };
    if let Some(w) = weight {
        losses = losses.mul(w)?;
    }
    Averaging::parse(reduction)?.reduce(&losses)
}

/// target·(log target − input), input being log-probabilities; with `log_target`, the target too.
#[function(torch = "nn.functional.kl_div", method = false, sig = "input, target, reduction='mean', log_target=False", samples = ["T(3,4), T(3,4,low=0.1,high=1)", "T(3,4), T(3,4), reduction='sum', log_target=True", "T(3,4), T(3,4,low=0.1,high=1), reduction='batchmean'"])]
pub fn kl_div(input: &Tensor, target: &Tensor, reduction: &str, log_target: bool) -> Result<Tensor> {
    let losses = if log_target {
        target.exp()?.mul(&target.sub(input)?)?
    } else {
        super::super::xlogy(target, target)?.sub(&target.mul(input)?)?
    };
    if reduction == "batchmean" {
        return losses.sum((), false, None)?.div(input.shape().first().copied().unwrap_or(1) as f64);
    }
    Averaging::parse(reduction)?.reduce(&losses)
}
