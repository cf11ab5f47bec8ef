//! From one format to another, tensor by tensor.

use crate::model::ModelFile;
use crate::safetensors::{Metadata, write, write_shards};
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

/// Writes the tensors of an open model to a file (or to a folder, in shards); its name says the format: `.safetensors`.
/// `progress` is told of the bytes as they are read: once, or with digests twice.
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
    match (how.max_shard_size, extension) {
        (Some(max), _) => write_shards(&model.tensors, &metadata, out, max, how, &mut step),
        (None, "safetensors") => write(&model.tensors, &metadata, out, how, &mut step),
        (None, _) if out.is_dir() || out.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            write_shards(&model.tensors, &metadata, out, usize::MAX, how, &mut step)
        }
        _ => bail!(
            Value,
            "{}: it is not clear what to write; end the name in .safetensors, or in / for a folder",
            out.display()
        ),
    }
}
