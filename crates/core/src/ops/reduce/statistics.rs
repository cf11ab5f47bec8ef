//! Statistics made of other functions: quantiles, covariance, differences quotients, and reductions over segments.

use super::*;
use crate::function;
use crate::ops::view::{expand_to, reshape_to};
use crate::scalar::Scalar;
use crate::tensor::wrap_dim;

fn quantiles(input: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, how: &str, skip_nan: bool) -> Result<Tensor> {
    let name = if skip_nan { "nanquantile" } else { "quantile" };
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        bail!("{name}() input tensor must be either float or double dtype");
    }
    if input.numel() == 0 {
        bail!("{name}() input tensor must be non-empty");
    }
    if q.dim() > 1 {
        bail!("{name}() q must be a scalar or 1D tensor");
    }
    if q.dtype() != input.dtype() {
        bail!("{name}() q tensor must be same dtype as the input tensor");
    }
    if !matches!(how, "linear" | "lower" | "higher" | "midpoint" | "nearest") {
        bail!("{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {how}");
    }
    if q.numel() > 0
        && q.detach().to_dtype(DType::F64)?.contiguous()?.to_vec::<f64>()?.iter().any(|x| !(0.0..=1.0).contains(x))
    {
        bail!("{name}() q values must be in the range [0, 1]");
    }
    let rows = match dim {
        None => reshape_to(input, &[input.numel()])?,
        Some(d) if input.dim() == 0 => {
            wrap_dim(d, 0)?;
            reshape_to(input, &[1])?
        }
        Some(d) => input.movedim(vec![wrap_dim(d, input.dim())? as i64], vec![-1])?,
    };
    let sorted = crate::ops::sort(&rows, -1, false, false)?.0;
    let n = rows.shape()[rows.dim() - 1];
    let nan = sorted.detach().isnan()?;
    let points = reshape_to(q, &[q.numel()])?;
    // Where each quantile lies in each sorted row.
    let places = if skip_nan {
        let last = nan.logical_not()?.sum(-1, true, None)?.sub(1)?.clamp_min(0)?;
        points.mul(&last.to_dtype(q.dtype())?)?
    } else {
        let places = points.mul((n - 1) as f64)?;
        let mut shape: Shape = rows.shape().into();
        shape[rows.dim() - 1] = q.numel();
        // NaN is sorted last: a row that has one answers with it.
        expand_to(&places, &shape)?.masked_fill(&nan.any(-1, true)?, (n - 1) as f64)?
    };
    let places = match how {
        "lower" => places.floor()?,
        "higher" => places.ceil()?,
        "nearest" => crate::ops::round(&places, 0)?,
        _ => places,
    };
    let below = places.detach().to_dtype(DType::I64)?;
    let mut result = sorted.gather(-1, &below)?;
    if matches!(how, "linear" | "midpoint") {
        let weights = if how == "midpoint" {
            places.detach().mul(0)?.add(0.5)?
        } else {
            places.sub(&below.to_dtype(places.dtype())?)?
        };
        let above = places.detach().ceil()?.to_dtype(DType::I64)?;
        result = crate::ops::lerp(&result, &sorted.gather(-1, &above)?, &weights)?;
    }
    let result = if q.dim() == 0 { result.squeeze(-1)? } else { result.movedim(vec![-1], vec![0])? };
    if !keepdim {
        return Ok(result);
    }
    let lead = q.dim() as i64;
    match dim {
        None => {
            let mut shape: Shape = q.shape().into();
            shape.extend(std::iter::repeat_n(1, input.dim()));
            reshape_to(&result, &shape)
        }
        Some(_) if input.dim() == 0 => Ok(result),
        Some(d) => result.unsqueeze(wrap_dim(d, input.dim())? as i64 + lead),
    }
}

