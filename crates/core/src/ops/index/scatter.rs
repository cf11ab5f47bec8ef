//! Putting elements at indices. The ops write into a copy of their first input, or over it when they run in place.

use super::select::{check_index, cut_to};
use super::{for_any, long_index};
use crate::apply::{apply, apply_into};
use crate::ops::around;
use crate::scalar::{Operand, Scalar};
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Spec, Specs, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::index::{self as kernels, Combine};

/// What is put where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Single elements: `index` and `src` have the shape of the destination but for `dim`.
    Elements(Combine),
    /// Whole slices: `index` is a vector.
    CopySlices,
    AddSlices,
}

impl Mode {
    /// How elements at `index` are put, and at which indices: those that repeat over all other dimensions place slices.
    fn of(combine: Combine, dim: usize, index: &Tensor) -> Result<(Mode, Tensor)> {
        let vector = match combine {
            Combine::Assign | Combine::Add => super::repeated(index, dim)?,
            _ => None,
        };
        Ok(match vector {
            Some(vector) if combine == Combine::Add => (Mode::AddSlices, vector.contiguous()?),
            Some(vector) => (Mode::CopySlices, vector.contiguous()?),
            None => (Mode::Elements(combine), index.contiguous()?),
        })
    }
}

#[derive(Clone, Copy)]
struct Put {
    name: &'static str,
    dim: usize,
    mode: Mode,
    from_end: bool,
    /// Runs over its first input, which no other input shares memory with.
    over: bool,
}

impl Op for Put {
    fn name(&self) -> &'static str {
        self.name
    }
    fn kind(&self) -> Kind {
        // Over itself each element is only read where it is written, which is what `apply_into` asks of a map.
        if self.over { Kind::Map } else { Kind::Index }
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(inputs[0].shape(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (x, index, src, out) = (inputs[0], inputs[1].slice::<i64>()?, inputs[2], outputs[0]);
        let shape = around(x.shape(), self.dim);
        check_index(index, shape[1], self.from_end, || format!("dimension {} with size {}", self.dim, shape[1]))
            .map_err(|e| {
                if self.name.starts_with("scatter") || self.name == "index_add" {
                    crate::err!("{}", e.message())
                } else {
                    e
                }
            })?;
        if x.ptr != out.ptr {
            bridge::copy(x, out);
        }
        for_any!(x.dtype, T => {
            let (dst, src) = (out.slice_mut::<T>()?, src.slice::<T>()?);
            match self.mode {
                Mode::Elements(combine) => kernels::scatter(dst, shape, index, inputs[1].shape()[self.dim], src, combine),
                Mode::CopySlices => kernels::index_copy(dst, shape, index, src),
                Mode::AddSlices => kernels::index_add(dst, shape, index, src),
            }
        });
        Ok(())
    }
    fn saves(&self, needs: Needs) -> Saves {
        match self.mode {
            Mode::Elements(Combine::Mul | Combine::Max | Combine::Min) => Saves::INPUTS.output(0),
            _ => Saves::NONE.input(1, needs.0 != 0),
        }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; 3];
        let Some(g) = &grads[0] else { return Ok(out) };
        let (index, dim) = (cx.input(1)?, self.dim as i64);
        match self.mode {
            Mode::Elements(Combine::Assign) => {
                if cx.needs(0) {
                    out[0] = Some(scatter(g, dim, &index, 0)?);
                }
                if cx.needs(2) {
                    out[2] = Some(g.gather(dim, &index)?);
                }
            }
            Mode::Elements(Combine::Add) => {
                out[0] = cx.needs(0).then(|| g.clone());
                if cx.needs(2) {
                    out[2] = Some(g.gather(dim, &index)?);
                }
            }
            Mode::Elements(Combine::Mul) => {
                let (to_x, to_src) = product_vjp(g, cx, dim, &index)?;
                (out[0], out[2]) = (Some(to_x), Some(to_src));
            }
            Mode::Elements(_) => {
                let (to_x, to_src) = extreme_vjp(g, cx, dim, &index)?;
                (out[0], out[2]) = (Some(to_x), Some(to_src));
            }
            Mode::CopySlices => {
                if cx.needs(0) {
                    out[0] = Some(index_fill_any(g, self.dim, &index, Scalar::Int(0))?);
                }
                if cx.needs(2) {
                    out[2] = Some(self.slices(g, &index)?);
                }
            }
            Mode::AddSlices => {
                out[0] = cx.needs(0).then(|| g.clone());
                if cx.needs(2) {
                    out[2] = Some(self.slices(g, &index)?);
                }
            }
        }
        Ok(out)
    }
}

