//! Tensors as they lie in files, of which nothing has been read yet: what tools list, compare and convert.

use crate::arrays::Array;
use crate::gguf::GgufFile;
use crate::object::Object;
use crate::pieces::{self, PIECE, Take, Told};
use crate::safetensors::{format_dtype, own_dtype};
use crate::zip::{GROWTH, SMALL};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Error, Result, Tensor, bail, err};
use safetensors::Dtype;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A tensor as it lies in a file.
#[derive(Clone)]
pub struct Stored {
    name: String,
    shape: Vec<usize>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    /// A tensor that was made already; usually a view of a file.
    Tensor(Tensor),
    /// Bytes of elements row by row, which we may be unable to compute with.
    Raw(Element, MappedFile, Range<usize>),
    /// The bytes of elements that tensors do not have, or that do not lie aligned in the file, as a tensor of one more
    /// dimension.
    Carried(Element, Tensor),
    /// An array of NumPy, which may be packed.
    Array(Arc<Array>),
    /// A tensor of a GGUF file under its name there.
    Gguf(Arc<GgufFile>, String),
}

/// How the elements of a stored tensor are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A dtype of tensors.
    DType(DType),
    /// A dtype of safetensors that tensors do not have.
    Raw(Dtype),
    /// Blocks of quantized numbers, by GGUF's name.
    Quantized(&'static str),
}

impl std::fmt::Display for Element {
    /// The name that safetensors, or GGUF, gives it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Element::DType(dtype) => match format_dtype(*dtype) {
                Some(dtype) => write!(f, "{dtype}"),
                None => write!(f, "C128"),
            },
            Element::Raw(dtype) => write!(f, "{dtype}"),
            Element::Quantized(name) => write!(f, "{name}"),
        }
    }
}

impl Stored {
    pub(crate) fn tensor_of(name: String, tensor: Tensor) -> Stored {
        Stored { name, shape: tensor.shape().to_vec(), source: Source::Tensor(tensor.detach()) }
    }

    pub(crate) fn raw(name: String, dtype: Dtype, shape: Vec<usize>, map: MappedFile, range: Range<usize>) -> Stored {
        let element = own_dtype(dtype).map_or(Element::Raw(dtype), Element::DType);
        Stored { name, shape, source: Source::Raw(element, map, range) }
    }

    pub(crate) fn array(name: String, array: Array) -> Stored {
        Stored { name, shape: array.shape().to_vec(), source: Source::Array(Arc::new(array)) }
    }

    /// A record of a PyTorch file that is a tensor of elements that lie there as bytes; `None` if it is not.
    pub(crate) fn record(name: &str, kind: &str, parts: &[(&str, Object)]) -> Result<Option<Stored>> {
        let part = |key: &str| parts.iter().find(|(k, _)| *k == key).map(|(_, value)| value);
        let sizes = |key: &str| match part(key) {
            Some(Object::Tuple(items)) => {
                items.iter().map(|i| if let Object::Int(n) = i { Some(*n as i64) } else { None }).collect()
            }
            _ => None,
        };
        let (Some(Object::Str(dtype)), Some(Object::Tensor(data)), Some(Object::Int(offset))) =
            (part("dtype"), part("data"), part("storage_offset"))
        else {
            return Ok(None);
        };
        let (Some(shape), Some(strides)): (Option<Vec<i64>>, Option<Vec<i64>>) = (sizes("size"), sizes("stride"))
        else {
            return Ok(None);
        };
        let foreign = match &**dtype {
            "float8_e4m3fn" => Some(Dtype::F8_E4M3),
            "float8_e5m2" => Some(Dtype::F8_E5M2),
            "float8_e4m3fnuz" => Some(Dtype::F8_E4M3FNUZ),
            "float8_e5m2fnuz" => Some(Dtype::F8_E5M2FNUZ),
            "float8_e8m0fnu" => Some(Dtype::F8_E8M0),
            "uint16" => Some(Dtype::U16),
            "uint32" => Some(Dtype::U32),
            "uint64" => Some(Dtype::U64),
            _ => None,
        };
        let (element, size) = match (DType::from_name(dtype), foreign) {
            (Some(own), _) => (Element::DType(own), own.size() as i64),
            (None, Some(dtype)) => (Element::Raw(dtype), dtype.bitsize() as i64 / 8),
            (None, None) => return Ok(None),
        };
        if kind != "raw tensor" {
            return Ok(None);
        }
        let wide: Vec<i64> = shape.iter().copied().chain([size]).collect();
        let steps: Vec<i64> = strides.iter().map(|s| s * size).chain([1]).collect();
        let bytes = data.as_strided(&wide, &steps, Some(*offset as i64 * size))?;
        let shape = shape.into_iter().map(|n| n as usize).collect();
        Ok(Some(Stored { name: name.to_string(), shape, source: Source::Carried(element, bytes) }))
    }

