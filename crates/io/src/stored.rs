//! Tensors as they lie in files, of which nothing has been read yet: what tools list, compare and convert.

use crate::gguf::GgufFile;
use crate::safetensors::{format_dtype, own_dtype};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Result, Tensor, bail};
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
            Source::Tensor(tensor) => tensor.numel() * tensor.element_size(),
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
                None => bail!(
                    NotImplemented,
                    "tensor {:?} is of dtype {dtype}, which nothing can be computed with",
                    self.name
                ),
            },
            Source::Gguf(file, name) => file.tensor(name),
        }
        .map_err(|e| e.context(format!("tensor {:?}", self.name)))
    }

    /// Calls `f` with the tensor's bytes as they are stored, row by row.
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        match &self.source {
            Source::Tensor(tensor) => tensor.detach().with_bytes(f),
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