impl Put {
    fn slices(&self, g: &Tensor, index: &Tensor) -> Result<Tensor> {
        apply(super::select::IndexSelect { dim: self.dim, from_end: self.from_end }, &[&g.contiguous()?, index])
    }
}

/// Gradients of `scatter_reduce` with "prod"; PyTorch's formula, which is exact with any number of zeros.
fn product_vjp(g: &Tensor, cx: &Cx, dim: i64, index: &Tensor) -> Result<(Tensor, Tensor)> {
    let (x, src, y) = (cx.input(0)?, cx.input(2)?, cx.output(0)?);
    let ones = x.ones_like()?;
    let to_x = g.mul(&scatter_reduce(&ones, dim, index, &src, "prod", true)?)?;
    let zero = src.eq(0)?;
    let zeros = zero.to_dtype(x.dtype())?;
    let count = scatter_add(&x.zeros_like()?, dim, index, &zeros)?.gather(dim, index)?;
    let single = zero.logical_and(&count.eq(1)?)?;
    let others = scatter_reduce(&x, dim, index, &src.masked_fill(&single, 1)?, "prod", true)?;
    let at_zero = g.mul(&others)?.gather(dim, index)?;
    let elsewhere = g.mul(&y)?.gather(dim, index)?.div(&src.masked_fill(&zero, 1)?)?;
    Ok((to_x, single.where_(&at_zero, &elsewhere)?))
}

/// Gradients of `scatter_reduce` with "amax" or "amin": in equal parts to all that equal the result.
fn extreme_vjp(g: &Tensor, cx: &Cx, dim: i64, index: &Tensor) -> Result<(Tensor, Tensor)> {
    let (x, src, y) = (cx.input(0)?, cx.input(2)?, cx.output(0)?.detach());
    let x_wins = x.eq(&y)?.to_dtype(g.dtype())?;
    let src_wins = src.eq(&y.gather(dim, index)?)?.to_dtype(g.dtype())?;
    let share = g.div(&scatter_add(&x_wins, dim, index, &src_wins)?)?;
    // Where nothing wins (NaN) nothing flows.
    Ok((share.mul(&x_wins)?, share.gather(dim, index)?.mul(&src_wins)?))
}

impl Put {
    fn run(self, x: &Tensor, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        apply(self, &[&x.contiguous()?, index, &src.contiguous()?])
    }

    /// In place where memory allows it, else by way of a new tensor.
    fn run_over<'a>(mut self, x: &'a Tensor, index: &Tensor, src: &Tensor) -> Result<&'a Tensor> {
        let src = src.contiguous()?;
        self.over = x.is_contiguous() && !index.storage().same(x.storage()) && !src.storage().same(x.storage());
        if self.over {
            return apply_into(self, &[x, index, &src], x);
        }
        let result = self.run(x, index, &src)?;
        crate::ops::copy_as(self.name, x, &result)
    }
}

/// Adds the slices of `src` to those of `x` at a checked index vector that may count from the end.
pub(super) fn add_slices(x: &Tensor, dim: usize, index: &Tensor, src: &Tensor) -> Result<Tensor> {
    Put { name: "index_add", dim, mode: Mode::AddSlices, from_end: true, over: false }.run(x, index, src)
}

