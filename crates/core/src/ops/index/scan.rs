//! Running sums, products, extremes and logsumexps, and differences.

use super::select::moved;
use crate::apply::{apply, apply_all};
use crate::ops::around;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Spec, Specs, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::scan as kernels;

/// Runs the body with `$t` as the Rust type of a dtype with a sum.
macro_rules! for_number {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            DType::C64 => {
                type $t = [f32; 2];
                $body
            }
            DType::C128 => {
                type $t = [f64; 2];
                $body
            }
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
            DType::F16 => {
                type $t = half::f16;
                $body
            }
            DType::BF16 => {
                type $t = half::bf16;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I16 => {
                type $t = i16;
                $body
            }
            DType::I8 => {
                type $t = i8;
                $body
            }
            DType::U8 => {
                type $t = u8;
                $body
            }
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Sum,
    Product,
    LogSumExp,
}

struct Scan {
    fold: Fold,
    dim: usize,
}

impl Op for Scan {
    fn name(&self) -> &'static str {
        match self.fold {
            Fold::Sum => "cumsum",
            Fold::Product => "cumprod",
            Fold::LogSumExp => "logcumsumexp",
        }
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let dtype = inputs[0].dtype();
        if dtype == DType::Bool || self.fold == Fold::LogSumExp && !dtype.is_float() {
            bail!(NotImplemented, "\"{}_out_cpu\" not implemented for '{}'", self.name(), dtype.name());
        }
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), dtype)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, out) = (inputs[0], outputs[0]);
        let shape = around(x.shape(), self.dim);
        match self.fold {
            Fold::Sum => for_number!("cumsum", x.dtype, T => kernels::cumsum::<T>(x.slice()?, out.slice_mut()?, shape)),
            Fold::Product => {
                for_number!("cumprod", x.dtype, T => kernels::cumprod::<T>(x.slice()?, out.slice_mut()?, shape))
            }
            Fold::LogSumExp => {
                crate::ops::nn::for_float!("logcumsumexp", x.dtype, T => kernels::logcumsumexp::<T>(x.slice()?, out.slice_mut()?, shape))
            }
        }
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        match self.fold {
            Fold::Sum => Saves::NONE,
            _ => Saves::INPUT.output(0),
        }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let dim = self.dim as i64;
        moved(grads, |g| match self.fold {
            Fold::Sum => from_the_end(g, dim),
            Fold::Product => product_vjp(g, &cx.input(0)?, &cx.output(0)?, dim),
            Fold::LogSumExp => log_sum_exp_vjp(g, &cx.input(0)?, &cx.output(0)?, dim),
        })
    }
}

/// Σ over this and the later elements.
fn from_the_end(g: &Tensor, dim: i64) -> Result<Tensor> {
    if g.dim() == 0 {
        return Ok(g.clone());
    }
    g.flip(dim)?.cumsum(dim, None)?.flip(dim)
}

/// gx[k] = Σ over i ≥ k of g[i] · Π over j ≤ i, j ≠ k of x[j]. Before the first zero that is g·y summed from the end over
/// x; at the first zero it is the same with the zero taken for a one; behind it nothing is left.
fn product_vjp(g: &Tensor, x: &Tensor, y: &Tensor, dim: i64) -> Result<Tensor> {
    if x.dim() == 0 {
        return Ok(g.clone());
    }
    let x = x.conj()?;
    let zero = x.detach().eq(0)?;
    if !zero.any((), false)?.item::<bool>()? {
        return from_the_end(&g.mul(&y.conj()?)?, dim)?.div(&x);
    }
    if crate::autograd::is_grad_enabled() {
        // Each element's factor written out, so that it can be differentiated again.
        let n = x.shape()[wrap_dim(dim, x.dim())?] as i64;
        let mut parts = Vec::with_capacity(n as usize);
        for k in 0..n {
            let one = x.narrow(dim, k, 1)?.ones_like()?;
            let others = super::cat(&[x.narrow(dim, 0, k)?, one, x.narrow(dim, k + 1, n - k - 1)?], dim)?;
            let products = g.mul(&others.cumprod(dim, None)?)?;
            parts.push(products.narrow(dim, k, n - k)?.sum(dim, true, None)?);
        }
        return super::cat(&parts, dim);
    }
    let zeros = zero.to_dtype(DType::I64)?.cumsum(dim, None)?;
    let before = from_the_end(&g.mul(&y.conj()?)?, dim)?.div(&x)?;
    let one_gone = zeros.eq(1)?;
    let first = one_gone.logical_and(&zero)?;
    let without = x.masked_fill(&first, 1)?.cumprod(dim, None)?;
    let at_first = from_the_end(&g.mul(&without)?.masked_fill(&one_gone.logical_not()?, 0)?, dim)?;
    zeros.eq(0)?.where_(&before, &at_first.masked_fill(&first.logical_not()?, 0)?)
}

