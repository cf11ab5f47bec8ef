//! Losses of margins and of distributions, and the distances that some of them measure: a few pointwise ops each.

use super::loss::Averaging;
use crate::tensor::broadcast_shapes;
use crate::{DType, Operand, Result, Tensor, bail, function};

fn finish(losses: &Tensor, reduction: &str) -> Result<Tensor> {
    Averaging::parse(reduction)?.reduce(losses)
}

/// log(1 + e^(−target · input)), targets being −1 and 1.
#[function(torch = "nn.functional.soft_margin_loss", method = false, sig = "input, target, reduction='mean'", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), reduction='none'"])]
pub fn soft_margin_loss(input: &Tensor, target: &Tensor, reduction: &str) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    averaging.reduce(&target.neg()?.mul(input)?.exp()?.log1p()?)
}

/// max(0, −target · (input1 − input2) + margin).
#[function(torch = "nn.functional.margin_ranking_loss", method = false, sig = "input1, input2, target, margin=0.0, reduction='mean'", samples = ["T(4), T(4), T(4)", "T(3,4), T(3,4), T(3,4), 0.5, reduction='sum'"])]
pub fn margin_ranking_loss(
    input1: &Tensor,
    input2: &Tensor,
    target: &Tensor,
    margin: f64,
    reduction: &str,
) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    if input1.dim() != input2.dim() || input1.dim() != target.dim() {
        bail!(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {:?}, input2: {:?}, target: {:?}",
            input1.shape(),
            input2.shape(),
            target.shape()
        );
    }
    averaging.reduce(&target.neg()?.mul(&input1.sub(input2)?)?.add(margin)?.clamp_min(0)?)
}

/// x where the target is 1, max(0, margin − x) where it is −1.
#[function(torch = "nn.functional.hinge_embedding_loss", method = false, sig = "input, target, margin=1.0, reduction='mean'", samples = ["T(3,4), T(3,4)", "T(3,4), T(3,4), 0.5, reduction='none'"])]
pub fn hinge_embedding_loss(input: &Tensor, target: &Tensor, margin: f64, reduction: &str) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    let zero = input.zeros_like()?;
    let apart = target.ne(1)?.where_(&input.neg()?.add(margin)?.clamp_min(0)?, &zero)?;
    averaging.reduce(&apart.add(&target.ne(-1)?.where_(input, &zero)?)?)
}

/// 1 − cos(input1, input2) where the target is 1, max(0, cos − margin) where it is −1.
#[function(torch = "nn.functional.cosine_embedding_loss", method = false, sig = "input1, input2, target, margin=0.0, reduction='mean'", samples = ["T(3,4), T(3,4), T(3)", "T(4), T(4), T(), 0.5"])]
pub fn cosine_embedding_loss(
    input1: &Tensor,
    input2: &Tensor,
    target: &Tensor,
    margin: f64,
    reduction: &str,
) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    if target.dim() > 1 {
        bail!("0D or 1D target tensor expected, multi-target not supported");
    }
    let rank = target.dim() + 1;
    if input1.dim() != rank || input2.dim() != rank {
        bail!(
            "{}D target tensor expects {rank}D input tensors, but found inputs with sizes {:?} and {:?}.",
            target.dim(),
            input1.shape(),
            input2.shape()
        );
    }
    const EPSILON: f64 = 1e-12;
    let size = |x: &Tensor| x.mul(x)?.sum(-1, false, None)?.add(EPSILON);
    let product = input1.mul(input2)?.sum(-1, false, None)?;
    let cosine = product.div(&size(input1)?.mul(&size(input2)?)?.sqrt()?)?;
    let zero = cosine.zeros_like()?;
    let alike = target.eq(1)?.where_(&cosine.neg()?.add(1)?, &zero)?;
    averaging.reduce(&alike.add(&target.eq(-1)?.where_(&cosine.sub(margin)?.clamp_min(0)?, &zero)?)?)
}

