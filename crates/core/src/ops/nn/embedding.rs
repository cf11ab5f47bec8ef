//! Rows of a table: the embedding of indices, and bags of them.

use crate::apply::apply;
use crate::storage::bridge;
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs};
use crate::{DType, Result, Scalar, Tensor, bail, function};
use flambeau_kernels::index as kernels;

/// weight [n, d…] and contiguous indices to [indices…, d…].
#[derive(Clone, Copy)]
struct Embedding {
    padding: Option<i64>,
    by_frequency: bool,
}

impl Op for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }
    fn kind(&self) -> Kind {
        Kind::Index
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let shape: Shape = inputs[1].shape().iter().chain(&inputs[0].shape()[1..]).copied().collect();
        crate::tensor::checked_numel(&shape, inputs[0].dtype().size())?;
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (weight, index) = (inputs[0], inputs[1].slice::<i64>()?);
        let (n, inner) = (weight.shape()[0], weight.shape()[1..].iter().product());
        if let Some(bad) = kernels::bad_index(index, n, false) {
            bail!(Index, "index out of range in self: embedding got index {bad}, but the table has {n} rows");
        }
        crate::ops::index::for_any!(weight.dtype, T => kernels::index_select::<T>(weight.slice()?, [1, n, inner], index, outputs[0].slice_mut()?));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let index = cx.input(1)?;
        let g =
            if self.by_frequency { g.mul(&frequency_scale(&index, cx.input_shape(0), g.dtype())?)? } else { g.clone() };
        let op = EmbeddingBackward { shape: cx.input_shape(0).into(), padding: self.padding };
        Ok(smallvec::smallvec![Some(apply(op, &[&g.contiguous()?, &index])?), None])
    }
}

/// One over how often each index occurs, to multiply the gradient's rows by.
fn frequency_scale(index: &Tensor, table: &[usize], dtype: DType) -> Result<Tensor> {
    let flat = crate::ops::view::reshape_to(index, &[index.numel()])?;
    let zeros = crate::ops::zeros(&table[..1], dtype)?;
    let counts = zeros.index_add(0, &flat, &crate::ops::ones(&[index.numel()], dtype)?, 1)?;
    let shape: Shape = index.shape().iter().copied().chain(table[1..].iter().map(|_| 1)).collect();
    crate::ops::view::reshape_to(&counts.index_select(0, &flat)?.reciprocal()?, &shape)
}

/// The table's gradient: rows added up by index, nothing for the padding row.
struct EmbeddingBackward {
    shape: Shape,
    padding: Option<i64>,
}

impl Op for EmbeddingBackward {
    fn name(&self) -> &'static str {
        "embedding_dense_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![Spec::new(self.shape.clone(), inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::fill(Scalar::Int(0), outputs[0]);
        let index = inputs[1].slice::<i64>()?;
        crate::ops::index::for_any!(inputs[0].dtype, T => kernels::add_rows::<T>(outputs[0].slice_mut()?, self.shape[0], index, inputs[0].slice()?, self.padding));
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::inputs(2)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let index = cx.input(1)?;
        let mut rows = embedding(&index, g, None, false)?;
        if let Some(padding) = self.padding {
            let shape: Shape = index.shape().iter().copied().chain(self.shape[1..].iter().map(|_| 1)).collect();
            rows = rows.masked_fill(&crate::ops::view::reshape_to(&index.eq(padding)?, &shape)?, 0)?;
        }
        Ok(smallvec::smallvec![Some(rows), None])
    }
}

fn integers(name: &str, input: &Tensor) -> Result<Tensor> {
    if !matches!(input.dtype(), DType::I64 | DType::I32) {
        bail!(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got {} instead (while checking arguments for {name})",
            input.dtype().name()
        );
    }
    input.to_dtype(DType::I64)?.contiguous()
}

