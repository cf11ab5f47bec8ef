//! Scaled dot-product attention (Vaswani et al., 2017), by tiles: no matrix of scores in memory (Dao et al., 2022).

use super::dropout::{check_probability, keep_bits};
use crate::apply::apply_all;
use crate::autograd::is_grad_enabled;
use crate::storage::bridge_attention::{self as kernels, Settings};
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs, Strides};
use crate::{DType, Result, Tensor, bail, broadcast_shapes, function};
use std::sync::Arc;

/// q [B, H, T, D], k [B, K, S, D], v [B, K, S, V] and maybe a mask, to [B, H, T, V] and the logsumexp of each row of scores.
#[derive(Clone)]
struct Attention {
    scale: f64,
    causal: bool,
    masked: bool,
    dropout: Option<(Arc<Vec<u64>>, f64)>,
}

/// Sizes [B, H, T, D] in the memory order [B, T, H, D], so that joining the heads again moves nothing.
fn heads_inside(shape: [usize; 4]) -> (Shape, Option<Strides>) {
    let [_, h, t, d] = shape.map(|n| n.max(1) as isize);
    (shape[..].into(), Some(smallvec::smallvec![t * h * d, d, h * d, 1]))
}

fn spec(shape: &[usize], dtype: DType) -> Spec {
    let (shape, strides) = heads_inside([shape[0], shape[1], shape[2], shape[3]]);
    Spec { shape, dtype, strides }
}

impl Attention {
    fn settings(&self) -> Settings<'_> {
        let dropout = self.dropout.as_ref().map(|(bits, factor)| (&bits[..], *factor));
        Settings { scale: self.scale, causal: self.causal, dropout }
    }
}

impl Op for Attention {
    fn name(&self) -> &'static str {
        "scaled_dot_product_attention"
    }
    fn kind(&self) -> Kind {
        Kind::Contract
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (q, v) = (inputs[0], inputs[2]);
        let [b, h, t] = [q.shape()[0], q.shape()[1], q.shape()[2]];
        let out = spec(&[b, h, t, v.shape()[3]], q.dtype());
        Ok(smallvec::smallvec![out, Spec::new(&[b, h, t][..], q.dtype().compute())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        kernels::forward(
            self.settings(),
            inputs[0],
            inputs[1],
            inputs[2],
            inputs.get(3).copied(),
            outputs[0],
            outputs[1],
        );
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let (q, k, v) = (inputs[0], inputs[1], inputs[2]);
            let groups = q.shape()[1] / k.shape()[1].max(1);
            let (k, v) = if groups == 1 {
                (k.clone(), v.clone())
            } else {
                (k.repeat_interleave(groups as i64, Some(1), None)?, v.repeat_interleave(groups as i64, Some(1), None)?)
            };
            let mut scores = q.mul(self.scale)?.matmul(&k.mt()?)?;
            let (t, s) = (q.shape()[2], k.shape()[2]);
            if self.causal {
                let future = crate::ops::ones(&[t, s], DType::Bool)?.triu(1)?;
                scores = scores.masked_fill(&future, f64::NEG_INFINITY)?;
            }
            if self.masked {
                let mask = inputs[3];
                scores = if mask.dtype() == DType::Bool {
                    scores.masked_fill(&mask.logical_not()?, f64::NEG_INFINITY)?
                } else {
                    scores.add(mask)?
                };
            }
            let lse = scores.logsumexp(-1, false)?;
            // A row that sees no key has no weights at all.
            let blind = lse.detach().eq(f64::NEG_INFINITY)?.unsqueeze(-1)?;
            let mut weights = scores.masked_fill(&blind, 0.0)?.softmax(-1, None)?.masked_fill(&blind, 0.0)?;
            if let Some((bits, factor)) = &self.dropout {
                let n = weights.numel();
                let keep: Vec<bool> = (0..n).map(|i| bits[i / 64] >> (i % 64) & 1 == 1).collect();
                let keep = Tensor::from_vec(keep, weights.shape())?.to_dtype(weights.dtype())?;
                weights = weights.mul(&keep)?.mul(*factor)?;
            }
            Ok(vec![weights.matmul(&v)?, lse.to_dtype(lse.dtype().compute())?])
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUTS.output(0).output(1)
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let count = 3 + self.masked as usize;
        if is_grad_enabled() || grads[1].is_some() {
            return cx.vjp_by_decompose(self, count, grads);
        }
        let mut out: Grads = smallvec::smallvec![None; count];
        let Some(g) = &grads[0] else { return Ok(out) };
        let dmask = self.masked && cx.needs(3);
        let mut inputs = vec![cx.input(0)?, cx.input(1)?, cx.input(2)?, cx.output(0)?, cx.output(1)?, g.clone()];
        if self.masked {
            inputs.push(cx.input(3)?);
        }
        let refs: Vec<&Tensor> = inputs.iter().collect();
        for (i, grad) in apply_all(AttentionBackward { of: self.clone(), dmask }, &refs)?.into_iter().enumerate() {
            out[i] = Some(grad);
        }
        Ok(out)
    }
}

struct AttentionBackward {
    of: Attention,
    dmask: bool,
}

impl Op for AttentionBackward {
    fn name(&self) -> &'static str {
        "scaled_dot_product_attention_backward"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let mut specs: Specs = inputs[..3].iter().map(|t| spec(t.shape(), t.dtype())).collect();
        if self.dmask {
            let (q, k) = (inputs[0].shape(), inputs[1].shape());
            specs.push(Spec::new(&[q[0], q[1], q[2], k[2]][..], inputs[0].dtype()));
        }
        Ok(specs)
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let backward = kernels::Backward {
            inputs: [inputs[0], inputs[1], inputs[2]],
            mask: inputs.get(6).copied(),
            out: inputs[3],
            lse: inputs[4],
            grad: inputs[5],
            grads: [outputs[0], outputs[1], outputs[2]],
            dmask: outputs.get(3).copied(),
        };
        kernels::backward(self.of.settings(), &backward);
        Ok(())
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, cx: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        cx.no_derivative()
    }
}

