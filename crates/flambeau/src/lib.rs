//! PyTorch in Rust: tensors, autograd, modules, optimizers, data and model files. This crate only re-exports; the parts
//! are documented where they are.
//!
//! ```
//! use flambeau::{Tensor, Result};
//!
//! fn main() -> Result<()> {
//!     let x = Tensor::from_vec(vec![1.0f32, 2.0, 3.0], &[3])?;
//!     x.requires_grad_(true)?;
//!     let y = x.mul(&x)?.sum((), false, None)?;
//!     y.backward()?;
//!     assert_eq!(x.grad().map(|g| g.to_vec::<f32>()), Some(Ok(vec![2.0, 4.0, 6.0])));
//!     Ok(())
//! }
//! ```

pub use flambeau_core::ops::{
    arange, cat, einsum, empty, eye, full, linspace, ones, rand, randint, randn, randperm, stack, zeros,
};
pub use flambeau_core::random::{Generator, default_generator, manual_seed};
pub use flambeau_core::{
    DType, Dims, Error, ErrorClass, Layout, Operand, Result, Scalar, Shape, Tensor, apply, autograd, default_dtype, err, bail,
    ops, registry, set_default_dtype, storage,
};
pub use flambeau_data as data;
pub use flambeau_io as io;
pub use flambeau_kernels::alloc;
pub use flambeau_kernels::isa;
pub use flambeau_kernels::pool::{num_threads as get_num_threads, set_num_threads};
pub use flambeau_models as models;
pub use flambeau_nn as nn;
pub use flambeau_optim as optim;
