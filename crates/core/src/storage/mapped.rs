//! Files mapped into memory, and tensors over parts of them: opening a model copies nothing.

use super::Storage;
use crate::apply::arg;
use crate::tensor::{Layout, Spec, checked_numel};
use crate::{DType, Result, Tensor, bail};
use memmap2::Mmap;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of a file, read when they are first looked at.
#[derive(Clone)]
pub struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps a whole file. It should stay as it is while mapped: replace files by renaming, as `save_file` does.
    pub fn map(file: &File) -> std::io::Result<MappedFile> {
        // SAFETY: the map is private and read-only. That nobody cuts the file short or writes into it meanwhile cannot be
        // checked; the same holds for every program that maps model files.
        Ok(MappedFile(Arc::new(unsafe { Mmap::map(file)? })))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A tensor of the bytes in `range`: over the file itself where they are aligned for the dtype, a copy where not.
    /// Tensors over a file refuse to be written in place.
    pub fn tensor(&self, range: Range<usize>, dtype: DType, shape: &[usize]) -> Result<Tensor> {
        let Some(bytes) = self.0.get(range.clone()) else {
            bail!(Value, "a tensor at bytes {range:?} of a file of {} bytes", self.0.len());
        };
        check_bytes(bytes, dtype, shape)?;
        if bytes.is_empty() || bytes.as_ptr().addr() % align(dtype) != 0 {
            return Tensor::from_bytes(bytes, dtype, shape);
        }
        // SAFETY: the bytes lie in a map that `keep` holds, at an address that does not move with it; the storage is not
        // writable.
        let storage =
            unsafe { Storage::foreign(bytes.as_ptr().cast_mut(), bytes.len(), false, Box::new(self.0.clone()))? };
        Tensor::from_storage(storage, Layout::contiguous(shape), dtype)
    }
}

/// What the kernels expect of an element's address.
fn align(dtype: DType) -> usize {
    match dtype {
        DType::C64 => 4,
        DType::C128 => 8,
        other => other.size(),
    }
}

/// The number of bytes must fit the shape, and bools must be 0 or 1.
fn check_bytes(bytes: &[u8], dtype: DType, shape: &[usize]) -> Result<()> {
    let numel = checked_numel(shape, dtype.size())?;
    if numel * dtype.size() != bytes.len() {
        bail!(
            Value,
            "{} bytes are given for a {} tensor of shape {shape:?}, which takes {}",
            bytes.len(),
            dtype.name(),
            numel * dtype.size()
        );
    }
    if dtype == DType::Bool
        && let Some(bad) = bytes.iter().find(|b| **b > 1)
    {
        bail!(Value, "a bool must be stored as 0 or 1, and a byte {bad} is here");
    }
    Ok(())
}

impl Tensor {
    /// A tensor of a copy of these bytes: elements row by row, in the machine's (little-endian) order.
    pub fn from_bytes(bytes: &[u8], dtype: DType, shape: &[usize]) -> Result<Tensor> {
        check_bytes(bytes, dtype, shape)?;
        let out = Tensor::uninit(Spec::new(shape, dtype))?;
        // SAFETY: the fresh tensor is dense, unshared and as long as the bytes, which were checked to be valid elements.
        unsafe { arg(&out).ptr.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(out)
    }
}
