//! PyTorch's own files: zip archives (since 1.6, TorchScript's too), the chained pickles before, and the tar archives of the
//! first releases. Their pickles are read by a machine that cannot call anything; what they say is built here, from a closed
//! set of classes.

mod archive;
mod kinds;
pub(crate) mod known;
mod legacy;
mod numpy;
mod raw;
mod rebuild;
mod save;
mod script;
mod storages;
mod tar;

pub(crate) use legacy::MAGIC;

use crate::object::Object;
use crate::read::map;
use flambeau_core::storage::Storage;
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Result, bail};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::path::Path;

pub use save::save_torch;
pub(crate) use save::write_torch;

/// What becomes of a class or function outside the closed set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// An error that names it.
    #[default]
    Refuse,
    /// It is kept as an inert [`Opaque`](crate::Opaque), so that the weights around it can be had.
    Keep,
}

/// How a file is read.
#[derive(Clone, Copy)]
struct How {
    unknown: Unknown,
    /// Whether what is not aligned in the file becomes raw tensors, of which nothing is read yet, and not copies.
    in_place: bool,
}

/// The storages of a file: where each lies, and those that were made so far, so that views of one share it.
struct Storages<'a> {
    map: &'a MappedFile,
    find: &'a dyn Fn(&str) -> Result<Range<usize>>,
    how: How,
    made: HashMap<(String, DType), Storage>,
    /// Tensors and storages that the pickle names by number, in the oldest files.
    known: HashMap<String, Object>,
}

impl<'a> Storages<'a> {
    fn new(map: &'a MappedFile, find: &'a dyn Fn(&str) -> Result<Range<usize>>, how: How) -> Storages<'a> {
        Storages { map, find, how, made: HashMap::new(), known: HashMap::new() }
    }

    /// Whether a storage is to be left in the file as the bytes that it is there: a tensor over it would need a copy, as
    /// elements of `size` bytes do not lie aligned.
    fn stays(&self, key: &str, size: usize) -> Result<bool> {
        Ok(self.how.in_place && !(self.find)(key)?.start.is_multiple_of(size))
    }

    /// The storage of a key, of which the pickle claims that it has `bytes` bytes of elements of `dtype`.
    fn get(&mut self, key: String, dtype: DType, bytes: usize) -> Result<Storage> {
        let range = (self.find)(&key)?;
        if range.len() != bytes {
            bail!(Value, "the pickle claims {bytes} bytes, and the file has {}", range.len());
        }
        Ok(match self.made.entry((key, dtype)) {
            Entry::Occupied(storage) => storage.get().clone(),
            Entry::Vacant(place) => {
                place.insert(self.map.tensor(range, dtype, &[bytes / dtype.size()])?.storage().clone()).clone()
            }
        })
    }
}

/// Reads a file that `torch.save` wrote. Its tensors are views of the file where it allows that, and refuse writes in place.
pub fn load_torch(path: impl AsRef<Path>, unknown: Unknown) -> Result<Object> {
    let path = path.as_ref();
    read_torch(path, map(path)?, How { unknown, in_place: false }).map(|(object, _)| object)
}

/// Reads a file for who goes through its tensors one by one, and answers what it holds with the map that they view. What
/// is not known is kept, and tensors that do not lie aligned are raw ones.
pub(crate) fn open_torch(path: &Path) -> Result<(Object, MappedFile)> {
    read_torch(path, map(path)?.sparse(), How { unknown: Unknown::Keep, in_place: true })
}

fn read_torch(path: &Path, map: MappedFile, how: How) -> Result<(Object, MappedFile)> {
    let load = match map.bytes() {
        bytes if crate::zip::is_zip(bytes) => archive::load,
        bytes if tar::is_tar(bytes) => tar::load,
        _ => legacy::load,
    };
    Ok((load(&map, how).map_err(|e| e.context(path.display()))?, map))
}
