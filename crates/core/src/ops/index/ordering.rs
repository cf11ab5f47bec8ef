//! Sorting and selecting by rank. Indices are int64; gradients go back to the places that values came from.

use crate::apply::apply_all;
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Shape, Spec, Specs, grads1, wrap_dim};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::sort;

/// What is asked of each row (the last dimension).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Sort { descending: bool },
    TopK { k: usize, largest: bool },
    Kth { k: usize },
    Median { skip_nan: bool },
    Mode,
}

struct Order {
    name: &'static str,
    rank: Rank,
}

impl Op for Order {
    fn name(&self) -> &'static str {
        self.name
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let x = inputs[0];
        if x.dtype().is_complex() {
            bail!("{}(): does not support complex inputs", self.name);
        }
        let mut shape: Shape = x.shape().into();
        if let Some(last) = shape.last_mut() {
            *last = match self.rank {
                Rank::Sort { .. } => *last,
                Rank::TopK { k, .. } => k,
                Rank::Kth { .. } | Rank::Median { .. } | Rank::Mode => 1,
            };
        }
        Ok(smallvec::smallvec![Spec::new(shape.clone(), x.dtype()), Spec::new(shape, DType::I64)])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let n = inputs[0].shape().last().copied().unwrap_or(1);
        let indices = outputs[1].slice_mut::<i64>()?;
        macro_rules! run {
            ($t:ty) => {{
                let (x, values) = (inputs[0].slice::<$t>()?, outputs[0].slice_mut::<$t>()?);
                if !x.is_empty() {
                    match self.rank {
                        Rank::Sort { descending } => sort::sort(x, n, descending, values, indices),
                        Rank::TopK { k, largest } => sort::topk(x, n, k, largest, values, indices),
                        Rank::Kth { k } => sort::kthvalue(x, n, k, values, indices),
                        Rank::Median { skip_nan } => sort::median(x, n, skip_nan, values, indices),
                        Rank::Mode => sort::mode(x, n, values, indices),
                    }
                }
            }};
        }
        match inputs[0].dtype {
            DType::Bool => run!(crate::Bool),
            DType::U8 => run!(u8),
            DType::I8 => run!(i8),
            DType::I16 => run!(i16),
            DType::I32 => run!(i32),
            DType::I64 => run!(i64),
            DType::F16 => run!(half::f16),
            DType::BF16 => run!(half::bf16),
            DType::F32 => run!(f32),
            DType::F64 => run!(f64),
            other => bail!("{}(): does not support {}", self.name, other.name()),
        }
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves { inputs: 0, outputs: 2 }
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        Ok(grads1(crate::ops::zeros(cx.input_shape(0), g.dtype())?.scatter(-1, &cx.output(1)?, g)?))
    }
}

/// Values and indices along `dim`, which is brought to the end and back.
fn order(name: &'static str, input: &Tensor, dim: i64, rank: Rank) -> Result<(Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())? as i64;
    let input = if input.dim() == 0 { input.unsqueeze(0)? } else { input.clone() };
    let rows = input.transpose(dim, -1)?.contiguous()?;
    let mut both = apply_all(Order { name, rank }, &[&rows])?.into_iter();
    match (both.next(), both.next()) {
        (Some(values), Some(indices)) => Ok((values.transpose(dim, -1)?, indices.transpose(dim, -1)?)),
        _ => bail!("{name}: two outputs expected; this is a mistake in the op"),
    }
}

fn scalar_again(input: &Tensor, pair: (Tensor, Tensor)) -> Result<(Tensor, Tensor)> {
    if input.dim() > 0 { Ok(pair) } else { Ok((pair.0.squeeze(0)?, pair.1.squeeze(0)?)) }
}

/// The elements along `dim` in ascending (or `descending`) order, and where each was. Equal elements always keep their
/// order, whether `stable` asks for it or not; NaN counts as the greatest.
#[function(returns = "values, indices", dtypes = "real", sig = "input, dim=-1, descending=False, stable=False", samples = ["T(3,4)", "T(3,4), dim=0, stable=True", "T(2,3,4), dim=1, descending=True, stable=True", "T()"])]
pub fn sort(input: &Tensor, dim: i64, descending: bool, stable: bool) -> Result<(Tensor, Tensor)> {
    let _ = stable;
    scalar_again(input, order("sort", input, dim, Rank::Sort { descending })?)
}

/// Where the elements along `dim` are in ascending (or `descending`) order.
#[function(dtypes = "float", grad = false, sig = "input, dim=-1, descending=False, stable=False", samples = ["T(3,4)", "T(3,4), 0, True"])]
pub fn argsort(input: &Tensor, dim: i64, descending: bool, stable: bool) -> Result<Tensor> {
    sort(&input.detach(), dim, descending, stable).map(|s| s.1)
}

