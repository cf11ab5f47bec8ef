//! Files of PyTorch before 1.6: a magic number, a version, a note on the machine, the object and the list of its storages,
//! each a pickle of its own; then the storages, each with its length in front.

use super::rebuild::build;
use super::storages::storage_bytes;
use super::{How, Storages};
use crate::object::Object;
use crate::pickle::{self, Graph, Node};
use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{Result, bail};
use std::collections::HashMap;
use std::ops::Range;

pub(crate) const MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;
const VERSION: i128 = 1001;

/// Reads a file.
pub(super) fn load(map: &MappedFile, how: How) -> Result<Object> {
    let bytes = map.bytes();
    let mut pos = 0;
    let mut next = |what: &str| -> Result<(Graph<'_>, usize)> {
        let graph = pickle::read(&bytes[pos..]).map_err(|e| e.context(format!("{what}, from byte {pos}")))?;
        pos += graph.len;
        Ok((graph, pos))
    };
    let is = |graph: &Graph, n: i128| matches!(graph.node(graph.root), Node::Int(x) if *x == n);
    match next("the magic number") {
        Ok((magic, _)) if is(&magic, MAGIC) => {}
        _ => bail!(
            Value,
            "this is no file of torch.save: it is neither a zip archive nor begins with PyTorch's magic number"
        ),
    }
    let (version, _) = next("the version")?;
    if !is(&version, VERSION) {
        bail!(Value, "the file's version is not {VERSION}, the only one there is");
    }
    let (machine, _) = next("the note on the machine")?;
    if let Node::Dict(pairs) = machine.node(machine.root)
        && pairs
            .iter()
            .any(|(k, v)| machine.text(*k) == Some("little_endian") && *machine.node(*v) == Node::Bool(false))
    {
        bail!(NotImplemented, "the file was written in big byte order; only little is supported");
    }
    let (graph, _) = next("the object")?;
    let (keys, start) = next("the list of storages")?;
    let Node::List(keys_in_order) = keys.node(keys.root) else {
        bail!(Value, "the list of storages is {}", keys.kind(keys.root));
    };
    let sizes = storage_bytes(&graph)?;
    let mut ranges: HashMap<String, Range<usize>> = HashMap::new();
    let mut pos = start;
    for key in keys_in_order {
        let Some(key) = keys.text(*key) else { bail!(Value, "a storage's key is {}", keys.kind(*key)) };
        let Some(&(elements, len)) = sizes.get(key) else {
            bail!(Value, "storage {key:?} is in the file, and no tensor is made of it; its length is not known");
        };
        let Some(count) = bytes.get(pos..pos + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes) else {
            bail!(Value, "the file ends before storage {key:?}");
        };
        let end = (pos + 8).checked_add(len).filter(|end| *end <= bytes.len());
        let (Some(end), true) = (end, count == elements as u64) else {
            bail!(
                Value,
                "storage {key:?} should have {elements} elements in {len} bytes; the file says {count}, or ends before"
            );
        };
        ranges.insert(key.to_string(), pos + 8..end);
        pos = end;
    }
    let find = |key: &str| match ranges.get(key) {
        Some(range) => Ok(Range::clone(range)),
        None => bail!(Key, "the file has no such storage"),
    };
    build(&graph, Storages::new(map, &find, how))
}
