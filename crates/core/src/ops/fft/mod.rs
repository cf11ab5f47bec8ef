//! Fourier transforms: three ops (complex, from real, to real) whose derivatives are each other, and PyTorch's functions
//! over them.

mod functions;
mod short;

pub use functions::*;
pub use short::*;

use crate::apply::apply;
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Op, Shape, Spec, Specs, grads1};
use crate::{DType, Result, Tensor, bail};
use flambeau_kernels::fft::Real;

/// Every row over `dims` (the last one first), times `scale`.
struct C2C {
    dims: Vec<usize>,
    forward: bool,
    scale: f64,
}

impl Op for C2C {
    fn name(&self) -> &'static str {
        "_fft_c2c"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, out) = (inputs[0], outputs[0]);
        bridge::copy(x, out);
        match x.dtype {
            DType::C64 => f32::complex(out.slice_mut()?, x.shape(), &self.dims, self.forward, self.scale),
            _ => f64::complex(out.slice_mut()?, x.shape(), &self.dims, self.forward, self.scale),
        }
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        Ok(grads1(c2c(g, &self.dims, !self.forward, self.scale)?))
    }
}

/// The transform over `dims`, times `scale`.
fn c2c(x: &Tensor, dims: &[usize], forward: bool, scale: f64) -> Result<Tensor> {
    if dims.is_empty() {
        return if scale == 1.0 { Ok(x.clone()) } else { x.mul(scale) };
    }
    if !x.dtype().is_complex() {
        bail!("_fft_c2c: Expected a complex input tensor, and it is {}", x.dtype().name());
    }
    apply(C2C { dims: dims.to_vec(), forward, scale }, &[&x.contiguous()?])
}

/// Half of the transform of real rows in the last dimension.
struct R2C {
    scale: f64,
}

impl Op for R2C {
    fn name(&self) -> &'static str {
        "_fft_r2c"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut shape: Shape = inputs[0].shape().into();
        if let Some(last) = shape.last_mut() {
            *last = *last / 2 + 1;
        }
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype().to_complex())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, out) = (inputs[0], outputs[0]);
        let n = x.shape().last().copied().unwrap_or(1);
        match x.dtype {
            DType::F32 => f32::real_forward(x.slice()?, n, self.scale, out.slice_mut()?),
            _ => f64::real_forward(x.slice()?, n, self.scale, out.slice_mut()?),
        }
        Ok(())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let shape = cx.input_shape(0);
        let last = shape.len() - 1;
        // The other half takes no part.
        let full = resized(g, last, shape[last])?;
        Ok(grads1(c2c(&full, &[last], false, self.scale)?.real()?))
    }
}

/// Real rows of `n` from half of their transform, in the last dimension.
struct C2R {
    n: usize,
    scale: f64,
}

impl Op for C2R {
    fn name(&self) -> &'static str {
        "_fft_c2r"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut shape: Shape = inputs[0].shape().into();
        if let Some(last) = shape.last_mut() {
            *last = self.n;
        }
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype().to_real())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, out) = (inputs[0], outputs[0]);
        match x.dtype {
            DType::C64 => f32::real_inverse(x.slice()?, self.n, self.scale, out.slice_mut()?),
            _ => f64::real_inverse(x.slice()?, self.n, self.scale, out.slice_mut()?),
        }
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let half = r2c(g, g.dim() - 1, self.scale)?;
        let size = half.shape()[half.dim() - 1];
        // What stands for its mirror image too counts twice.
        let weights: Vec<f64> = (0..size).map(|k| if k > 0 && k + size <= self.n { 2.0 } else { 1.0 }).collect();
        let weights = Tensor::from_vec(weights, &[size])?.to_dtype(g.dtype())?;
        Ok(grads1(half.mul(&weights)?))
    }
}

fn to_last(x: &Tensor, d: usize) -> Result<Tensor> {
    x.transpose(d as i64, -1)?.contiguous()
}

/// Half of the transform of the real rows along `d`.
fn r2c(x: &Tensor, d: usize, scale: f64) -> Result<Tensor> {
    apply(R2C { scale }, &[&to_last(x, d)?])?.transpose(d as i64, -1)
}

/// Real rows of `n` along `d` from half of their transform.
fn c2r(x: &Tensor, d: usize, n: usize, scale: f64) -> Result<Tensor> {
    let half = resized(x, d, n / 2 + 1)?;
    apply(C2R { n, scale }, &[&to_last(&half, d)?])?.transpose(d as i64, -1)
}

/// Cut or filled up with zeros at the end of dimension `d`.
fn resized(x: &Tensor, d: usize, n: usize) -> Result<Tensor> {
    let have = x.shape()[d];
    if have >= n {
        return if have == n { Ok(x.clone()) } else { x.narrow(d as i64, 0, n as i64) };
    }
    let mut shape: Shape = x.shape().into();
    shape[d] = n - have;
    crate::ops::cat(&[x, &crate::ops::zeros(&shape, x.dtype())?], d as i64)
}