/// The same for slices that are replaced.
pub(super) fn copy_slices(x: &Tensor, dim: usize, index: &Tensor, src: &Tensor, accumulate: bool) -> Result<Tensor> {
    let mode = if accumulate { Mode::AddSlices } else { Mode::CopySlices };
    Put { name: "index_put", dim, mode, from_end: true, over: false }.run(x, index, src)
}

/// The same over `x`.
pub(super) fn copy_slices_over<'a>(
    x: &'a Tensor,
    dim: usize,
    index: &Tensor,
    src: &Tensor,
    accumulate: bool,
) -> Result<&'a Tensor> {
    let mode = if accumulate { Mode::AddSlices } else { Mode::CopySlices };
    Put { name: "index_put", dim, mode, from_end: true, over: false }.run_over(x, index, src)
}

/// `src` as a tensor that the index reaches into.
fn source(name: &str, input: &Tensor, index: &Tensor, src: Operand) -> Result<Tensor> {
    match src {
        Operand::Tensor(src) => {
            if src.dtype() != input.dtype() {
                bail!(
                    "{name}(): Expected self.dtype to be equal to src.dtype, got {} and {}",
                    input.dtype().name(),
                    src.dtype().name()
                );
            }
            Ok(src.clone())
        }
        Operand::Scalar(value) => {
            if matches!(value, Scalar::Complex(..)) && !input.dtype().is_complex() {
                bail!("value cannot be converted to type {} without overflow", input.dtype().name());
            }
            let one = crate::ops::full(&[], value, Some(input.dtype()))?;
            crate::ops::view::expand_to(&one, index.shape())
        }
    }
}

/// Checks the shapes, trims them to what the index covers, and runs `put` on the trimmed part of `input`.
fn scatter_with(
    name: &'static str,
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    src: &Tensor,
    combine: Combine,
) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    let long = |index: &Tensor| long_index(if name == "scatter_add" { name } else { "scatter" }, index);
    if index.numel() == 0 {
        long(index)?;
        return input.clone_tensor();
    }
    if input.dim() == 0 || index.dim() == 0 || src.dim() == 0 {
        let up = |t: &Tensor| super::atleast_1d(t);
        let result = scatter_with(name, &up(input)?, dim as i64, &up(index)?, &up(src)?, combine)?;
        return crate::ops::view::reshape_to(&result, input.shape());
    }
    if index.dim() != input.dim() || src.dim() != index.dim() {
        let who = if index.dim() != input.dim() { ("self", input) } else { ("src", src) };
        bail!(
            "Index tensor must have the same number of dimensions as {} tensor: index {:?}, {} {:?}",
            who.0,
            index.shape(),
            who.0,
            who.1.shape()
        );
    }
    for d in 0..index.dim() {
        if index.shape()[d] > src.shape()[d] || d != dim && index.shape()[d] > input.shape()[d] {
            bail!(
                "Expected index {:?} to be no larger than self {:?} apart from dimension {dim} and to be no larger size than src {:?}",
                index.shape(),
                input.shape(),
                src.shape()
            );
        }
    }
    let src = cut_to(src, index.shape(), None)?;
    let (mode, slots) = Mode::of(combine, dim, index)?;
    let (put, slots) = (Put { name, dim, mode, from_end: false, over: false }, long(&slots)?);
    let part = cut_to(input, index.shape(), Some(dim))?;
    if part.shape() == input.shape() {
        return put.run(input, &slots, &src);
    }
    let result = put.run(&part, &slots, &src)?;
    let whole = input.clone_tensor()?;
    cut_to(&whole, index.shape(), Some(dim))?.copy_(&result)?;
    Ok(whole)
}