/// [..., rows, numbers] as [B, H, rows, numbers], leading sizes broadcast to `lead`.
fn four(t: &Tensor, lead: &[usize], heads: usize) -> Result<Tensor> {
    let rank = t.dim();
    let mut shape: Shape = lead.into();
    if let Some(last) = shape.last_mut() {
        *last = heads;
    }
    shape.extend_from_slice(&t.shape()[rank - 2..]);
    let t = crate::ops::view::expand_to(t, &shape)?;
    match lead.len() {
        2 => Ok(t),
        0 => t.unsqueeze(0)?.unsqueeze(0),
        1 => t.unsqueeze(0),
        n => t.flatten(0, n as i64 - 2),
    }
}

/// softmax(q·kᵀ·scale + mask)·v for `query` [..., H, T, D], `key` [..., H, S, D], `value` [..., H, S, V]. `attn_mask`, of bools
/// (true: seen) or added floats, broadcasts to [..., H, T, S]; `is_causal` lets query i see keys up to i; `scale` is 1/√D if
/// not given; with `enable_gqa` a key head serves several query heads. Dropout draws in PyTorch's order.
#[function(torch = "nn.functional.scaled_dot_product_attention", method = false, sig = "query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False", samples = ["T(2,3,5,4), T(2,3,6,4), T(2,3,6,4)", "T(2,3,5,4), T(2,3,5,4), T(2,3,5,4), is_causal=True", "T(2,3,5,4), T(2,3,6,4), T(2,3,6,7), T(5,6)", "T(2,3,5,4), T(2,3,6,4), T(2,3,6,4), scale=0.3", "T(3,5,4), T(3,6,4), T(3,6,4)", "T(2,4,5,4), T(2,2,6,4), T(2,2,6,4), enable_gqa=True"])]
#[allow(clippy::too_many_arguments)]
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    attn_mask: Option<&Tensor>,
    dropout_p: f64,
    is_causal: bool,
    scale: Option<f64>,
    enable_gqa: bool,
) -> Result<Tensor> {
    Ok(with_lse(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)?.0)
}

/// `scaled_dot_product_attention` of [B, H, T, D] tensors, and the logarithms of its sums [B, H, T].
#[function(torch = "ops.aten._scaled_dot_product_flash_attention_for_cpu", method = false, sig = "query, key, value, dropout_p=0.0, is_causal=False, *, attn_mask=None, scale=None", samples = ["T(2,3,5,4), T(2,3,6,4), T(2,3,6,4)"], grad = false)]
pub fn flash_attention_for_cpu(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    dropout_p: f64,
    is_causal: bool,
    attn_mask: Option<&Tensor>,
    scale: Option<f64>,
) -> Result<(Tensor, Tensor)> {
    let (out, lse) = with_lse(query, key, value, attn_mask, dropout_p, is_causal, scale, false)?;
    Ok((out, lse.detach()))
}

