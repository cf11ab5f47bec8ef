//! Files of PyTorch's first releases: tar archives whose entries are the storages, the tensors over them, and a pickle that
//! names tensors by number.

use super::raw::raw_parts;
use super::rebuild::build;
use super::storages::{storage_dtype, strided};
use super::{How, Storages};
use crate::object::Object;
use crate::pickle::{self, Graph, Id, Node};
use crate::stored::Stored;
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{DType, Layout, Result, Tensor, bail};
use std::collections::HashMap;
use std::ops::Range;

const BLOCK: usize = 512;

/// Whether a file says that it is a tar archive.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Where the entries of an archive lie, by their names.
fn entries(bytes: &[u8]) -> Result<HashMap<&str, Range<usize>>> {
    let mut entries = HashMap::new();
    let mut at = 0usize;
    // An empty block ends the archive.
    while let Some(header) = bytes.get(at..at + BLOCK).filter(|header| header.iter().any(|b| *b != 0)) {
        let number = |range: Range<usize>| {
            let text = std::str::from_utf8(&header[range]).ok()?.trim_matches([' ', '\0']);
            usize::from_str_radix(text, 8).ok()
        };
        // The checksum counts itself as blanks.
        let sum =
            header.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { usize::from(*b) }).sum();
        let (Some(len), true) = (number(124..136), number(148..156) == Some(sum)) else {
            bail!(Value, "byte {at}: the header of an entry is damaged, or says more than 8 GiB");
        };
        let start = at + BLOCK;
        let Some(end) = start.checked_add(len).filter(|end| *end <= bytes.len()) else {
            bail!(Value, "byte {at}: an entry of {len} bytes goes beyond the file's end");
        };
        let name = header[..100].split(|b| *b == 0).next().and_then(|name| std::str::from_utf8(name).ok());
        if let (Some(name), b'0' | 0) = (name, header[156])
            && entries.insert(name.trim_start_matches("./"), start..end).is_some()
        {
            bail!(Value, "byte {at}: the archive has two entries {name:?}");
        }
        at = end.next_multiple_of(BLOCK);
    }
    Ok(entries)
}

/// Pickles and numbers of an entry, one after the other.
struct Parts<'a> {
    bytes: &'a [u8],
    pos: usize,
    end: usize,
}

impl<'a> Parts<'a> {
    fn pickle(&mut self) -> Result<Graph<'a>> {
        let graph = pickle::read(&self.bytes[self.pos..self.end])
            .map_err(|e| e.context(format!("the pickle from byte {}", self.pos)))?;
        self.pos += graph.len;
        Ok(graph)
    }

    fn take(&mut self, n: usize) -> Result<Range<usize>> {
        let Some(end) = self.pos.checked_add(n).filter(|end| *end <= self.end) else {
            bail!(Value, "byte {}: {n} bytes are asked for, and {} are left", self.pos, self.end - self.pos);
        };
        let range = self.pos..end;
        self.pos = end;
        Ok(range)
    }

    /// A number of N bytes that counts or places something.
    fn number(&mut self, n: usize) -> Result<usize> {
        let at = self.pos;
        let number = self.bytes[self.take(n)?].iter().rev().fold(0u64, |x, b| x << 8 | u64::from(*b));
        match usize::try_from(number).ok().filter(|n| *n <= isize::MAX as usize) {
            Some(number) => Ok(number),
            None => bail!(Value, "byte {at}: {number} counts nothing"),
        }
    }
}

/// A number of a pickle that counts or names something.
fn int(graph: &Graph, id: Id) -> Result<i128> {
    match graph.node(id) {
        Node::Int(n) => Ok(*n),
        _ => bail!(Value, "byte {}: {} stands for a number", graph.offset(id), graph.kind(id)),
    }
}

/// The N objects of a tuple.
fn tuple<const N: usize>(graph: &Graph, id: Id) -> Result<[Id; N]> {
    let items = if let Node::Tuple(items) = graph.node(id) { items.as_slice().try_into().ok() } else { None };
    match items {
        Some(items) => Ok(items),
        None => bail!(Value, "byte {}: {} stands for a tuple of {N}", graph.offset(id), graph.kind(id)),
    }
}

/// Reads an archive.
pub(super) fn load(map: &MappedFile, how: How) -> Result<Object> {
    let bytes = map.bytes();
    let entries = entries(bytes)?;
    let parts = |name: &str| match entries.get(name) {
        Some(range) => Ok(Parts { bytes, pos: range.start, end: range.end }),
        None => bail!(Key, "this is a tar archive and no file of torch.save: it has no entry {name:?}"),
    };
    let mut known = HashMap::new();
    storages(map, &mut parts("storages")?, &mut known, how).map_err(|e| e.context("the storages"))?;
    tensors(&mut parts("tensors")?, &mut known).map_err(|e| e.context("the tensors"))?;
    let graph = parts("pickle")?.pickle()?;
    let find = |_: &str| bail!(Key, "the file has no storages outside its list");
    build(&graph, Storages { known, ..Storages::new(map, &find, how) })
}

