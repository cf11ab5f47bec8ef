//! The op set: one place per op, a family per file. Everything here is public API through `Tensor` methods and the
//! functions re-exported from this module.

pub mod contract;
mod convert;
pub mod factory;
pub mod fft;
pub mod index;
pub mod linalg;
pub mod map;
pub mod nn;
pub mod random;
pub mod reduce;
pub mod view;

pub use contract::*;
pub use convert::*;
pub use factory::*;
pub use fft::*;
pub use index::*;
pub use linalg::*;
pub use map::*;
pub use nn::*;
pub use random::*;
pub use reduce::*;
pub use view::*;
