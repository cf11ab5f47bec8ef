//! Smallest and largest elements, their values and their places.

use super::*;
use crate::apply::apply_all;
use crate::function;
use crate::tensor::wrap_dim;
use flambeau_kernels::reduce::{self as kernels, Max, Min};

/// The gradient goes to the elements that equal the result, in equal parts.
fn to_extremes(v: &Vjp, g: &Tensor) -> Result<Tensor> {
    let mask = v.x()?.eq(&v.y()?)?;
    let dims: Vec<i64> = (0..mask.dim()).filter(|d| v.reduced[*d]).map(|d| d as i64).collect();
    let share = mask.sum(&dims[..], true, Some(g.dtype()))?;
    mask.to_dtype(g.dtype())?.mul(&g.div(&share)?)
}

macro_rules! extreme {
    ($body:ident, $name:literal) => {
        impl Reduction for $body {
            const NAME: &'static str = $name;
            fn kernel() -> &'static ReduceKernel {
                kernels::num::<$body>()
            }
            fn saves(&self) -> Saves {
                Saves::INPUT.output(0)
            }
            fn vjp(&self, v: &Vjp, g: &Tensor) -> Result<Tensor> {
                to_extremes(v, g)
            }
        }
    };
}
extreme!(Min, "amin");
extreme!(Max, "amax");

/// A result for no elements exists only where none is asked for.
fn check_empty(name: &str, input: &Tensor, dim: &Dims) -> Result<()> {
    let flags = dim.flags(input.dim())?;
    if input.numel() > 0 {
        return Ok(());
    }
    if let Some(d) = (0..input.dim()).find(|d| flags[*d] && input.shape()[*d] == 0) {
        if dim.as_slice().is_none_or(<[i64]>::is_empty) {
            bail!(
                "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            );
        }
        bail!(Index, "{name}(): Expected reduction dim {d} to have non-zero size.");
    }
    Ok(())
}

/// The smallest element over `dim`; NaN if there is one. Gradients are shared among equals.
#[function(dtypes = "real", sig = "input, dim=[], keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2], True", "T()"])]
pub fn amin(input: &Tensor, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    let dim = dim.into();
    check_empty("amin", input, &dim)?;
    reduce(Min, input, dim, keepdim, input.dtype(), input.dtype())
}

/// The largest element over `dim`; NaN if there is one. Gradients are shared among equals.
#[function(dtypes = "real", sig = "input, dim=[], keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,2], True", "T()"])]
pub fn amax(input: &Tensor, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    let dim = dim.into();
    check_empty("amax", input, &dim)?;
    reduce(Max, input, dim, keepdim, input.dtype(), input.dtype())
}

/// The smallest and the largest element, over `dim` or all dimensions.
#[function(returns = "min, max", dtypes = "real", sig = "input, *, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), dim=1", "T(3,4), dim=0, keepdim=True"])]
pub fn aminmax(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<(Tensor, Tensor)> {
    Ok((amin(input, dim, keepdim)?, amax(input, dim, keepdim)?))
}

/// Values and places along one dimension.
struct Extreme {
    largest: bool,
    dim: usize,
    keepdim: bool,
    values: bool,
}

impl Extreme {
    fn shape(&self, shape: &[usize], keepdim: bool) -> Shape {
        let flags: Flags = (0..shape.len()).map(|d| d == self.dim).collect();
        reduced_shape(shape, &flags, keepdim)
    }
}

impl Op for Extreme {
    fn name(&self) -> &'static str {
        match (self.largest, self.values) {
            (true, true) => "max",
            (false, true) => "min",
            (true, false) => "argmax",
            (false, false) => "argmin",
        }
    }
    fn kind(&self) -> Kind {
        Kind::Reduce
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        if x.dtype().is_complex() {
            bail!(NotImplemented, "\"{}\" not implemented for '{}'", self.name(), x.dtype().name());
        }
        if x.shape().get(self.dim) == Some(&0) {
            bail!(Index, "{}(): Expected reduction dim {} to have non-zero size.", self.name(), self.dim);
        }
        let shape = self.shape(x.shape(), self.keepdim);
        let mut specs = Specs::new();
        if self.values {
            specs.push(Spec::new(shape.clone(), x.dtype()));
        }
        specs.push(Spec::new(shape, DType::I64));
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let x = inputs[0];
        let one = Layout::contiguous(&[1]);
        let x = if x.layout.rank() == 0 { Arg { layout: &one, ..x } } else { x };
        let kept = Layout::contiguous(&self.shape(x.shape(), true));
        let outs: SmallVec<[Arg; 2]> = outputs.iter().map(|o| Arg { layout: &kept, ..*o }).collect();
        match &outs[..] {
            [values, indices] => bridge::arg_reduce(self.largest, x, self.dim, Some(*values), *indices),
            [indices] => bridge::arg_reduce(self.largest, x, self.dim, None, *indices),
            _ => {}
        }
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 2 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        let (index, dim) = (cx.output(1)?, self.dim as i64);
        let rank = cx.input_shape(0).len();
        let (g, index) =
            if self.keepdim || rank == 0 { (g.clone(), index) } else { (g.unsqueeze(dim)?, index.unsqueeze(dim)?) };
        Ok(grads1(crate::ops::zeros(cx.input_shape(0), g.dtype())?.scatter(dim, &index, &g)?))
    }
}

fn extreme(input: &Tensor, largest: bool, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())?;
    let mut both = apply_all(Extreme { largest, dim, keepdim, values: true }, &[input])?.into_iter();
    match (both.next(), both.next()) {
        (Some(values), Some(indices)) => Ok((values, indices)),
        _ => bail!("min/max: two outputs expected; this is a mistake in the op"),
    }
}