    /// The dtype, the elements and the bytes of a raw tensor of one dimension that is all of a storage or a part of it.
    pub(crate) fn bytes_of(parts: &[(&str, Object)]) -> Result<(DType, Range<usize>, Tensor)> {
        let part = |key: &str| parts.iter().find(|(k, _)| *k == key).map(|(_, value)| value);
        match (part("dtype"), part("size"), part("storage_offset"), part("data")) {
            (
                Some(Object::Str(dtype)),
                Some(Object::Tuple(size)),
                Some(Object::Int(start)),
                Some(Object::Tensor(data)),
            ) => {
                let (dtype, start) = (DType::from_name(dtype), *start as usize);
                match (dtype, &size[..]) {
                    (Some(dtype), [Object::Int(len)]) => Ok((dtype, start..start + *len as usize, data.clone())),
                    _ => bail!(Value, "a storage is something else in the file"),
                }
            }
            _ => bail!(Value, "a storage is something else in the file"),
        }
    }

    pub(crate) fn gguf(name: &str, shape: Vec<usize>, file: Arc<GgufFile>) -> Stored {
        Stored { name: name.to_string(), shape, source: Source::Gguf(file, name.to_string()) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same tensor under another name.
    pub fn renamed(mut self, name: String) -> Stored {
        self.name = name;
        self
    }

    /// The size, outermost dimension first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What the elements are.
    pub fn element(&self) -> Element {
        match &self.source {
            Source::Tensor(tensor) => Element::DType(tensor.dtype()),
            Source::Carried(element, _) | Source::Raw(element, ..) => *element,
            Source::Array(array) => Element::DType(array.dtype()),
            Source::Gguf(file, name) => match file.info(name) {
                Some(info) => info.dtype.dtype().map_or(Element::Quantized(info.dtype.name()), Element::DType),
                None => Element::Quantized("none"),
            },
        }
    }

    /// The bytes that the tensor takes in a file, without what lies between its elements.
    pub fn nbytes(&self) -> usize {
        match &self.source {
            Source::Tensor(tensor) | Source::Carried(_, tensor) => tensor.numel() * tensor.element_size(),
            Source::Raw(_, _, range) => range.len(),
            Source::Array(array) => array.nbytes(),
            Source::Gguf(file, name) => file.bytes(name).map_or(0, <[u8]>::len),
        }
    }

    /// The tensor: a view of the file where that can be, quantized ones as float32.
    pub fn tensor(&self) -> Result<Tensor> {
        match &self.source {
            Source::Tensor(tensor) => Ok(tensor.clone()),
            Source::Raw(Element::DType(dtype), map, range) => map.tensor(range.clone(), *dtype, &self.shape),
            Source::Carried(Element::DType(dtype), tensor) => {
                tensor.with_bytes(|bytes| Tensor::from_bytes(bytes, *dtype, &self.shape)).and_then(|t| t)
            }
            Source::Carried(element, _) | Source::Raw(element, ..) => Err(self.not_computable(*element)),
            Source::Array(array) => array.tensor(),
            Source::Gguf(file, name) => file.tensor(name),
        }
        .map_err(|e| e.context(format!("tensor {:?}", self.name)))
    }

    /// What a tensor becomes where floats are cast, and quantized ones too: its elements, and the dtype they are cast to if
    /// that is not their own.
    pub(crate) fn target(&self, cast: Option<DType>) -> (Element, Option<DType>) {
        match (self.element(), cast) {
            (Element::DType(own), Some(to)) if own != to && own.is_float() => (Element::DType(to), Some(to)),
            (Element::Quantized(_), to) => {
                let to = to.unwrap_or(DType::F32);
                (Element::DType(to), Some(to))
            }
            (element, _) => (element, None),
        }
    }

    /// What a tensor becomes where only dtypes of tensors can be written.
    pub(crate) fn computable_target(&self, cast: Option<DType>) -> Result<(DType, Option<DType>)> {
        match self.target(cast) {
            (Element::DType(dtype), cast) => Ok((dtype, cast)),
            (element, _) => Err(self.not_computable(element).context(format!("tensor {:?}", self.name))),
        }
    }

    /// Calls `f` with the tensor's bytes row by row, a few megabytes at a time: as they are stored, quantized ones as float32.
    pub fn read(&self, f: &mut dyn FnMut(&[u8])) -> Result<()> {
        let mut take = |bytes: &[u8]| {
            f(bytes);
            Ok(())
        };
        let cast = self.target(None).1;
        Ok(self.pieces(cast, &mut take, &mut |_, _| {})?)
    }

    /// Hands on the tensor's bytes row by row and piece by piece, as elements of `cast` if that is given.
    pub(crate) fn pieces(&self, cast: Option<DType>, take: Take<'_>, told: Told<'_>) -> io::Result<()> {
        self.in_proportion().map_err(io::Error::other)?;
        match &self.source {
            Source::Tensor(tensor) => pieces::tensor(tensor, cast, take, told),
            Source::Carried(element, tensor) => pieces::parts(tensor, &mut |part| {
                let put = |bytes: &[u8]| match element {
                    Element::DType(own) => pieces::elements(bytes, *own, cast, take),
                    _ => take(bytes),
                };
                part.with_bytes(put).map_err(io::Error::other)??;
                told(part.numel(), pieces::span(part));
                Ok(())
            }),
            Source::Raw(element, map, range) => range.clone().step_by(PIECE).try_for_each(|start| {
                let bytes = &map.bytes()[start..range.end.min(start + PIECE)];
                match element {
                    Element::DType(own) => pieces::elements(bytes, *own, cast, take)?,
                    _ => take(bytes)?,
                }
                told(bytes.len(), bytes.len());
                Ok(())
            }),
            Source::Array(array) => array.pieces(cast, take, told),
            Source::Gguf(file, name) => file.pieces(name, cast, take, told),
        }
    }

    fn not_computable(&self, element: Element) -> Error {
        err!(
            NotImplemented,
            "it is of dtype {element}, which nothing can be computed with; only safetensors can carry it on"
        )
    }

    /// An error if rows that are shown over and over make a few bytes of a file many more than it could be meant to hold.
    fn in_proportion(&self) -> Result<()> {
        let (Source::Tensor(tensor) | Source::Carried(_, tensor)) = &self.source else { return Ok(()) };
        let (stored, shown) = (tensor.storage().len(), self.nbytes());
        if shown > SMALL.max(stored.saturating_mul(GROWTH)) {
            bail!(
                Value,
                "tensor {:?} shows {stored} bytes as {shown}, more than {GROWTH} times; it is not written out",
                self.name
            );
        }
        Ok(())
    }

    /// Calls `f` with the tensor's bytes as they are stored, row by row.
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        match &self.source {
            Source::Tensor(tensor) | Source::Carried(_, tensor) => tensor.with_bytes(f),
            Source::Raw(_, map, range) => Ok(f(&map.bytes()[range.clone()])),
            Source::Array(array) => array.tensor()?.with_bytes(f),
            Source::Gguf(file, name) => Ok(f(file.bytes(name)?)),
        }
    }

    /// What tells tensors apart that lie in different places; equal for those that share memory. `None` where the format
    /// has no sharing.
    pub fn place(&self) -> Option<usize> {
        match &self.source {
            Source::Tensor(tensor) | Source::Carried(_, tensor) if tensor.numel() > 0 => {
                Some(tensor.storage().data_ptr().addr())
            }
            _ => None,
        }
    }

    /// The tensor that shows this one's elements, or their bytes in a last dimension of its own, if it may share memory with
    /// others.
    pub(crate) fn view(&self) -> Option<&Tensor> {
        match &self.source {
            Source::Tensor(tensor) | Source::Carried(Element::DType(_), tensor) => Some(tensor),
            _ => None,
        }
    }
}