#[allow(clippy::too_many_arguments)]
fn with_lse(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    attn_mask: Option<&Tensor>,
    dropout_p: f64,
    is_causal: bool,
    scale: Option<f64>,
    enable_gqa: bool,
) -> Result<(Tensor, Tensor)> {
    const NAME: &str = "scaled_dot_product_attention";
    check_probability(dropout_p)?;
    super::check_float(NAME, query)?;
    let dtype = query.dtype();
    if key.dtype() != dtype || value.dtype() != dtype {
        bail!(
            "Expected query, key, and value to have the same dtype, but got query.dtype: {} key.dtype: {} and value.dtype: {} instead.",
            dtype.name(),
            key.dtype().name(),
            value.dtype().name()
        );
    }
    if query.dim() < 2 || key.dim() < 2 || value.dim() < 2 {
        bail!(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim(): {}, key.dim(): {} and value.dim(): {} instead.",
            query.dim(),
            key.dim(),
            value.dim()
        );
    }
    if attn_mask.is_some() && is_causal {
        bail!("{NAME}: Explicit attn_mask should not be set when is_causal=True");
    }
    let sizes = |t: &Tensor| {
        let r = t.dim();
        [t.shape()[r - 2], t.shape()[r - 1]]
    };
    let ([t, d], [s, dk], [sv, _]) = (sizes(query), sizes(key), sizes(value));
    if d != dk || s != sv {
        bail!(
            "{NAME}: query {:?}, key {:?} and value {:?} do not fit: the last sizes of query and key must agree, and the rows of key and value",
            query.shape(),
            key.shape(),
            value.shape()
        );
    }
    let lead = |x: &Tensor| -> Shape { x.shape()[..x.dim() - 2].into() };
    let (mut ql, mut kl, vl) = (lead(query), lead(key), lead(value));
    let heads = ql.last().copied().unwrap_or(1);
    let mut kv_heads = kl.last().copied().unwrap_or(1);
    if enable_gqa && ql.len() >= 2 {
        if kl.last() != vl.last() || kv_heads == 0 || heads % kv_heads != 0 {
            bail!(
                "{NAME}: with enable_gqa the heads of key and value ({kv_heads}) must be equal and divide those of the query ({heads})"
            );
        }
        kl.pop();
        let batch = broadcast_shapes(&ql[..ql.len() - 1], &kl).map_err(|e| e.context(NAME))?;
        ql = batch.into_iter().chain([heads]).collect();
    } else {
        ql = broadcast_shapes(&broadcast_shapes(&ql, &kl)?, &vl).map_err(|e| e.context(NAME))?;
        kv_heads = ql.last().copied().unwrap_or(1);
    }
    let heads = ql.last().copied().unwrap_or(1);
    let (q, k, v) = (four(query, &ql, heads)?, four(key, &ql, kv_heads)?, four(value, &ql, kv_heads)?);
    let mask = match attn_mask {
        None => None,
        Some(m) => {
            if m.dtype() != DType::Bool && m.dtype() != dtype {
                bail!(
                    "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {} and  query.dtype: {} instead.",
                    m.dtype().name(),
                    dtype.name()
                );
            }
            let full: Shape = ql.iter().copied().chain([t, s]).collect();
            if broadcast_shapes(m.shape(), &full).ok().as_deref() != Some(&full[..]) {
                bail!("{NAME}: attn_mask {:?} does not broadcast to {full:?}", m.shape());
            }
            Some(if m.dim() <= 2 && ql.len() <= 2 {
                m.clone()
            } else {
                four(&crate::ops::view::expand_to(m, &full)?, &ql, heads)?
            })
        }
    };
    let dropout = if dropout_p > 0.0 {
        let n = q.shape()[0] * q.shape()[1] * t * s;
        let keep = 1.0 - dropout_p;
        let factor = if keep == 0.0 {
            0.0
        } else if dtype == DType::F64 {
            1.0 / keep
        } else {
            (1.0 / keep as f32) as f64
        };
        Some((Arc::new(keep_bits(n, keep)), factor))
    } else {
        None
    };
    let scale = scale.unwrap_or(1.0 / (d as f64).sqrt());
    let op = Attention { scale, causal: is_causal, masked: mask.is_some(), dropout };
    let inputs: Vec<&Tensor> = [&q, &k, &v].into_iter().chain(&mask).collect();
    let mut both = apply_all(op, &inputs)?;
    let lse = both.pop().ok_or_else(|| crate::err!("{NAME}: a result is missing"))?;
    let shape: Shape = ql.iter().copied().chain([t, value.shape()[value.dim() - 1]]).collect();
    Ok((crate::ops::view::reshape_to(&both[0], &shape)?, lse))
}