/// Quantiles and their forms with a number.
macro_rules! quantile_functions {
    ($($(#[doc = $doc:literal])* $name:ident $number:ident $torch:tt $skip:literal;)*) => {$(
        $(#[doc = $doc])*
        #[function(dtypes = "single", sig = "input, q, dim=None, keepdim=False, *, interpolation='linear'", samples = ["T(3,5), T(2,low=0.1,high=0.9), 1", "T(7), T(low=0.1,high=0.9)", "T(3,5), T(2,low=0.1,high=0.9), 0, True, interpolation='lower'"])]
        pub fn $name(input: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
            quantiles(input, q, dim, keepdim, interpolation, $skip)
        }
        $(#[doc = $doc])*
        #[function(dtypes = "single", torch = $torch, sig = "input, q, dim=None, keepdim=False, *, interpolation='linear'", samples = ["T(3,5), 0.4, 1", "T(7), 0.3", "T(3,6), 0.7, 1, interpolation='midpoint'"])]
        pub fn $number(input: &Tensor, q: f64, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
            if !(0.0..=1.0).contains(&q) {
                bail!("{}() q must be in the range [0, 1] but got {q}", $torch);
            }
            let q = crate::ops::full(&[], Scalar::Float(q), Some(input.dtype()))?;
            quantiles(input, &q, dim, keepdim, interpolation, $skip)
        }
    )*};
}

quantile_functions! {
    /// The q-quantiles along `dim` (of all elements without one), between neighbours by `interpolation`.
    quantile quantile_number "quantile" false;
    /// The q-quantiles of the elements that are not NaN.
    nanquantile nanquantile_number "nanquantile" true;
}

/// The covariance of the rows of `input`, with whole-number weights `fweights` and other weights `aweights` of the columns.
#[function(dtypes = "number", sig = "input, *, correction=1, fweights=None, aweights=None", samples = ["T(3,5)", "T(5)", "T(3,5), correction=0, aweights=T(5,low=0.5,high=2)"])]
pub fn cov(input: &Tensor, correction: i64, fweights: Option<&Tensor>, aweights: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() > 2 {
        bail!("cov(): expected input to have two or fewer dimensions but got an input with {} dimensions", input.dim());
    }
    if input.dtype() == DType::Bool {
        bail!("cov(): bool dtype is not supported for input");
    }
    let rows = if input.dim() < 2 { reshape_to(input, &[1, input.numel()])? } else { input.clone() };
    let n = rows.shape()[1];
    for (name, weights, whole) in [("fweights", fweights, true), ("aweights", aweights, false)] {
        let Some(w) = weights else { continue };
        if w.dim() > 1 {
            bail!("cov(): expected {name} to have one or fewer dimensions but got {name} with {} dimensions", w.dim());
        }
        if w.dtype().is_integral() != whole || w.dtype() == DType::Bool || w.dtype().is_complex() {
            bail!(
                "cov(): expected {name} to have {} dtype but got {}",
                if whole { "integral" } else { "floating point" },
                w.dtype().name()
            );
        }
        if w.numel() != n {
            bail!(
                "cov(): expected {name} to have the same numel as there are observations in the input but got {} != {n}",
                w.numel()
            );
        }
        if w.numel() > 0 && w.detach().lt(0)?.any((), false)?.item::<bool>()? {
            bail!("cov(): {name} cannot be negative");
        }
    }
    let weights = match (fweights, aweights) {
        (None, None) => None,
        (Some(f), None) => Some(f.clone()),
        (None, Some(a)) => Some(a.clone()),
        (Some(f), Some(a)) => Some(f.mul(a)?),
    };
    let total = match &weights {
        None => crate::ops::full(&[], Scalar::Int(n as i64), Some(DType::I64))?,
        Some(w) => w.sum((), false, None)?,
    };
    if weights.is_some() && total.detach().eq(0)?.item::<bool>()? {
        bail!("cov(): weights sum to zero, can't be normalized");
    }
    let mean = match &weights {
        None => rows.sum(1, false, None)?.div(&total)?,
        Some(w) => rows.mul(w)?.sum(1, false, None)?.div(&total)?,
    };
    let free = match (aweights, &weights) {
        (Some(a), Some(w)) if correction != 0 => {
            total.sub(&w.mul(a)?.sum((), false, None)?.div(&total)?.mul(correction)?)?
        }
        _ => total.sub(correction)?,
    };
    let centred = rows.sub(&mean.unsqueeze(1)?)?;
    let weighted = match &weights {
        None => centred.clone(),
        Some(w) => centred.mul(w)?.to_dtype(centred.dtype())?,
    };
    let free = free.to_dtype(centred.dtype().to_real())?.clamp_min(0)?;
    let product = crate::ops::mm(&centred, &weighted.t()?.conj()?)?;
    product.div(&free)?.squeeze(())
}

/// Pearson's correlation of the rows of `input`.
#[function(dtypes = "number", samples = ["T(3,5)", "T(5)"])]
pub fn corrcoef(input: &Tensor) -> Result<Tensor> {
    if input.dim() > 2 {
        bail!(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with {} dimensions",
            input.dim()
        );
    }
    let c = cov(input, 1, None, None)?;
    if c.dim() == 0 {
        return c.div(&c);
    }
    let d = c.diagonal(0, 0, 1)?;
    let deviation = if d.dtype().is_complex() { d.real()?.sqrt()? } else { d.sqrt()? };
    let c = c.div(&deviation.unsqueeze(1)?)?.div(&deviation.unsqueeze(0)?)?;
    if c.dtype().is_complex() {
        let part = |t: Tensor| t.clamp(Some(Scalar::Int(-1)), Some(Scalar::Int(1)));
        return crate::ops::complex(&part(c.real()?)?, &part(c.imag()?)?);
    }
    c.clamp(Some(Scalar::Int(-1)), Some(Scalar::Int(1)))
}

/// What is known of the distances of samples along a dimension.
enum Spacing {
    Even(f64),
    At(Tensor),
}

fn gradients(input: &Tensor, spacing: Vec<Spacing>, dim: &crate::Dims, edge_order: i64) -> Result<Vec<Tensor>> {
    if !matches!(edge_order, 1 | 2) {
        bail!("torch.gradient only supports edge_order=1 and edge_order=2.");
    }
    let dims = gradient_dims(input, dim)?;
    let float = if input.dtype().is_integral() { input.to_dtype(crate::default_dtype())? } else { input.clone() };
    let need = edge_order as usize + 1;
    if spacing.len() != dims.len() {
        bail!(
            "torch.gradient expected spacing to be unspecified, a scalar or a list of {} values, but got {}",
            dims.len(),
            spacing.len()
        );
    }
    let mut all = Vec::with_capacity(dims.len());
    for (d, spacing) in dims.iter().zip(spacing) {
        let n = input.shape().get(*d).copied().unwrap_or(1);
        if n < need {
            bail!("torch.gradient expected each dimension size to be at least edge_order+1");
        }
        all.push(gradient_along(&float, *d as i64, n as i64, &spacing, edge_order)?);
    }
    Ok(all)
}

fn gradient_dims(input: &Tensor, dim: &crate::Dims) -> Result<Vec<usize>> {
    let Some(list) = dim.as_slice() else { return Ok((0..input.dim()).collect()) };
    let dims: Vec<usize> = list.iter().map(|d| wrap_dim(*d, input.dim())).collect::<Result<_>>()?;
    if let Some(i) = (1..dims.len()).find(|i| dims[..*i].contains(&dims[*i])) {
        bail!("dim {} appears multiple times in the list of dims", dims[i]);
    }
    Ok(dims)
}

/// Central differences inside, one-sided ones of first or second order at the ends (NumPy's formulas).
fn gradient_along(x: &Tensor, d: i64, n: i64, spacing: &Spacing, edge_order: i64) -> Result<Tensor> {
    let at = |i: i64| x.narrow(d, i, 1);
    let (inside, first, last);
    match spacing {
        Spacing::Even(h) => {
            inside = x.narrow(d, 2, n - 2)?.sub(&x.narrow(d, 0, n - 2)?)?.div(2.0 * h)?;
            if edge_order == 1 {
                first = at(1)?.sub(&at(0)?)?.div(*h)?;
                last = at(n - 1)?.sub(&at(n - 2)?)?.div(*h)?;
            } else {
                first = at(0)?.mul(-1.5)?.add(&at(1)?.mul(2)?)?.add(&at(2)?.mul(-0.5)?)?.div(*h)?;
                last = at(n - 3)?.mul(0.5)?.add(&at(n - 2)?.mul(-2)?)?.add(&at(n - 1)?.mul(1.5)?)?.div(*h)?;
            }
        }
        Spacing::At(t) => {
            if t.dim() != 1 || t.numel() as i64 != n {
                bail!(
                    "torch.gradient expected each element of spacing to have one dimension and as many elements as the input along it, but got shape {:?}",
                    t.shape()
                );
            }
            let shape: Vec<i64> = (0..x.dim() as i64).map(|i| if i == d { -1 } else { 1 }).collect();
            let h = t.diff(1, 0, None, None)?;
            let wide = |t: Tensor| t.reshape(&shape);
            let (h1, h2) = (wide(h.narrow(0, 0, n - 2)?)?, wide(h.narrow(0, 1, n - 2)?)?);
            let sum = h1.add(&h2)?;
            let a = h2.div(&h1.mul(&sum)?)?.neg()?;
            let b = h2.sub(&h1)?.div(&h1.mul(&h2)?)?;
            let c = h1.div(&h2.mul(&sum)?)?;
            inside = x
                .narrow(d, 0, n - 2)?
                .mul(&a)?
                .add(&x.narrow(d, 1, n - 2)?.mul(&b)?)?
                .add(&x.narrow(d, 2, n - 2)?.mul(&c)?)?;
            let step = |i: i64| wide(h.narrow(0, i, 1)?);
            if edge_order == 1 {
                first = at(1)?.sub(&at(0)?)?.div(&step(0)?)?;
                last = at(n - 1)?.sub(&at(n - 2)?)?.div(&step(n - 2)?)?;
            } else {
                let (p, q) = (step(0)?, step(1)?);
                let pq = p.add(&q)?;
                let a = p.mul(2)?.add(&q)?.div(&p.mul(&pq)?)?.neg()?;
                let b = pq.div(&p.mul(&q)?)?;
                let c = p.div(&q.mul(&pq)?)?.neg()?;
                first = at(0)?.mul(&a)?.add(&at(1)?.mul(&b)?)?.add(&at(2)?.mul(&c)?)?;
                let (p, q) = (step(n - 3)?, step(n - 2)?);
                let pq = p.add(&q)?;
                let a = q.div(&p.mul(&pq)?)?;
                let b = pq.div(&p.mul(&q)?)?.neg()?;
                let c = q.mul(2)?.add(&p)?.div(&q.mul(&pq)?)?;
                last = at(n - 3)?.mul(&a)?.add(&at(n - 2)?.mul(&b)?)?.add(&at(n - 1)?.mul(&c)?)?;
            }
        }
    }
    crate::ops::cat(&[first, inside, last], d)?.to_dtype(x.dtype())
}

/// The derivatives along each dimension (or those of `dim`) of a function sampled `spacing` apart.
#[function(dtypes = "inexact", method = false, sig = "input, *, spacing=None, dim=None, edge_order=1", samples = ["T(5)", "T(4,4), spacing=2.0", "T(4,4), dim=1, edge_order=2"])]
pub fn gradient(
    input: &Tensor,
    spacing: Option<f64>,
    dim: impl Into<crate::Dims>,
    edge_order: i64,
) -> Result<Vec<Tensor>> {
    let dim = dim.into();
    let count = gradient_dims(input, &dim)?.len();
    gradients(input, (0..count).map(|_| Spacing::Even(spacing.unwrap_or(1.0))).collect(), &dim, edge_order)
}

/// [`gradient`] with a distance for each dimension.
#[function(dtypes = "inexact", method = false, torch = "gradient", sig = "input, *, spacing, dim=None, edge_order=1", samples = ["T(4,4), spacing=[2.0,0.5]"])]
pub fn gradient_spaced(
    input: &Tensor,
    spacing: &[f64],
    dim: impl Into<crate::Dims>,
    edge_order: i64,
) -> Result<Vec<Tensor>> {
    gradients(input, spacing.iter().map(|h| Spacing::Even(*h)).collect(), &dim.into(), edge_order)
}

/// [`gradient`] with the places of the samples along each dimension.
#[function(dtypes = "float", method = false, torch = "gradient", sig = "input, *, spacing, dim=None, edge_order=1", samples = ["T(3,3), spacing=[T(3,low=0,high=1),T(3,low=2,high=3)]"])]
pub fn gradient_at(
    input: &Tensor,
    spacing: &[Tensor],
    dim: impl Into<crate::Dims>,
    edge_order: i64,
) -> Result<Vec<Tensor>> {
    gradients(input, spacing.iter().map(|t| Spacing::At(t.clone())).collect(), &dim.into(), edge_order)
}

/// [`trapezoid`](crate::ops::trapezoid) by its old name.
#[function(dtypes = "float", method = false, sig = "y, x=None, *, dx=1.0, dim=-1", samples = ["T(3,4)", "T(3,4), T(4)"])]
pub fn trapz(y: &Tensor, x: Option<&Tensor>, dx: f64, dim: i64) -> Result<Tensor> {
    crate::ops::trapezoid(y, x, dx, dim)
}

/// Reductions ("sum", "mean", "max", "min", "prod") over segments along `axis`, given by their `lengths` or by the
/// `offsets` of their borders; `initial` takes part in each.
#[function(dtypes = "float", method = false, torch = "_segment_reduce", sig = "data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None", samples = ["T(5), 'sum', lengths=T(1,dtype=int64,low=5,high=6)"])]
#[allow(clippy::too_many_arguments)]
pub fn segment_reduce(
    data: &Tensor,
    reduce: &str,
    lengths: Option<&Tensor>,
    indices: Option<&Tensor>,
    offsets: Option<&Tensor>,
    axis: i64,
    unchecked: bool,
    initial: Option<f64>,
) -> Result<Tensor> {
    if indices.is_some() {
        bail!("segment_reduce(): indices based reduction is not supported yet.");
    }
    let axis = wrap_dim(axis, data.dim())?;
    let Some(borders) = lengths.or(offsets) else {
        bail!("segment_reduce(): Either lengths or offsets must be defined.")
    };
    if borders.dim() != axis + 1 || borders.shape()[..axis] != data.shape()[..axis] {
        bail!(
            "segment_reduce(): Expected all leading dimensions of data and of lengths or offsets to match up to the axis."
        );
    }
    let numbers = borders.detach().to_dtype(DType::I64)?.contiguous()?.to_vec::<i64>()?;
    let per = borders.shape()[axis];
    let (lead, rest): (usize, Shape) = (data.shape()[..axis].iter().product(), data.shape()[axis + 1..].into());
    let n = data.shape()[axis];
    let mut flat: Shape = smallvec::smallvec![lead, n];
    flat.extend(rest.iter().copied());
    let dtype = data.dtype();
    let data = reshape_to(data, &flat)?.to_dtype(dtype.compute())?;
    let mut parts = Vec::new();
    for row in 0..lead {
        let row_data = data.select(0, row as i64)?;
        let own = &numbers[row * per..(row + 1) * per];
        let mut at = 0;
        let segments: Vec<(i64, i64)> = if lengths.is_some() {
            own.iter()
                .map(|l| {
                    at += l;
                    (at - l, *l)
                })
                .collect()
        } else {
            own.windows(2).map(|w| (w[0], w[1] - w[0])).collect()
        };
        if segments.iter().any(|(from, len)| *len < 0 || *from < 0 || from + len > n as i64)
            || lengths.is_some() && !unchecked && at != n as i64
        {
            bail!("segment_reduce(): Expected lengths to be non-negative and to sum to the size of data along axis");
        }
        for (from, len) in segments {
            parts.push(segment(&row_data.narrow(0, from, len)?, reduce, initial, &rest)?);
        }
    }
    let mut shape: Shape = borders.shape()[..axis].into();
    shape.push(if lengths.is_some() { per } else { per.saturating_sub(1) });
    shape.extend(rest);
    if parts.is_empty() {
        return crate::ops::zeros(&shape, dtype);
    }
    reshape_to(&crate::ops::stack(&parts, 0)?.to_dtype(dtype)?, &shape)
}

fn segment(x: &Tensor, reduce: &str, initial: Option<f64>, rest: &[usize]) -> Result<Tensor> {
    let empty = x.shape()[0] == 0;
    let neutral = match reduce {
        "sum" | "mean" => 0.0,
        "prod" => 1.0,
        "max" => f64::NEG_INFINITY,
        "min" => f64::INFINITY,
        other => bail!("segment_reduce(): unsupported reduction {other}"),
    };
    if empty {
        let value = initial.unwrap_or(if reduce == "mean" { f64::NAN } else { neutral });
        return crate::ops::full(rest, value, Some(x.dtype()));
    }
    let start = initial.unwrap_or(neutral);
    let first = x.narrow(0, 0, 1)?.detach().mul(0)?.add(start)?;
    let with = if matches!(reduce, "max" | "min") { crate::ops::cat(&[&first, x], 0)? } else { x.clone() };
    match reduce {
        "sum" => x.sum(0, false, None)?.add(start),
        "mean" => x.sum(0, false, None)?.add(start)?.div(x.shape()[0] as f64),
        "prod" => x.prod(Some(0), false, None)?.mul(start),
        "max" => with.amax(0, false),
        _ => with.amin(0, false),
    }
}