/// A storage, or a view of one, that is in the file under a number.
fn root(known: &HashMap<String, Object>, key: i128) -> Result<Root> {
    match known.get(&key.to_string()) {
        Some(Object::Tensor(t)) => {
            let start = t.storage_offset();
            Ok(Root { dtype: t.dtype(), elements: start..start + t.numel(), data: t.clone(), raw: false })
        }
        Some(Object::Record("raw tensor", parts)) => {
            let (dtype, elements, data) = Stored::bytes_of(parts)?;
            Ok(Root { dtype, elements, data, raw: true })
        }
        _ => bail!(Value, "storage {key} is not in the file"),
    }
}

/// Elements of a storage that tensors are made of.
struct Root {
    dtype: DType,
    elements: Range<usize>,
    data: Tensor,
    /// Whether `data` are the bytes of a storage, which is not aligned in the file, and not its elements.
    raw: bool,
}

impl Root {
    /// The tensor that shows some of them.
    fn show(&self, layout: Layout) -> Result<Object> {
        Ok(if self.raw {
            Object::Record("raw tensor", raw_parts(self.dtype.name(), &layout, self.data.clone()).into())
        } else {
            Object::Tensor(Tensor::from_storage(self.data.storage().clone(), layout, self.dtype)?)
        })
    }
}

/// A number of storages, each `(key, location, class)`, its number of elements and its bytes; then views
/// `(key, root, offset, elements)`.
fn storages(map: &MappedFile, parts: &mut Parts, known: &mut HashMap<String, Object>, how: How) -> Result<()> {
    let count = parts.pickle()?;
    for _ in 0..int(&count, count.root)? {
        let graph = parts.pickle()?;
        let [key, _, class] = tuple(&graph, graph.root)?;
        let Some(dtype) = storage_dtype(&graph, class)? else {
            bail!(Value, "byte {}: a storage without a dtype", parts.pos);
        };
        let numel = parts.number(8)?;
        let range = parts.take(numel.saturating_mul(dtype.size()))?;
        let storage = if how.in_place && !range.start.is_multiple_of(dtype.size()) {
            let (len, layout) = (range.len(), Layout::contiguous(&[numel]));
            Object::Record("raw tensor", raw_parts(dtype.name(), &layout, map.tensor(range, DType::U8, &[len])?).into())
        } else {
            Object::Tensor(map.tensor(range, dtype, &[numel])?)
        };
        known.insert(int(&graph, key)?.to_string(), storage);
    }
    let views = parts.pickle()?;
    let Node::List(items) = views.node(views.root) else {
        bail!(Value, "the list of views is {}", views.kind(views.root));
    };
    for item in items {
        let [key, of, offset, numel] = tuple(&views, *item)?;
        let root = root(known, int(&views, of)?)?;
        let (offset, numel, all) = (int(&views, offset)?, int(&views, numel)?, root.elements.len());
        let view = match (usize::try_from(offset), usize::try_from(numel)) {
            (Ok(offset), Ok(len)) if offset.checked_add(len).is_some_and(|end| end <= all) => {
                root.show(Layout { offset: root.elements.start + offset, ..Layout::contiguous(&[len]) })?
            }
            _ => bail!(Value, "{numel} elements from {offset} of a storage of {all} are no view of it"),
        };
        known.insert(int(&views, key)?.to_string(), view);
    }
    Ok(())
}

/// A number of tensors, each `(key, storage, class)`, its number of dimensions, sizes, strides and offset.
fn tensors(parts: &mut Parts, known: &mut HashMap<String, Object>) -> Result<()> {
    let count = parts.pickle()?;
    for _ in 0..int(&count, count.root)? {
        let graph = parts.pickle()?;
        let [key, storage, _] = tuple(&graph, graph.root)?;
        let root = root(known, int(&graph, storage)?)?;
        let at = parts.pos;
        let dims = parts.number(4)?;
        parts.take(4)?;
        if dims > 64 {
            bail!(Value, "byte {at}: a tensor has {dims} dimensions, and may have 64");
        }
        let shape = (0..dims).map(|_| parts.number(8)).collect::<Result<Vec<_>>>()?;
        let strides = (0..dims).map(|_| parts.number(8)).collect::<Result<Vec<_>>>()?;
        let offset = parts.number(8)?;
        let layout = strided(shape, strides, offset, root.elements.clone(), root.dtype.size())
            .map_err(|e| e.context(format!("byte {at}")))?;
        known.insert(int(&graph, key)?.to_string(), root.show(layout)?);
    }
    Ok(())
}
