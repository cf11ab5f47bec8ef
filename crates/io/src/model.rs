//! Files of every format, told apart by what they hold.

use crate::arrays::{open_npy, open_npz};
use crate::gguf::GgufFile;
use crate::object::Object;
use crate::read::map;
use crate::safetensors::{INDEX, SINGLE, SafeFile, open_shards};
use crate::stored::Stored;
use crate::torch::{Unknown, open_torch};
use crate::zip;
use crate::{StateDict, atomic::io_error, digest};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{Error, Result, bail};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A format of model files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// safetensors.
    SafeTensors,
    /// Several safetensors files and their index.
    Shards,
    /// What `torch.save` writes, of every version, and TorchScript.
    Torch,
    /// An array of NumPy.
    Npy,
    /// An archive of NumPy's arrays.
    Npz,
    /// GGUF.
    Gguf,
}

impl Format {
    /// The format's name.
    pub fn name(self) -> &'static str {
        match self {
            Format::SafeTensors => "safetensors",
            Format::Shards => "sharded safetensors",
            Format::Torch => "PyTorch",
            Format::Npy => "npy",
            Format::Npz => "npz",
            Format::Gguf => "GGUF",
        }
    }

    /// The format of a file or folder, by its contents, and the path to open: in a folder without an index,
    /// `model.safetensors` or else its only safetensors file.
    pub fn of(path: &Path) -> Result<(Format, PathBuf)> {
        if path.is_dir() {
            if path.join(INDEX).is_file() {
                return Ok((Format::Shards, path.join(INDEX)));
            }
            if path.join(SINGLE).is_file() {
                return Format::of(&path.join(SINGLE));
            }
            let entries = path.read_dir().map_err(|e| io_error("read", path, &e))?;
            let files = entries.filter_map(|e| Some(e.ok()?.path()));
            let mut models = files.filter(|p| p.extension().is_some_and(|e| e == "safetensors"));
            return match (models.next(), models.next()) {
                (Some(only), None) => Format::of(&only),
                (None, _) => {
                    bail!(Value, "{} has no {INDEX} and no safetensors file; name a file in it", path.display())
                }
                _ => bail!(Value, "{} has several safetensors files and no {INDEX}; name one of them", path.display()),
            };
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(|e| io_error("read", path, &e))?;
        file.take(512).read_to_end(&mut head).map_err(|e| io_error("read", path, &e))?;
        let format = match &head[..] {
            h if zip::is_zip(h) => return Ok((zip_format(path)?, path.to_path_buf())),
            [b'G', b'G', b'U', b'F', ..] => Format::Gguf,
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Format::Npy,
            [_, _, _, _, _, _, _, _, b'{', ..] => Format::SafeTensors,
            [b'{', ..] => Format::Shards,
            // A pickle of its own, or a tar archive, whose mark is at 257.
            [0x80, ..] => Format::Torch,
            h if h.get(257..262) == Some(b"ustar") => Format::Torch,
            _ => bail!(
                Value,
                "{} is of no known format; known are safetensors, an index of its shards, what torch.save writes, npy, npz and \
                 GGUF",
                path.display()
            ),
        };
        Ok((format, path.to_path_buf()))
    }
}

/// What a zip archive is: NumPy's if all its entries are arrays, else PyTorch's.
fn zip_format(path: &Path) -> Result<Format> {
    let map = map(path)?;
    let archive = zip::Archive::read_map(&map).map_err(|e| e.context(path.display()))?;
    let arrays = archive.entries().iter().all(|e| e.name.ends_with(".npy"));
    Ok(if arrays && !archive.entries().is_empty() { Format::Npz } else { Format::Torch })
}

/// Reads a model file of whichever format: safetensors, a folder or index of shards, what `torch.save` wrote, npy (which is one
/// tensor), npz, or GGUF (whose quantized tensors come as float32). What it is, its contents decide, not its name. Tensors are views of the file where that can be. Nothing in a file is ever run.
pub fn load(path: impl AsRef<Path>) -> Result<Object> {
    let (format, path) = Format::of(path.as_ref())?;
    let tensors = match format {
        Format::Torch => return crate::load_torch(path, Unknown::Refuse),
        Format::SafeTensors => SafeFile::open(path)?.tensors()?,
        Format::Shards => crate::load_sharded(path)?,
        Format::Npy => return Ok(Object::Tensor(crate::load_npy(path)?)),
        Format::Npz => crate::load_npz(path)?,
        Format::Gguf => crate::load_gguf(path)?,
    };
    Ok(Object::from(tensors))
}

impl From<StateDict> for Object {
    fn from(tensors: StateDict) -> Object {
        Object::Dict(tensors.into_iter().map(|(name, t)| (Object::Str(name.into()), Object::Tensor(t))).collect())
    }
}