/// Rows of scores and a class for each.
fn rows(name: &str, input: &Tensor, target: &Tensor) -> Result<(Tensor, Tensor, bool)> {
    if input.dim() > 2 || input.dim() > 0 && input.shape()[input.dim() - 1] == 0 && input.dim() != 2 {
        bail!(
            "{name}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: {:?}",
            input.shape()
        );
    }
    let single = input.dim() < 2;
    let x = if single { input.reshape(&[1, -1])? } else { input.clone() };
    if x.shape()[1] == 0 {
        bail!(
            "{name}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: {:?}",
            input.shape()
        );
    }
    if target.dtype() != DType::I64 {
        bail!("{name}: expected scalar type Long for the target but found {}", target.dtype().name());
    }
    Ok((x, target.clone(), single))
}

/// Σ max(0, margin − x[target] + x[i])^p / C over the classes i that are not the target, weighted by the target's weight.
#[function(torch = "nn.functional.multi_margin_loss", method = false, sig = "input, target, p=1, margin=1.0, weight=None, reduction='mean'", samples = ["T(3,4), T(3,dtype=int64,low=0,high=4)", "T(3,4), T(3,dtype=int64,low=0,high=4), 2, 0.5, T(4,low=0.5,high=2), reduction='sum'", "T(4), T(dtype=int64,low=0,high=4)"])]
pub fn multi_margin_loss(
    input: &Tensor,
    target: &Tensor,
    p: i64,
    margin: f64,
    weight: Option<&Tensor>,
    reduction: &str,
) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    if p != 1 && p != 2 {
        bail!(Value, "only p == 1 and p == 2 supported");
    }
    if weight.is_some_and(|w| w.dim() != 1) {
        bail!(Value, "weight must be one-dimensional");
    }
    super::check_float("multi_margin_loss", input)?;
    let (x, target, single) = rows("multi_margin_loss", input, target)?;
    let (n, classes) = (x.shape()[0], x.shape()[1]);
    if target.dim() > 1 || target.numel() != n {
        bail!("inconsistent target size, expected {n} but got {:?}", target.shape());
    }
    if let Some(w) = weight.filter(|w| w.numel() != classes) {
        bail!("inconsistent weight size, expected {classes} but got {:?}", w.shape());
    }
    let flat = target.reshape(&[n as i64])?;
    if flat.lt(0)?.logical_or(&flat.ge(classes as i64)?)?.any_all()?.item::<bool>()? {
        bail!("multi_margin_loss: target out of range for {classes} classes");
    }
    let index = flat.unsqueeze(1)?;
    let mut z = x.sub(&x.gather(1, &index)?)?.add(margin)?.clamp_min(0)?;
    if p == 2 {
        z = z.mul(&z)?;
    }
    if let Some(w) = weight {
        z = z.mul(&w.index_select(0, &flat)?.unsqueeze(1)?)?;
    }
    let own = crate::ops::arange(0i64, classes as i64, 1i64, Some(DType::I64))?.eq(&index)?;
    let losses = z.masked_fill(&own, 0)?.sum(1, false, None)?.div(classes as f64)?;
    let losses = if single && target.dim() == 0 { losses.reshape(&[])? } else { losses };
    averaging.reduce(&losses)
}

/// Σ max(0, 1 − x[t] + x[i]) / C over the target classes t (up to the first −1) and the other classes i.
#[function(torch = "nn.functional.multilabel_margin_loss", method = false, sig = "input, target, reduction='mean'", samples = ["T(3,4), T(3,4,dtype=int64,low=-1,high=4)", "T(4), T(4,dtype=int64,low=-1,high=4), reduction='sum'"])]
pub fn multilabel_margin_loss(input: &Tensor, target: &Tensor, reduction: &str) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    super::check_float("multilabel_margin_loss", input)?;
    if input.shape() != target.shape() {
        bail!("inconsistent target size: {:?} for input of size: {:?}", target.shape(), input.shape());
    }
    let (x, target, single) = rows("multilabel_margin_loss", input, target)?;
    let (n, classes) = (x.shape()[0] as i64, x.shape()[1] as i64);
    let target = target.reshape(&[n, classes])?;
    let listed = target.eq(-1)?.to_dtype(DType::I64)?.cumsum(1, None)?.eq(0)?;
    let safe = target.masked_fill(&listed.logical_not()?, 0)?;
    if safe.lt(0)?.logical_or(&safe.ge(classes)?)?.any_all()?.item::<bool>()? {
        bail!("multilabel_margin_loss: target is out of range for {classes} classes");
    }
    let marks = crate::ops::zeros(x.shape(), DType::I64)?;
    let others = marks.scatter_add(1, &safe, &listed.to_dtype(DType::I64)?)?.eq(0)?;
    // [N, targets, classes]
    let z = x.unsqueeze(1)?.sub(&x.gather(1, &safe)?.unsqueeze(2)?)?.add(1.0)?.clamp_min(0)?;
    let counted = listed.unsqueeze(2)?.logical_and(&others.unsqueeze(1)?)?;
    let losses = z.masked_fill(&counted.logical_not()?, 0)?.sum(&[1, 2][..], false, None)?.div(classes as f64)?;
    let losses = if single { losses.reshape(&[])? } else { losses };
    averaging.reduce(&losses)
}

