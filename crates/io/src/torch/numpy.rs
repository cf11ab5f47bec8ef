//! NumPy's arrays and numbers among the objects of a file: arrays become tensors, numbers numbers.

use super::Unknown;
use super::raw::raw_parts;
use super::rebuild::Builder;
use crate::object::Object;
use crate::pickle::{Call, Id, Node};
use flambeau_core::{DType, Layout, Result, Tensor, bail, checked_numel, contiguous_strides};
use std::borrow::Cow;

/// What an array's elements are: PyTorch's name of it, the bytes of an element, and those that are swapped together if
/// they stand highest first.
struct Elements {
    name: &'static str,
    size: usize,
    swap: Option<usize>,
}

impl<'g> Builder<'g, '_, '_> {
    /// `_reconstruct(ndarray, (0,), b'b')`, which is then given `(1, shape, dtype, columns first, data)`.
    pub(super) fn array(&mut self, id: Id, call: &Call) -> Result<Object> {
        let args = self.operands(call, "_reconstruct", 3..=3)?;
        if self.graph.global(args[0]) != Some(("numpy", "ndarray")) {
            let (module, name) = self.name(args[0])?;
            return self.outside(id, module, name, Some(call.args), &call.states);
        }
        let state = match call.states[..] {
            [state] => self.tuple(state, "the state of an array")?,
            _ => &[],
        };
        let [.., shape, dtype, columns, data] = state[..] else {
            bail!(Value, "byte {}: an array is given no (version, shape, dtype, order, data)", self.graph.offset(id));
        };
        if self.unknown == Unknown::Keep && self.elements(dtype).is_err() {
            return self.outside(id, "numpy", "ndarray", Some(call.args), &call.states);
        }
        let columns = *self.graph.node(columns) == Node::Bool(true);
        self.array_of(shape, dtype, columns, data)
    }

    /// `_frombuffer(data, dtype, shape, order)`.
    pub(super) fn array_of_buffer(&mut self, call: &Call) -> Result<Object> {
        let args = self.operands(call, "_frombuffer", 4..=4)?;
        self.array_of(args[2], args[1], self.graph.text(args[3]) == Some("F"), args[0])
    }

    fn array_of(&mut self, shape: Id, dtype: Id, columns: bool, data: Id) -> Result<Object> {
        let elements = self.elements(dtype)?;
        let mut shape = self.sizes(shape, "an array's shape")?;
        let bytes = self.data(data, &elements)?;
        let order: Vec<i64> = if columns { (0..shape.len() as i64).rev().collect() } else { Vec::new() };
        if columns {
            shape.reverse();
        }
        let place = |e: flambeau_core::Error| e.context(format!("byte {}: an array", self.graph.offset(data)));
        if let Some(dtype) = DType::from_name(elements.name) {
            let t = Tensor::from_bytes(&bytes, dtype, &shape).map_err(place)?;
            return Ok(Object::Tensor(if columns { t.permute(&order)? } else { t }));
        }
        if checked_numel(&shape, elements.size).map_err(place)? * elements.size != bytes.len() {
            bail!(Value, "byte {}: an array of shape {shape:?} in {} bytes", self.graph.offset(data), bytes.len());
        }
        let mut strides = contiguous_strides(&shape);
        if columns {
            shape.reverse();
            strides.reverse();
        }
        let data = Tensor::from_bytes(&bytes, DType::U8, &[bytes.len()]).map_err(place)?;
        let layout = Layout { shape: shape.into(), strides, offset: 0 };
        Ok(Object::Record("raw tensor", raw_parts(elements.name, &layout, data).into()))
    }