/// PyTorch's formula: gradients above and below zero go through logarithms of their own.
fn log_sum_exp_vjp(g: &Tensor, x: &Tensor, y: &Tensor, dim: i64) -> Result<Tensor> {
    if x.dim() == 0 {
        return Ok(g.clone());
    }
    let part = |g: &Tensor| -> Result<Tensor> {
        // Where there is nothing to take the logarithm of, a number that vanishes and has a derivative.
        let none = g.detach().le(0)?;
        let log = g.masked_fill(&none, 1)?.log()?.masked_fill(&none, -1e30)?;
        log.sub(y)?.flip(dim)?.logcumsumexp(dim)?.flip(dim)?.add(x)?.exp()
    };
    part(&g.clamp_min(0)?)?.sub(&part(&g.neg()?.clamp_min(0)?)?)
}

fn scan(fold: Fold, input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    let widened = if input.dtype().is_integral() && fold != Fold::LogSumExp { DType::I64 } else { input.dtype() };
    let input = input.to_dtype(dtype.unwrap_or(widened))?;
    apply(Scan { fold, dim }, &[&input.contiguous()?])
}

/// Sums of the elements up to each one along `dim`. Integers are summed in int64.
#[function(dtypes = "all", inplace, sig = "input, dim, *, dtype=None", samples = ["T(3,4), 1", "T(3,4), 0", "T(2,3,4), -2", "T(), 0", "T(0,3), 0", "T(3,4), 1, dtype=float64"])]
pub fn cumsum(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    scan(Fold::Sum, input, dim, dtype)
}

/// Products of the elements up to each one along `dim`. Integers are multiplied in int64.
#[function(dtypes = "all", inplace, sig = "input, dim, *, dtype=None", samples = ["T(3,4), 1", "T(3,4), 0", "T(2,3,4), -2", "T(), 0", "T(3,4), 1, dtype=float64"])]
pub fn cumprod(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    scan(Fold::Product, input, dim, dtype)
}

/// ln Σ exp of the elements up to each one along `dim`.
#[function(dtypes = "inexact", samples = ["T(3,4), 1", "T(3,4), 0", "T(), 0"])]
pub fn logcumsumexp(input: &Tensor, dim: i64) -> Result<Tensor> {
    if input.dtype().is_complex() && input.dim() > 0 {
        let n = input.shape()[wrap_dim(dim, input.dim())?] as i64;
        let mut sums: Vec<Tensor> = Vec::with_capacity(n as usize);
        for i in 0..n {
            let next = input.narrow(dim, i, 1)?;
            sums.push(match sums.last() {
                None => next,
                Some(sum) => crate::ops::logaddexp(sum, &next)?,
            });
        }
        return if sums.is_empty() { input.clone_tensor() } else { super::cat(&sums, dim) };
    }
    if input.dtype().is_complex() {
        return input.clone_tensor();
    }
    scan(Fold::LogSumExp, input, dim, None)
}

/// Running maxima or minima and their places.
struct Extreme {
    min: bool,
    dim: usize,
}

impl Op for Extreme {
    fn name(&self) -> &'static str {
        if self.min { "cummin" } else { "cummax" }
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        Ok(smallvec::smallvec![Spec::new(x.shape(), x.dtype()), Spec::new(x.shape(), DType::I64)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let x = inputs[0];
        let shape = around(x.shape(), self.dim);
        super::for_ordered!(self.name(), x.dtype, T => kernels::cummax::<T>(x.slice()?, outputs[0].slice_mut()?, outputs[1].slice_mut()?, shape, self.min));
        Ok(())
    }
    fn kind(&self) -> Kind {
        Kind::Opaque
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::NONE.output(1)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        moved(grads, |g| g.zeros_like()?.scatter_add(self.dim as i64, &cx.output(1)?, g))
    }
}

/// The two outputs of an op.
pub(super) fn pair(op: impl Op, inputs: &[&Tensor]) -> Result<(Tensor, Tensor)> {
    let mut both = apply_all(op, inputs)?.into_iter();
    match (both.next(), both.next()) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => bail!("two outputs expected; this is a mistake in the op"),
    }
}

