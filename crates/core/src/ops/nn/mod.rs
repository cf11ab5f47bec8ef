//! The ops of neural networks that have kernels of their own: softmax, norms, losses, embedding, dropout, attention.

mod attention;
mod dropout;
mod embedding;
mod loss;
mod norm;
mod softmax;

pub use attention::*;
pub use dropout::*;
pub use embedding::*;
pub use loss::*;
pub use norm::*;
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
