//! GGUF, the format of llama.cpp's models, as the specification in ggml's repository (`docs/gguf.md`) describes it: versions 1
//! to 3, little-endian. Tensors that are stored as they are are views of the mapped file; quantized ones become f32 when they
//! are asked for. Every count is compared with the bytes that are left before anything is made of it.

mod codebooks;
mod dequantize;
mod grids;
mod types;

pub use types::GgmlType;

use crate::StateDict;
use crate::object::Object;
use crate::pieces::{self, PIECE, Take, Told};
use crate::read::map;
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Error, Result, Tensor, bail, err};
use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How deep arrays may lie in each other.
const MAX_DEPTH: usize = 8;
/// The longest name that the format allows, in bytes.
const MAX_NAME: usize = 65535;
/// The most dimensions that ggml has.
const MAX_DIMS: usize = 4;

/// The most arrays that the metadata may hold, those in other arrays too. Models have some ten; each takes a few hundred bytes
/// here, however few it has in the file.
const MAX_ARRAYS: usize = 1 << 14;

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// The bytes of a number or bool, by the code of its type.
fn width(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// The dtype of a number or bool, by the code of its type; unsigned ones beyond 8 bits have none.
fn dtype(kind: u32) -> Option<DType> {
    Some(match kind {
        0 => DType::U8,
        1 => DType::I8,
        3 => DType::I16,
        5 => DType::I32,
        6 => DType::F32,
        7 => DType::Bool,
        11 => DType::I64,
        12 => DType::F64,
        _ => return None,
    })
}

/// What stands in front of the tensors, read from left to right.
struct Reader<'a> {
    map: &'a MappedFile,
    at: usize,
    version: u32,
    /// How many arrays there were so far.
    arrays: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        let bytes = self.at.checked_add(n).and_then(|end| self.map.bytes().get(self.at..end));
        let Some(bytes) = bytes else {
            bail!(
                Value,
                "the file is cut off: {n} bytes are expected at byte {}, and {} are left",
                self.at,
                self.left()
            );
        };
        self.at += n;
        Ok(bytes)
    }

    fn left(&self) -> usize {
        self.map.bytes().len() - self.at
    }

    /// An unsigned number of n bytes.
    fn number(&mut self, n: usize) -> Result<u64> {
        Ok(self.bytes(n)?.iter().rev().fold(0, |x, b| x << 8 | u64::from(*b)))
    }

    /// The code of a type, or another small number.
    fn code(&mut self) -> Result<u32> {
        Ok(self.number(4)? as u32)
    }

    /// The bytes of a length or count.
    fn word(&self) -> usize {
        if self.version == 1 { 4 } else { 8 }
    }

    /// The number of things that follow, each of which takes at least so many bytes.
    fn count(&mut self, least: usize, what: &str) -> Result<usize> {
        let (at, count) = (self.at, self.number(self.word())?);
        let most = self.left() / least;
        match usize::try_from(count).ok().filter(|count| *count <= most) {
            Some(count) => Ok(count),
            None => bail!(
                Value,
                "{count} {what} are claimed at byte {at}, and what is left of the file holds {most} at most"
            ),
        }
    }

    fn text(&mut self) -> Result<&'a [u8]> {
        let len = self.count(1, "bytes of text")?;
        self.bytes(len)
    }

    /// A key or the name of a tensor.
    fn name(&mut self) -> Result<String> {
        let (at, text) = (self.at, self.text()?);
        if text.len() > MAX_NAME {
            bail!(Value, "the name at byte {at} has {} bytes, and the format allows {MAX_NAME}", text.len());
        }
        match std::str::from_utf8(text) {
            Ok(name) => Ok(name.to_string()),
            Err(_) => bail!(Value, "the name at byte {at} is not UTF-8: {}", String::from_utf8_lossy(text)),
        }
    }

    /// A value of a type, inside of so many arrays.
    fn value(&mut self, kind: u32, depth: usize) -> Result<Object> {
        let at = self.at;
        if let Some(width) = width(kind) {
            let number = self.number(width)?;
            let unused = 64 - 8 * width;
            return Ok(match (kind, number) {
                (1 | 3 | 5 | 11, _) => Object::Int((((number << unused) as i64) >> unused).into()),
                (6, _) => Object::Float(f32::from_bits(number as u32).into()),
                (12, _) => Object::Float(f64::from_bits(number)),
                (7, 0 | 1) => Object::Bool(number == 1),
                (7, _) => bail!(Value, "a bool must be stored as 0 or 1, and byte {at} is {number}"),
                _ => Object::Int(number.into()),
            });
        }
        match kind {
            STRING => {
                let text = self.text()?;
                Ok(std::str::from_utf8(text)
                    .map_or_else(|_| Object::Bytes(text.into()), |text| Object::Str(text.into())))
            }
            ARRAY if depth < MAX_DEPTH => self.array(depth),
            ARRAY => bail!(Value, "at byte {at} arrays lie more than {MAX_DEPTH} deep in each other"),
            _ => Err(self.unknown(kind)),
        }
    }

    fn unknown(&self, kind: u32) -> Error {
        err!(Value, "at byte {} a value of type {kind} would stand; the types are 0 to 12", self.at)
    }

    /// An array, which says what it holds. Short texts and the arrays themselves, of which there are not many, are all that
    /// takes more than four times its bytes in the file.
    fn array(&mut self, depth: usize) -> Result<Object> {
        self.arrays += 1;
        if self.arrays > MAX_ARRAYS {
            bail!(
                Value,
                "at byte {} begins the array number {MAX_ARRAYS} and one: no model has as many, so the file is not read",
                self.at
            );
        }
        let kind = self.code()?;
        let least = match (kind, width(kind)) {
            (_, Some(width)) => width,
            (STRING, _) => self.word(),
            (ARRAY, _) => 4 + self.word(),
            _ => return Err(self.unknown(kind)),
        };
        let count = self.count(least, "elements of an array")?;
        let (start, end) = (self.at, self.at + count * least);
        if let Some(dtype) = dtype(kind) {
            self.at = end;
            let array = self.map.tensor(start..end, dtype, &[count]);
            return array.map(Object::Tensor).map_err(|e| e.context(format!("the array at byte {start}")));
        }
        let bytes = &self.map.bytes()[start..end];
        let wider = match kind {
            2 => bytes.chunks_exact(2).flat_map(|b| [b[0], b[1], 0, 0]).collect::<Vec<u8>>(),
            4 => bytes.chunks_exact(4).flat_map(|b| [b[0], b[1], b[2], b[3], 0, 0, 0, 0]).collect(),
            _ => {
                let mut list = Vec::with_capacity(count);
                for _ in 0..count {
                    list.push(self.value(kind, depth + 1)?);
                }
                return Ok(Object::List(list.into()));
            }
        };
        self.at = end;
        let dtype = if kind == 2 { DType::I32 } else { DType::I64 };
        Tensor::from_bytes(&wider, dtype, &[count]).map(Object::Tensor)
    }
}