/// The rows of `weight` [n, d] at the indices `input` [..]: [.., d]. The row `padding_idx` gets no gradient; with
/// `scale_grad_by_freq` gradients are divided by how often their index occurs.
#[function(torch = "_embedding_of_rows", method = false, sig = "input, weight, padding_idx=None, scale_grad_by_freq=False", samples = ["T(2,3,dtype=int64,low=0,high=5), T(5,4)", "T(6,dtype=int64,low=0,high=3), T(3,2), padding_idx=1", "T(dtype=int64,low=0,high=3), T(3,2)"])]
pub fn embedding(
    input: &Tensor,
    weight: &Tensor,
    padding_idx: Option<i64>,
    scale_grad_by_freq: bool,
) -> Result<Tensor> {
    if weight.dim() == 0 {
        bail!("'weight' must be 2-D");
    }
    let index = integers("embedding", input)?;
    let n = weight.shape()[0] as i64;
    let padding = match padding_idx {
        Some(p) if p < -n || p >= n => bail!("Padding_idx must be within num_embeddings: got {p} for {n} rows"),
        Some(p) if p < 0 => Some(p + n),
        other => other,
    };
    apply(Embedding { padding, by_frequency: scale_grad_by_freq }, &[&weight.contiguous()?, &index])
}

/// Shortens the rows of `weight` that are looked up to norms of at most `max_norm`, in place.
fn renorm(weight: &Tensor, index: &Tensor, max_norm: f64, norm_type: f64) -> Result<()> {
    let _mode = crate::autograd::no_grad();
    let mut rows = index.to_vec::<i64>()?;
    rows.sort_unstable();
    rows.dedup();
    let n = weight.shape()[0] as i64;
    if rows.iter().any(|r| *r < 0 || *r >= n) {
        bail!(Index, "index out of range in self: embedding got an index outside of its {n} rows");
    }
    let count = rows.len();
    let rows = Tensor::from_vec(rows, &[count])?;
    let table = weight.detach();
    let used = table.index_select(0, &rows)?;
    let norm = used.norm_dim(norm_type, 1, true)?;
    let scale = norm.add(1e-7)?.reciprocal()?.mul(max_norm)?.masked_fill(&norm.le(max_norm)?, 1)?;
    table.copy_(&table.index_copy(0, &rows, &used.mul(&scale)?)?)?;
    Ok(())
}

/// `embedding` with all of PyTorch's options: rows longer than `max_norm` are first shortened in place.
#[function(torch = "nn.functional.embedding", method = false, sig = "input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False", grad = false, samples = ["T(2,3,dtype=int64,low=0,high=5), T(5,4)"])]
pub fn embedding_with_norm(
    input: &Tensor,
    weight: &Tensor,
    padding_idx: Option<i64>,
    max_norm: Option<f64>,
    norm_type: f64,
    scale_grad_by_freq: bool,
    sparse: bool,
) -> Result<Tensor> {
    // A sparse gradient has the same numbers as the dense one that is made here.
    let _ = sparse;
    if let Some(max_norm) = max_norm {
        renorm(weight, &integers("embedding", input)?, max_norm, norm_type)?;
    }
    embedding(input, weight, padding_idx, scale_grad_by_freq)
}

