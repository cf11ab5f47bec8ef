//! Layers with parameters of their own, and dropout.

use crate::init::{self, Fan};
use crate::module::{Forward, Mode, Module, Parameter};
use flambeau_core::{Result, Tensor, default_dtype, ops};

/// A fresh parameter: zeros, to be given their first values by `init`.
fn parameter(shape: &[usize]) -> Result<Parameter> {
    Parameter::new(ops::zeros(shape, default_dtype())?)
}

/// input @ weightᵀ + bias: [..., in] to [..., out].
#[derive(Clone, Debug, Module)]
pub struct Linear {
    /// [out, in].
    pub weight: Parameter,
    /// [out].
    pub bias: Option<Parameter>,
}

impl Linear {
    /// Weights and bias uniform within ±1/√in, drawn in PyTorch's order.
    pub fn new(in_features: usize, out_features: usize, bias: bool) -> Result<Linear> {
        let weight = parameter(&[out_features, in_features])?;
        init::kaiming_uniform_(&weight, 5f64.sqrt(), Fan::In, "leaky_relu")?;
        let bias = if bias {
            let b = parameter(&[out_features])?;
            let bound = if in_features > 0 { 1.0 / (in_features as f64).sqrt() } else { 0.0 };
            init::uniform_(&b, -bound, bound)?;
            Some(b)
        } else {
            None
        };
        Ok(Linear { weight, bias })
    }

    /// Features of the input.
    pub fn in_features(&self) -> usize {
        self.weight.shape()[1]
    }

    /// Features of the output.
    pub fn out_features(&self) -> usize {
        self.weight.shape()[0]
    }
}

impl Forward for Linear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        ops::linear(input, &self.weight, self.bias.as_ref().map(|b| b.tensor()))
    }
}

/// Rows of a table by their indices: [...] of integers to [..., dim].
#[derive(Clone, Debug, Module)]
pub struct Embedding {
    /// [num_embeddings, dim].
    pub weight: Parameter,
    /// This row gets no gradient.
    pub padding_idx: Option<i64>,
}

impl Embedding {
    /// Normal weights; the padding row, if any, is zero.
    pub fn new(num_embeddings: usize, embedding_dim: usize, padding_idx: Option<i64>) -> Result<Embedding> {
        let weight = parameter(&[num_embeddings, embedding_dim])?;
        init::normal_(&weight, 0.0, 1.0)?;
        if let Some(row) = padding_idx {
            init::zeros_(&weight.detach().select(0, row)?)?;
        }
        Ok(Embedding { weight, padding_idx })
    }
}

impl Forward for Embedding {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        ops::embedding(input, &self.weight, self.padding_idx, false)
    }
}

/// (x − mean) / sqrt(var + eps) * weight + bias over the last dimensions.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm {
    /// Ones at first; of `normalized_shape`.
    pub weight: Option<Parameter>,
    /// Zeros at first; of `normalized_shape`.
    pub bias: Option<Parameter>,
    /// The sizes of the dimensions that are normalised together.
    pub normalized_shape: Vec<i64>,
    /// Added to the variance.
    pub eps: f64,
}

impl LayerNorm {
    /// Over one last dimension, eps 1e-5, with weight and bias.
    pub fn new(features: usize) -> Result<LayerNorm> {
        LayerNorm::with_options(&[features], 1e-5, true, true)
    }

    /// All of PyTorch's options.
    pub fn with_options(
        normalized_shape: &[usize],
        eps: f64,
        elementwise_affine: bool,
        bias: bool,
    ) -> Result<LayerNorm> {
        let make = |wanted: bool, value: f64| -> Result<Option<Parameter>> {
            if !wanted {
                return Ok(None);
            }
            Parameter::new(ops::full(normalized_shape, value, Some(default_dtype()))?).map(Some)
        };
        Ok(LayerNorm {
            weight: make(elementwise_affine, 1.0)?,
            bias: make(elementwise_affine && bias, 0.0)?,
            normalized_shape: normalized_shape.iter().map(|n| *n as i64).collect(),
            eps,
        })
    }
}

impl Forward for LayerNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let [weight, bias] = [&self.weight, &self.bias].map(|p| p.as_ref().map(|p| p.tensor()));
        ops::layer_norm(input, &self.normalized_shape, weight, bias, self.eps)
    }
}

