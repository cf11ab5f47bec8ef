//! Histograms: counts of elements in even or given bins, over one or several coordinates.

use super::*;
use crate::function;
use crate::scalar::Scalar;

/// Even borders from `low` to `high`, in the precision of the dtype.
fn even(low: f64, high: f64, bins: usize, dtype: DType) -> Result<Tensor> {
    crate::ops::linspace(low, high, bins + 1, Some(dtype))
}

fn numbers(t: &Tensor) -> Result<Vec<f64>> {
    t.detach().to_dtype(DType::F64)?.contiguous()?.to_vec::<f64>()
}

/// The range of bins: as asked for, or that of the elements; a single point is widened by one half.
fn range_of(x: &[f64], range: Option<(f64, f64)>) -> Result<(f64, f64)> {
    let (mut low, mut high) = range.unwrap_or((0.0, 0.0));
    if range.is_none() && !x.is_empty() {
        low = x.iter().copied().fold(f64::INFINITY, f64::min);
        high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    }
    if low == high {
        (low, high) = if range.is_some() || !x.is_empty() { (low - 0.5, high + 0.5) } else { (0.0, 1.0) };
    }
    if !(low.is_finite() && high.is_finite()) {
        bail!("histogram: range of [{low}, {high}] is not finite");
    }
    if low > high {
        bail!("histogram: min should not exceed max, but got min {low} max {high}");
    }
    Ok((low, high))
}

/// The bin of a number between ascending borders; the last border belongs to the last bin.
fn bin_of(x: f64, edges: &[f64]) -> Option<usize> {
    let (first, last) = (*edges.first()?, *edges.last()?);
    if !(x >= first && x <= last) {
        return None;
    }
    Some((edges.partition_point(|e| *e <= x).saturating_sub(1)).min(edges.len().saturating_sub(2)))
}

/// How many elements lie in each of `bins` even bins from `min` to `max` (the range of the elements if both are equal).
#[function(dtypes = "single", grad = false, sig = "input, bins=100, min=0, max=0", samples = ["T(20), 5", "T(20), 4, -1, 1"])]
pub fn histc(input: &Tensor, bins: i64, min: Scalar, max: Scalar) -> Result<Tensor> {
    let dtype = input.dtype();
    if !dtype.is_float() {
        bail!(NotImplemented, "\"histogram_cpu\" not implemented for '{}'", dtype.name());
    }
    if bins <= 0 {
        bail!("bins must be > 0, but got {bins} for dimension 0");
    }
    let x = numbers(input)?;
    let (min, max) = (min.to_f64(), max.to_f64());
    let asked = if min == max && !x.is_empty() { None } else { Some((min, max)) };
    let (mut low, mut high) = (min, max);
    if asked.is_none() {
        low = x.iter().copied().fold(f64::INFINITY, |a, b| if b.is_nan() { b } else { a.min(b) });
        high = x.iter().copied().fold(f64::NEG_INFINITY, |a, b| if b.is_nan() { b } else { a.max(b) });
    }
    if low == high {
        (low, high) = (low - 1.0, high + 1.0);
    }
    if !(low.is_finite() && high.is_finite()) {
        bail!("torch.histc: range of [{low}, {high}] is not finite");
    }
    if low > high {
        bail!("torch.histc: max must be larger than min");
    }
    let mut counts = vec![0.0f64; bins as usize];
    for v in x {
        if v >= low && v <= high {
            // The place in the dtype's own precision, as PyTorch computes it.
            let place = if dtype != DType::F64 {
                ((v as f32 - low as f32) * bins as f32 / (high as f32 - low as f32)) as i64
            } else {
                ((v - low) * bins as f64 / (high - low)) as i64
            };
            counts[place.clamp(0, bins - 1) as usize] += 1.0;
        }
    }
    Tensor::from_vec(counts, &[bins as usize])?.to_dtype(dtype)
}

fn pair_of(range: Option<&[f64]>, dims: usize) -> Result<Option<Vec<(f64, f64)>>> {
    let Some(range) = range else { return Ok(None) };
    if range.len() != 2 * dims {
        bail!(
            "torch.histogramdd: for a {dims}-dimensional histogram range should have {} elements, but got {}",
            2 * dims,
            range.len()
        );
    }
    Ok(Some(range.chunks(2).map(|c| (c[0], c[1])).collect()))
}

/// Counts (or weights) of the rows of [n, d] `points` between the borders of each coordinate.
fn count(points: &Tensor, edges: &[Tensor], weight: Option<&Tensor>, density: bool) -> Result<Tensor> {
    let (x, d) = (numbers(points)?, edges.len());
    let borders: Vec<Vec<f64>> = edges.iter().map(numbers).collect::<Result<_>>()?;
    let shape: Vec<usize> = borders.iter().map(|b| b.len().saturating_sub(1)).collect();
    let weights = weight.map(numbers).transpose()?;
    let mut out = vec![0.0f64; shape.iter().product()];
    for (i, row) in x.chunks_exact(d.max(1)).enumerate() {
        let place = row.iter().zip(&borders).try_fold(0, |at, (v, b)| Some(at * (b.len() - 1) + bin_of(*v, b)?));
        if let Some(slot) = place.and_then(|p| out.get_mut(p)) {
            *slot += weights.as_ref().map_or(1.0, |w| w[i]);
        }
    }
    let mut hist = Tensor::from_vec(out, &shape)?.to_dtype(points.dtype())?;
    if density {
        hist = hist.div(&hist.sum((), false, None)?)?;
        for (d, e) in edges.iter().enumerate() {
            let mut wide: Vec<i64> = vec![1; shape.len()];
            wide[d] = -1;
            hist = hist.div(&e.detach().diff(1, 0, None, None)?.reshape(&wide)?)?;
        }
    }
    Ok(hist)
}