/// The smallest elements along `dim`, and their (first) places.
#[function(returns = "values, indices", dtypes = "real", torch = "min", sig = "input, dim, keepdim=False", samples = ["T(3,4), 1", "T(2,3,4), 1, True", "T(), 0"])]
pub fn min_dim(input: &Tensor, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    extreme(input, false, dim, keepdim)
}

/// The largest elements along `dim`, and their (first) places.
#[function(returns = "values, indices", dtypes = "real", torch = "max", sig = "input, dim, keepdim=False", samples = ["T(3,4), 1", "T(2,3,4), 1, True", "T(), 0"])]
pub fn max_dim(input: &Tensor, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    extreme(input, true, dim, keepdim)
}

/// The smallest of all elements.
#[function(dtypes = "real", samples = ["T(3,4)", "T()"])]
pub fn min(input: &Tensor) -> Result<Tensor> {
    amin(input, (), false)
}

/// The largest of all elements.
#[function(dtypes = "real", samples = ["T(3,4)", "T()"])]
pub fn max(input: &Tensor) -> Result<Tensor> {
    amax(input, (), false)
}

fn arg(input: &Tensor, largest: bool, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    let name = if largest { "argmax" } else { "argmin" };
    if input.dtype() == DType::Bool {
        bail!(NotImplemented, "\"{name}_cpu\" not implemented for 'Bool'");
    }
    let input = input.detach();
    match dim {
        Some(dim) => {
            let dim = wrap_dim(dim, input.dim())?;
            apply(Extreme { largest, dim, keepdim, values: false }, &[&input])
        }
        None => {
            if input.numel() == 0 {
                bail!(
                    Index,
                    "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
                );
            }
            let flat = input.reshape(&[-1])?;
            let found = apply(Extreme { largest, dim: 0, keepdim: false, values: false }, &[&flat])?;
            let shape: Shape = if keepdim { smallvec::smallvec![1; input.dim()] } else { Shape::new() };
            crate::ops::view::reshape_to(&found, &shape)
        }
    }
}

/// The place of the smallest element along `dim`, or among all elements.
#[function(dtypes = "ordered", grad = false, sig = "input, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 0, True", "T()"])]
pub fn argmin(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    arg(input, false, dim, keepdim)
}

/// The place of the largest element along `dim`, or among all elements.
#[function(dtypes = "ordered", grad = false, sig = "input, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(3,4), 0, True", "T()"])]
pub fn argmax(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    arg(input, true, dim, keepdim)
}

/// The larger of two: [`maximum`](crate::ops::maximum).
#[function(dtypes = "real", torch = "max", sig = "input, other", samples = ["T(3,4), T(3,4)"])]
pub fn max_binary(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    input.maximum(other)
}

/// The smaller of two: [`minimum`](crate::ops::minimum).
#[function(dtypes = "real", torch = "min", sig = "input, other", samples = ["T(3,4), T(3,4)"])]
pub fn min_binary(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    input.minimum(other)
}