/// The elements along dimension 0 in ascending order.
#[function(dtypes = "real", samples = ["T(3,4)"])]
pub fn msort(input: &Tensor) -> Result<Tensor> {
    sort(input, 0, false, true).map(|s| s.0)
}

/// The `k` largest (or smallest) elements along `dim`, and where they are. They are always given in order,
/// and among equals the first ones are chosen.
#[function(returns = "values, indices", dtypes = "real", sig = "input, k, dim=-1, largest=True, sorted=True", samples = ["T(3,4,low=-100,high=100), 2", "T(6,2,low=-100,high=100), 3, 0", "T(3,4,low=-100,high=100), 2, 1, False", "T(3,1), 1", "T(), 1"])]
pub fn topk(input: &Tensor, k: i64, dim: i64, largest: bool, sorted: bool) -> Result<(Tensor, Tensor)> {
    let _ = sorted;
    let d = wrap_dim(dim, input.dim())?;
    let size = input.shape().get(d).copied().unwrap_or(1) as i64;
    if k < 0 || k > size {
        bail!("selected index k out of range: {k} of {size} elements along dimension {d}");
    }
    scalar_again(input, order("topk", input, dim, Rank::TopK { k: k as usize, largest })?)
}

fn one(input: &Tensor, dim: i64, keepdim: bool, pair: (Tensor, Tensor)) -> Result<(Tensor, Tensor)> {
    let dim = wrap_dim(dim, input.dim())? as i64;
    if keepdim && input.dim() > 0 { Ok(pair) } else { Ok((pair.0.squeeze(dim)?, pair.1.squeeze(dim)?)) }
}

/// The `k`-th smallest element (from 1) along `dim`, and where it is.
#[function(returns = "values, indices", dtypes = "float", sig = "input, k, dim=-1, keepdim=False", samples = ["T(3,4), 2", "T(3,4), 1, 0, True"])]
pub fn kthvalue(input: &Tensor, k: i64, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    let d = wrap_dim(dim, input.dim())?;
    let size = input.shape().get(d).copied().unwrap_or(1) as i64;
    if k < 1 || k > size {
        bail!("kthvalue(): selected number k out of range for dimension {d}: {k} of {size}");
    }
    one(input, dim, keepdim, order("kthvalue", input, dim, Rank::Kth { k: k as usize })?)
}

fn median_of(name: &'static str, input: &Tensor, dim: i64, keepdim: bool, skip_nan: bool) -> Result<(Tensor, Tensor)> {
    let d = wrap_dim(dim, input.dim())?;
    if input.shape().get(d) == Some(&0) {
        bail!(Index, "{name}(): Expected reduction dim {d} to have non-zero size.");
    }
    one(input, dim, keepdim, order(name, input, dim, Rank::Median { skip_nan })?)
}

/// The median along `dim` (the lower of two; NaN if there is one), and where it is.
#[function(returns = "values, indices", dtypes = "float", torch = "median", sig = "input, dim=-1, keepdim=False", samples = ["T(3,4), 1", "T(3,5), 0, True"])]
pub fn median_dim(input: &Tensor, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    median_of("median", input, dim, keepdim, false)
}

/// The median along `dim` of the elements that are not NaN, and where it is.
#[function(returns = "values, indices", dtypes = "float", torch = "nanmedian", sig = "input, dim=-1, keepdim=False", samples = ["T(3,4), 1", "T(3,5), 0, True"])]
pub fn nanmedian_dim(input: &Tensor, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    median_of("nanmedian", input, dim, keepdim, true)
}

/// The median of all elements: the lower of two; NaN if there is one.
#[function(dtypes = "float", samples = ["T(3,4)", "T(5)"])]
pub fn median(input: &Tensor) -> Result<Tensor> {
    if input.numel() == 0 {
        return crate::ops::full(&[], f64::NAN, Some(input.dtype()));
    }
    median_of("median", &input.reshape(&[-1])?, 0, false, false).map(|m| m.0)
}

/// The median of the elements that are not NaN.
#[function(dtypes = "float", samples = ["T(3,4)", "T(5)"])]
pub fn nanmedian(input: &Tensor) -> Result<Tensor> {
    if input.numel() == 0 {
        return crate::ops::full(&[], f64::NAN, Some(input.dtype()));
    }
    median_of("nanmedian", &input.reshape(&[-1])?, 0, false, true).map(|m| m.0)
}

/// The most frequent element along `dim` (the smallest of several), and its last place.
#[function(returns = "values, indices", dtypes = "real", sig = "input, dim=-1, keepdim=False", samples = ["T(3,4)", "T(4,3), 0, True", "T()"])]
pub fn mode(input: &Tensor, dim: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    let d = wrap_dim(dim, input.dim())?;
    if input.shape().get(d) == Some(&0) {
        bail!(Index, "mode(): Expected reduction dim {d} to have non-zero size.");
    }
    one(input, dim, keepdim, order("mode", input, dim, Rank::Mode)?)
}