fn check_weight(name: &str, input: &Tensor, rows: usize, weight: Option<&Tensor>) -> Result<()> {
    if let Some(w) = weight {
        if w.dtype() != input.dtype() {
            bail!(
                "torch.{name}: input tensor and weight tensor should have the same dtype, but got {} and {}",
                input.dtype().name(),
                w.dtype().name()
            );
        }
        if w.numel() != rows {
            bail!(
                "torch.{name}: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension"
            );
        }
    }
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        bail!(NotImplemented, "\"{name}_cpu\" not implemented for '{}'", input.dtype().name());
    }
    Ok(())
}

/// Counts of all elements in `bins` even bins, and the bins' borders.
#[function(returns = "hist, bin_edges", dtypes = "single", grad = false, sig = "input, bins=100, *, range=None, weight=None, density=False", samples = ["T(20), 4", "T(20), 4, range=[-1.0,1.0], density=True"])]
pub fn histogram(
    input: &Tensor,
    bins: i64,
    range: Option<&[f64]>,
    weight: Option<&Tensor>,
    density: bool,
) -> Result<(Tensor, Tensor)> {
    check_weight("histogram", input, input.numel(), weight)?;
    if bins <= 0 {
        bail!("torch.histogram(): bins must be > 0, but got {bins} for dimension 0");
    }
    let (low, high) = range_of(&numbers(input)?, pair_of(range, 1)?.map(|r| r[0]))?;
    let edges = even(low, high, bins as usize, input.dtype())?;
    Ok((count(&input.reshape(&[-1, 1])?, std::slice::from_ref(&edges), weight, density)?, edges))
}

/// Counts of all elements between given borders, and the borders.
#[function(returns = "hist, bin_edges", dtypes = "single", grad = false, torch = "histogram", sig = "input, bins, *, weight=None, density=False", samples = ["T(20), T(1)"])]
pub fn histogram_at(input: &Tensor, bins: &Tensor, weight: Option<&Tensor>, density: bool) -> Result<(Tensor, Tensor)> {
    check_weight("histogram", input, input.numel(), weight)?;
    if bins.dtype() != input.dtype() {
        bail!("torch.histogramdd: input tensor and bins tensors should have the same dtype");
    }
    if bins.dim() != 1 || bins.numel() == 0 {
        bail!("torch.histogramdd: bins tensor should have one dimension, and not be empty");
    }
    Ok((count(&input.reshape(&[-1, 1])?, std::slice::from_ref(bins), weight, density)?, bins.clone()))
}

fn rows_of(input: &Tensor, bins: usize) -> Result<Tensor> {
    let d = input.shape().last().copied().unwrap_or(0);
    if input.dim() < 2 {
        bail!("torch.histogramdd: input tensor should have at least 2 dimensions");
    }
    if d != bins {
        bail!("histogramdd: The size of bins must be equal to the innermost dimension of the input.");
    }
    input.reshape(&[-1, d as i64])
}

/// Counts of points over a grid of even bins, and the borders along each coordinate.
#[function(dtypes = "single", grad = false, method = false, torch = "_histogramdd", sig = "input, bins, range=None, weight=None, density=False", samples = ["T(10,2), [3,4]"])]
pub fn histogramdd(
    input: &Tensor,
    bins: &[i64],
    range: Option<&[f64]>,
    weight: Option<&Tensor>,
    density: bool,
) -> Result<(Tensor, Vec<Tensor>)> {
    let points = rows_of(input, bins.len())?;
    check_weight("histogramdd", input, points.shape()[0], weight)?;
    let ranges = pair_of(range, bins.len())?;
    let mut edges = Vec::with_capacity(bins.len());
    for (d, n) in bins.iter().enumerate() {
        if *n <= 0 {
            bail!("torch.histogramdd(): bins must be > 0, but got {n} for dimension {d}");
        }
        let (low, high) = range_of(&numbers(&points.select(1, d as i64)?)?, ranges.as_ref().map(|r| r[d]))?;
        edges.push(even(low, high, *n as usize, input.dtype())?);
    }
    Ok((count(&points, &edges, weight, density)?, edges))
}

/// Counts of points between given borders along each coordinate, and the borders.
#[function(dtypes = "single", grad = false, method = false, torch = "_histogramdd", sig = "input, bins, range=None, weight=None, density=False", samples = ["T(10,1), [T(1)]"])]
pub fn histogramdd_at(
    input: &Tensor,
    bins: &[Tensor],
    range: Option<&[f64]>,
    weight: Option<&Tensor>,
    density: bool,
) -> Result<(Tensor, Vec<Tensor>)> {
    let _ = range;
    let points = rows_of(input, bins.len())?;
    check_weight("histogramdd", input, points.shape()[0], weight)?;
    Ok((count(&points, bins, weight, density)?, bins.to_vec()))
}
