//! Multi-head attention (Vaswani et al., 2017), with PyTorch's parameter names and order of draws.

use crate::init;
use crate::layers::Linear;
use crate::module::{Forward, Mode, Module, Parameter};
use flambeau_core::{DType, Result, Tensor, bail, default_dtype, ops};

/// `nn.MultiheadAttention`: queries, keys and values of one width, projected, attended to per head, and projected back.
#[derive(Clone, Debug, Module)]
pub struct MultiheadAttention {
    /// The three projections, one under the other: [3·embed, embed].
    pub in_proj_weight: Parameter,
    /// [3·embed].
    pub in_proj_bias: Option<Parameter>,
    /// The projection back.
    pub out_proj: Linear,
    /// The number of heads.
    pub num_heads: usize,
    /// Dropout of the attention weights, in training.
    pub dropout: f64,
    /// Inputs are [batch, time, embed] rather than [time, batch, embed].
    pub batch_first: bool,
    training: Mode,
}

/// What may be masked in an attention.
#[derive(Clone, Copy, Default)]
pub struct AttentionMask<'a> {
    /// Bool (true: not seen) or added floats, [T, S] or [batch·heads, T, S].
    pub attn_mask: Option<&'a Tensor>,
    /// Bool (true: not seen) or added floats, [batch, S].
    pub key_padding_mask: Option<&'a Tensor>,
    /// Query i sees keys up to i only.
    pub is_causal: bool,
}

impl MultiheadAttention {
    /// Xavier-uniform projections, zero biases.
    pub fn new(
        embed_dim: usize,
        num_heads: usize,
        dropout: f64,
        bias: bool,
        batch_first: bool,
    ) -> Result<MultiheadAttention> {
        if num_heads == 0 || !embed_dim.is_multiple_of(num_heads) {
            bail!(Value, "embed_dim ({embed_dim}) must be divisible by num_heads ({num_heads})");
        }
        let in_proj_weight = Parameter::new(ops::zeros(&[3 * embed_dim, embed_dim], default_dtype())?)?;
        let in_proj_bias =
            if bias { Some(Parameter::new(ops::zeros(&[3 * embed_dim], default_dtype())?)?) } else { None };
        let out_proj = Linear::new(embed_dim, embed_dim, bias)?;
        init::xavier_uniform_(&in_proj_weight, 1.0)?;
        if let Some(b) = &out_proj.bias {
            init::zeros_(b)?;
        }
        Ok(MultiheadAttention {
            in_proj_weight,
            in_proj_bias,
            out_proj,
            num_heads,
            dropout,
            batch_first,
            training: Mode::default(),
        })
    }