    /// `scalar(dtype, data)`.
    pub(super) fn scalar(&mut self, id: Id, call: &Call) -> Result<Object> {
        let args = self.operands(call, "scalar", 2..=2)?;
        if self.unknown == Unknown::Keep && self.elements(args[0]).is_err() {
            return self.outside(id, "numpy.core.multiarray", "scalar", Some(call.args), &call.states);
        }
        let elements = self.elements(args[0])?;
        let bytes = self.data(args[1], &elements)?;
        if bytes.len() != elements.size {
            bail!(Value, "byte {}: a number of {} bytes", self.graph.offset(args[1]), bytes.len());
        }
        if elements.name.starts_with("uint") {
            return Ok(Object::Int(bytes.iter().rev().fold(0, |n, b| n << 8 | i128::from(*b))));
        }
        let dtype = DType::from_name(elements.name).unwrap_or(DType::U8);
        let wide = match dtype {
            DType::Bool => return Ok(Object::Bool(bytes[0] != 0)),
            _ if dtype.is_complex() => DType::C128,
            _ if dtype.is_float() => DType::F64,
            _ => DType::I64,
        };
        let number = Tensor::from_bytes(&bytes, dtype, &[])?.to_dtype(wide)?;
        let mut parts = [[0; 8]; 2];
        number.with_bytes(|b| parts.iter_mut().zip(b.chunks_exact(8)).for_each(|(p, b)| p.copy_from_slice(b)))?;
        Ok(match wide {
            DType::I64 => Object::Int(i64::from_le_bytes(parts[0]).into()),
            DType::F64 => Object::Float(f64::from_le_bytes(parts[0])),
            _ => Object::Complex(f64::from_le_bytes(parts[0]), f64::from_le_bytes(parts[1])),
        })
    }

    /// `dtype(text, align, copy)`, which is then given `(version, byte order, …)`.
    fn elements(&self, id: Id) -> Result<Elements> {
        let graph = self.graph;
        let call = match graph.node(id) {
            Node::Call(call) if graph.global(call.callee) == Some(("numpy", "dtype")) => call,
            _ => bail!(Value, "byte {}: an array's dtype is {}", graph.offset(id), graph.kind(id)),
        };
        let text = graph.text(self.operands(call, "numpy.dtype", 1..=3)?[0]).unwrap_or_default();
        let (name, size, part) = match text.trim_start_matches(['<', '>', '|', '=']) {
            "b1" | "?" | "bool" => ("bool", 1, 1),
            "i1" => ("int8", 1, 1),
            "i2" => ("int16", 2, 2),
            "i4" => ("int32", 4, 4),
            "i8" => ("int64", 8, 8),
            "u1" => ("uint8", 1, 1),
            "u2" => ("uint16", 2, 2),
            "u4" => ("uint32", 4, 4),
            "u8" => ("uint64", 8, 8),
            "f2" => ("float16", 2, 2),
            "f4" => ("float32", 4, 4),
            "f8" => ("float64", 8, 8),
            "c8" => ("complex64", 8, 4),
            "c16" => ("complex128", 16, 8),
            _ => bail!(
                NotImplemented,
                "byte {}: an array of NumPy's dtype {text:?}; arrays of numbers and bools are read, so save it as one",
                graph.offset(id)
            ),
        };
        let order = match call.states[..] {
            [] => None,
            [state] => self.tuple(state, "the state of a dtype")?.get(1).and_then(|order| graph.text(*order)),
            _ => bail!(Value, "byte {}: a dtype is given several states", graph.offset(id)),
        };
        let big = order == Some(">") || order.is_none() && text.starts_with('>');
        Ok(Elements { name, size, swap: big.then_some(part) })
    }

    /// The bytes of elements, lowest first.
    fn data(&mut self, id: Id, elements: &Elements) -> Result<Cow<'g, [u8]>> {
        let graph = self.graph;
        let mut bytes = match graph.node(id) {
            Node::Bytes(bytes) => Cow::Borrowed(&**bytes),
            // Python 2 has one kind of string.
            Node::Text(text) => Cow::Borrowed(text.as_bytes()),
            _ => match self.object(id)? {
                Object::Bytes(bytes) => Cow::Owned(bytes.to_vec()),
                _ => bail!(Value, "byte {}: an array's data is {}", graph.offset(id), graph.kind(id)),
            },
        };
        if let Some(n) = elements.swap.filter(|n| *n > 1) {
            bytes.to_mut().chunks_exact_mut(n).for_each(<[u8]>::reverse);
        }
        Ok(bytes)
    }
}