/// `scatter_with` over `input`.
fn scatter_over<'a>(
    name: &'static str,
    input: &'a Tensor,
    dim: i64,
    index: &Tensor,
    src: &Tensor,
    combine: Combine,
) -> Result<&'a Tensor> {
    let d = wrap_dim(dim, input.dim())?;
    let covers =
        |t: &Tensor| t.dim() == input.dim() && (0..t.dim()).all(|i| i == d || t.shape()[i] == input.shape()[i]);
    if index.dtype() == DType::I64
        && input.dim() > 0
        && index.numel() > 0
        && covers(index)
        && src.shape() == index.shape()
    {
        let (mode, index) = Mode::of(combine, d, index)?;
        return Put { name, dim: d, mode, from_end: false, over: false }.run_over(input, &index, src);
    }
    let result = scatter_with(name, input, dim, index, src, combine)?;
    crate::ops::copy_as(name, input, &result)
}

/// `input` with `src` (a tensor or a number) at the places of `index` along `dim`.
#[function(dtypes = "all", inplace = scatter_inplace, sig = "input, dim, index, src", samples = ["T(3,4), 1, T(3,1,dtype=int64,low=0,high=4), T(3,1)", "T(3,4), 0, T(1,4,dtype=int64,low=0,high=3), T(2,4)", "T(3,4), 0, T(1,3,dtype=int64,low=0,high=3), T(1,3)", "T(3,4), 1, T(3,2,dtype=int64,low=0,high=4), 1", "T(2,3,4), 2, T(2,3,1,dtype=int64,low=0,high=4), T(2,3,1)"])]
pub fn scatter<'a>(input: &Tensor, dim: i64, index: &Tensor, src: impl Into<Operand<'a>>) -> Result<Tensor> {
    let src = source("scatter", input, index, src.into())?;
    scatter_with("scatter", input, dim, index, &src, Combine::Assign)
}

/// `scatter` that adds or multiplies ("add", "multiply").
#[function(dtypes = "all", inplace, grad = false, torch = "scatter", sig = "input, dim, index, src, *, reduce", samples = ["T(3,4), 1, T(3,2,dtype=int64,low=0,high=4), T(3,2), reduce='add'"])]
pub fn scatter_folded<'a>(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    src: impl Into<Operand<'a>>,
    reduce: &str,
) -> Result<Tensor> {
    let src = source("scatter", input, index, src.into())?;
    let combine = match reduce {
        "add" => Combine::Add,
        "multiply" => Combine::Mul,
        _ => bail!("reduce argument must be either add or multiply."),
    };
    scatter_with("scatter_reduce", input, dim, index, &src, combine)
}

/// `scatter` of a number that is named.
#[function(dtypes = "all", inplace, torch = "scatter", sig = "input, dim, index, *, value", samples = ["T(3,4), 1, T(3,2,dtype=int64,low=0,high=4), value=1"])]
pub fn scatter_value(input: &Tensor, dim: i64, index: &Tensor, value: Scalar) -> Result<Tensor> {
    scatter(input, dim, index, value)
}

fn scatter_inplace<'s, 'a>(
    input: &'s Tensor,
    dim: i64,
    index: &Tensor,
    src: impl Into<Operand<'a>>,
) -> Result<&'s Tensor> {
    let src = source("scatter", input, index, src.into())?;
    scatter_over("scatter", input, dim, index, &src, Combine::Assign)
}

/// `input` with `src` added at the places of `index` along `dim`.
#[function(dtypes = "all", inplace = scatter_add_inplace, sig = "input, dim, index, src", samples = ["T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6)", "T(3,4), 0, T(5,3,dtype=int64,low=0,high=3), T(5,4)", "T(5), 0, T(7,dtype=int64,low=0,high=5), T(7)", "T(), 0, T(dtype=int64,low=0,high=1), T()"])]
pub fn scatter_add(input: &Tensor, dim: i64, index: &Tensor, src: &Tensor) -> Result<Tensor> {
    let src = source("scatter", input, index, Operand::Tensor(src))?;
    scatter_with("scatter_add", input, dim, index, &src, Combine::Add)
}