/// What a file says of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GgufTensor {
    /// Its name.
    pub name: String,
    /// How its numbers are stored.
    pub dtype: GgmlType,
    /// Its shape as PyTorch has it, the outermost dimension first. The file has the dimensions the other way round.
    pub shape: Vec<usize>,
    /// Where its bytes lie in the file.
    pub range: Range<usize>,
}

/// An open GGUF file: everything in front of the tensors is read and checked, tensors are made when asked for.
pub struct GgufFile {
    path: PathBuf,
    map: MappedFile,
    version: u32,
    metadata: Vec<(String, Object)>,
    tensors: Vec<GgufTensor>,
    names: HashMap<String, usize>,
}

impl GgufFile {
    /// Opens a file and reads everything in front of the tensors, which must all lie inside of the file, aligned and not over
    /// each other.
    pub fn open(path: impl AsRef<Path>) -> Result<GgufFile> {
        let path = path.as_ref();
        let map = map(path)?;
        GgufFile::read(path, map).map_err(|e| e.context(path.display()))
    }

    fn read(path: &Path, map: MappedFile) -> Result<GgufFile> {
        if !map.bytes().starts_with(b"GGUF") {
            bail!(Value, "it is not a GGUF file: it does not begin with GGUF");
        }
        let mut reader = Reader { map: &map, at: 4, version: 3, arrays: 0 };
        let version = reader.code()?;
        match version {
            1..=3 => reader.version = version,
            v if v != 0 && v & 0xffff == 0 => {
                bail!(NotImplemented, "the GGUF file is big-endian, and only little-endian ones are supported")
            }
            v => bail!(NotImplemented, "the GGUF file is of version {v}; 1, 2 and 3 are supported"),
        }
        let word = reader.word();
        let count = reader.count(2 * word + 8, "tensors")?;
        let pairs = reader.count(word + 5, "metadata values")?;

        let (mut metadata, mut keys) = (Vec::new(), HashSet::new());
        for _ in 0..pairs {
            let key_at = reader.at;
            let key = reader.name()?;
            let in_file = &map.bytes()[key_at + word..reader.at];
            let kind = reader.code()?;
            let value = reader.value(kind, 0).map_err(|e| e.context(format!("metadata {key:?}")))?;
            if !keys.insert(in_file) {
                bail!(Value, "the metadata has two values {key:?}");
            }
            metadata.push((key, value));
        }
        let alignment = match metadata.iter().find(|(key, _)| key == "general.alignment") {
            None => 32,
            Some((_, Object::Int(n))) if *n > 0 && n & (n - 1) == 0 && *n <= 1 << 31 => *n as usize,
            Some((_, Object::Int(n))) => {
                bail!(Value, "general.alignment must be a power of two up to 2^31, and is {n}")
            }
            Some(_) => bail!(Value, "general.alignment must be a power of two, and is no integer"),
        };

        let mut tensors = Vec::new();
        for _ in 0..count {
            let name = reader.name()?;
            tensors.push(tensor(&mut reader, &name).map_err(|e| e.context(format!("tensor {name:?}")))?);
        }
        // So far the ranges count from where the data begins: at the next multiple of the alignment.
        let (start, len) = (reader.at.next_multiple_of(alignment), map.bytes().len());
        let mut names = HashMap::new();
        for (i, tensor) in tensors.iter_mut().enumerate() {
            let (name, offset, bytes) = (&tensor.name, tensor.range.start, tensor.range.len());
            if offset % alignment != 0 {
                bail!(
                    Value,
                    "tensor {name:?} begins at byte {offset} of the data, no multiple of the alignment {alignment}"
                );
            }
            match (start.checked_add(offset), start.checked_add(tensor.range.end)) {
                (Some(start), Some(end)) if end <= len => tensor.range = start..end,
                _ => bail!(
                    Value,
                    "tensor {name:?} has {bytes} bytes from byte {offset} of the data, which begins at {start}; the file has \
                     {len} bytes, so it was cut short"
                ),
            }
            if names.insert(name.clone(), i).is_some() {
                bail!(Value, "there are two tensors {name:?}");
            }
        }
        let mut order: Vec<&GgufTensor> = tensors.iter().filter(|t| !t.range.is_empty()).collect();
        order.sort_by_key(|t| t.range.start);
        if let Some(pair) = order.windows(2).find(|pair| pair[1].range.start < pair[0].range.end) {
            bail!(Value, "the tensors {:?} and {:?} lie over each other", pair[0].name, pair[1].name);
        }
        Ok(GgufFile { path: path.to_path_buf(), version, metadata, tensors, names, map })
    }

