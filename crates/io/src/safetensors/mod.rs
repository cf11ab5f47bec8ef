//! The safetensors format. The header is checked by the format's own crate; tensors are views of the mapped file, or copies
//! that several threads read.

mod save;
mod shards;

pub(crate) use save::write;
pub use save::{save_file, save_model};
pub(crate) use shards::{INDEX, SINGLE, open_shards, write_shards};
pub use shards::{load_sharded, save_sharded};

use crate::StateDict;
use crate::atomic::io_error;
use crate::stored::Stored;
use flambeau_core::storage::mapped::{MappedFile, read_tensors};
use flambeau_core::{DType, Result, Tensor, bail};
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo};
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Text under names, beside the tensors.
pub type Metadata = BTreeMap<String, String>;

/// The format's dtype of one of ours.
pub(crate) fn format_dtype(dtype: DType) -> Option<Dtype> {
    Some(match dtype {
        DType::Bool => Dtype::BOOL,
        DType::U8 => Dtype::U8,
        DType::I8 => Dtype::I8,
        DType::I16 => Dtype::I16,
        DType::I32 => Dtype::I32,
        DType::I64 => Dtype::I64,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
        DType::F32 => Dtype::F32,
        DType::F64 => Dtype::F64,
        DType::C64 => Dtype::C64,
        DType::C128 => return None,
    })
}

/// Our dtype of one of the format's; there is none for the smallest floats and for unsigned integers beyond 8 bits.
pub(crate) fn own_dtype(dtype: Dtype) -> Option<DType> {
    DType::ALL.into_iter().find(|d| format_dtype(*d) == Some(dtype))
}

/// An open file: its header is checked, its tensors are made when asked for.
pub struct SafeFile {
    path: PathBuf,
    file: File,
    map: MappedFile,
    data_start: usize,
    header: safetensors::tensor::Metadata,
}

impl SafeFile {
    /// Opens a file and checks that its header is sound and covers it exactly.
    pub fn open(path: impl AsRef<Path>) -> Result<SafeFile> {
        let path = path.as_ref().to_path_buf();
        let read = |e| io_error("read", &path, &e);
        let file = File::open(&path).map_err(read)?;
        let info = file.metadata().map_err(read)?;
        if !info.is_file() {
            bail!(Io, "cannot read {}: it is not a file", path.display());
        }
        if info.len() < 8 {
            bail!(
                Value,
                "{} is not a safetensors file: it has {} bytes, and a header alone takes more",
                path.display(),
                info.len()
            );
        }
        let map = MappedFile::map(&file).map_err(read)?;
        let parsed = SafeTensors::read_metadata(map.bytes());
        let (header_len, header) = match parsed {
            Ok(parsed) => parsed,
            Err(safetensors::SafeTensorError::MetadataIncompleteBuffer) => {
                bail!(
                    Value,
                    "{} is damaged: its header does not cover its {} bytes; the file was cut short, or has something after its end",
                    path.display(),
                    info.len()
                )
            }
            Err(e) => bail!(Value, "{} is not a sound safetensors file: {e}", path.display()),
        };
        Ok(SafeFile { path, file, map, data_start: 8 + header_len, header })
    }

    /// The names of the tensors, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The text beside the tensors.
    pub fn metadata(&self) -> Metadata {
        self.header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    fn info(&self, name: &str) -> Result<&TensorInfo> {
        match self.header.info(name) {
            Some(info) => Ok(info),
            None => {
                bail!(
                    Key,
                    "{} has no tensor {name:?}; it has {} others",
                    self.path.display(),
                    self.header.tensors().len()
                )
            }
        }
    }

    fn range(&self, info: &TensorInfo) -> Range<usize> {
        self.data_start + info.data_offsets.0..self.data_start + info.data_offsets.1
    }

    fn dtype(&self, name: &str, info: &TensorInfo) -> Result<DType> {
        match own_dtype(info.dtype) {
            Some(dtype) => Ok(dtype),
            None => bail!(
                NotImplemented,
                "{}: tensor {name:?} is of dtype {}, which nothing can be computed with; its bytes are to be had by `bytes`",
                self.path.display(),
                info.dtype
            ),
        }
    }

    /// The size of a tensor, outermost dimension first.
    pub fn shape(&self, name: &str) -> Result<&[usize]> {
        Ok(&self.info(name)?.shape)
    }

    /// The bytes of a tensor, of whatever dtype, row by row.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        Ok(&self.map.bytes()[self.range(self.info(name)?)])
    }

