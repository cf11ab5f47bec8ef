//! Optimizers and learning-rate schedules, with PyTorch's options, order of operations and state.

mod adam;
pub mod functional;
mod group;
pub mod lr_scheduler;
mod sgd;

pub use adam::{Adam, AdamOptions, AdamW};
pub use group::{Optimizer, OptimizerExt, ParamGroup, StateDict};
pub use sgd::{Sgd, SgdOptions};
