//! The ops of neural networks that have kernels of their own: softmax, norms, losses, embedding, dropout, attention.

mod attention;
mod avg_pool;
mod batch_norm;
mod conv;
mod ctc;
mod distance;
mod dropout;
mod embedding;
mod grid;
mod group_norm;
mod interpolate;
mod loss;
mod margins;
mod max_pool;
mod norm;
mod pad;
mod recurrent;
mod recurrent_nets;
mod resample;
mod softmax;

pub use attention::*;
pub use avg_pool::*;
pub use batch_norm::*;
pub use conv::*;
pub use ctc::*;
pub use distance::*;
pub use dropout::*;
pub use embedding::*;
pub use grid::*;
pub use group_norm::*;
pub use interpolate::*;
pub use loss::*;
pub use margins::*;
pub use max_pool::*;
pub use norm::*;
pub use pad::*;
pub use recurrent_nets::*;
pub use softmax::*;

/// Runs the body with `$t` as the Rust type of a float dtype; an error for others.
macro_rules! for_float {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
            $crate::DType::F16 => {
                type $t = half::f16;
                $body
            }
            $crate::DType::BF16 => {
                type $t = half::bf16;
                $body
            }
            other => $crate::bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}
pub(crate) use for_float;

/// Runs the body with `$t` as the Rust type of float32 or float64; an error for others.
macro_rules! for_wide {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
            other => $crate::bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}
pub(crate) use for_wide;

/// Refuses dtypes that are not float.
pub(crate) fn check_float(name: &str, t: &crate::Tensor) -> crate::Result<()> {
    if !t.dtype().is_float() {
        crate::bail!(
            NotImplemented,
            "\"{name}\" not implemented for '{}'; convert to a float dtype first",
            t.dtype().name()
        );
    }
    Ok(())
}