    /// The version of the format: 1, 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The values beside the tensors, in the order of the file. Text that is not UTF-8 comes as bytes. Arrays of numbers and
    /// bools are 1-d tensors, those of uint16 in int32 and those of uint32 in int64; all other arrays are lists.
    pub fn metadata(&self) -> &[(String, Object)] {
        &self.metadata
    }

    /// The names of the tensors, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|t| t.name.as_str())
    }

    /// What the file says of a tensor.
    pub fn info(&self, name: &str) -> Option<&GgufTensor> {
        self.names.get(name).map(|i| &self.tensors[*i])
    }

    fn find(&self, name: &str) -> Result<&GgufTensor> {
        match self.info(name) {
            Some(info) => Ok(info),
            None => bail!(Key, "{} has no tensor {name:?}; it has {} others", self.path.display(), self.tensors.len()),
        }
    }

    pub(crate) fn map(&self) -> &MappedFile {
        &self.map
    }

    /// The bytes of a tensor as the file has them.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        Ok(&self.map.bytes()[self.find(name)?.range.clone()])
    }

    /// A tensor. One that is stored as it is is a view of the file and refuses writes in place; a quantized one is dequantized
    /// to float32, anew each time.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let info = self.find(name)?;
        let tensor = match info.dtype.dtype() {
            Some(dtype) => self.map.tensor(info.range.clone(), dtype, &info.shape),
            None => self.unpacked(info, info.range.clone()).and_then(|numbers| Tensor::from_vec(numbers, &info.shape)),
        };
        tensor.map_err(|e| e.context(format!("{}: tensor {name:?}", self.path.display())))
    }

    /// The numbers of some blocks of a quantized tensor.
    fn unpacked(&self, info: &GgufTensor, range: Range<usize>) -> Result<Vec<f32>> {
        let GgufTensor { name, dtype, .. } = info;
        let Some(unpack) = dequantize::unpack(*dtype) else {
            bail!(
                NotImplemented,
                "{}: tensor {name:?} is of type {}, which is stored as it is; take its bytes()",
                self.path.display(),
                dtype.name()
            );
        };
        let mut numbers = vec![0.0f32; range.len() / dtype.block_bytes() * dtype.block()];
        let blocks = self.map.bytes()[range].chunks_exact(dtype.block_bytes());
        blocks.zip(numbers.chunks_exact_mut(dtype.block())).for_each(|(b, y)| unpack(b, y));
        Ok(numbers)
    }

    /// Hands on a tensor's bytes row by row and piece by piece, as elements of `cast` if that is given and as float32 if it is
    /// quantized.
    pub(crate) fn pieces(&self, name: &str, cast: Option<DType>, take: Take<'_>, told: Told<'_>) -> io::Result<()> {
        let info = self.find(name).map_err(io::Error::other)?;
        let GgufTensor { dtype, range, .. } = info;
        // As many whole blocks as make up a piece.
        let step = match dtype.dtype() {
            Some(_) => PIECE,
            None => (PIECE / (4 * dtype.block())).max(1) * dtype.block_bytes(),
        };
        range.clone().step_by(step).try_for_each(|start| {
            let part = start..range.end.min(start + step);
            match dtype.dtype() {
                Some(own) => pieces::elements(&self.map.bytes()[part.clone()], own, cast, take)?,
                None => {
                    let numbers = self.unpacked(info, part.clone()).map_err(io::Error::other)?;
                    let count = numbers.len();
                    let numbers = Tensor::from_vec(numbers, &[count]).map_err(io::Error::other)?;
                    pieces::whole(&numbers, cast.filter(|dtype| *dtype != DType::F32), take)?;
                }
            }
            told(part.len(), part.len());
            Ok(())
        })
    }
}