/// Bags of rows of `weight`, each folded by `mode` ("sum", "mean" or "max"). `input` is a matrix with a bag per row, or a
/// vector that is cut into bags at `offsets` (whose last one is the end, if `include_last_offset`). `per_sample_weights` scale
/// the rows of "sum"; indices that are `padding_idx` are left out.
#[function(torch = "nn.functional.embedding_bag", method = false, sig = "input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None", samples = ["T(2,3,dtype=int64,low=0,high=5), T(5,4)", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='sum'", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='max'", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='sum', per_sample_weights=T(2,3)"])]
#[allow(clippy::too_many_arguments)]
pub fn embedding_bag(
    input: &Tensor,
    weight: &Tensor,
    offsets: Option<&Tensor>,
    max_norm: Option<f64>,
    norm_type: f64,
    scale_grad_by_freq: bool,
    mode: &str,
    sparse: bool,
    per_sample_weights: Option<&Tensor>,
    include_last_offset: bool,
    padding_idx: Option<i64>,
) -> Result<Tensor> {
    super::check_float("embedding_bag", weight)?;
    if weight.dim() != 2 {
        bail!("weight has to be a 2D Tensor, but got Tensor of dimension {}", weight.dim());
    }
    if let Some(w) = per_sample_weights.filter(|w| w.shape() != input.shape()) {
        bail!(
            Value,
            "embedding_bag: If per_sample_weights ({:?}) is not None, then it must have the same shape as the input ({:?})",
            w.shape(),
            input.shape()
        );
    }
    if !matches!(mode, "sum" | "mean" | "max") {
        bail!(Value, "mode has to be one of sum, mean or max, got {mode}");
    }
    if mode == "max" && (scale_grad_by_freq || sparse) {
        bail!(Value, "max mode does not support scaling the gradient by the frequency, or sparse weights");
    }
    let index = integers("embedding_bag", input)?;
    if per_sample_weights.is_some() && mode != "sum" {
        bail!(
            NotImplemented,
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode}')."
        );
    }
    if let Some(w) = per_sample_weights.filter(|w| w.dtype() != weight.dtype()) {
        bail!("expected scalar type {} for per_sample_weights but found {}", weight.dtype().name(), w.dtype().name());
    }
    let mut starts: Vec<i64> = match (input.dim(), offsets) {
        (2, None) => (0..input.shape()[0]).map(|i| (i * input.shape()[1]) as i64).collect(),
        (2, Some(_)) => bail!(
            Value,
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences."
        ),
        (1, Some(offsets)) if offsets.dim() == 1 => integers("embedding_bag", offsets)?.to_vec::<i64>()?,
        (1, Some(_)) => bail!(Value, "offsets has to be a 1D Tensor"),
        (1, None) => bail!(Value, "offsets has to be a 1D Tensor but got None"),
        (d, _) => bail!(Value, "input has to be 1D or 2D Tensor, but got Tensor of dimension {d}"),
    };
    let count = input.numel();
    if input.dim() == 1 && include_last_offset {
        if starts.is_empty() {
            bail!("include_last_offset: number of offset should be at least 1");
        }
        starts.pop();
    }
    if starts.first().is_some_and(|s| *s != 0) {
        bail!(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got {}",
            starts[0]
        );
    }
    if !starts.is_sorted() || starts.last().is_some_and(|s| *s > count as i64) {
        bail!("embedding_bag: offsets must not fall and stay within the {count} indices, got {starts:?}");
    }
    let (n, bags) = (weight.shape()[0] as i64, starts.len());
    if let Some(p) = padding_idx.filter(|p| *p < -n || *p >= n) {
        bail!("padding_idx must be within the number of embeddings, -{n} through {}, but got {p}", n - 1);
    }
    if let Some(max_norm) = max_norm {
        renorm(weight, &index, max_norm, norm_type)?;
    }
    let flat = crate::ops::view::reshape_to(&index, &[count])?;
    let padding = padding_idx.map(|p| if p < 0 { p + n } else { p });
    let indices = flat.to_vec::<i64>()?;
    let kept: Vec<i64> = (0..count as i64).filter(|i| Some(indices[*i as usize]) != padding).collect();
    let bag_of: Vec<i64> = kept.iter().map(|i| starts.partition_point(|s| s <= i) as i64 - 1).collect();
    let (m, kept) = (kept.len(), Tensor::from_vec(kept.clone(), &[kept.len()])?);
    let bag = Tensor::from_vec(bag_of, &[m])?;
    let wide = weight.dtype().compute();
    let mut rows = embedding(&flat.index_select(0, &kept)?, weight, padding_idx, scale_grad_by_freq)?.to_dtype(wide)?;
    if let Some(w) = per_sample_weights {
        let w = crate::ops::view::reshape_to(w, &[count])?.to_dtype(wide)?.index_select(0, &kept)?;
        rows = rows.mul(&w.unsqueeze(1)?)?;
    }
    let zeros = crate::ops::zeros(&[bags, weight.shape()[1]], wide)?;
    if mode == "max" {
        let index = crate::ops::view::expand_to(&bag.unsqueeze(1)?, rows.shape())?;
        return crate::ops::scatter_reduce(&zeros, 0, &index, &rows, "amax", false)?.to_dtype(weight.dtype());
    }
    let sum = zeros.index_add(0, &bag, &rows, 1)?;
    if mode == "sum" {
        return sum.to_dtype(weight.dtype());
    }
    let ones = crate::ops::ones(&[m], wide)?;
    let counts = crate::ops::zeros(&[bags], wide)?.index_add(0, &bag, &ones, 1)?.clamp_min(1)?;
    sum.div(&counts.unsqueeze(1)?)?.to_dtype(weight.dtype())
}
