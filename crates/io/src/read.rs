//! Files, mapped into memory to be read.

use crate::atomic::io_error;
use flambeau_core::Result;
use flambeau_core::storage::mapped::MappedFile;
use std::fs::File;
use std::path::Path;

/// A whole file.
pub(crate) fn map(path: &Path) -> Result<MappedFile> {
    File::open(path).and_then(|file| MappedFile::map(&file)).map_err(|e| io_error("read", path, &e))
}
