//! Model files: safetensors, read without a copy and written whole or not at all; PyTorch's own files, read without running
//! anything; NumPy's arrays; GGUF, quantized or not; and checkpoints of a training run.

mod arrays;
mod atomic;
mod checkpoint;
mod convert;
mod digest;
mod direct;
mod gguf;
mod model;
mod npy;
mod object;
mod pickle;
mod pieces;
mod read;
mod safetensors;
mod scan;
mod stored;
mod torch;
mod zip;

pub use atomic::write_atomic;
pub use checkpoint::Checkpoint;
pub use convert::{Conversion, convert};
pub use gguf::{GgmlType, GgufFile, GgufTensor, load_gguf};
pub use model::{Format, ModelFile, load};
pub use npy::{load_npy, load_npz, save_npy, save_npz};
pub use object::{Object, Opaque};
pub use safetensors::{Metadata, SafeFile, load_file, load_model, load_sharded, save_file, save_model, save_sharded};
pub use scan::{Finding, Report, Verdict, scan, scan_bytes};
pub use stored::{Element, Stored};
pub use torch::{Unknown, load_torch, save_torch};

/// Tensors under names.
pub type StateDict = Vec<(String, flambeau_core::Tensor)>;
