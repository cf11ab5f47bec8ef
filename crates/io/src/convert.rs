//! From one format to another, tensor by tensor.

use crate::StateDict;
use crate::model::ModelFile;
use crate::object::Object;
use crate::safetensors::{Metadata, write, write_shards};
use crate::stored::Stored;
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

/// Bytes that are read before memory is given back.
const RELEASE: usize = 16 << 20;

/// Writes the tensors of an open model to a file (or to a folder, in shards). Its name says the format: `.safetensors`, `.pt`
/// (or `.pth`, `.bin`, `.ckpt`), `.npz`, and `.npy` for a single tensor. `progress` is told of the bytes as they are read:
/// once, or with digests twice. Safetensors are written tensor by tensor; in the other formats, tensors that get another dtype
/// are all in memory at once.
pub fn convert(
    model: &ModelFile,
    out: impl AsRef<Path>,
    how: &Conversion,
    progress: &mut dyn FnMut(usize),
) -> Result<()> {
    let out = out.as_ref();
    let metadata: Metadata =
        model.metadata.iter().filter(|(k, _)| !k.starts_with(crate::digest::PREFIX)).cloned().collect();
    let mut unreleased = 0;
    let mut step = |bytes: usize| {
        unreleased += bytes;
        if unreleased > RELEASE {
            model.release();
            unreleased = 0;
        }
        progress(bytes);
    };
    let extension = out.extension().and_then(|e| e.to_str()).unwrap_or("");
    if how.digest && matches!(extension, "pt" | "pth" | "bin" | "ckpt" | "npz" | "npy") {
        bail!(Value, "{}: digests are stored in safetensors alone", out.display());
    }
    match (how.max_shard_size, extension) {
        (Some(max), _) => write_shards(&model.tensors, &metadata, out, max, how, &mut step),
        (None, "safetensors") => write(&model.tensors, &metadata, out, how, &mut step),
        (None, _) if out.is_dir() || out.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            write_shards(&model.tensors, &metadata, out, usize::MAX, how, &mut step)
        }
        (None, "pt" | "pth" | "bin" | "ckpt") => {
            crate::save_torch(&Object::from(tensors(model, how)?), out)?;
            step(bytes(model));
            Ok(())
        }
        (None, "npz") => {
            crate::save_npz(&tensors(model, how)?, out, false)?;
            step(bytes(model));
            Ok(())
        }
        (None, "npy") => match &tensors(model, how)?[..] {
            [(_, only)] => crate::save_npy(only, out),
            all => bail!(Value, "{}: npy holds one tensor, and there are {}; write npz", out.display(), all.len()),
        },
        _ => bail!(
            Value,
            "{}: it is not clear what to write; end the name in .safetensors, .pt, .npz or .npy, or in / for a folder of shards",
            out.display()
        ),
    }
}

fn bytes(model: &ModelFile) -> usize {
    model.tensors.iter().map(|t| t.nbytes()).sum()
}

/// The tensors, views of the file where they stay as they are.
fn tensors(model: &ModelFile, how: &Conversion) -> Result<StateDict> {
    let tensor = |stored: &Stored| {
        let tensor = stored.tensor()?;
        let tensor = match how.dtype {
            Some(dtype) if tensor.dtype().is_float() => tensor.to_dtype(dtype)?,
            _ => tensor,
        };
        Ok((stored.name().to_string(), tensor))
    };
    model.tensors.iter().map(tensor).collect()
}
