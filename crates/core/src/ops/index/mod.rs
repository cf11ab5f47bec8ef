//! Picking, placing, joining and ordering elements: everything whose results depend on where elements stand.

mod advanced;
mod arrange;
mod join;
mod mask;
mod ordering;
mod scan;
mod scatter;
mod search;
mod select;
mod triangle;

pub use advanced::*;
pub use arrange::*;
pub use join::*;
pub use mask::*;
pub use ordering::*;
pub use scan::*;
pub use scatter::*;
pub use search::*;
pub use select::*;
pub use triangle::*;

use crate::{DType, Result, Tensor, bail};

/// Runs the body with `$t` as the Rust type of the dtype.
macro_rules! for_any {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $t = $crate::Bool;
                $body
            }
            $crate::DType::U8 => {
                type $t = u8;
                $body
            }
            $crate::DType::I8 => {
                type $t = i8;
                $body
            }
            $crate::DType::I16 => {
                type $t = i16;
                $body
            }
            $crate::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::DType::I64 => {
                type $t = i64;
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
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
            $crate::DType::C64 => {
                type $t = [f32; 2];
                $body
            }
            $crate::DType::C128 => {
                type $t = [f64; 2];
                $body
            }
        }
    };
}
pub(crate) use for_any;

/// Runs the body with `$t` as the Rust type of a dtype that has an order; an error for complex ones.
macro_rules! for_ordered {
    ($name:expr, $dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $t = $crate::Bool;
                $body
            }
            $crate::DType::U8 => {
                type $t = u8;
                $body
            }
            $crate::DType::I8 => {
                type $t = i8;
                $body
            }
            $crate::DType::I16 => {
                type $t = i16;
                $body
            }
            $crate::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::DType::I64 => {
                type $t = i64;
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
pub(crate) use for_ordered;

/// Indices as contiguous int64; other dtypes than int32 and int64 are refused, as PyTorch does.
pub(crate) fn long_index(name: &str, index: &Tensor) -> Result<Tensor> {
    match index.dtype() {
        DType::I64 => index.contiguous(),
        DType::I32 => index.to_dtype(DType::I64)?.contiguous(),
        other => bail!("{name}(): Expected dtype int32/int64 for index, got {}", other.name()),
    }
}

/// The vector along `dim` that an index repeats over its other dimensions, where it was expanded to do so.
pub(crate) fn repeated(index: &Tensor, dim: usize) -> Result<Option<Tensor>> {
    let others = || (0..index.dim()).filter(|d| *d != dim && index.shape()[*d] > 1);
    if others().next().is_none() || others().any(|d| index.stride()[d] != 0) {
        return Ok(None);
    }
    let mut vector = index.clone();
    for d in others() {
        vector = vector.narrow(d as i64, 0, 1)?;
    }
    crate::ops::view::reshape_to(&vector, &[index.shape()[dim]]).map(Some)
}

/// The elements of an int64 tensor, row by row.
pub(crate) fn longs(index: &Tensor) -> Result<Vec<i64>> {
    index.detach().to_vec::<i64>()
}