    /// A tensor over the file's bytes: they are read when they are first looked at. It refuses writes in place.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let info = self.info(name)?;
        let tensor = self.map.tensor(self.range(info), self.dtype(name, info)?, &info.shape);
        tensor.map_err(|e| e.context(format!("{}: tensor {name:?}", self.path.display())))
    }

    /// A part of a tensor over the file's bytes, by a range in each of its leading dimensions; only what lies in them is
    /// read.
    pub fn slice(&self, name: &str, ranges: &[Range<usize>]) -> Result<Tensor> {
        let mut part = self.tensor(name)?;
        let shape = part.shape().to_vec();
        let inside = |(range, size): (&Range<usize>, &usize)| range.start <= range.end && range.end <= *size;
        if ranges.len() > shape.len() || !ranges.iter().zip(&shape).all(inside) {
            bail!(
                Index,
                "{}: tensor {name:?} of shape {shape:?} has no part {ranges:?}; give one range inside each leading dimension",
                self.path.display()
            );
        }
        for (dim, range) in ranges.iter().enumerate() {
            part = part.narrow(dim as i64, range.start as i64, range.len() as i64)?;
        }
        Ok(part)
    }

    /// All tensors under their names, in the order of the file.
    pub fn tensors(&self) -> Result<StateDict> {
        self.names().into_iter().map(|name| self.tensor(&name).map(|t| (name, t))).collect()
    }

    /// All tensors under their names, read into memory of their own by several threads. This is faster than views where
    /// the file lies on a network volume, and such tensors can be written in place.
    pub fn read(&self) -> Result<StateDict> {
        let names = self.names();
        let infos: Vec<&TensorInfo> = names.iter().map(|name| self.info(name)).collect::<Result<_>>()?;
        let mut parts = Vec::with_capacity(names.len());
        for (name, info) in names.iter().zip(infos) {
            parts.push((self.range(info).start as u64, self.dtype(name, info)?, &info.shape[..]));
        }
        let tensors = read_tensors(&self.file, &parts).map_err(|e| e.context(self.path.display()))?;
        Ok(names.into_iter().zip(tensors).collect())
    }

    pub(crate) fn map(&self) -> &MappedFile {
        &self.map
    }

    /// All tensors as they lie in the file, those of unsupported dtypes too.
    pub(crate) fn stored(&self) -> Vec<Stored> {
        let stored = |name: String| {
            let info = self.header.info(&name)?;
            Some(Stored::raw(name, info.dtype, info.shape.clone(), self.map.clone(), self.range(info)))
        };
        self.names().into_iter().filter_map(stored).collect()
    }
}

/// All tensors of a file under their names. They are views of the file: nothing is copied, and they refuse writes in place.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    SafeFile::open(path)?.tensors()
}

/// All tensors of a file that [`save_model`] wrote: tied ones, of which the file holds one, are there under all their names
/// and share memory.
pub fn load_model(path: impl AsRef<Path>) -> Result<StateDict> {
    let file = SafeFile::open(path)?;
    let mut tensors = file.tensors()?;
    for (name, kept) in file.metadata() {
        if file.header.info(&kept).is_some() && file.header.info(&name).is_none() {
            tensors.push((name, file.tensor(&kept)?));
        }
    }
    Ok(tensors)
}
