//! What a file holds: tensors, and the containers and values around them. Nothing in here runs.

use flambeau_core::{DType, Result, Tensor, bail};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A value of a file.
#[derive(Clone, Debug)]
pub enum Object {
    /// `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// An integer beyond 128 bits: two's complement, lowest byte first.
    BigInt(Arc<[u8]>),
    /// A float.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// Text.
    Str(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<[Object]>),
    /// A tuple; `torch.Size` too.
    Tuple(Arc<[Object]>),
    /// A dict in its order, ordered, counting or with defaults.
    Dict(Arc<[(Object, Object)]>),
    /// A set.
    Set(Arc<[Object]>),
    /// `start:stop:step`.
    Slice(Arc<[Object; 3]>),
    /// A tensor. Tensors that shared memory in the file share it here.
    Tensor(Tensor),
    /// A dtype.
    DType(DType),
    /// A device, by its name.
    Device(Arc<str>),
    /// A structure that the format knows and that is no dense tensor, by its kind, with its parts under names:
    /// `sparse tensor` (layout, parts), `nested tensor` (buffer, sizes, strides, storage_offsets), `meta tensor` (dtype, size,
    /// stride, requires_grad), `quantized tensor` (dtype, scheme, data as the integers, scale, zero_point, and for channels
    /// axis), `raw tensor` of a dtype that there are no kernels for (dtype, size, stride, storage_offset, data as the bytes of
    /// its storage), `dtype` (name), one that there are no kernels for. Quantized numbers of less than a byte have their
    /// bytes as data, and size, stride and storage_offset as raw tensors have.
    Record(&'static str, Arc<[(&'static str, Object)]>),
    /// Something outside the closed set, kept as what the file says of it; only where that was asked for.
    Opaque(Arc<Opaque>),
}

/// A global or a call that was not made.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// The module of the class or function.
    pub module: String,
    /// Its name.
    pub name: String,
    /// What it would be called with; `None` if it is only named.
    pub args: Option<Object>,
    /// The states that the result would be given.
    pub state: Vec<Object>,
}

/// What is found on the way through nested containers.
#[derive(Default)]
struct Walk<'a> {
    out: Vec<(String, &'a Object)>,
    /// Containers, and whether there is something in them.
    known: HashMap<*const (), bool>,
    steps: usize,
    /// Bytes of all paths.
    bytes: usize,
}

impl Object {
    /// The tensors in dicts, lists and tuples, each under the keys that lead to it, joined by dots. Text and numbers beside
    /// them are passed over, and so are records (sparse, quantized and raw tensors): their parts mean nothing one by one.
    pub fn tensors(&self) -> Result<crate::StateDict> {
        let leaves = self.leaves()?.into_iter();
        Ok(leaves
            .filter_map(|(path, leaf)| if let Object::Tensor(t) = leaf { Some((path, t.clone())) } else { None })
            .collect())
    }

    /// Tensors and records, each under the keys that lead to it.
    pub(crate) fn leaves(&self) -> Result<Vec<(String, &Object)>> {
        let mut walk = Walk::default();
        self.collect(String::new(), &mut walk)?;
        Ok(walk.out)
    }

    /// Whether a tensor or a record lies somewhere in it. A container is looked through once, however often it is mentioned.
    fn has_leaves(&self, known: &mut HashMap<*const (), bool>) -> bool {
        let (place, mut parts): (*const (), &mut dyn Iterator<Item = &Object>) = match self {
            Object::Tensor(_) | Object::Record(..) => return true,
            Object::List(items) | Object::Tuple(items) => (items.as_ptr().cast(), &mut items.iter()),
            Object::Dict(pairs) => (pairs.as_ptr().cast(), &mut pairs.iter().map(|(_, value)| value)),
            Object::Opaque(opaque) => (Arc::as_ptr(opaque).cast(), &mut opaque.state.iter()),
            _ => return false,
        };
        if let Some(known) = known.get(&place) {
            return *known;
        }
        let found = Iterator::any(&mut parts, |part| part.has_leaves(known));
        known.insert(place, found);
        found
    }

    fn collect<'a>(&'a self, path: String, walk: &mut Walk<'a>) -> Result<()> {
        if !self.has_leaves(&mut walk.known) {
            return Ok(());
        }
        // Shared containers are visited as often as they are mentioned.
        walk.steps += 1;
        walk.bytes += path.len();
        if walk.steps > 1_000_000 || walk.bytes > 16 << 20 {
            bail!(
                Value,
                "too many values are nested in each other (a million, or 16 MB of names); take what you need from the object itself"
            );
        }
        let join = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        match self {
            Object::Tensor(_) | Object::Record(..) => walk.out.push((path, self)),
            Object::Dict(pairs) => {
                for (key, value) in pairs.iter() {
                    let key = match key {
                        Object::Str(text) => text.to_string(),
                        Object::Int(n) => n.to_string(),
                        _ => continue,
                    };
                    value.collect(join(&key), walk)?;
                }
            }
            Object::List(items) | Object::Tuple(items) => {
                for (i, item) in items.iter().enumerate() {
                    item.collect(join(&i.to_string()), walk)?;
                }
            }
            Object::Opaque(opaque) => {
                for state in &opaque.state {
                    state.collect(path.clone(), walk)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The value of a dict under a text.
    pub fn get(&self, key: &str) -> Option<&Object> {
        let Object::Dict(pairs) = self else { return None };
        pairs.iter().rev().find_map(|(k, v)| matches!(k, Object::Str(text) if &**text == key).then_some(v))
    }
    /// Adds the names of all classes and functions that were kept inert.
    pub(crate) fn unknown(&self, names: &mut BTreeSet<String>) {
        let mut seen = HashSet::new();
        let mut todo = vec![self];
        while let Some(object) = todo.pop() {
            // Shared containers are visited once.
            let (place, parts): (*const (), &[Object]) = match object {
                Object::List(items) | Object::Tuple(items) | Object::Set(items) => (items.as_ptr().cast(), items),
                Object::Dict(pairs) => {
                    if seen.insert(pairs.as_ptr().cast()) {
                        todo.extend(pairs.iter().flat_map(|(k, v)| [k, v]));
                    }
                    continue;
                }
                Object::Opaque(opaque) => {
                    if seen.insert(Arc::as_ptr(opaque).cast()) {
                        names.insert(format!("{}.{}", opaque.module, opaque.name));
                        todo.extend(opaque.args.iter().chain(&opaque.state));
                    }
                    continue;
                }
                _ => continue,
            };
            if seen.insert(place) {
                todo.extend(parts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists of the same list twice, so that what is in the innermost is mentioned 2^200 times.
    fn nested(innermost: Object) -> Object {
        (0..200).fold(innermost, |o, _| Object::List([o.clone(), o].into()))
    }

    #[test]
    fn what_is_mentioned_over_and_over_takes_little_time_and_memory() -> Result<()> {
        assert!(nested(Object::Int(1)).tensors()?.is_empty());
        let ones = flambeau_core::ops::ones(&[2], DType::F32)?;
        let refused = nested(Object::Tensor(ones.clone())).tensors();
        assert!(refused.is_err_and(|e| e.to_string().contains("too many values")));
        let shared = Object::List([Object::Tensor(ones)].into());
        let twice = Object::Tuple([shared.clone(), Object::None, shared].into());
        let names: Vec<String> = twice.tensors()?.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["0.0", "2.0"]);
        Ok(())
    }
}
