//! The safetensors format. The header is checked by the format's own crate; tensors are views of the mapped file.

use crate::StateDict;
use crate::atomic::{io_error, write_atomic};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Error, ErrorClass, Result, Tensor, bail};
use safetensors::tensor::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Text under names, beside the tensors.
pub type Metadata = BTreeMap<String, String>;

/// The longest header that the format allows.
const MAX_HEADER: usize = 100_000_000;

/// The format's name of a dtype, and its rank: wider ones come first in a file.
fn format_dtype(dtype: DType) -> Option<(Dtype, &'static str)> {
    Some(match dtype {
        DType::Bool => (Dtype::BOOL, "BOOL"),
        DType::U8 => (Dtype::U8, "U8"),
        DType::I8 => (Dtype::I8, "I8"),
        DType::I16 => (Dtype::I16, "I16"),
        DType::I32 => (Dtype::I32, "I32"),
        DType::I64 => (Dtype::I64, "I64"),
        DType::F16 => (Dtype::F16, "F16"),
        DType::BF16 => (Dtype::BF16, "BF16"),
        DType::F32 => (Dtype::F32, "F32"),
        DType::F64 => (Dtype::F64, "F64"),
        DType::C64 => (Dtype::C64, "C64"),
        DType::C128 => return None,
    })
}

fn own_dtype(dtype: Dtype) -> Option<DType> {
    DType::ALL.into_iter().find(|d| format_dtype(*d).is_some_and(|(f, _)| f == dtype))
}

/// Writes tensors and metadata to a file, which is there whole or not at all. The same tensors give the same bytes.
pub fn save_file<N: AsRef<str>>(tensors: &[(N, Tensor)], metadata: &Metadata, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let mut seen = BTreeSet::new();
    let mut entries = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let name = name.as_ref();
        if name == "__metadata__" || !seen.insert(name) {
            bail!(Value, "save_file: {}: the name {name:?} is reserved or given twice", path.display());
        }
        let Some(dtype) = format_dtype(tensor.dtype()) else {
            bail!(
                NotImplemented,
                "save_file: {}: the safetensors format has no {} ({name:?}); save its real and imaginary parts",
                path.display(),
                tensor.dtype().name()
            );
        };
        entries.push((dtype, name, tensor));
    }
    // Wide elements first, so that every tensor is aligned in the file.
    entries.sort_by(|a, b| b.0.0.cmp(&a.0.0).then(a.1.cmp(b.1)));
    let mut header = String::from("{");
    if !metadata.is_empty() {
        let _ = write!(header, "\"__metadata__\":{}", json(metadata)?);
    }
    let mut offset = 0;
    for ((_, dtype), name, tensor) in &entries {
        let end = offset + tensor.numel() * tensor.element_size();
        let comma = if header.len() > 1 { "," } else { "" };
        let _ = write!(
            header,
            "{comma}{}:{{\"dtype\":\"{dtype}\",\"shape\":{},\"data_offsets\":[{offset},{end}]}}",
            json(name)?,
            json(tensor.shape())?
        );
        offset = end;
    }
    header.push('}');
    while header.len() % 8 != 0 {
        header.push(' ');
    }
    if header.len() > MAX_HEADER {
        bail!(
            Value,
            "save_file: {}: the names and shapes take {} bytes, and the format allows {MAX_HEADER}",
            path.display(),
            header.len()
        );
    }
    let mut failed = None;
    let written = write_atomic(path, |out| {
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        for (_, _, tensor) in &entries {
            match tensor.detach().with_bytes(|bytes| out.write_all(bytes)) {
                Ok(result) => result?,
                Err(e) => {
                    failed = Some(e);
                    return Err(std::io::Error::other("a tensor could not be read"));
                }
            }
        }
        Ok(())
    });
    match failed {
        Some(e) => Err(e.context(path.display())),
        None => written,
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::new(ErrorClass::Value, format!("save_file: {e}")))
}

/// An open file: its header is checked, its tensors are made when asked for.
pub struct SafeFile {
    path: PathBuf,
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
        Ok(SafeFile { path, map, data_start: 8 + header_len, header })
    }

    /// The names of the tensors, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The text beside the tensors.
    pub fn metadata(&self) -> Metadata {
        self.header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// A tensor over the file's bytes. It refuses writes in place.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let path = self.path.display();
        let Some(info) = self.header.info(name) else {
            bail!(Key, "{path} has no tensor {name:?}; it has {} others", self.header.tensors().len());
        };
        let Some(dtype) = own_dtype(info.dtype) else {
            bail!(NotImplemented, "{path}: tensor {name:?} is of dtype {}, which is not supported", info.dtype);
        };
        let (start, end) = info.data_offsets;
        let range = self.data_start + start..self.data_start + end;
        self.map.tensor(range, dtype, &info.shape).map_err(|e| e.context(format!("{path}: tensor {name:?}")))
    }

    /// All tensors under their names, in the order of the file.
    pub fn tensors(&self) -> Result<StateDict> {
        self.names().into_iter().map(|name| self.tensor(&name).map(|t| (name, t))).collect()
    }
}

/// All tensors of a file under their names. They are views of the file: nothing is copied, and they refuse writes in place.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    SafeFile::open(path)?.tensors()
}
