//! Modules: layers with parameters, containers of them, and how parameters begin.
//!
//! A model is a struct of layers that derives [`Module`]; its field names make the keys of the state dict, which are
//! PyTorch's where the fields are named as in PyTorch.

extern crate self as flambeau_nn;

pub mod activation;
pub mod attention;
pub mod container;
pub mod functional;
pub mod init;
mod layers;
pub mod loss;
pub mod module;
pub mod transformer;
pub mod utils;

pub use activation::*;
pub use attention::MultiheadAttention;
pub use container::{ModuleList, Sequential};

pub use layers::*;
pub use loss::*;
pub use module::{Buffer, Forward, LoadReport, Mode, Module, ModuleExt, Parameter, StateDict};
pub use transformer::{TransformerEncoder, TransformerEncoderLayer};
