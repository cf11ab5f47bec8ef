//! Storages as pickles name them, and the tensors over them, all checked against the bytes that are there.

use super::known::storage;
use super::raw::raw_parts;
use super::rebuild::Builder;
use crate::object::Object;
use crate::pickle::{Graph, Id, Node};
use crate::stored::Stored;
use flambeau_core::storage::Storage;
use flambeau_core::{DType, Layout, Result, Tensor, bail};
use std::collections::HashMap;
use std::ops::Range;

impl<'g> Builder<'g, '_, '_> {
    /// `(storage, offset, size, stride)`, all checked against the bytes that are there.
    pub(super) fn tensor(&mut self, args: &'g [Id], dtype: Option<DType>) -> Result<Object> {
        let layout = |builder: &Self, elements, size| builder.layout(&args[1..], elements, size);
        if let Some(raw) = self.in_place(args[0], dtype, layout)? {
            return Ok(raw);
        }
        let (storage, dtype, elements) = self.storage(args[0], dtype, None)?;
        let layout = self.layout(&args[1..], elements, dtype.size())?;
        Ok(Object::Tensor(Tensor::from_storage(storage, layout, dtype)?))
    }

    /// A tensor over a storage that stays in the file as bytes, as what it is made of says; `None` if the storage does not.
    pub(super) fn in_place(
        &mut self,
        id: Id,
        dtype: Option<DType>,
        layout: impl FnOnce(&Self, Range<usize>, usize) -> Result<Layout>,
    ) -> Result<Option<Object>> {
        let graph = self.graph;
        let Node::Persistent(tag) = graph.node(id) else { return Ok(None) };
        if !self.storages.how.in_place {
            return Ok(None);
        }
        if let Node::Int(_) | Node::Text(_) = graph.node(*tag) {
            return match self.persistent(id, *tag)? {
                Object::Record("raw tensor", parts) => {
                    let (dtype, elements, data) = Stored::bytes_of(&parts)?;
                    let layout = layout(self, elements, dtype.size())?;
                    Ok(Some(Object::Record("raw tensor", raw_parts(dtype.name(), &layout, data).into())))
                }
                _ => Ok(None),
            };
        }
        let named = named(graph, *tag)?;
        let Some(dtype) = dtype.or(named.dtype) else { return Ok(None) };
        if !self.storages.stays(&named.key, dtype.size())? {
            return Ok(None);
        }
        let (storage, ..) = self.storage(id, Some(DType::U8), None)?;
        let len = storage.len();
        if !len.is_multiple_of(dtype.size()) {
            bail!(Value, "byte {}: {len} bytes are no whole number of {}", graph.offset(id), dtype.name());
        }
        let data = Tensor::from_storage(storage, Layout::contiguous(&[len]), DType::U8)?;
        let layout = layout(self, named.view.unwrap_or(0..len / dtype.size()), dtype.size())?;
        Ok(Some(Object::Record("raw tensor", raw_parts(dtype.name(), &layout, data).into())))
    }

    /// A storage, seen as elements of `dtype` if that is given, and of `default` if it has no dtype of its own; and which of
    /// its elements are meant.
    pub(super) fn storage(
        &mut self,
        id: Id,
        dtype: Option<DType>,
        default: Option<DType>,
    ) -> Result<(Storage, DType, Range<usize>)> {
        let graph = self.graph;
        let Node::Persistent(tag) = graph.node(id) else {
            bail!(Value, "byte {}: a tensor is made of {}, not of a storage", graph.offset(id), graph.kind(id));
        };
        if let Node::Int(_) | Node::Text(_) = graph.node(*tag) {
            let object = self.persistent(id, *tag)?;
            return match self.computed(object)? {
                Object::Tensor(t) => {
                    Ok((t.storage().clone(), t.dtype(), t.storage_offset()..t.storage_offset() + t.numel()))
                }
                _ => bail!(Value, "byte {}: a storage is something else in the file", graph.offset(id)),
            };
        }
        let named = named(graph, *tag)?;
        let (Some(dtype), Some(bytes)) = (dtype.or(named.dtype).or(default), named.bytes()) else {
            bail!(Value, "byte {}: a storage of {} elements without a dtype", graph.offset(id), named.numel);
        };
        if bytes % dtype.size() != 0 {
            bail!(Value, "byte {}: {bytes} bytes are no whole number of {}", graph.offset(id), dtype.name());
        }
        let storage = self
            .storages
            .get(named.key.clone(), dtype, bytes)
            .map_err(|e| e.context(format!("byte {}: storage {:?}", graph.offset(id), named.key)))?;
        Ok((storage, dtype, named.view.unwrap_or(0..bytes / dtype.size())))
    }

