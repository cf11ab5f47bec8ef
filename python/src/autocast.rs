//! Mixed precision: while it is on, the tensors of some functions are brought to another dtype before the call, as PyTorch's
//! tables for the CPU say. Functions that are in neither list take what they are given.

use flambeau_core::registry::Value;
use flambeau_core::{DType, Result, Tensor};
use pyo3::prelude::*;
use std::cell::Cell;

thread_local! {
    static DTYPE: Cell<Option<DType>> = const { Cell::new(None) };
}

/// Functions that compute in the smaller dtype.
const SMALL: &[&str] = &[
    "addbmm",
    "addmm",
    "addmv",
    "baddbmm",
    "bilinear",
    "bmm",
    "chain_matmul",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "conv_tbc",
    "linear",
    "matmul",
    "mm",
    "mv",
    "multi_dot",
    "scaled_dot_product_attention",
    "lstm",
    "gru",
    "rnn_tanh",
    "rnn_relu",
    "lstm_cell",
    "gru_cell",
    "rnn_tanh_cell",
    "rnn_relu_cell",
]; // the list of torch/csrc's autocast for the CPU, with recurrent networks

/// Functions that compute in float32.
const FULL: &[&str] = &[
    "avg_pool3d",
    "binary_cross_entropy",
    "grid_sampler",
    "polar",
    "prod",
    "quantile",
    "nanquantile",
    "stft",
    "cdist",
    "grid_sampler_2d",
    "grid_sampler_3d",
    "trace",
    "view_as_complex",
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "inverse",
    "lu_solve",
    "matrix_rank",
    "orgqr",
    "ormqr",
    "pinverse",
    "max_unpool2d",
    "max_unpool3d",
    "adaptive_avg_pool3d",
    "replication_pad1d",
    "replication_pad2d",
    "mse_loss",
    "cosine_embedding_loss",
    "nll_loss",
    "hinge_embedding_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "cross_entropy",
    "l1_loss",
    "huber_loss",
    "margin_ranking_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "multi_margin_loss",
    "ctc_loss",
    "kl_div",
    "multilabel_margin_loss",
    "binary_cross_entropy_with_logits",
    "fft",
    "ifft",
    "rfft",
    "irfft",
    "det",
    "slogdet",
    "svd",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "pinv",
    "qr",
    "norm",
];

/// Sets the smaller dtype, or none.
#[pyfunction]
pub fn set_autocast(dtype: Option<&Bound<'_, crate::dtype::PyDType>>) {
    DTYPE.set(dtype.map(|d| d.get().0));
}

fn cast(t: &Tensor, to: DType) -> Result<Tensor> {
    // float64 is left alone, as what nobody uses by chance.
    if t.dtype().is_float() && t.dtype() != DType::F64 { t.to_dtype(to) } else { Ok(t.clone()) }
}

/// The dtype that a function's tensors are brought to now.
pub fn wanted(name: &str) -> Option<DType> {
    let small = DTYPE.get()?;
    if SMALL.contains(&name) {
        return Some(small);
    }
    FULL.contains(&name).then_some(DType::F32)
}

/// Brings the arguments of a call to their dtype.
pub fn apply(name: &str, values: &mut [Value]) -> Result<()> {
    let Some(to) = wanted(name) else { return Ok(()) };
    for value in values {
        match value {
            Value::Tensor(t) => *t = cast(t, to)?,
            Value::Tensors(all) => {
                for t in all {
                    *t = cast(t, to)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
