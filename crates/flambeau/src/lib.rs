//! PyTorch in Rust: tensors with PyTorch's semantics, autograd, modules, optimizers, data loading and model files.
//!
//! This crate re-exports the others under one roof; `use flambeau::prelude::*` brings what most programs need.

pub use flambeau_core::ops::*;
pub use flambeau_core::random;
pub use flambeau_core::*;
pub use flambeau_data as data;
pub use flambeau_io as io;
pub use flambeau_models as models;
pub use flambeau_nn as nn;
pub use flambeau_optim as optim;

pub use flambeau_core::random::manual_seed;
pub use flambeau_kernels::isa;
pub use flambeau_kernels::pool::{num_threads as get_num_threads, set_num_threads};

/// Memory of the CPU allocator.
pub mod memory {
    pub use flambeau_kernels::alloc::{Stats, empty_cache, stats};
}

/// What most programs need.
pub mod prelude {
    pub use crate::nn::{Forward, Module, ModuleExt, Parameter};
    pub use crate::optim::{Optimizer, OptimizerExt};
    pub use crate::{DType, Result, Scalar, Tensor, autograd, manual_seed, ops};
}