    /// `(offset, size, stride)` of a tensor that shows some of a storage's elements, each of `size` bytes.
    pub(super) fn layout(&self, args: &[Id], elements: Range<usize>, size: usize) -> Result<Layout> {
        let offset = self.size(args[0], "a storage offset")?;
        let shape = self.sizes(args[1], "a size")?;
        let strides = self.sizes(args[2], "a stride")?;
        strided(shape, strides, offset, elements, size)
            .map_err(|e| e.context(format!("byte {}", self.graph.offset(args[1]))))
    }
}

/// The layout of a tensor that shows some of a storage's elements, each of `size` bytes.
pub(super) fn strided(
    shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    elements: Range<usize>,
    size: usize,
) -> Result<Layout> {
    if shape.len() != strides.len() {
        bail!(Value, "a tensor has {} sizes and {} strides", shape.len(), strides.len());
    }
    let count = elements.len();
    let layout = Layout { shape: shape.into(), strides: strides.iter().map(|s| *s as isize).collect(), offset };
    if strides.iter().any(|s| isize::try_from(*s).is_err())
        || offset > count
        || layout.check(size, count * size).is_err()
    {
        bail!(
            Value,
            "a tensor of sizes {:?}, strides {strides:?} and offset {offset} goes beyond its storage of {count} elements",
            layout.shape
        );
    }
    Ok(Layout { offset: elements.start + offset, ..layout })
}

/// A storage as a persistent id names it: `('storage', class, key, location, numel)`, and in older files a view of it.
struct Named {
    key: String,
    /// `None` for bytes without a dtype.
    dtype: Option<DType>,
    numel: usize,
    /// The elements that the view shows.
    view: Option<Range<usize>>,
}

impl Named {
    fn bytes(&self) -> Option<usize> {
        self.numel.checked_mul(self.dtype.map_or(1, DType::size))
    }
}

fn named(graph: &Graph, tag: Id) -> Result<Named> {
    let parts = match graph.node(tag) {
        Node::Tuple(parts) if (5..=6).contains(&parts.len()) && graph.text(parts[0]) == Some("storage") => parts,
        _ => bail!(Value, "byte {}: a persistent id that names no storage", graph.offset(tag)),
    };
    let key = match graph.node(parts[2]) {
        Node::Text(key) => key.to_string(),
        Node::Int(key) => key.to_string(),
        _ => bail!(Value, "byte {}: a storage's key is {}", graph.offset(parts[2]), graph.kind(parts[2])),
    };
    let count = |id: Id| match graph.node(id) {
        Node::Int(n) => usize::try_from(*n).ok(),
        _ => None,
    };
    let Some(numel) = count(parts[4]) else {
        bail!(Value, "byte {}: storage {key:?} has no number of elements", graph.offset(parts[4]));
    };
    let view = match parts.get(5).map(|view| graph.node(*view)) {
        None | Some(Node::None) => None,
        Some(Node::Tuple(view)) if view.len() == 3 => {
            let (start, len) = (count(view[1]), count(view[2]));
            match start.zip(len).and_then(|(start, len)| Some(start..start.checked_add(len)?)) {
                Some(view) if view.end <= numel => Some(view),
                _ => bail!(
                    Value,
                    "byte {}: a view of storage {key:?} goes beyond its {numel} elements",
                    graph.offset(parts[5])
                ),
            }
        }
        Some(_) => bail!(Value, "byte {}: a view of storage {key:?} is {}", graph.offset(tag), graph.kind(parts[5])),
    };
    Ok(Named { key, dtype: storage_dtype(graph, parts[1])?, numel, view })
}

/// The dtype of the elements of a class of storages; `None` for bytes without one.
pub(super) fn storage_dtype(graph: &Graph, id: Id) -> Result<Option<DType>> {
    let Some((module, name)) = graph.global(id) else {
        bail!(Value, "byte {}: a storage's class is {}", graph.offset(id), graph.kind(id));
    };
    match storage(module, name) {
        Some(dtype) => Ok(dtype),
        None if matches!(module, "torch" | "torch.cuda") => {
            bail!(NotImplemented, "byte {}: elements of {module}.{name} are not supported", graph.offset(id))
        }
        None => bail!(Value, "byte {}: {module}.{name} is no storage", graph.offset(id)),
    }
}

/// The elements and bytes of every storage that a pickle names, by key.
pub(super) fn storage_bytes(graph: &Graph) -> Result<HashMap<String, (usize, usize)>> {
    let mut sizes = HashMap::new();
    for (id, node) in graph.nodes() {
        let Node::Persistent(tag) = node else { continue };
        if graph.class_with_source(*tag).is_some() {
            continue;
        }
        let storage = named(graph, *tag)?;
        let Some(bytes) = storage.bytes() else {
            bail!(Value, "byte {}: a storage of {} elements", graph.offset(id), storage.numel);
        };
        // What names it first says how its elements are counted.
        let size = *sizes.entry(storage.key.clone()).or_insert((storage.numel, bytes));
        if size.1 != bytes {
            bail!(Value, "byte {}: storage {:?} is described in two ways", graph.offset(id), storage.key);
        }
    }
    Ok(sizes)
}
