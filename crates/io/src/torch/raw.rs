//! Tensors that are not plain numbers of a dtype: quantized ones, ones of dtypes without kernels, conjugates and negatives
//! that were put off, and ones that lived on devices without storages.

use super::kinds::{raw_dtype, storage_class};
use super::rebuild::Builder;
use crate::object::Object;
use crate::pickle::{Id, Node};
use crate::stored::{Element, Stored};
use flambeau_core::{DType, Layout, Result, Tensor, bail};
use std::sync::Arc;

/// The parts of a tensor whose elements stay bytes: `data` is all of its storage.
pub(super) fn raw_parts(dtype: &str, layout: &Layout, data: Tensor) -> Vec<(&'static str, Object)> {
    let ints = |ns: &mut dyn Iterator<Item = i128>| Object::Tuple(ns.map(Object::Int).collect());
    vec![
        ("dtype", Object::Str(dtype.into())),
        ("size", ints(&mut layout.shape.iter().map(|n| *n as i128))),
        ("stride", ints(&mut layout.strides.iter().map(|n| *n as i128))),
        ("storage_offset", Object::Int(layout.offset as i128)),
        ("data", Object::Tensor(data)),
    ]
}

impl<'g> Builder<'g, '_, '_> {
    /// A tensor of a dtype that there are no kernels for.
    pub(super) fn raw(&mut self, args: &'g [Id], dtype: &Object) -> Result<Object> {
        let name = match dtype {
            Object::Record("dtype", parts) => {
                parts.first().and_then(|p| if let Object::Str(s) = &p.1 { Some(&**s) } else { None })
            }
            _ => None,
        };
        let Some((name, size)) = name.and_then(raw_dtype) else {
            bail!(Value, "byte {}: a tensor of elements that are no dtype: {dtype:?}", self.graph.offset(args[0]));
        };
        let (data, _) = self.bytes(args[0])?;
        let layout = self.layout(&args[1..], 0..data.numel() / size, size)?;
        Ok(Object::Record("raw tensor", raw_parts(name, &layout, data).into()))
    }

    /// A tensor that was left in the file as bytes, made one that can be computed with; anything else as it is.
    pub(super) fn computed(&self, object: Object) -> Result<Object> {
        if let Object::Record(kind, parts) = &object
            && let Some(stored) = Stored::record("", kind, parts)?
            && let Element::DType(_) = stored.element()
        {
            return Ok(Object::Tensor(stored.tensor()?));
        }
        Ok(object)
    }

    /// The bytes of a storage, and the name of its class.
    fn bytes(&mut self, id: Id) -> Result<(Tensor, &'g str)> {
        let (storage, ..) = self.storage(id, Some(DType::U8), None)?;
        let len = storage.len();
        let class = match self.graph.node(id) {
            Node::Persistent(tag) => match self.graph.node(*tag) {
                Node::Tuple(parts) => parts.get(1).and_then(|class| self.graph.global(*class)),
                _ => None,
            },
            _ => None,
        };
        Ok((Tensor::from_storage(storage, Layout::contiguous(&[len]), DType::U8)?, class.map_or("", |c| c.1)))
    }

    /// `(storage, offset, size, stride, (scheme, scale, zero_point[, axis]), requires_grad, hooks)`.
    pub(super) fn quantized(&mut self, args: &'g [Id]) -> Result<Object> {
        let graph = self.graph;
        let how = self.tuple(args[4], "how a tensor is quantized")?;
        let scheme = how.first().and_then(|id| graph.global(*id));
        let names: &[&'static str] = match (scheme, how.len()) {
            (Some(("torch", "per_tensor_affine")), 3) => &["scale", "zero_point"],
            (Some(("torch", "per_channel_affine" | "per_channel_affine_float_qparams")), 4) => {
                &["scale", "zero_point", "axis"]
            }
            _ => bail!(
                NotImplemented,
                "byte {}: a tensor is quantized by {} parameters as {scheme:?}; per_tensor_affine and per_channel_affine are \
                 known",
                graph.offset(args[4]),
                how.len()
            ),
        };
        let (bytes, class) = self.bytes(args[0])?;
        let Some((dtype, _)) = storage_class(class).filter(|_| class.starts_with('Q')) else {
            bail!(Value, "byte {}: a quantized tensor of {class:?}", graph.offset(args[0]));
        };
        let mut parts = match dtype {
            "quint4x2" | "quint2x4" => {
                let each = if dtype == "quint4x2" { 2 } else { 4 };
                let layout = self.layout(&args[1..4], 0..bytes.numel().saturating_mul(each), 1)?;
                raw_parts(dtype, &layout, bytes)
            }
            _ => vec![("dtype", Object::Str(dtype.into())), ("data", self.tensor(&args[..4], None)?)],
        };
        parts.push(("scheme", Object::Str(scheme.map_or("", |s| s.1).into())));
        for (name, id) in names.iter().zip(&how[1..]) {
            parts.push((name, self.object(*id)?));
        }
        Ok(Object::Record("quantized tensor", Arc::from(parts)))
    }

    /// What a tensor's operations that were put off make of it: `{'conj': True, 'neg': True}`.
    pub(super) fn flagged(&mut self, object: Object, metadata: Option<&Id>) -> Result<Object> {
        let Some(id) = metadata.filter(|id| *self.graph.node(**id) != Node::None) else { return Ok(object) };
        let mut object = object;
        let Object::Dict(flags) = self.object(*id)? else {
            bail!(Value, "byte {}: notes on a tensor are {}", self.graph.offset(*id), self.graph.kind(*id));
        };
        for flag in flags.iter() {
            if let Object::Bool(true) = flag.1 {
                object = self.computed(object)?;
            }
            object = match (object, flag) {
                (object, (Object::Str(_), Object::Bool(false))) => object,
                (Object::Tensor(t), (Object::Str(name), Object::Bool(true))) if &**name == "conj" => {
                    Object::Tensor(t.conj()?)
                }
                (Object::Tensor(t), (Object::Str(name), Object::Bool(true))) if &**name == "neg" => {
                    Object::Tensor(t.neg()?)
                }
                _ => bail!(NotImplemented, "byte {}: a tensor with the note {flag:?}", self.graph.offset(*id)),
            };
        }
        Ok(object)
    }

    /// `(data, dtype, device, requires_grad)`: a tensor of a device without storages, as an array or tensor.
    pub(super) fn device_tensor(&mut self, args: &'g [Id]) -> Result<Object> {
        let data = self.object(args[0])?;
        match (self.computed(data)?, self.object(args[1])?) {
            (Object::Tensor(data), Object::DType(dtype)) => Ok(Object::Tensor(data.to_dtype(dtype)?)),
            _ => bail!(
                NotImplemented,
                "byte {}: a tensor of another device is made of {} as {}, and not of an array as a dtype that there is",
                self.graph.offset(args[0]),
                self.graph.kind(args[0]),
                self.graph.kind(args[1])
            ),
        }
    }
}
