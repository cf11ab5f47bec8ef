//! Files mapped into memory, and tensors over parts of them: opening a model copies nothing.

use super::Storage;
use crate::apply::arg;
use crate::tensor::{Layout, Spec, checked_numel};
use crate::{DType, Result, Tensor, bail};
use flambeau_kernels::pool::{SendPtr, parallel_for};
use memmap2::{Mmap, MmapMut, MmapRaw};
use std::fs::File;
use std::ops::Range;
use std::sync::{Arc, Mutex};

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

    /// The same file, for who looks at little of it here and there: the system maps only what lies near, not 2 MB at once.
    pub fn sparse(self) -> MappedFile {
        #[cfg(target_os = "linux")]
        // Where the system has no such pages, there is nothing to be told.
        let _ = self.0.advise(memmap2::Advice::NoHugePage);
        self
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives the pages that were read so far back to the system; they are read again when they are next looked at.
    pub fn release(&self) {
        #[cfg(unix)]
        // SAFETY: the map is of a file and never written: its pages are dropped, and read again as they were.
        let _ = unsafe { self.0.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
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

/// Bytes that one thread reads at a time: so few that what the system has just cleared for them is still in the cache.
/// Tensors from this size on get pages of their own.
const PIECE: usize = 1 << 20;

/// Tensors of parts of a file: each begins at a byte and has a dtype and a shape. Several threads read them into memory of
/// their own. It is of small pages: huge ones are quick where the machine has them at hand, and take several times as long
/// where it must find or clear them first (docs/performance.md).
pub fn read_tensors(file: &File, parts: &[(u64, DType, &[usize])]) -> Result<Vec<Tensor>> {
    let (mut tensors, mut pieces) = (Vec::with_capacity(parts.len()), Vec::new());
    for (at, dtype, shape) in parts {
        let (tensor, pages) = fresh(*dtype, shape)?;
        let len = tensor.numel() * dtype.size();
        let start = SendPtr(arg(&tensor).ptr);
        for from in (0..len).step_by(PIECE) {
            pieces.push((start, pages.clone(), from, PIECE.min(len - from), at + from as u64));
        }
        tensors.push(tensor);
    }
    let failed = Mutex::new(None);
    parallel_for(pieces.len(), |i| {
        let (start, pages, from, len, at) = &pieces[i];
        #[cfg(target_os = "linux")]
        if let Some(pages) = pages {
            // One call for all pages of the piece. A system that does not know it gives each when it is first written.
            let _ = pages.advise_range(memmap2::Advice::PopulateWrite, *from, *len);
        }
        // SAFETY: the piece lies inside a fresh, dense tensor that `tensors` keeps alive, and no other thread has it.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start.get().add(*from), *len) };
        if let Err(e) = read_at(file, bytes, *at)
            && let Ok(mut failed) = failed.lock()
        {
            failed.get_or_insert(e);
        }
    });
    if let Ok(Some(e)) = failed.into_inner() {
        return Err(e.into());
    }
    for tensor in tensors.iter().filter(|t| t.dtype() == DType::Bool) {
        tensor.with_bytes(check_bools)??;
    }
    Ok(tensors)
}

/// A tensor to be filled, and its pages if it is large.
fn fresh(dtype: DType, shape: &[usize]) -> Result<(Tensor, Option<Arc<MmapRaw>>)> {
    let bytes = checked_numel(shape, dtype.size())? * dtype.size();
    if bytes < PIECE {
        return Ok((Tensor::uninit(Spec::new(shape, dtype))?, None));
    }
    let pages = MmapMut::map_anon(bytes).or_else(|_| super::out_of_memory(bytes))?;
    let pages = Arc::new(MmapRaw::from(pages));
    // SAFETY: the pages are fresh, all zero, writable, ours alone, and stay where they are as long as `pages` lives.
    let storage = unsafe { Storage::foreign(pages.as_mut_ptr(), bytes, true, Box::new(pages.clone()))? };
    Ok((Tensor::from_storage(storage, Layout::contiguous(shape), dtype)?, Some(pages)))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
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
    if dtype == DType::Bool { check_bools(bytes) } else { Ok(()) }
}

fn check_bools(bytes: &[u8]) -> Result<()> {
    match bytes.iter().find(|b| **b > 1) {
        Some(bad) => bail!(Value, "a bool must be stored as 0 or 1, and a byte {bad} is here"),
        None => Ok(()),
    }
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