/// −(t · log σ(x) + (1 − t) · log σ(−x)), averaged over the classes (the last dimension).
#[function(torch = "nn.functional.multilabel_soft_margin_loss", method = false, sig = "input, target, weight=None, reduction='mean'", samples = ["T(3,4), T(3,4,low=0,high=1)", "T(3,4), T(3,4,low=0,high=1), T(4,low=0.5,high=2), reduction='sum'"])]
pub fn multilabel_soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: &str,
) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!(Index, "multilabel_soft_margin_loss: the input must have a dimension of classes, and is 0-d");
    }
    let (yes, no) = (super::super::logsigmoid(input)?, super::super::logsigmoid(&input.neg()?)?);
    let mut losses = target.mul(&yes)?.add(&target.neg()?.add(1)?.mul(&no)?)?.neg()?;
    if let Some(w) = weight {
        losses = losses.mul(w)?;
    }
    let classes = losses.shape().last().copied().unwrap_or(1);
    let losses = losses.sum(-1, false, None)?.div(classes as f64)?;
    match reduction {
        "none" | "mean" | "sum" => finish(&losses, reduction),
        other => bail!(Value, "{other} is not valid"),
    }
}

/// ‖x1 − x2 + eps‖ along the last dimension.
#[function(torch = "nn.functional.pairwise_distance", method = false, sig = "x1, x2, p=2.0, eps=1e-06, keepdim=False", samples = ["T(3,4), T(3,4)", "T(3,4), T(4), 1.0, keepdim=True"])]
pub fn pairwise_distance(x1: &Tensor, x2: &Tensor, p: f64, eps: f64, keepdim: bool) -> Result<Tensor> {
    x1.sub(x2)?.add(eps)?.norm_dim(p, -1, keepdim)
}

/// max(0, d(anchor, positive) − d(anchor, negative) + margin); with `swap` the negative is also measured from the positive.
#[function(torch = "nn.functional.triplet_margin_loss", method = false, sig = "anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, reduction='mean'", samples = ["T(3,4), T(3,4), T(3,4)", "T(3,4), T(3,4), T(3,4), 2.0, 1.0, swap=True, reduction='none'"])]
#[allow(clippy::too_many_arguments)]
pub fn triplet_margin_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    margin: f64,
    p: f64,
    eps: f64,
    swap: bool,
    reduction: &str,
) -> Result<Tensor> {
    let averaging = Averaging::parse(reduction)?;
    if margin <= 0.0 {
        bail!(Value, "margin must be greater than 0, got {margin}");
    }
    if anchor.dim() != positive.dim() || anchor.dim() != negative.dim() {
        bail!(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs",
            anchor.dim(),
            positive.dim(),
            negative.dim()
        );
    }
    let near = pairwise_distance(anchor, positive, p, eps, false)?;
    let mut far = pairwise_distance(anchor, negative, p, eps, false)?;
    if swap {
        far = far.minimum(&pairwise_distance(positive, negative, p, eps, false)?)?;
    }
    averaging.reduce(&near.sub(&far)?.add(margin)?.clamp_min(0)?)
}

