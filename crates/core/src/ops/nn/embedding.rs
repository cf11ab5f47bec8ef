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
#[function(torch = "nn.functional.embedding", method = false, sig = "input, weight, padding_idx=None, scale_grad_by_freq=False", samples = ["T(2,3,dtype=int64,low=0,high=5), T(5,4)", "T(6,dtype=int64,low=0,high=3), T(3,2), padding_idx=1", "T(dtype=int64,low=0,high=3), T(3,2)"])]
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

/// Bags of rows of `weight`, each folded by `mode` ("sum", "mean" or "max"). `input` is a matrix with a bag per row, or a
/// vector that is cut into bags at `offsets`. `per_sample_weights` scale the rows of "sum".
#[function(torch = "nn.functional.embedding_bag", method = false, sig = "input, weight, offsets=None, mode='mean', per_sample_weights=None, padding_idx=None", samples = ["T(2,3,dtype=int64,low=0,high=5), T(5,4)", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='sum'", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='max'", "T(2,3,dtype=int64,low=0,high=5), T(5,4), mode='sum', per_sample_weights=T(2,3)"])]
pub fn embedding_bag(
    input: &Tensor,
    weight: &Tensor,
    offsets: Option<&Tensor>,
    mode: &str,
    per_sample_weights: Option<&Tensor>,
    padding_idx: Option<i64>,
) -> Result<Tensor> {
    super::check_float("embedding_bag", weight)?;
    let index = integers("embedding_bag", input)?;
    if !matches!(mode, "sum" | "mean" | "max") {
        bail!(Value, "mode has to be one of sum, mean or max, got {mode}");
    }
    if per_sample_weights.is_some() && mode != "sum" {
        bail!(
            NotImplemented,
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode}')."
        );
    }
    let starts: Vec<usize> = match (input.dim(), offsets) {
        (2, None) => (0..input.shape()[0]).map(|i| i * input.shape()[1]).collect(),
        (2, Some(_)) => bail!(
            Value,
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences."
        ),
        (1, Some(offsets)) if offsets.dim() == 1 => {
            integers("embedding_bag", offsets)?.to_vec::<i64>()?.into_iter().map(|o| o as usize).collect()
        }
        (1, Some(_)) => bail!(Value, "offsets has to be a 1D Tensor"),
        (1, None) => bail!(Value, "offsets has to be a 1D Tensor but got None"),
        (d, _) => bail!(Value, "input has to be 1D or 2D Tensor, but got Tensor of dimension {d}"),
    };
    let (count, bags) = (input.numel(), starts.len());
    if starts.first().is_some_and(|s| *s != 0) || !starts.is_sorted() || starts.last().is_some_and(|s| *s > count) {
        bail!("embedding_bag: offsets must start at 0, not fall, and stay within the {count} indices, got {starts:?}");
    }
    let flat = crate::ops::view::reshape_to(&index, &[count])?;
    let n = weight.shape()[0] as i64;
    let padding = padding_idx.map(|p| if p < 0 { p + n } else { p });
    let indices = flat.to_vec::<i64>()?;
    let kept: Vec<i64> = (0..count as i64).filter(|i| Some(indices[*i as usize]) != padding).collect();
    let bag_of: Vec<i64> = kept.iter().map(|i| starts.partition_point(|s| *s <= *i as usize) as i64 - 1).collect();
    let (m, kept) = (kept.len(), Tensor::from_vec(kept.clone(), &[kept.len()])?);
    let bag = Tensor::from_vec(bag_of, &[m])?;
    let mut rows = embedding(&flat.index_select(0, &kept)?, weight, padding_idx, false)?;
    if let Some(w) = per_sample_weights {
        let w = crate::ops::view::reshape_to(w, &[count])?.index_select(0, &kept)?;
        rows = rows.mul(&w.unsqueeze(1)?)?;
    }
    let zeros = crate::ops::zeros(&[bags, weight.shape()[1]], weight.dtype())?;
    if mode == "max" {
        let index = crate::ops::view::expand_to(&bag.unsqueeze(1)?, rows.shape())?;
        return crate::ops::scatter_reduce(&zeros, 0, &index, &rows, "amax", false);
    }
    let sum = zeros.index_add(0, &bag, &rows, 1)?;
    if mode == "sum" {
        return Ok(sum);
    }
    let ones = crate::ops::ones(&[m], weight.dtype())?;
    let counts = crate::ops::zeros(&[bags], weight.dtype())?.index_add(0, &bag, &ones, 1)?.clamp_min(1)?;
    sum.div(&counts.unsqueeze(1)?)
}
