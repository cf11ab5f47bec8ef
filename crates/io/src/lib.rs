//! Model files: safetensors, read without a copy and written whole or not at all; PyTorch's own files, read without running
//! anything; and checkpoints of a training run.

mod atomic;
mod checkpoint;
mod object;
mod pickle;
mod safetensors;
mod torch;
mod zip;

pub use atomic::write_atomic;
pub use checkpoint::Checkpoint;
pub use object::{Object, Opaque};
pub use safetensors::{Metadata, SafeFile, load_file, save_file};
pub use torch::{Unknown, load_torch, save_torch};

/// Tensors under names.
pub type StateDict = Vec<(String, flambeau_core::Tensor)>;