fn scatter_add_inplace<'s>(input: &'s Tensor, dim: i64, index: &Tensor, src: &Tensor) -> Result<&'s Tensor> {
    let src = source("scatter", input, index, Operand::Tensor(src))?;
    scatter_over("scatter_add", input, dim, index, &src, Combine::Add)
}

/// The smallest or largest number of a real dtype.
fn extreme_of(dtype: DType, largest: bool) -> Scalar {
    let int = |low: i64, high: i64| Scalar::Int(if largest { high } else { low });
    match dtype {
        DType::Bool => Scalar::Bool(largest),
        DType::U8 => int(0, 255),
        DType::I8 => int(-128, 127),
        DType::I16 => int(i64::from(i16::MIN), i64::from(i16::MAX)),
        DType::I32 => int(i64::from(i32::MIN), i64::from(i32::MAX)),
        DType::I64 => int(i64::MIN, i64::MAX),
        _ => Scalar::Float(if largest { f64::INFINITY } else { f64::NEG_INFINITY }),
    }
}

/// `input` with the values of `src` folded in at the places of `index` along `dim`: `reduce` is "sum", "prod", "mean",
/// "amax" or "amin". Without `include_self` the elements of `input` that are folded into do not count themselves.
#[function(dtypes = "float", inplace, sig = "input, dim, index, src, reduce, *, include_self=True", samples = ["T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6), 'sum'", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6), 'prod'", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6), 'mean'", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6), 'amax'", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=4), T(3,6), 'amin', include_self=False", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=3), T(3,6), 'mean', include_self=False", "T(3,4), 1, T(3,6,dtype=int64,low=0,high=3), T(3,6), 'prod', include_self=False"])]
pub fn scatter_reduce(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    src: &Tensor,
    reduce: &str,
    include_self: bool,
) -> Result<Tensor> {
    source("scatter", input, index, Operand::Tensor(src))?;
    let start = |neutral: Scalar| {
        if include_self { Ok(input.clone()) } else { scatter(input, dim, index, neutral) }
    };
    let fold = |start: Tensor, combine| scatter_with("scatter_reduce", &start, dim, index, src, combine);
    match reduce {
        "sum" => scatter_add(&start(Scalar::Int(0))?, dim, index, src),
        "prod" => fold(start(Scalar::Int(1))?, Combine::Mul),
        "amax" => fold(start(extreme_of(input.dtype(), false))?, Combine::Max),
        "amin" => fold(start(extreme_of(input.dtype(), true))?, Combine::Min),
        "mean" => {
            let sum = scatter_add(&start(Scalar::Int(0))?, dim, index, src)?;
            let mut count = input.detach().ones_like()?;
            if !include_self {
                count = scatter(&count, dim, index, 0)?;
            }
            let count = scatter_add(&count, dim, index, &src.detach().ones_like()?)?;
            let count = count.masked_fill(&count.eq(0)?, 1)?;
            if input.dtype().is_integral() { sum.floor_divide(&count) } else { sum.div(&count) }
        }
        other => bail!("reduce argument must be either sum, prod, mean, amax or amin, got {other}."),
    }
}

fn checked_vector(name: &'static str, index: &Tensor) -> Result<Tensor> {
    if index.dim() > 1 {
        bail!(
            Index,
            "{name}(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {:?}",
            index.dim(),
            index.dtype().name(),
            index.shape()
        );
    }
    crate::ops::view::reshape_to(&long_index(name, index)?, &[index.numel()])
}

