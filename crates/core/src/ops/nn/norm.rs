//! Layer norm and RMS norm.

use super::{check_float, for_float};
use crate::apply::apply_all;
use crate::autograd::is_grad_enabled;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs};
use crate::{Result, Tensor, bail, function};
use flambeau_kernels::norm::{self, NormInputs};

/// Both norms: `rms` leaves out the mean. Inputs: x, then the weight and the bias that there are.
#[derive(Clone, Copy)]
struct Norm {
    rms: bool,
    /// Elements of a row, and the dimensions that they are of.
    n: usize,
    dims: usize,
    eps: f64,
    weight: bool,
    bias: bool,
    /// Whether the statistics of the rows are outputs too: a derivative wants them, or the caller.
    stats: bool,
}

impl Norm {
    fn weight_at(&self) -> Option<usize> {
        self.weight.then_some(1)
    }
    fn bias_at(&self) -> Option<usize> {
        self.bias.then_some(1 + self.weight as usize)
    }
    /// The row-wise statistics have the leading sizes.
    fn stat_shape(&self, shape: &[usize]) -> Shape {
        let mut out: Shape = shape.into();
        for size in out.iter_mut().rev().take(self.dims) {
            *size = 1;
        }
        out
    }
}

impl Op for Norm {
    fn name(&self) -> &'static str {
        if self.rms { "rms_norm" } else { "layer_norm" }
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        let mut specs = smallvec::smallvec![Spec::new(x.shape(), x.dtype())];
        if self.stats {
            let stat = Spec::new(self.stat_shape(x.shape()), x.dtype().compute());
            specs.extend(std::iter::repeat_n(stat, if self.rms { 1 } else { 2 }));
        }
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        for_float!(self.name(), inputs[0].dtype, T => {
            let weight: Option<&[T]> = self.weight_at().map(|i| inputs[i].slice()).transpose()?;
            let bias: Option<&[T]> = self.bias_at().map(|i| inputs[i].slice()).transpose()?;
            let (x, out) = (inputs[0].slice::<T>()?, outputs[0].slice_mut::<T>()?);
            match (self.rms, &outputs[1..]) {
                (true, stats) => {
                    let rstd = stats.first().map(|r| r.slice_mut()).transpose()?;
                    norm::rms_norm::<T>(x, weight, self.eps, self.n, out, rstd);
                }
                (false, [mean, rstd]) => {
                    let stats = Some([mean.slice_mut()?, rstd.slice_mut()?]);
                    norm::layer_norm::<T>(x, weight, bias, self.eps, self.n, out, stats);
                }
                (false, _) => norm::layer_norm::<T>(x, weight, bias, self.eps, self.n, out, None),
            }
        });
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let x = inputs[0];
            let dims: Vec<i64> = (x.dim() - self.dims..x.dim()).map(|d| d as i64).collect();
            let x = x.to_dtype(x.dtype().compute())?;
            let (centred, mean) = if self.rms {
                (x.clone(), None)
            } else {
                let mean = x.mean(&dims[..], true, None)?;
                (x.sub(&mean)?, Some(mean))
            };
            let rstd = centred.mul(&centred)?.mean(&dims[..], true, None)?.add(self.eps)?.rsqrt()?;
            let mut y = centred.mul(&rstd)?;
            if let Some(i) = self.weight_at() {
                y = y.mul(inputs[i])?;
            }
            if let Some(i) = self.bias_at() {
                y = y.add(inputs[i])?;
            }
            let y = y.to_dtype(inputs[0].dtype())?;
            let stats = mean.into_iter().chain([rstd]).filter(|_| self.stats);
            Ok(std::iter::once(y).chain(stats).collect())
        };
        Some(run())
    }
    fn saves(&self, needs: Needs) -> Saves {
        // The bias is kept only for second derivatives, which take the op apart; it costs nothing.
        let all = Saves::INPUTS.output(1);
        let _ = needs;
        if self.rms { all } else { all.output(2) }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let count = 1 + self.weight as usize + self.bias as usize;
        // The statistics are there for their own sake: PyTorch passes no gradient on through them.
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None; count]) };
        if is_grad_enabled() {
            let mut only: Vec<Option<Tensor>> = vec![None; grads.len()];
            only[0] = Some(g.clone());
            return cx.vjp_by_decompose(self, count, &only);
        }
        let (x, g) = (cx.input(0)?, g.contiguous()?);
        let op = NormBackward {
            norm: *self,
            dx: cx.needs(0),
            dw: self.weight_at().is_some_and(|i| cx.needs(i)),
            db: self.bias_at().is_some_and(|i| cx.needs(i)),
        };
        let weight = self.weight_at().map(|i| cx.input(i)).transpose()?;
        let stats = if self.rms { vec![cx.output(1)?] } else { vec![cx.output(1)?, cx.output(2)?] };
        let mut inputs: Vec<&Tensor> = vec![&x, &g];
        inputs.extend(&stats);
        inputs.extend(&weight);
        let mut results = apply_all(op, &inputs)?.into_iter();
        let mut out: Grads = smallvec::smallvec![None; count];
        if op.dx {
            out[0] = results.next();
        }
        for (wanted, at) in [(op.dw, self.weight_at()), (op.db, self.bias_at())] {
            if let (true, Some(i), Some(row)) = (wanted, at, results.as_slice().first()) {
                // The kernel sums over rows; a row may be of several dimensions.
                let shape: Vec<i64> = cx.input(i)?.shape().iter().map(|n| *n as i64).collect();
                out[i] = Some(row.view(&shape)?);
                results.next();
            }
        }
        Ok(out)
    }
}

