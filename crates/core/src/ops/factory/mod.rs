//! Tensors from nothing: constants, ranges, identity.

#[cfg(feature = "registry")]
mod registered;
mod window;

pub use window::*;

use crate::apply::{apply_into, arg};
use crate::scalar::{Scalar, scalar_dtype};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Spec, Specs, checked_numel};
use crate::{DType, Result, Tensor, bail, default_dtype, function};

fn fresh(shape: &[usize], dtype: DType) -> Result<Tensor> {
    checked_numel(shape, dtype.size())?;
    Tensor::uninit(Spec::new(shape, dtype))
}

/// `value` everywhere; in the dtype PyTorch gives the number unless one is given.
pub fn full(shape: &[usize], value: impl Into<Scalar>, dtype: Option<DType>) -> Result<Tensor> {
    let value = value.into();
    let out = fresh(shape, dtype.unwrap_or_else(|| scalar_dtype(value)))?;
    bridge::fill(value, arg(&out));
    Ok(out)
}

/// Zeros.
pub fn zeros(shape: &[usize], dtype: DType) -> Result<Tensor> {
    full(shape, Scalar::Int(0), Some(dtype))
}

/// Ones.
pub fn ones(shape: &[usize], dtype: DType) -> Result<Tensor> {
    full(shape, Scalar::Int(1), Some(dtype))
}

/// A tensor of this shape whose elements are not meant to be read before they are written. (They are zero: safe code
/// never sees old memory.)
pub fn empty(shape: &[usize], dtype: DType) -> Result<Tensor> {
    zeros(shape, dtype)
}

/// Zeros of the shape and dtype of `input`.
#[function(dtypes = "all", grad = false, samples = ["T(3,4)"])]
pub fn zeros_like(input: &Tensor) -> Result<Tensor> {
    zeros(input.shape(), input.dtype())
}

/// Ones of the shape and dtype of `input`.
#[function(dtypes = "all", grad = false, samples = ["T(3,4)"])]
pub fn ones_like(input: &Tensor) -> Result<Tensor> {
    ones(input.shape(), input.dtype())
}

/// `fill_value` everywhere, in the shape and dtype of `input`.
#[function(dtypes = "number", grad = false, samples = ["T(3,4), 3"])]
pub fn full_like(input: &Tensor, fill_value: impl Into<Scalar>) -> Result<Tensor> {
    full(input.shape(), fill_value, Some(input.dtype()))
}

/// `start`, `start + step`, … below `end` (above it for a negative step). Integers give int64, floats the default float.
pub fn arange(
    start: impl Into<Scalar>,
    end: impl Into<Scalar>,
    step: impl Into<Scalar>,
    dtype: Option<DType>,
) -> Result<Tensor> {
    let (start, end, step) = (start.into(), end.into(), step.into());
    let integral = [start, end, step].iter().all(|s| matches!(s, Scalar::Int(_) | Scalar::Bool(_)));
    let dtype = dtype.unwrap_or(if integral { DType::I64 } else { default_dtype() });
    if step.to_f64() == 0.0 {
        bail!("arange: step must be nonzero");
    }
    if !(start.to_f64().is_finite() && end.to_f64().is_finite()) {
        bail!("arange: unsupported range: {} -> {}", start.to_f64(), end.to_f64());
    }
    if (end.to_f64() - start.to_f64()) * step.to_f64() < 0.0 {
        bail!(
            "arange: upper bound and lower bound inconsistent with step sign: {} -> {} by {}",
            start.to_f64(),
            end.to_f64(),
            step.to_f64()
        );
    }
    if integral && dtype.is_integral() {
        let (start, end, step) = (start.to_i64() as i128, end.to_i64() as i128, step.to_i64() as i128);
        let count = ((end - start) + step - step.signum()) / step;
        let count = checked_count(count.max(0) as f64)?;
        let values: Vec<i64> = (0..count as i128).map(|i| (start + i * step) as i64).collect();
        return Tensor::from_vec(values, &[count])?.to_dtype(dtype);
    }
    let (start, end, step) = (start.to_f64(), end.to_f64(), step.to_f64());
    let count = checked_count(((end - start) / step).ceil())?;
    // Integers step by whole numbers, of which the count is that of the bounds as they were given.
    let (start, step) = if dtype.is_integral() { (start.trunc(), step.trunc()) } else { (start, step) };
    Tensor::from_vec((0..count).map(|i| start + i as f64 * step).collect::<Vec<f64>>(), &[count])?.to_dtype(dtype)
}

