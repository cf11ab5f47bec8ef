//! PyTorch's own files: zip archives (since 1.6, TorchScript's too) and the chained pickles before. Their pickles are read by
//! a machine that cannot call anything; what they say is built here, from a closed set of classes.

mod archive;
mod legacy;
mod rebuild;

use crate::atomic::io_error;
use crate::object::Object;
use flambeau_core::storage::Storage;
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Result};
use std::fs::File;
use std::path::Path;

/// What becomes of a class or function outside the closed set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// An error that names it.
    #[default]
    Refuse,
    /// It is kept as an inert [`Opaque`](crate::Opaque), so that the weights around it can be had.
    Keep,
}

/// Where a pickle's storages lie, by key; `bytes` is how many the pickle claims, and elements are of `dtype`.
trait Storages {
    fn get(&self, key: &str, dtype: DType, bytes: usize) -> Result<Storage>;
}

/// Reads a file that `torch.save` wrote. Its tensors are views of the file where it allows that, and refuse writes in place.
pub fn load_torch(path: impl AsRef<Path>, unknown: Unknown) -> Result<Object> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|e| io_error("read", path, &e))?;
    let map = MappedFile::map(&file).map_err(|e| io_error("read", path, &e))?;
    let loaded = if archive::is_zip(map.bytes()) { archive::load(&map, unknown) } else { legacy::load(&map, unknown) };
    loaded.map_err(|e| e.context(path.display()))
}