#[derive(Clone, Copy)]
struct NormBackward {
    norm: Norm,
    dx: bool,
    dw: bool,
    db: bool,
}

impl Op for NormBackward {
    fn name(&self) -> &'static str {
        if self.norm.rms { "rms_norm_backward" } else { "layer_norm_backward" }
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        let row = [self.norm.n];
        let mut specs = Specs::new();
        if self.dx {
            specs.push(Spec::new(x.shape(), x.dtype()));
        }
        for wanted in [self.dw, self.db] {
            if wanted {
                specs.push(Spec::new(&row[..], x.dtype()));
            }
        }
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        for_float!(self.name(), inputs[0].dtype, T => {
            let (mean, rstd, weight_at) = if self.norm.rms { (None, inputs[2], 3) } else { (Some(inputs[2].slice()?), inputs[3], 4) };
            let weight: Option<&[T]> = if self.norm.weight { Some(inputs[weight_at].slice()?) } else { None };
            let mut outs = outputs.iter();
            let mut next = |wanted: bool| -> Result<Option<&mut [T]>> {
                if !wanted { return Ok(None) }
                outs.next().map(|o| o.slice_mut::<T>()).transpose()
            };
            let (dx, dw, db) = (next(self.dx)?, next(self.dw)?, next(self.db)?);
            let from = NormInputs::<T> { x: inputs[0].slice()?, dy: inputs[1].slice()?, weight, mean, rstd: rstd.slice()?, n: self.norm.n };
            norm::norm_backward::<T>(from, dx, dw, db);
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

/// What a norm is of.
struct Given<'a> {
    input: &'a Tensor,
    normalized_shape: &'a [i64],
    weight: Option<&'a Tensor>,
    bias: Option<&'a Tensor>,
    eps: f64,
}

/// The norm; with `stats`, or where a derivative wants them, the statistics of the rows too.
fn run(name: &str, given: Given, rms: bool, stats: bool) -> Result<crate::apply::Outputs> {
    let Given { input, normalized_shape, weight, bias, eps } = given;
    check_float(name, input)?;
    let shape: Shape = normalized_shape.iter().map(|n| (*n).max(0) as usize).collect();
    if shape.is_empty() {
        bail!(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
        );
    }
    if input.dim() < shape.len() || input.shape()[input.dim() - shape.len()..] != shape[..] {
        bail!(
            "Given normalized_shape={shape:?}, expected input with shape [*, {}], but got input of size {:?}",
            shape.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(", "),
            input.shape()
        );
    }
    for (what, t) in [("weight", weight), ("bias", bias)] {
        if let Some(t) = t.filter(|t| t.shape() != &shape[..] || t.dtype() != input.dtype()) {
            bail!(
                "{name}: expected {what} to be of same shape and dtype as normalized_shape, but got {what} of shape {:?} {} and normalized_shape = {shape:?} with input {}",
                t.shape(),
                t.dtype().name(),
                input.dtype().name()
            );
        }
    }
    let n: usize = shape.iter().product();
    if input.numel() == 0 {
        let stat: Shape =
            input.shape().iter().enumerate().map(|(d, s)| if d + shape.len() < input.dim() { *s } else { 1 }).collect();
        let zeros = crate::ops::zeros(&stat, input.dtype().compute())?;
        return Ok(smallvec::smallvec![input.mul(1.0)?, zeros.clone(), zeros]);
    }
    let dense = |t: Option<&Tensor>| t.map(|t| t.contiguous()).transpose();
    let (input, weight, bias) = (input.contiguous()?, dense(weight)?, dense(bias)?);
    let needs = |t: &Tensor| t.requires_grad();
    let stats = stats
        || is_grad_enabled()
            && (needs(&input) || weight.as_ref().is_some_and(needs) || bias.as_ref().is_some_and(needs));
    let op = Norm { rms, n, dims: shape.len(), eps, weight: weight.is_some(), bias: bias.is_some(), stats };
    match (&weight, &bias) {
        (Some(w), Some(b)) => apply_all(op, &[&input, w, b]),
        (Some(one), None) | (None, Some(one)) => apply_all(op, &[&input, one]),
        (None, None) => apply_all(op, &[&input]),
    }
}

/// Rows of a matrix, normed, with their means and inverse deviations.
pub(super) fn layer_statistics(rows: &Tensor, eps: f64) -> Result<(Tensor, Tensor, Tensor)> {
    let n = rows.shape()[1] as i64;
    let given = Given { input: rows, normalized_shape: &[n], weight: None, bias: None, eps };
    let mut all = run("group_norm", given, false, true)?.into_iter();
    match (all.next(), all.next(), all.next()) {
        (Some(y), Some(mean), Some(rstd)) => Ok((y, mean.detach(), rstd.detach())),
        _ => bail!("layer_norm: a result is missing"),
    }
}

/// `layer_norm`, and the means and inverse deviations of the rows.
#[function(torch = "native_layer_norm", method = false, sig = "input, normalized_shape, weight, bias, eps", samples = ["T(3,4), [4], T(4), T(4), 1e-05"], grad = false)]
pub fn native_layer_norm(
    input: &Tensor,
    normalized_shape: &[i64],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<(Tensor, Tensor, Tensor)> {
    let mut all = run("layer_norm", Given { input, normalized_shape, weight, bias, eps }, false, true)?.into_iter();
    match (all.next(), all.next(), all.next()) {
        (Some(y), Some(mean), Some(rstd)) => {
            let dtype = weight.map_or(input.dtype(), |w| w.dtype());
            Ok((y, mean.detach().to_dtype(dtype)?, rstd.detach().to_dtype(dtype)?))
        }
        _ => bail!("layer_norm: a result is missing"),
    }
}

/// (x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, whose sizes are `normalized_shape`
/// (Ba, Kiros and Hinton, 2016).
#[function(torch = "nn.functional.layer_norm", method = false, sig = "input, normalized_shape, weight=None, bias=None, eps=1e-05", samples = ["T(3,4), [4], T(4), T(4)", "T(2,3,4), [3,4]", "T(3,4), [4], T(4)", "T(3,4), [4], eps=0.1"])]
pub fn layer_norm(
    input: &Tensor,
    normalized_shape: &[i64],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    Ok(run("layer_norm", Given { input, normalized_shape, weight, bias, eps }, false, false)?.swap_remove(0))
}

/// x / sqrt(mean(x²) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019). Without `eps`, the dtype's epsilon.
#[function(torch = "nn.functional.rms_norm", method = false, sig = "input, normalized_shape, weight=None, eps=None", samples = ["T(3,4), [4], T(4)", "T(2,3,4), [3,4]", "T(3,4), [4], T(4), 0.1"])]
pub fn rms_norm(input: &Tensor, normalized_shape: &[i64], weight: Option<&Tensor>, eps: Option<f64>) -> Result<Tensor> {
    if input.dtype().is_complex() {
        // By the square, not the magnitude, as PyTorch has it.
        let eps = eps.unwrap_or(if input.dtype() == crate::DType::C128 { f64::EPSILON } else { f32::EPSILON as f64 });
        let dims: Vec<i64> = (1..=normalized_shape.len() as i64).map(|d| -d).collect();
        let y = input.mul(&input.mul(input)?.mean(&dims[..], true, None)?.add(eps)?.rsqrt()?)?;
        return match weight {
            Some(w) => y.mul(w),
            None => Ok(y),
        };
    }
    let eps = eps.unwrap_or(if input.dtype() == crate::DType::F64 { f64::EPSILON } else { f32::EPSILON as f64 });
    let given = Given { input, normalized_shape, weight, bias: None, eps };
    Ok(run("rms_norm", given, true, false)?.swap_remove(0))
}