/// The slices of `source` for `input` [..], with 0-d ones of both seen as vectors.
fn checked_slices(
    name: &'static str,
    input: &Tensor,
    dim: usize,
    index: &Tensor,
    source: &Tensor,
) -> Result<(Tensor, Tensor)> {
    if source.dtype() != input.dtype() {
        bail!(
            "{name}(): self and source expected to have the same dtype, but got (self) {} and (source) {}",
            input.dtype().name(),
            source.dtype().name()
        );
    }
    let source =
        if source.dim() < input.dim() || source.dim() == 0 { super::atleast_1d(source)? } else { source.clone() };
    let wide = super::atleast_1d(input)?;
    if source.dim() != wide.dim() || (0..wide.dim()).any(|d| d != dim && source.shape()[d] != wide.shape()[d]) {
        bail!(
            "{name}(): source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {:?} source.shape = {:?}",
            input.shape(),
            source.shape()
        );
    }
    if source.shape()[dim] != index.numel() {
        bail!(
            "{name}(): Number of indices ({}) should be equal to source.size(dim): ({}), for dim: {dim}",
            index.numel(),
            source.shape()[dim]
        );
    }
    Ok((wide, source))
}

/// `input` with `alpha` times the slices of `source` added at the indices of a vector along `dim`.
#[function(dtypes = "number", inplace = index_add_inplace, sig = "input, dim, index, source, *, alpha=1", samples = ["T(5,4), 0, T(7,dtype=int64,low=0,high=5), T(7,4)", "T(3,4), 1, T(2,dtype=int64,low=0,high=4), T(3,2)", "T(5), 0, T(3,dtype=int64,low=0,high=5), T(3), alpha=2"])]
pub fn index_add(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    alpha: impl Into<Scalar>,
) -> Result<Tensor> {
    let (dim, index, source, wide) = index_add_parts(input, dim, index, source, alpha.into())?;
    let put = Put { name: "index_add", dim, mode: Mode::AddSlices, from_end: false, over: false };
    crate::ops::view::reshape_to(&put.run(&wide, &index, &source)?, input.shape())
}

fn index_add_parts(
    input: &Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    alpha: Scalar,
) -> Result<(usize, Tensor, Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())?;
    let index = checked_vector("index_add", index)?;
    let (wide, source) = checked_slices("index_add", input, dim, &index, source)?;
    let source = if alpha.to_f64() == 1.0 && !matches!(alpha, Scalar::Complex(..)) {
        source
    } else {
        source.mul(alpha)?.to_dtype(input.dtype())?
    };
    Ok((dim, index, source, wide))
}

fn index_add_inplace<'s>(
    input: &'s Tensor,
    dim: i64,
    index: &Tensor,
    source: &Tensor,
    alpha: impl Into<Scalar>,
) -> Result<&'s Tensor> {
    let alpha = alpha.into();
    if input.dim() == 0 {
        let result = index_add(input, dim, index, source, alpha)?;
        return crate::ops::copy_as("index_add", input, &result);
    }
    let (dim, index, source, _) = index_add_parts(input, dim, index, source, alpha)?;
    Put { name: "index_add", dim, mode: Mode::AddSlices, from_end: false, over: false }.run_over(input, &index, &source)
}

/// `input` with the slices of `source` in place of those at the indices of a vector along `dim`.
#[function(dtypes = "all", inplace = index_copy_inplace, sig = "input, dim, index, source", samples = ["T(5,4), 0, T(1,dtype=int64,low=0,high=5), T(1,4)", "T(3,4), 1, T(1,dtype=int64,low=0,high=4), T(3,1)"])]
pub fn index_copy(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor) -> Result<Tensor> {
    let dim = wrap_dim(dim, input.dim())?;
    let index = checked_vector("index_copy", index)?;
    let (wide, source) = checked_slices("index_copy", input, dim, &index, source)?;
    let put = Put { name: "index_copy", dim, mode: Mode::CopySlices, from_end: false, over: false };
    crate::ops::view::reshape_to(&put.run(&wide, &index, &source)?, input.shape())
}

