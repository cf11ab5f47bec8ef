//! From one format to another, tensor by tensor.

use crate::arrays::{write_npy, write_npz};
use crate::model::{ModelFile, Unreleased};
use crate::safetensors::{Metadata, write, write_shards};
use crate::torch::write_torch;
use flambeau_core::{DType, Result, bail};
use std::path::Path;

/// How a model is to be written.
#[derive(Clone, Debug, Default)]
pub struct Conversion {
    /// What tensors of floats become; else they stay as they are, and quantized ones become float32.
    pub dtype: Option<DType>,
    /// The most bytes of a shard: the output is a folder.
    pub max_shard_size: Option<usize>,
    /// Whether the SHA-256 of each tensor goes into the metadata.
    pub digest: bool,
}

/// Writes the tensors of an open model to a file (or to a folder, in shards). Its name says the format: `.safetensors`, `.pt`
/// (or `.pth`, `.bin`, `.ckpt`), `.npz`, and `.npy` for a single tensor. `progress` is told of the bytes as they are read:
/// once, or with digests twice. Tensors go from file to file in pieces of a few megabytes; only an array of NumPy that is both
/// packed and stored by columns is in memory as a whole while it is written, and arrays of NumPy within PyTorch's files all
/// are from the beginning on.
pub fn convert(
    model: &ModelFile,
    out: impl AsRef<Path>,
    how: &Conversion,
    progress: &mut dyn FnMut(usize),
) -> Result<()> {
    let out = out.as_ref();
    let metadata: Metadata =
        model.metadata.iter().filter(|(k, _)| !k.starts_with(crate::digest::PREFIX)).cloned().collect();
    let mut unreleased = Unreleased::new(model);
    let mut told = |bytes: usize, looked_at: usize| {
        unreleased.add(looked_at);
        progress(bytes);
    };
    let extension = out.extension().and_then(|e| e.to_str()).unwrap_or("");
    if how.digest && matches!(extension, "pt" | "pth" | "bin" | "ckpt" | "npz" | "npy") {
        bail!(Value, "{}: digests are stored in safetensors alone", out.display());
    }
    match (how.max_shard_size, extension) {
        (Some(max), _) => write_shards(&model.tensors, &metadata, out, max, how, &mut told),
        (None, "safetensors") => write(&model.tensors, &metadata, out, how, &mut told),
        (None, _) if out.is_dir() || out.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            write_shards(&model.tensors, &metadata, out, usize::MAX, how, &mut told)
        }
        (None, "pt" | "pth" | "bin" | "ckpt") => write_torch(&model.tensors, out, how.dtype, &mut told),
        (None, "npz") => write_npz(&model.tensors, out, how.dtype, false, &mut told),
        (None, "npy") => match &model.tensors[..] {
            [only] => write_npy(only, out, how.dtype, &mut told),
            all => bail!(Value, "{}: npy holds one tensor, and there are {}; write npz", out.display(), all.len()),
        },
        _ => bail!(
            Value,
            "{}: it is not clear what to write; end the name in .safetensors, .pt, .npz or .npy, or in / for a folder of shards",
            out.display()
        ),
    }
}