/// x / sqrt(mean(x²) + eps) * weight over the last dimensions.
#[derive(Clone, Debug, Module)]
pub struct RMSNorm {
    /// Ones at first; of `normalized_shape`.
    pub weight: Option<Parameter>,
    /// The sizes of the dimensions that are normalised together.
    pub normalized_shape: Vec<i64>,
    /// Added to the mean square; the dtype's epsilon if none.
    pub eps: Option<f64>,
}

impl RMSNorm {
    /// Over the last dimensions, whose sizes are `normalized_shape`.
    pub fn new(normalized_shape: &[usize], eps: Option<f64>, elementwise_affine: bool) -> Result<RMSNorm> {
        let weight = if elementwise_affine {
            Some(Parameter::new(ops::ones(normalized_shape, default_dtype())?)?)
        } else {
            None
        };
        Ok(RMSNorm { weight, normalized_shape: normalized_shape.iter().map(|n| *n as i64).collect(), eps })
    }
}

impl Forward for RMSNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        ops::rms_norm(input, &self.normalized_shape, self.weight.as_ref().map(|p| p.tensor()), self.eps)
    }
}

/// In training, zeroes elements with probability `p` and scales up the others; evaluating, does nothing.
#[derive(Clone, Debug, Module)]
pub struct Dropout {
    /// The probability.
    pub p: f64,
    training: Mode,
}

impl Dropout {
    /// With probability `p`.
    pub fn new(p: f64) -> Result<Dropout> {
        if !(0.0..=1.0).contains(&p) {
            flambeau_core::bail!(Value, "dropout probability has to be between 0 and 1, but got {p}");
        }
        Ok(Dropout { p, training: Mode::default() })
    }

    /// The probability that applies now: 0 while evaluating.
    pub fn current(&self) -> f64 {
        if self.training.training() { self.p } else { 0.0 }
    }
}

impl Forward for Dropout {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        ops::dropout(input, self.p, self.training.training())
    }
}

/// The input as it is.
#[derive(Clone, Debug, Default, Module)]
pub struct Identity {}

impl Forward for Identity {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(input.clone())
    }
}

/// Dimensions `start_dim..=end_dim` made one.
#[derive(Clone, Debug, Module)]
pub struct Flatten {
    /// The first dimension.
    pub start_dim: i64,
    /// The last dimension.
    pub end_dim: i64,
}

impl Default for Flatten {
    fn default() -> Flatten {
        Flatten { start_dim: 1, end_dim: -1 }
    }
}

impl Forward for Flatten {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.flatten(self.start_dim, self.end_dim)
    }
}

/// One dimension made several.
#[derive(Clone, Debug, Module)]
pub struct Unflatten {
    /// The dimension.
    pub dim: i64,
    /// Its new sizes.
    pub unflattened_size: Vec<i64>,
}

impl Forward for Unflatten {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.unflatten(self.dim, &self.unflattened_size)
    }
}

/// x1ᵀ A x2 + b over the last dimensions of two inputs.
#[derive(Clone, Debug, Module)]
pub struct Bilinear {
    /// [out, in1, in2].
    pub weight: Parameter,
    /// [out].
    pub bias: Option<Parameter>,
}

impl Bilinear {
    /// Weights and bias uniform within ±1/√in1.
    pub fn new(in1: usize, in2: usize, out: usize, bias: bool) -> Result<Bilinear> {
        let bound = 1.0 / (in1 as f64).sqrt();
        let weight = parameter(&[out, in1, in2])?;
        init::uniform_(&weight, -bound, bound)?;
        let bias = if bias { Some(parameter(&[out])?) } else { None };
        if let Some(b) = &bias {
            init::uniform_(b, -bound, bound)?;
        }
        Ok(Bilinear { weight, bias })
    }

    /// The output [..., out] for inputs [..., in1] and [..., in2].
    pub fn forward(&self, input1: &Tensor, input2: &Tensor) -> Result<Tensor> {
        let y = ops::einsum("...i,oij,...j->...o", &[input1.clone(), self.weight.tensor().clone(), input2.clone()])?;
        match &self.bias {
            Some(b) => y.add(b.tensor()),
            None => Ok(y),
        }
    }
}