/// Σ x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along `dim`.
#[function(torch = "nn.functional.cosine_similarity", method = false, sig = "x1, x2, dim=1, eps=1e-08", samples = ["T(3,4), T(3,4)", "T(2,3,4), T(3,4), 2"])]
pub fn cosine_similarity(x1: &Tensor, x2: &Tensor, dim: i64, eps: f64) -> Result<Tensor> {
    let dtype = crate::ops::map::result_type([Operand::from(x1), Operand::from(x2)]);
    if !dtype.is_float() && !dtype.is_complex() {
        bail!("expected common dtype to be floating point, yet common dtype is {}", dtype.name());
    }
    let shape = broadcast_shapes(x1.shape(), x2.shape()).map_err(|e| e.context("cosine_similarity"))?;
    let unit = |x: &Tensor| {
        let x = crate::ops::view::expand_to(&x.to_dtype(dtype)?, &shape)?;
        let norm = x.norm_dim(2.0, dim, true)?;
        // Short vectors are divided by eps, though the derivative is that of the norm.
        let raised = norm.add(&norm.clamp_min(eps)?.sub(&norm)?.detach())?;
        x.div(&raised)
    };
    unit(x1)?.mul(&unit(x2)?)?.sum(dim, false, None)
}

/// ½ (log var + (input − target)² / var), `var` no lower than eps; with `full`, plus ½ log 2π.
#[function(torch = "nn.functional.gaussian_nll_loss", method = false, sig = "input, target, var, full=False, eps=1e-06, reduction='mean'", samples = ["T(3,4), T(3,4), T(3,4,low=0.5,high=2)", "T(3,4), T(3,4), T(3,low=0.5,high=2), True, reduction='none'"])]
pub fn gaussian_nll_loss<'a>(
    input: &Tensor,
    target: &Tensor,
    var: impl Into<Operand<'a>>,
    full: bool,
    eps: f64,
    reduction: &str,
) -> Result<Tensor> {
    let var = match var.into() {
        Operand::Tensor(t) => t.clone(),
        Operand::Scalar(s) => input.ones_like()?.mul(s)?,
    };
    if var.detach().lt(0)?.any_all()?.item::<bool>()? {
        bail!(Value, "var has negative entry/entries");
    }
    let mut var = var;
    if var.shape() != input.shape() {
        let odd: usize = if var.dim() == input.dim() {
            input.shape().iter().zip(var.shape()).filter(|(a, b)| a != b).map(|(_, b)| *b).sum()
        } else {
            0
        };
        if input.dim() > 0 && &input.shape()[..input.dim() - 1] == var.shape() {
            var = var.unsqueeze(-1)?;
        } else if odd != 1 {
            bail!(Value, "var is of incorrect size");
        }
    }
    if !matches!(reduction, "none" | "mean" | "sum") {
        bail!(Value, "{reduction} is not valid");
    }
    let var = var.add(&var.clamp_min(eps)?.sub(&var)?.detach())?;
    let apart = input.sub(target)?;
    let mut losses = var.log()?.add(&apart.mul(&apart)?.div(&var)?)?.mul(0.5)?;
    if full {
        losses = losses.add(0.5 * (2.0 * std::f64::consts::PI).ln())?;
    }
    finish(&losses, reduction)
}

/// e^input − target · input if `log_input`, else input − target · log(input + eps); with `full`, plus Stirling's formula for
/// log target! where the target is above 1.
#[function(torch = "nn.functional.poisson_nll_loss", method = false, sig = "input, target, log_input=True, full=False, eps=1e-08, reduction='mean'", samples = ["T(3,4), T(3,4,low=0.5,high=3)", "T(3,4,low=0.5,high=2), T(3,4,low=0.5,high=3), False, True, reduction='sum'"])]
pub fn poisson_nll_loss(
    input: &Tensor,
    target: &Tensor,
    log_input: bool,
    full: bool,
    eps: f64,
    reduction: &str,
) -> Result<Tensor> {
    let mut losses = if log_input {
        input.exp()?.sub(&target.mul(input)?)?
    } else {
        input.sub(&target.mul(&input.add(eps)?.log()?)?)?
    };
    if full {
        let above = target.detach().gt(1)?;
        let safe = target.masked_fill(&above.logical_not()?, 1)?;
        let log = safe.log()?;
        let stirling = safe.mul(&log)?.sub(&safe)?.add(&safe.mul(2.0 * std::f64::consts::PI)?.log()?.mul(0.5)?)?;
        losses = losses.add(&stirling.masked_fill(&above.logical_not()?, 0)?)?;
    }
    if !matches!(reduction, "none" | "mean" | "sum") {
        bail!(Value, "{reduction} is not a valid value for reduction");
    }
    finish(&losses, reduction)
}