fn checked_count(count: f64) -> Result<usize> {
    if count > 1e15 {
        bail!("a range of {count} elements does not fit in memory; check its bounds and step");
    }
    Ok(count.max(0.0) as usize)
}

/// `steps` numbers from `start` to `end`, both included, evenly spaced; the second half counted down from `end`.
pub fn linspace(start: f64, end: f64, steps: usize, dtype: Option<DType>) -> Result<Tensor> {
    let dtype = dtype.unwrap_or_else(default_dtype);
    if dtype == DType::F32 && steps > 1 {
        // From both ends in float32, rounded once for each element, as PyTorch does.
        let (start, end) = (start as f32, end as f32);
        let step = (end - start) / (steps - 1) as f32;
        let up = |i: usize| step.mul_add(i as f32, start);
        let down = |i: usize| (-step).mul_add((steps - 1 - i) as f32, end);
        let values = (0..steps).map(|i| if i < steps / 2 { up(i) } else { down(i) });
        return Tensor::from_vec(values.collect::<Vec<f32>>(), &[steps]);
    }
    let step = if steps > 1 { (end - start) / (steps - 1) as f64 } else { 0.0 };
    let values =
        (0..steps).map(|i| if i < steps / 2 { start + step * i as f64 } else { end - step * (steps - 1 - i) as f64 });
    let mut values: Vec<f64> = values.collect();
    if steps == 1 {
        values[0] = start;
    }
    Tensor::from_vec(values, &[steps])?.to_dtype(dtype)
}

/// `base` to the powers of `linspace(start, end, steps)`.
pub fn logspace(start: f64, end: f64, steps: usize, base: f64, dtype: Option<DType>) -> Result<Tensor> {
    let exponents = linspace(start, end, steps, Some(DType::F64))?;
    let values: Vec<f64> = exponents.to_vec::<f64>()?.into_iter().map(|e| base.powf(e)).collect();
    Tensor::from_vec(values, &[steps])?.to_dtype(dtype.unwrap_or_else(default_dtype))
}

/// Ones on the diagonal, zeros elsewhere.
pub fn eye(n: usize, m: Option<usize>, dtype: Option<DType>) -> Result<Tensor> {
    let m = m.unwrap_or(n);
    let out = zeros(&[n, m], dtype.unwrap_or_else(default_dtype))?;
    out.diagonal(0, 0, 1)?.fill_(1)?;
    Ok(out)
}

/// A number written over a destination.
struct Fill(Scalar);

impl Op for Fill {
    fn name(&self) -> &'static str {
        "fill"
    }
    fn kind(&self) -> Kind {
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, _: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::fill(self.0, outputs[0]);
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let old = grads[0].as_ref().map(Tensor::zeros_like).transpose()?;
        Ok(smallvec::smallvec![old])
    }
}

impl Tensor {
    /// Writes `value` everywhere.
    pub fn fill_(&self, value: impl Into<Scalar>) -> Result<&Tensor> {
        let value = value.into();
        if matches!(value, Scalar::Complex(..)) && !self.dtype().is_complex() {
            bail!("fill_: value cannot be converted to type {} without overflow", self.dtype().name());
        }
        apply_into(Fill(value), &[self], self)
    }

    /// Writes zeros everywhere.
    pub fn zero_(&self) -> Result<&Tensor> {
        self.fill_(0)
    }
}