/// A value of GGUF's metadata as text; of lists, how long they are.
fn in_words(value: &Object) -> String {
    match value {
        Object::Str(text) => text.to_string(),
        Object::Int(n) => n.to_string(),
        Object::Float(x) => x.to_string(),
        Object::Bool(b) => b.to_string(),
        Object::List(items) => format!("{} values", items.len()),
        Object::Tensor(t) => format!("{} numbers", t.numel()),
        other => format!("{other:?}"),
    }
}

/// An open file or folder of tensors, of which only the headers have been read.
pub struct ModelFile {
    /// What it is.
    pub format: Format,
    /// Text beside the tensors.
    pub metadata: Vec<(String, String)>,
    /// The tensors, in the order of the file.
    pub tensors: Vec<Stored>,
    /// What is not among the tensors: classes and functions that a PyTorch file names and that are not known, of which nothing
    /// was made; and sparse, quantized, nested and meta tensors, which [`load`] gives.
    pub unknown: BTreeSet<String>,
    maps: Vec<MappedFile>,
}

impl ModelFile {
    /// Opens a file or folder of any format; in PyTorch's files, what is not known is passed over.
    pub fn open(path: impl AsRef<Path>) -> Result<ModelFile> {
        let (format, path) = Format::of(path.as_ref())?;
        let mut model =
            ModelFile { format, metadata: Vec::new(), tensors: Vec::new(), unknown: BTreeSet::new(), maps: Vec::new() };
        match format {
            Format::SafeTensors => model.add(&SafeFile::open(path)?),
            Format::Shards => open_shards(&path)?.iter().for_each(|shard| model.add(shard)),
            Format::Torch => {
                let (object, map) = open_torch(&path)?;
                for (name, leaf) in object.leaves().map_err(|e| e.context(path.display()))? {
                    let stored = match leaf {
                        Object::Tensor(t) => Some(Stored::tensor_of(name.clone(), t.clone())),
                        Object::Record(kind, parts) => Stored::record(&name, kind, parts)?,
                        _ => None,
                    };
                    match (stored, leaf) {
                        (Some(stored), _) => model.tensors.push(stored),
                        (None, Object::Record(kind, _)) => drop(model.unknown.insert(format!("{name} (a {kind})"))),
                        _ => {}
                    }
                }
                object.unknown(&mut model.unknown);
                model.maps.push(map);
            }
            Format::Npy => {
                let (stored, map) = open_npy(&path)?;
                (model.tensors, model.maps) = (vec![stored], vec![map]);
            }
            Format::Npz => {
                let (stored, map) = open_npz(&path)?;
                (model.tensors, model.maps) = (stored, vec![map]);
            }
            Format::Gguf => {
                let file = Arc::new(GgufFile::open(path)?);
                model.metadata.extend(file.metadata().iter().map(|(key, value)| (key.clone(), in_words(value))));
                let stored = |name: &str| Some(Stored::gguf(name, file.info(name)?.shape.clone(), file.clone()));
                model.tensors.extend(file.names().filter_map(stored));
                model.maps.push(file.map().clone());
            }
        }
        // What was looked at of the headers is not needed again.
        model.release();
        Ok(model)
    }

    fn add(&mut self, file: &SafeFile) {
        // Shards repeat what goes for all.
        self.metadata.extend(file.metadata().into_iter().filter(|m| !self.metadata.contains(m)).collect::<Vec<_>>());
        self.tensors.extend(file.stored());
        self.maps.push(file.map().clone());
    }

    /// Gives memory back that holds what was read of the file so far.
    pub fn release(&self) {
        self.maps.iter().for_each(MappedFile::release);
    }

    /// Compares the digests among the metadata with the tensors; answers how many there are. A tensor that is not as its
    /// digest says is an error.
    pub fn verify(&self) -> Result<usize> {
        let mut checked = 0;
        for (key, said) in &self.metadata {
            let Some(name) = key.strip_prefix(digest::PREFIX) else { continue };
            let Some(stored) = self.tensors.iter().find(|t| t.name() == name) else {
                bail!(Value, "there is a digest of tensor {name:?}, and no such tensor");
            };
            let mut hash = digest::Hash::new();
            let mut unreleased = Unreleased::new(self);
            stored
                .pieces(None, &mut |bytes| hash.write_all(bytes), &mut |_, looked_at| unreleased.add(looked_at))
                .map_err(Error::from)?;
            let found = hash.finish();
            if found != *said {
                bail!(Value, "tensor {name:?} is damaged: its SHA-256 is {found}, and {said} is said");
            }
            checked += 1;
        }
        Ok(checked)
    }
}

/// Gives the memory of a file back whenever enough of it was looked at.
pub(crate) struct Unreleased<'a> {
    model: &'a ModelFile,
    bytes: usize,
}

impl<'a> Unreleased<'a> {
    /// Bytes that are looked at before memory is given back.
    const MOST: usize = 16 << 20;

    pub(crate) fn new(model: &'a ModelFile) -> Unreleased<'a> {
        Unreleased { model, bytes: 0 }
    }

    /// Some more bytes were looked at.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes > Unreleased::MOST {
            self.model.release();
            self.bytes = 0;
        }
    }
}
