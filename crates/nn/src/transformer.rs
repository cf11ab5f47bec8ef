//! The Transformer's encoder (Vaswani et al., 2017), as PyTorch builds it.

use crate::attention::{AttentionMask, MultiheadAttention};
use crate::functional as F;
use crate::layers::{Dropout, LayerNorm, Linear};
use crate::module::{Forward, Module};
use flambeau_core::{Result, Tensor};

/// The nonlinearity between the two linear layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Activation {
    /// max(x, 0).
    #[default]
    Relu,
    /// x·Φ(x).
    Gelu,
}

impl Activation {
    fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Activation::Relu => x.relu(),
            Activation::Gelu => F::gelu(x, "none"),
        }
    }
}

/// The options of an encoder layer, with PyTorch's defaults.
#[derive(Clone, Copy, Debug)]
pub struct EncoderOptions {
    /// The width between the two linear layers.
    pub dim_feedforward: usize,
    /// Dropout everywhere.
    pub dropout: f64,
    /// The nonlinearity.
    pub activation: Activation,
    /// Added to variances.
    pub layer_norm_eps: f64,
    /// Inputs are [batch, time, features].
    pub batch_first: bool,
    /// Norms come before attention and feed-forward rather than after.
    pub norm_first: bool,
    /// Linear layers and norms have biases.
    pub bias: bool,
}

impl Default for EncoderOptions {
    fn default() -> EncoderOptions {
        EncoderOptions {
            dim_feedforward: 2048,
            dropout: 0.1,
            activation: Activation::Relu,
            layer_norm_eps: 1e-5,
            batch_first: false,
            norm_first: false,
            bias: true,
        }
    }
}

/// Self-attention and a feed-forward network, each with a residual connection and a norm.
#[derive(Clone, Debug, Module)]
pub struct TransformerEncoderLayer {
    /// The attention.
    pub self_attn: MultiheadAttention,
    /// Up.
    pub linear1: Linear,
    /// Between the two.
    pub dropout: Dropout,
    /// Down.
    pub linear2: Linear,
    /// Of the attention.
    pub norm1: LayerNorm,
    /// Of the feed-forward network.
    pub norm2: LayerNorm,
    /// After the attention.
    pub dropout1: Dropout,
    /// After the feed-forward network.
    pub dropout2: Dropout,
    activation: Activation,
    norm_first: bool,
}

impl TransformerEncoderLayer {
    /// A layer of `d_model` features and `nhead` heads.
    pub fn new(d_model: usize, nhead: usize, o: EncoderOptions) -> Result<TransformerEncoderLayer> {
        let norm = || LayerNorm::with_options(&[d_model], o.layer_norm_eps, true, o.bias);
        Ok(TransformerEncoderLayer {
            self_attn: MultiheadAttention::new(d_model, nhead, o.dropout, o.bias, o.batch_first)?,
            linear1: Linear::new(d_model, o.dim_feedforward, o.bias)?,
            dropout: Dropout::new(o.dropout)?,
            linear2: Linear::new(o.dim_feedforward, d_model, o.bias)?,
            norm1: norm()?,
            norm2: norm()?,
            dropout1: Dropout::new(o.dropout)?,
            dropout2: Dropout::new(o.dropout)?,
            activation: o.activation,
            norm_first: o.norm_first,
        })
    }

    fn attend(&self, x: &Tensor, mask: AttentionMask) -> Result<Tensor> {
        self.dropout1.forward(&self.self_attn.forward(x, x, x, mask, false)?.0)
    }

    fn feed(&self, x: &Tensor) -> Result<Tensor> {
        let h = self.dropout.forward(&self.activation.apply(&self.linear1.forward(x)?)?)?;
        self.dropout2.forward(&self.linear2.forward(&h)?)
    }

    /// The output for `src` under `mask`.
    pub fn forward_masked(&self, src: &Tensor, mask: AttentionMask) -> Result<Tensor> {
        if self.norm_first {
            let x = src.add(&self.attend(&self.norm1.forward(src)?, mask)?)?;
            return x.add(&self.feed(&self.norm2.forward(&x)?)?);
        }
        let x = self.norm1.forward(&src.add(&self.attend(src, mask)?)?)?;
        self.norm2.forward(&x.add(&self.feed(&x)?)?)
    }
}

impl Forward for TransformerEncoderLayer {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.forward_masked(input, AttentionMask::default())
    }
}

/// Encoder layers one after the other, with a norm at the end if there is one.
#[derive(Clone, Debug, Module)]
pub struct TransformerEncoder {
    /// The layers.
    pub layers: Vec<TransformerEncoderLayer>,
    /// The last norm.
    pub norm: Option<LayerNorm>,
}

impl TransformerEncoder {
    /// `num_layers` copies of a layer: like PyTorch's, they start from the same weights.
    pub fn new(
        layer: &TransformerEncoderLayer,
        num_layers: usize,
        norm: Option<LayerNorm>,
    ) -> Result<TransformerEncoder> {
        let layers = (0..num_layers).map(|_| deep_copy(layer)).collect::<Result<_>>()?;
        Ok(TransformerEncoder { layers, norm })
    }

    /// The output for `src` under `mask`, which all layers share.
    pub fn forward_masked(&self, src: &Tensor, mask: AttentionMask) -> Result<Tensor> {
        let mut x = src.clone();
        for layer in &self.layers {
            x = layer.forward_masked(&x, mask)?;
        }
        match &self.norm {
            Some(norm) => norm.forward(&x),
            None => Ok(x),
        }
    }
}

impl Forward for TransformerEncoder {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.forward_masked(input, AttentionMask::default())
    }
}

/// A module whose parameters are its own (`copy.deepcopy`); weights tied inside it stay tied.
pub fn deep_copy<M: Module + Clone>(module: &M) -> Result<M> {
    let mut copy = module.clone();
    crate::module::unshare(&mut copy)?;
    Ok(copy)
}
