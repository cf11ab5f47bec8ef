//! Norms over the batch: batch norm with its running statistics, and instance norm, which is one with every image for itself.

use super::for_wide;
use crate::apply::apply_all;
use crate::autograd::{is_grad_enabled, no_grad};
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::batch_norm as kernels;

/// x [N, C, L], weight and bias [C] where they are, to the normed x, the means and the inverse deviations.
#[derive(Clone, Copy)]
struct BatchNorm {
    weight: bool,
    bias: bool,
    eps: f64,
}

fn sizes(x: &[usize]) -> [usize; 3] {
    [x[0], x[1], x[2]]
}

impl BatchNorm {
    fn count(&self) -> usize {
        1 + self.weight as usize + self.bias as usize
    }
}

impl Op for BatchNorm {
    fn name(&self) -> &'static str {
        "native_batch_norm"
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (x, channels) = (inputs[0], [inputs[0].shape()[1]]);
        Ok(smallvec::smallvec![
            Spec::new(x.shape(), x.dtype()),
            Spec::new(&channels[..], x.dtype()),
            Spec::new(&channels[..], x.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let sizes = sizes(inputs[0].shape());
        let count = (sizes[0] * sizes[2]) as f64;
        for_wide!(self.name(), inputs[0].dtype, T => {
            let x = inputs[0].slice::<T>()?;
            let (mean, invstd) = (outputs[1].slice_mut::<T>()?, outputs[2].slice_mut::<T>()?);
            kernels::statistics::<T>(x, sizes, mean, invstd);
            let (mut scale, mut shift) = (vec![0 as T; sizes[1]], vec![0 as T; sizes[1]]);
            let weight = if self.weight { Some(inputs[1].slice::<T>()?) } else { None };
            let bias = if self.bias { Some(inputs[1 + self.weight as usize].slice::<T>()?) } else { None };
            for c in 0..sizes[1] {
                #[allow(clippy::unnecessary_cast, reason = "T is f64 as well")]
                let variance = invstd[c] as f64 / count;
                invstd[c] = (1.0 / (variance + self.eps).sqrt()) as T;
                scale[c] = invstd[c] * weight.map_or(1.0, |w| w[c]);
                shift[c] = bias.map_or(0.0, |b| b[c]) - mean[c] * scale[c];
            }
            kernels::scale_shift::<T>(x, sizes, &scale, &shift, outputs[0].slice_mut()?);
        });
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let x = inputs[0];
            let mean = x.mean(&[0, 2][..], true, None)?;
            let centred = x.sub(&mean)?;
            let invstd = centred.mul(&centred)?.mean(&[0, 2][..], true, None)?.add(self.eps)?.rsqrt()?;
            let mut y = centred.mul(&invstd)?;
            if self.weight {
                y = y.mul(&inputs[1].unsqueeze(1)?)?;
            }
            if self.bias {
                y = y.add(&inputs[1 + self.weight as usize].unsqueeze(1)?)?;
            }
            let flat = [x.shape()[1]];
            Ok(vec![y, crate::ops::view::reshape_to(&mean, &flat)?, crate::ops::view::reshape_to(&invstd, &flat)?])
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUTS.output(1).output(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let count = self.count();
        // The statistics are there for their own sake: PyTorch passes no gradient on through them.
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None; count]) };
        if is_grad_enabled() {
            return cx.vjp_by_decompose(self, count, &[Some(g.clone()), None, None]);
        }
        let (x, mean, invstd, g) = (cx.input(0)?, cx.output(1)?, cx.output(2)?, g.contiguous()?);
        let weight = if self.weight { Some(cx.input(1)?) } else { None };
        let inputs: Vec<&Tensor> = [&x, &g, &mean, &invstd].into_iter().chain(&weight).collect();
        let mut results = apply_all(BatchNormBackward, &inputs)?.into_iter();
        let mut out: Grads = smallvec::smallvec![None; count];
        out[0] = results.next();
        let (dw, db) = (results.next(), results.next());
        if self.weight {
            out[1] = dw;
        }
        if self.bias {
            out[count - 1] = db;
        }
        Ok(out)
    }
}

/// x, dy, mean, invstd and maybe the weight to the gradients of x, weight and bias.
struct BatchNormBackward;

