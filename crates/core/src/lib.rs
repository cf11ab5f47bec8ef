//! Tensors, autograd and the op set.
//!
//! A [`Tensor`] is a shared, typed, strided view of bytes with a history. Functions on tensors are methods
//! (`x.softmax(-1, None)?`) and free functions in [`ops`]; all of them go through [`apply`](apply::apply).

extern crate self as flambeau_core;

pub mod apply;
pub mod autograd;
mod error;
pub mod ops;
mod print;
pub mod random;
pub mod registry;
mod scalar;
pub mod storage;
mod tensor;

pub use error::{Error, ErrorClass, Result};
pub use flambeau_kernels::dtype::DType;
pub use flambeau_kernels::lane::int::Bool;
pub use flambeau_macros::function;
pub use print::{PrintOptions, printoptions, set_printoptions};
pub use scalar::{Dims, Operand, Scalar, scalar_dtype};
pub use tensor::{
    Arg, Cx, Edge, GradHook, Grads, HookHandle, Kind, Layout, Needs, Node, NodeHook, NodePreHook, NodeRef, Op, Saves,
    Shape, Spec, Specs, Strides, Tensor, broadcast_shapes, checked_numel, contiguous_strides, wrap_dim,
};

/// What the counted references, locks and borrows of `storage` are made of; `conformance/interleavings` puts loom's in
/// their place.
mod sync {
    pub(crate) use std::sync::atomic;
    pub(crate) use std::{hint, thread};
}

use std::sync::atomic::{AtomicU8, Ordering};

static DEFAULT_DTYPE: AtomicU8 = AtomicU8::new(DType::F32 as u8);

/// The dtype of floats that nobody gave one (`torch.get_default_dtype`).
#[inline]
pub fn default_dtype() -> DType {
    let code = DEFAULT_DTYPE.load(Ordering::Relaxed);
    DType::ALL[code as usize]
}

/// Sets the default float dtype.
pub fn set_default_dtype(dtype: DType) -> Result<()> {
    if !dtype.is_float() {
        bail!(Type, "only floating-point types are supported as the default type, not {}", dtype.name());
    }
    DEFAULT_DTYPE.store(dtype as u8, Ordering::Relaxed);
    Ok(())
}
