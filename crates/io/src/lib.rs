//! Model files: safetensors, read without a copy and written whole or not at all, and checkpoints of a training run.

mod atomic;
mod checkpoint;
mod safetensors;

pub use atomic::write_atomic;
pub use checkpoint::Checkpoint;
pub use safetensors::{Metadata, SafeFile, load_file, save_file};

/// Tensors under names.
pub type StateDict = Vec<(String, flambeau_core::Tensor)>;