/// The largest of the elements up to each one along `dim`, and its (last) place.
#[function(returns = "values, indices", dtypes = "real", samples = ["T(3,4), 1", "T(3,4), 0", "T(), 0", "T(0,3), 1"])]
pub fn cummax(input: &Tensor, dim: i64) -> Result<(Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())?;
    pair(Extreme { min: false, dim }, &[&input.contiguous()?])
}

/// The smallest of the elements up to each one along `dim`, and its (last) place.
#[function(returns = "values, indices", dtypes = "real", samples = ["T(3,4), 1", "T(3,4), 0", "T(), 0"])]
pub fn cummin(input: &Tensor, dim: i64) -> Result<(Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())?;
    pair(Extreme { min: true, dim }, &[&input.contiguous()?])
}

/// Differences of neighbours along `dim`, `n` times over; `prepend` and `append` are joined on first.
#[function(dtypes = "all", sig = "input, n=1, dim=-1, prepend=None, append=None", samples = ["T(3,4)", "T(3,4), 2, 0", "T(3,4), 1, 1, T(3,1)", "T(5), 1, 0, T(1), T(2)", "T(3,4), 9"])]
pub fn diff(input: &Tensor, n: i64, dim: i64, prepend: Option<&Tensor>, append: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!("diff expects input to be at least one-dimensional");
    }
    if n < 0 {
        bail!("order must be non-negative but got {n}");
    }
    let d = wrap_dim(dim, input.dim())?;
    if n == 0 {
        return input.clone_tensor();
    }
    let parts: Vec<&Tensor> = prepend.into_iter().chain([input]).chain(append).collect();
    let mut x = if parts.len() == 1 { input.clone() } else { super::cat(&parts, dim)? };
    for _ in 0..n {
        let size = x.shape()[d] as i64;
        if size == 0 {
            break;
        }
        let (low, high) = (x.narrow(dim, 0, size - 1)?, x.narrow(dim, 1, size - 1)?);
        x = if x.dtype() == DType::Bool { high.logical_xor(&low)? } else { high.sub(&low)? };
    }
    Ok(x)
}

/// The area under `y` by the trapezoid rule along `dim`, at the places `x` or `dx` apart.
#[function(dtypes = "float", method = false, sig = "y, x=None, *, dx=1.0, dim=-1", samples = ["T(3,4)", "T(3,4), T(4)", "T(3,4), dx=0.5, dim=0", "T(3,4), T(3,4), dim=1"])]
pub fn trapezoid(y: &Tensor, x: Option<&Tensor>, dx: f64, dim: i64) -> Result<Tensor> {
    let heights = trapezoids(y, x, dx, dim)?;
    heights.sum(dim, false, None)
}

/// The running area under `y` by the trapezoid rule along `dim`.
#[function(dtypes = "float", method = false, sig = "y, x=None, *, dx=1.0, dim=-1", samples = ["T(3,4)", "T(3,4), T(4)", "T(3,4), dx=0.5, dim=0"])]
pub fn cumulative_trapezoid(y: &Tensor, x: Option<&Tensor>, dx: f64, dim: i64) -> Result<Tensor> {
    trapezoids(y, x, dx, dim)?.cumsum(dim, None)
}

fn trapezoids(y: &Tensor, x: Option<&Tensor>, dx: f64, dim: i64) -> Result<Tensor> {
    let d = crate::tensor::wrap_dim_nonscalar(dim, y.dim())?;
    let n = y.shape()[d] as i64;
    if n == 0 {
        return y.mul(dx);
    }
    let heights = y.narrow(dim, 0, n - 1)?.add(&y.narrow(dim, 1, n - 1)?)?;
    let Some(x) = x else { return heights.mul(dx / 2.0) };
    let points = if x.dim() == 1 { x.shape()[0] } else { x.shape().get(d).copied().unwrap_or(0) };
    if points != n as usize {
        bail!("trapezoid: There must be one `x` value for each sample point");
    }
    let widths = if x.dim() == 1 {
        let shape: Vec<i64> = (0..y.dim()).map(|i| if i == d { n - 1 } else { 1 }).collect();
        x.diff(1, 0, None, None)?.reshape(&shape)?
    } else {
        x.diff(1, dim, None, None)?
    };
    heights.mul(&widths)?.div(2)
}