impl Op for BatchNormBackward {
    fn name(&self) -> &'static str {
        "native_batch_norm_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        let channels = [x.shape()[1]];
        Ok(smallvec::smallvec![
            Spec::new(x.shape(), x.dtype()),
            Spec::new(&channels[..], x.dtype()),
            Spec::new(&channels[..], x.dtype())
        ])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let sizes = sizes(inputs[0].shape());
        let count = (sizes[0] * sizes[2]) as f64;
        for_wide!(self.name(), inputs[0].dtype, T => {
            let (x, dy) = (inputs[0].slice::<T>()?, inputs[1].slice::<T>()?);
            let (mean, invstd) = (inputs[2].slice::<T>()?, inputs[3].slice::<T>()?);
            let weight = inputs.get(4).map(|w| w.slice::<T>()).transpose()?;
            let (dw, db) = (outputs[1].slice_mut::<T>()?, outputs[2].slice_mut::<T>()?);
            kernels::gradient_sums::<T>(x, dy, sizes, mean, dw, db);
            // dx = (dy − mean(dy) − x̂ · mean(dy · x̂)) · invstd · weight, as dy · a + x · b + c.
            let (mut a, mut b, mut c) = (vec![0 as T; sizes[1]], vec![0 as T; sizes[1]], vec![0 as T; sizes[1]]);
            for i in 0..sizes[1] {
                dw[i] *= invstd[i];
                a[i] = invstd[i] * weight.map_or(1.0, |w| w[i]);
                b[i] = -a[i] * invstd[i] * dw[i] / count as T;
                c[i] = -a[i] * db[i] / count as T - b[i] * mean[i];
            }
            kernels::combine::<T>(x, dy, sizes, [&a, &b, &c], outputs[0].slice_mut()?);
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

/// What batch norm reads besides its input.
#[derive(Clone, Copy, Default)]
struct Parts<'a> {
    weight: Option<&'a Tensor>,
    bias: Option<&'a Tensor>,
    mean: Option<&'a Tensor>,
    var: Option<&'a Tensor>,
}

/// A tensor over channels, in the shape that broadcasts to an input of this rank.
fn by_channel(t: &Tensor, rank: usize) -> Result<Tensor> {
    let shape: Shape = std::iter::once(t.numel()).chain((2..rank).map(|_| 1)).collect();
    crate::ops::view::reshape_to(t, &shape)
}

/// The result, and in training the means and inverse deviations; running statistics are updated in place.
fn norm(
    input: &Tensor,
    parts: Parts,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<(Tensor, Option<(Tensor, Tensor)>)> {
    super::check_float("batch_norm", input)?;
    if input.dim() < 2 {
        if input.numel() == 0 {
            return Ok((input.mul(1.0)?, None));
        }
        bail!("batch_norm: expected 2D or higher input, got {}D", input.dim());
    }
    let channels = input.shape()[1];
    for (what, t) in
        [("running_mean", parts.mean), ("running_var", parts.var), ("weight", parts.weight), ("bias", parts.bias)]
    {
        if let Some(t) = t.filter(|t| t.numel() != channels) {
            bail!("{what} should contain {channels} elements not {}", t.numel());
        }
    }
    let (dtype, wide) = (input.dtype(), input.dtype().compute());
    let to = |t: Option<&Tensor>| t.map(|t| t.to_dtype(wide)).transpose();
    let (weight, bias) = (to(parts.weight)?, to(parts.bias)?);
    if !training {
        let (Some(mean), Some(var)) = (to(parts.mean)?, to(parts.var)?) else {
            bail!("batch_norm: Expected running_mean and running_var to be defined when training=False");
        };
        let mut scale = var.add(eps)?.rsqrt()?;
        if let Some(w) = &weight {
            scale = scale.mul(w)?;
        }
        let mut shift = mean.neg()?.mul(&scale)?;
        if let Some(b) = &bias {
            shift = shift.add(b)?;
        }
        let rank = input.dim();
        let y = input.to_dtype(wide)?.mul(&by_channel(&scale, rank)?)?.add(&by_channel(&shift, rank)?)?;
        return Ok((y.to_dtype(dtype)?, None));
    }
    let inner: usize = input.shape()[2..].iter().product();
    let x = crate::ops::view::reshape_to(&input.to_dtype(wide)?, &[input.shape()[0], channels, inner])?.contiguous()?;
    let op = BatchNorm { weight: weight.is_some(), bias: bias.is_some(), eps };
    let dense = |t: Option<Tensor>| t.map(|t| t.contiguous()).transpose();
    let (weight, bias) = (dense(weight)?, dense(bias)?);
    let inputs: Vec<&Tensor> = std::iter::once(&x).chain(&weight).chain(&bias).collect();
    let mut results = apply_all(op, &inputs)?.into_iter();
    let missing = || crate::err!("batch_norm: a result is missing");
    let (y, mean, invstd) =
        (results.next().ok_or_else(missing)?, results.next().ok_or_else(missing)?, results.next().ok_or_else(missing)?);
    // An empty batch has no statistics.
    if input.numel() > 0 {
        let _mode = no_grad();
        let count = (input.shape()[0] * inner) as f64;
        let update = |running: Option<&Tensor>, new: Tensor| -> Result<()> {
            if let Some(r) = running {
                r.copy_(&r.mul(1.0 - momentum)?.add(&new.mul(momentum)?)?)?;
            }
            Ok(())
        };
        update(parts.mean, mean.detach())?;
        if parts.var.is_some() {
            let biased = invstd.detach().square()?.reciprocal()?.sub(eps)?;
            update(parts.var, biased.mul(count / (count - 1.0))?)?;
        }
    }
    let y = crate::ops::view::reshape_to(&y, input.shape())?.to_dtype(dtype)?;
    Ok((y, Some((mean, invstd))))
}

fn check_training(input: &Tensor) -> Result<()> {
    if input.dim() < 2 {
        return Ok(());
    }
    let per: usize = input.shape()[0] * input.shape()[2..].iter().product::<usize>();
    if per == 1 {
        bail!(Value, "Expected more than 1 value per channel when training, got input size {:?}", input.shape());
    }
    Ok(())
}

/// (x − mean) / sqrt(var + eps) · weight + bias for each channel (dimension 1), with the batch's own statistics if
/// `training`, which then also move the running ones by `momentum` (Ioffe and Szegedy, 2015).
#[function(torch = "nn.functional.batch_norm", method = false, sig = "input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05", samples = ["T(4,3), None, None, T(3), T(3), True", "T(2,3,4), T(3), T(3,low=0.5,high=2), T(3), T(3)", "T(2,3,4,2), None, None, None, None, True, 0.1, 0.1"])]
#[allow(clippy::too_many_arguments)]
pub fn batch_norm(
    input: &Tensor,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<Tensor> {
    if training {
        check_training(input)?;
    }
    let parts = Parts { weight, bias, mean: running_mean, var: running_var };
    Ok(norm(input, parts, training, momentum, eps)?.0)
}

/// `batch_norm` in the order of arguments that `torch.batch_norm` has.
#[function(torch = "batch_norm", method = false, sig = "input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled", samples = ["T(4,3), T(3), T(3), None, None, True, 0.1, 1e-05, False"])]
#[allow(clippy::too_many_arguments)]
pub fn batch_norm_of_torch(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    training: bool,
    momentum: f64,
    eps: f64,
    cudnn_enabled: bool,
) -> Result<Tensor> {
    let _ = cudnn_enabled;
    let parts = Parts { weight, bias, mean: running_mean, var: running_var };
    Ok(norm(input, parts, training, momentum, eps)?.0)
}

fn with_statistics(
    input: &Tensor,
    parts: Parts,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    if input.numel() == 0 {
        bail!("input tensor must have at least one element, but got input_sizes = {:?}", input.shape());
    }
    let (y, statistics) = norm(input, parts, training, momentum, eps)?;
    // Statistics have the parameters' precision where that is higher.
    let dtype = [parts.weight, parts.mean].into_iter().flatten().next().map_or(input.dtype(), |t| t.dtype());
    match statistics {
        Some((mean, invstd)) => Ok((y, mean.detach().to_dtype(dtype)?, invstd.detach().to_dtype(dtype)?)),
        None => Ok((y, crate::ops::empty(&[0], dtype)?, crate::ops::empty(&[0], dtype)?)),
    }
}

macro_rules! native {
    ($($name:ident $torch:tt;)*) => {$(
        /// `batch_norm`, and in training the means and inverse deviations that it used.
        #[function(torch = $torch, method = false, sig = "input, weight, bias, running_mean, running_var, training, momentum, eps", samples = ["T(4,3), T(3), T(3), None, None, True, 0.1, 1e-05"], grad = false)]
        #[allow(clippy::too_many_arguments)]
        pub fn $name(
            input: &Tensor,
            weight: Option<&Tensor>,
            bias: Option<&Tensor>,
            running_mean: Option<&Tensor>,
            running_var: Option<&Tensor>,
            training: bool,
            momentum: f64,
            eps: f64,
        ) -> Result<(Tensor, Tensor, Tensor)> {
            with_statistics(input, Parts { weight, bias, mean: running_mean, var: running_var }, training, momentum, eps)
        }
    )*};
}
native! {
    native_batch_norm "native_batch_norm";
    native_batch_norm_legit "_native_batch_norm_legit";
}

/// `native_batch_norm` without running statistics.
#[function(torch = "_native_batch_norm_legit", method = false, sig = "input, weight, bias, training, momentum, eps", samples = ["T(4,3), T(3), T(3), True, 0.1, 1e-05"], grad = false)]
pub fn native_batch_norm_no_stats(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    let _ = training;
    with_statistics(input, Parts { weight, bias, ..Parts::default() }, true, momentum, eps)
}

/// `batch_norm` in training: the result, the means, the inverse deviations, and room that this implementation does not need.
#[function(torch = "_batch_norm_with_update", method = false, sig = "input, weight, bias, running_mean, running_var, momentum, eps", samples = ["T(4,3), T(3), T(3), T(3), T(3,low=0.5,high=2), 0.1, 1e-05"], grad = false)]
pub fn batch_norm_with_update(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    running_mean: &Tensor,
    running_var: &Tensor,
    momentum: f64,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let parts = Parts { weight, bias, mean: Some(running_mean), var: Some(running_var) };
    let (y, mean, invstd) = with_statistics(input, parts, true, momentum, eps)?;
    Ok((y, mean, invstd, crate::ops::empty(&[0], DType::U8)?))
}

/// `batch_norm` of every image for itself (Ulyanov, Vedaldi and Lempitsky, 2016); with `use_input_stats` false, by the
/// running statistics.
#[function(torch = "nn.functional.instance_norm", method = false, sig = "input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05", samples = ["T(2,3,4), None, None, T(3), T(3)", "T(2,3,4,2), T(3), T(3,low=0.5,high=2), T(3), T(3), False"])]
#[allow(clippy::too_many_arguments)]
pub fn instance_norm(
    input: &Tensor,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    use_input_stats: bool,
    momentum: f64,
    eps: f64,
) -> Result<Tensor> {
    if input.dim() < 2 {
        bail!("instance_norm: expected at least 2 dimensions, got {}", input.dim());
    }
    if !use_input_stats {
        let parts = Parts { weight, bias, mean: running_mean, var: running_var };
        return Ok(norm(input, parts, false, momentum, eps)?.0);
    }
    if input.dim() > 2 && input.shape()[2..].iter().product::<usize>() == 1 {
        bail!(Value, "Expected more than 1 spatial element when training, got input size {:?}", input.shape());
    }
    let (batch, channels) = (input.shape()[0], input.shape()[1]);
    let shape: Shape = [1, batch * channels].into_iter().chain(input.shape()[2..].iter().copied()).collect();
    let many = |t: Option<&Tensor>| t.map(|t| t.repeat(&[batch as i64])).transpose();
    let (weight, bias) = (many(weight)?, many(bias)?);
    let (mean, var) = {
        let _mode = no_grad();
        (many(running_mean)?, many(running_var)?)
    };
    let parts = Parts { weight: weight.as_ref(), bias: bias.as_ref(), mean: mean.as_ref(), var: var.as_ref() };
    let (y, _) = norm(&crate::ops::view::reshape_to(input, &shape)?, parts, true, momentum, eps)?;
    let _mode = no_grad();
    for (running, moved) in [(running_mean, mean), (running_var, var)] {
        if let (Some(running), Some(moved)) = (running, moved) {
            running.copy_(&crate::ops::view::reshape_to(&moved, &[batch, channels])?.mean(0, false, None)?)?;
        }
    }
    drop(_mode);
    crate::ops::view::reshape_to(&y, input.shape())
}