    /// The attended values, in the layout of the query; and, if asked for, the weights averaged over heads [batch, T, S].
    pub fn forward(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        mask: AttentionMask,
        need_weights: bool,
    ) -> Result<(Tensor, Option<Tensor>)> {
        if query.dim() != 3 && query.dim() != 2 {
            bail!(
                "MultiheadAttention: query should be unbatched 2D or batched 3D tensor but received {}-D query tensor",
                query.dim()
            );
        }
        if query.dim() == 2 {
            let batch = if self.batch_first { 0 } else { 1 };
            let padding = mask.key_padding_mask.map(|m| m.unsqueeze(0)).transpose()?;
            let mask = AttentionMask { key_padding_mask: padding.as_ref(), ..mask };
            let (y, w) = self.forward(
                &query.unsqueeze(batch)?,
                &key.unsqueeze(batch)?,
                &value.unsqueeze(batch)?,
                mask,
                need_weights,
            )?;
            return Ok((y.squeeze(batch)?, w.map(|w| w.squeeze(0)).transpose()?));
        }
        let embed = self.in_proj_weight.shape()[1];
        let heads = self.num_heads;
        let batch_first = |t: &Tensor| if self.batch_first { Ok(t.clone()) } else { t.transpose(0, 1) };
        let (q, k, v) = if query.is_same(key) && key.is_same(value) {
            let x = batch_first(query)?;
            let all = ops::linear(&x, &self.in_proj_weight, self.in_proj_bias.as_ref().map(|b| b.tensor()))?;
            let mut parts = all.chunk(3, -1)?.into_iter();
            match (parts.next(), parts.next(), parts.next()) {
                (Some(q), Some(k), Some(v)) => (q, k, v),
                _ => bail!("MultiheadAttention: the projection did not split in three"),
            }
        } else {
            let weights = self.in_proj_weight.chunk(3, 0)?;
            let biases = self.in_proj_bias.as_ref().map(|b| b.chunk(3, 0)).transpose()?;
            let project =
                |i: usize, t: &Tensor| ops::linear(&batch_first(t)?, &weights[i], biases.as_ref().map(|b| &b[i]));
            (project(0, query)?, project(1, key)?, project(2, value)?)
        };
        let (batch, t, s) = (q.shape()[0], q.shape()[1], k.shape()[1]);
        let width = embed / heads;
        let split = |x: &Tensor, len: usize| {
            x.reshape(&[batch as i64, len as i64, heads as i64, width as i64])?.transpose(1, 2)
        };
        let (q, k, v) = (split(&q, t)?, split(&k, s)?, split(&v, s)?);
        let bias = self.mask(mask, batch, heads, t, s, q.dtype(), need_weights)?;
        let p = if self.training.training() { self.dropout } else { 0.0 };
        let (y, weights) = if need_weights {
            let mut scores = q.mul(1.0 / (width as f64).sqrt())?.matmul(&k.mt()?)?;
            if let Some(bias) = &bias {
                scores = scores.add(bias)?;
            }
            let weights = ops::dropout(&scores.softmax(-1, None)?, p, true)?;
            (weights.matmul(&v)?, Some(weights.mean(1, false, None)?))
        } else {
            let causal = mask.is_causal && bias.is_none();
            (ops::scaled_dot_product_attention(&q, &k, &v, bias.as_ref(), p, causal, None, false)?, None)
        };
        let y = y.transpose(1, 2)?.reshape(&[batch as i64, t as i64, embed as i64])?;
        let y = self.out_proj.forward(&y)?;
        Ok((if self.batch_first { y } else { y.transpose(0, 1)? }, weights))
    }

    /// All masks as one added bias that broadcasts to [batch, heads, T, S].
    #[allow(clippy::too_many_arguments)]
    fn mask(
        &self,
        mask: AttentionMask,
        batch: usize,
        heads: usize,
        t: usize,
        s: usize,
        dtype: DType,
        explicit: bool,
    ) -> Result<Option<Tensor>> {
        let float = |m: &Tensor| -> Result<Tensor> {
            if m.dtype() == DType::Bool {
                return ops::zeros(m.shape(), dtype)?.masked_fill(m, f64::NEG_INFINITY);
            }
            m.to_dtype(dtype)
        };
        let mut bias: Option<Tensor> = None;
        if let Some(m) = mask.attn_mask {
            let m = float(m)?;
            bias = Some(match m.dim() {
                2 if m.shape() == [t, s] => m,
                3 if m.shape() == [batch * heads, t, s] => m.view(&[batch as i64, heads as i64, t as i64, s as i64])?,
                _ => bail!(
                    "The shape of the attn_mask is {:?}, but should be [{t}, {s}] or [{}, {t}, {s}]",
                    m.shape(),
                    batch * heads
                ),
            });
        } else if mask.is_causal && (explicit || mask.key_padding_mask.is_some()) {
            let upper = ops::ones(&[t, s], DType::Bool)?.triu(1)?;
            bias = Some(float(&upper)?);
        }
        if let Some(m) = mask.key_padding_mask {
            if m.shape() != [batch, s] {
                bail!("expecting key_padding_mask shape of [{batch}, {s}], but got {:?}", m.shape());
            }
            let m = float(m)?.view(&[batch as i64, 1, 1, s as i64])?;
            bias = Some(match bias {
                Some(b) => b.add(&m)?,
                None => m,
            });
        }
        Ok(bias)
    }
}