fn index_copy_inplace<'s>(input: &'s Tensor, dim: i64, index: &Tensor, source: &Tensor) -> Result<&'s Tensor> {
    if input.dim() == 0 {
        let result = index_copy(input, dim, index, source)?;
        return crate::ops::copy_as("index_copy", input, &result);
    }
    let dim = wrap_dim(dim, input.dim())?;
    let index = checked_vector("index_copy", index)?;
    let (_, source) = checked_slices("index_copy", input, dim, &index, source)?;
    Put { name: "index_copy", dim, mode: Mode::CopySlices, from_end: false, over: false }
        .run_over(input, &index, &source)
}

fn index_fill_any(input: &Tensor, dim: usize, index: &Tensor, value: Scalar) -> Result<Tensor> {
    let mut shape: crate::Shape = input.shape().into();
    shape[dim] = index.numel();
    let source = crate::ops::full(&shape, value, Some(input.dtype()))?;
    Put { name: "index_fill", dim, mode: Mode::CopySlices, from_end: true, over: false }.run(input, index, &source)
}

/// `input` with `value` (a number or a 0-d tensor) in the slices at the indices of a vector along `dim`.
#[function(dtypes = "all", inplace, sig = "input, dim, index, value", samples = ["T(5,4), 0, T(2,dtype=int64,low=0,high=5), 1", "T(3,4), 1, T(2,dtype=int64,low=-4,high=4), 0", "T(3,4), 1, T(2,dtype=int64,low=0,high=4), T()"])]
pub fn index_fill<'a>(input: &Tensor, dim: i64, index: &Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
    let d = wrap_dim(dim, input.dim())?;
    if index.dtype() != DType::I64 {
        bail!(Index, "index_fill_(): Expected dtype int64 for index, got {}.", index.dtype().name());
    }
    let index = checked_vector("index_fill", index)?;
    let wide = super::atleast_1d(input)?;
    let filled = match value.into() {
        Operand::Scalar(value) => index_fill_any(&wide, d, &index, value)?,
        Operand::Tensor(value) => {
            if value.dim() != 0 {
                bail!(
                    "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
                    value.dim()
                );
            }
            // Each place is written once, so that the value's gradient counts it once.
            let n = wide.shape()[d] as i64;
            let mut places = super::longs(&index)?;
            places.iter_mut().filter(|i| **i < 0).for_each(|i| *i += n);
            places.sort_unstable();
            places.dedup();
            let count = places.len();
            let index = Tensor::from_vec(places, &[count])?;
            let mut shape: crate::Shape = wide.shape().into();
            shape[d] = count;
            let source = crate::ops::view::expand_to(&value.to_dtype(input.dtype())?, &shape)?;
            Put { name: "index_fill", dim: d, mode: Mode::CopySlices, from_end: true, over: false }
                .run(&wide, &index, &source)?
        }
    };
    crate::ops::view::reshape_to(&filled, input.shape())
}

/// `input` with the elements of `source` at the places `index` of the flattened tensor.
#[function(dtypes = "all", inplace, sig = "input, index, source, accumulate=False", samples = ["T(3,4), T(1,dtype=int64,low=0,high=12), T(1)", "T(3,4), T(5,dtype=int64,low=-12,high=12), T(5), True"])]
pub fn put(input: &Tensor, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<Tensor> {
    if index.dtype() != DType::I64 {
        bail!("put_(): Expected a long tensor for index, but got {}", index.dtype().name());
    }
    if source.dtype() != input.dtype() {
        bail!(
            "put_(): self and source expected to have the same dtype, but got self.dtype = {} and source.dtype = {}",
            input.dtype().name(),
            source.dtype().name()
        );
    }
    if source.numel() != index.numel() {
        bail!(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = {}, index.numel() = {}",
            source.numel(),
            index.numel()
        );
    }
    let flat = |t: &Tensor| crate::ops::view::reshape_to(t, &[t.numel()]);
    let index = flat(&index.contiguous()?)?;
    let result = copy_slices(&flat(input)?, 0, &index, &flat(source)?, accumulate)?;
    crate::ops::view::reshape_to(&result, input.shape())
}