/// What a file says of a tensor after its name. Its range counts from where the data begins.
fn tensor(reader: &mut Reader, name: &str) -> Result<GgufTensor> {
    let dims = reader.code()? as usize;
    if dims > MAX_DIMS {
        bail!(Value, "it has {dims} dimensions, and ggml has at most {MAX_DIMS}");
    }
    let word = reader.word();
    let mut shape = (0..dims).map(|_| reader.number(word)).collect::<Result<Vec<u64>>>()?;
    let (code, offset) = (reader.code()?, reader.number(8)?);
    let Some(dtype) = GgmlType::from_code(code) else {
        bail!(NotImplemented, "it is of type {code}, which ggml gave up or which is newer than what is known here");
    };
    let row = shape.first().copied().unwrap_or(1);
    if row % dtype.block() as u64 != 0 {
        bail!(Value, "its rows of {row} elements are no whole blocks of {}, as {} needs", dtype.block(), dtype.name());
    }
    shape.reverse();
    // No type takes more than 8 bytes for an element; sizes beside a 0 count too, as strides are made of them.
    let most = isize::MAX as u64 / 8;
    let all = shape.iter().map(|n| (*n).max(1)).try_fold(1u64, u64::checked_mul).filter(|all| *all <= most);
    let Some(all) = all else { bail!(Value, "its shape {shape:?} is larger than the address space") };
    let elements = if shape.contains(&0) { 0 } else { all };
    let bytes = elements / dtype.block() as u64 * dtype.block_bytes() as u64;
    let Some(end) = offset.checked_add(bytes) else {
        bail!(Value, "its {bytes} bytes from byte {offset} of the data lie beyond any file");
    };
    let shape = shape.into_iter().map(|n| n as usize).collect();
    Ok(GgufTensor { name: name.to_string(), dtype, shape, range: offset as usize..end as usize })
}

/// All tensors of a GGUF file under their names, quantized ones dequantized to float32.
pub fn load_gguf(path: impl AsRef<Path>) -> Result<StateDict> {
    let file = GgufFile::open(path)?;
    file.names().map(|name| file.tensor(name).map(|t| (name.to_string(), t))).collect()
}
