//! Tensors as they lie in files, of which nothing has been read yet: what tools list, compare and convert.

use crate::gguf::GgufFile;
use crate::object::Object;
use crate::safetensors::{format_dtype, own_dtype};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Error, Result, Tensor, err};
use safetensors::Dtype;
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
    /// Bytes of a dtype of safetensors, which we may be unable to compute with.
    Raw(Dtype, MappedFile, Range<usize>),
    /// The bytes of a dtype that tensors do not have, as a tensor of one more dimension.
    Carried(Dtype, Tensor),
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
        Stored { name, shape: tensor.shape().to_vec(), source: Source::Tensor(tensor) }
    }

    pub(crate) fn raw(name: String, dtype: Dtype, shape: Vec<usize>, map: MappedFile, range: Range<usize>) -> Stored {
        Stored { name, shape, source: Source::Raw(dtype, map, range) }
    }

    /// A record of a PyTorch file that is a tensor of a dtype of safetensors; `None` if it is not.
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
        let dtype = match &**dtype {
            "float8_e4m3fn" => Dtype::F8_E4M3,
            "float8_e5m2" => Dtype::F8_E5M2,
            "float8_e4m3fnuz" => Dtype::F8_E4M3FNUZ,
            "float8_e5m2fnuz" => Dtype::F8_E5M2FNUZ,
            "float8_e8m0fnu" => Dtype::F8_E8M0,
            "uint16" => Dtype::U16,
            "uint32" => Dtype::U32,
            "uint64" => Dtype::U64,
            _ => return Ok(None),
        };
        if kind != "raw tensor" {
            return Ok(None);
        }
        let size = dtype.bitsize() as i64 / 8;
        let wide: Vec<i64> = shape.iter().copied().chain([size]).collect();
        let steps: Vec<i64> = strides.iter().map(|s| s * size).chain([1]).collect();
        let bytes = data.as_strided(&wide, &steps, Some(*offset as i64 * size))?;
        let shape = shape.into_iter().map(|n| n as usize).collect();
        Ok(Some(Stored { name: name.to_string(), shape, source: Source::Carried(dtype, bytes) }))
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
            Source::Carried(dtype, _) => Element::Raw(*dtype),
            Source::Raw(dtype, ..) => own_dtype(*dtype).map_or(Element::Raw(*dtype), Element::DType),
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
            Source::Gguf(file, name) => file.bytes(name).map_or(0, <[u8]>::len),
        }
    }

    /// The tensor: a view of the file where that can be, quantized ones as float32.
    pub fn tensor(&self) -> Result<Tensor> {
        match &self.source {
            Source::Tensor(tensor) => Ok(tensor.clone()),
            Source::Raw(dtype, map, range) => match own_dtype(*dtype) {
                Some(dtype) => map.tensor(range.clone(), dtype, &self.shape),
                None => Err(self.not_computable(*dtype)),
            },
            Source::Carried(dtype, _) => Err(self.not_computable(*dtype)),
            Source::Gguf(file, name) => file.tensor(name),
        }
        .map_err(|e| e.context(format!("tensor {:?}", self.name)))
    }

    fn not_computable(&self, dtype: Dtype) -> Error {
        err!(
            NotImplemented,
            "it is of dtype {dtype}, which nothing can be computed with; only safetensors can carry it on"
        )
    }

    /// Calls `f` with the tensor's bytes as they are stored, row by row.
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        match &self.source {
            Source::Tensor(tensor) | Source::Carried(_, tensor) => tensor.detach().with_bytes(f),
            Source::Raw(_, map, range) => Ok(f(&map.bytes()[range.clone()])),
            Source::Gguf(file, name) => Ok(f(file.bytes(name)?)),
        }
    }

    /// What tells tensors apart that lie in different places; equal for those that share memory. `None` where the format
    /// has no sharing.
    pub fn place(&self) -> Option<usize> {
        match &self.source {
            Source::Tensor(tensor) if tensor.numel() > 0 => Some(tensor.storage().data_ptr().addr()),
            _ => None,
        }
    }
}
