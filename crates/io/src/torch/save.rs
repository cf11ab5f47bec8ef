//! Writing files as `torch.save` does: the pickle first, which names the storages by number, then each storage once, straight
//! out of its memory.

use super::kinds::{class_of, foreign_dtype, raw_dtype};
use crate::atomic::write_atomic_sized;
use crate::object::Object;
use crate::pickle::Pickle;
use crate::pieces::{PIECE, Told};
use crate::stored::Stored;
use crate::zip::Writer;
use flambeau_core::storage::Storage;
use flambeau_core::{DType, Result, Tensor, bail, contiguous_strides};
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::path::Path;

/// How deep containers may lie in each other: as deep as they may when read.
const DEPTH: usize = 500;
/// Storages begin at multiples of this many bytes, as PyTorch aligns them.
const ALIGN: usize = 64;

/// Writes a file that `torch.load` reads, with `weights_only=True` too as long as all that is in it is on PyTorch's own list
/// of safe things (slices, nested sets and nested tensors are not). The same object gives the same bytes.
///
/// Tensors that share a storage still share it when read, with their strides and offsets; for that a storage is written
/// whole, so `clone()` a small view of a large one first. The file is there whole or not at all.
pub fn save_torch(object: &Object, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let mut saver = Saver::new();
    saver.value(object, false).map_err(|e| e.context(format!("save_torch: {}", path.display())))?;
    saver.write_file(path, &[], &mut |_, _| {})
}

/// Writes tensors under their names, of which those of floats are cast to `cast` if that is given. What shares a storage still
/// does, unless it is cast.
pub(crate) fn write_torch(tensors: &[Stored], path: &Path, cast: Option<DType>, told: Told<'_>) -> Result<()> {
    let mut saver = Saver::new();
    saver.stored(tensors, cast).map_err(|e| e.context(format!("save_torch: {}", path.display())))?;
    saver.write_file(path, tensors, told)
}

/// A storage that the pickle names by its place in the list.
struct Named {
    data: Data,
    /// What its elements are.
    class: &'static str,
    slot: u32,
}

/// What a storage holds.
enum Data {
    /// All of a storage that tensors show.
    Whole(Storage),
    /// The elements of the stored tensor of this place in the list, cast or not: so many bytes.
    Stored(usize, Option<DType>, usize),
}

struct Saver {
    pickle: Pickle,
    depth: usize,
    /// Slots of the containers that may be shared, by kind and address.
    made: HashMap<(Discriminant<Object>, usize, usize), u32>,
    /// Slots of tensors, by their storage and offset.
    tensors: HashMap<(usize, usize), Vec<(Tensor, u32)>>,
    storages: Vec<Named>,
    /// Places in that list, by the address of the bytes.
    places: HashMap<usize, Vec<usize>>,
}

/// Where an object lies that others may share. Empty ones are not told apart by their address. Records and sets also differ
/// by what `kind` says of them.
fn address(object: &Object, key: bool) -> Option<(Discriminant<Object>, usize, usize)> {
    let (len, at, kind) = match object {
        Object::List(items) | Object::Tuple(items) => (items.len(), items.as_ptr().addr(), 0),
        Object::Set(items) => (items.len(), items.as_ptr().addr(), usize::from(key)),
        Object::Dict(pairs) => (pairs.len(), pairs.as_ptr().addr(), 0),
        Object::Bytes(bytes) | Object::BigInt(bytes) => (bytes.len(), bytes.as_ptr().addr(), 0),
        Object::Slice(parts) => (parts.len(), parts.as_ptr().addr(), 0),
        Object::Record(kind, parts) => (parts.len(), parts.as_ptr().addr(), kind.as_ptr().addr()),
        _ => return None,
    };
    (len > 0).then_some((discriminant(object), at, kind))
}

impl Saver {
    fn new() -> Saver {
        Saver {
            pickle: Pickle::new(),
            depth: 0,
            made: HashMap::new(),
            tensors: HashMap::new(),
            storages: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Writes the file: the pickle, then the storages that it names.
    fn write_file(self, path: &Path, tensors: &[Stored], told: Told<'_>) -> Result<()> {
        let pickle = self.pickle.finish();
        // Nobody may write to them until they are in the file.
        let mut guards = Vec::with_capacity(self.storages.len());
        for named in &self.storages {
            guards.push(match &named.data {
                Data::Whole(storage) => Some(storage.read()?),
                Data::Stored(..) => None,
            });
        }
        let len = |named: &Named| match &named.data {
            Data::Whole(storage) => storage.len(),
            Data::Stored(.., len) => *len,
        };
        write_atomic_sized(path, self.storages.iter().map(len).sum(), |out| {
            let mut zip = Writer::new(out);
            zip.entry("archive/data.pkl", &[&pickle], ALIGN, false)?;
            // PyTorch takes `.format_version` as a promise that entries lie where its own writer would put them; without it,
            // the directory says where they are.
            zip.entry("archive/byteorder", &[b"little"], ALIGN, false)?;
            for (key, (named, guard)) in self.storages.iter().zip(&guards).enumerate() {
                zip.streamed(&format!("archive/data/{key}"), len(named), ALIGN, |out, first| {
                    // All is read twice, and counts once.
                    let mut told = |bytes, looked_at| told(if first { 0 } else { bytes }, looked_at);
                    match (&named.data, guard) {
                        (Data::Stored(i, cast, _), _) => {
                            tensors[*i].pieces(*cast, &mut |bytes| out.write_all(bytes), &mut told)
                        }
                        (_, guard) => {
                            guard.iter().flat_map(|guard| guard.bytes().chunks(PIECE)).try_for_each(|bytes| {
                                out.write_all(bytes)?;
                                told(bytes.len(), bytes.len());
                                Ok(())
                            })
                        }
                    }
                })?;
            }
            zip.entry("archive/version", &[b"3\n"], ALIGN, false)?;
            zip.finish()
        })
    }

    /// Writes tensors of a file as a dict.
    fn stored(&mut self, tensors: &[Stored], cast: Option<DType>) -> Result<()> {
        self.pickle.op(b'}');
        self.pickle.op(b'(');
        for (i, stored) in tensors.iter().enumerate() {
            short(stored.name().len())?;
            self.pickle.text(stored.name());
            let (dtype, cast) = stored.computable_target(cast)?;
            match stored.view().filter(|_| cast.is_none()) {
                Some(t) if t.dtype() == dtype => self.tensor(t)?,
                Some(bytes) => self.rebuilt(|saver| saver.strided_bytes(bytes, dtype))?,
                None => self.rebuilt(|saver| saver.dense(i, stored, dtype, cast))?,
            }
        }
        self.pickle.op(b'u');
        Ok(())
    }

    /// A tensor of which `what` writes storage, offset, sizes and strides.
    fn rebuilt(&mut self, what: impl FnOnce(&mut Saver) -> Result<()>) -> Result<()> {
        self.pickle.global("torch._utils", "_rebuild_tensor_v2");
        self.pickle.op(b'(');
        what(self)?;
        self.flags(false);
        self.pickle.op(b't');
        self.pickle.op(b'R');
        Ok(())
    }

    /// Storage, offset, sizes and strides of a stored tensor that gets a storage of its own.
    fn dense(&mut self, i: usize, stored: &Stored, dtype: DType, cast: Option<DType>) -> Result<()> {
        let Some(class) = class_of(dtype.name()) else {
            bail!(Value, "no storage of PyTorch has elements of {:?}", dtype.name())
        };
        let numel = stored.shape().iter().product::<usize>();
        let key = self.storages.len();
        let slot = self.named(key, class, numel);
        self.storages.push(Named { data: Data::Stored(i, cast, numel * dtype.size()), class, slot });
        self.pickle.int(0);
        self.pickle.ints(stored.shape().iter().map(|n| *n as i128));
        self.pickle.ints(contiguous_strides(stored.shape()).iter().map(|n| *n as i128));
        Ok(())
    }

    /// Storage, offset, sizes and strides of a tensor of `dtype` that is given as bytes, with a last dimension for those of an
    /// element.
    fn strided_bytes(&mut self, bytes: &Tensor, dtype: DType) -> Result<()> {
        let (Some(class), size, dims) = (class_of(dtype.name()), dtype.size(), bytes.dim() - 1) else {
            bail!(Value, "no storage of PyTorch has elements of {:?}", dtype.name())
        };
        self.storage(bytes.storage(), class, size)?;
        self.pickle.int((bytes.storage_offset() / size) as i128);
        self.pickle.ints(bytes.shape()[..dims].iter().map(|n| *n as i128));
        self.pickle.ints(bytes.stride()[..dims].iter().map(|n| *n as i128 / size as i128));
        Ok(())
    }

    /// Names the storage of the next number and answers where that is in the memo.
    fn named(&mut self, key: usize, class: &'static str, elements: usize) -> u32 {
        self.pickle.op(b'(');
        self.pickle.text("storage");
        self.pickle.global(if class == "UntypedStorage" { "torch.storage" } else { "torch" }, class);
        self.pickle.text(&key.to_string());
        self.pickle.text("cpu");
        self.pickle.int(elements as i128);
        self.pickle.op(b't');
        self.pickle.op(b'Q');
        self.pickle.put()
    }

    /// Writes a value; as a `key` it must be one that Python can look up.
    fn value(&mut self, object: &Object, key: bool) -> Result<()> {
        let address = address(object, key);
        if let Some(slot) = address.and_then(|address| self.made.get(&address)) {
            self.pickle.get(*slot);
            return Ok(());
        }
        if self.depth == DEPTH {
            bail!(
                Value,
                "objects lie more than {DEPTH} deep in each other, which no reader takes; put them side by side"
            );
        }
        self.depth += 1;
        self.write(object, key)?;
        self.depth -= 1;
        if let Some(address) = address {
            self.made.insert(address, self.pickle.put());
        }
        Ok(())
    }

    fn write(&mut self, object: &Object, key: bool) -> Result<()> {
        let pickle = &mut self.pickle;
        match object {
            Object::None => pickle.op(b'N'),
            Object::Bool(b) => pickle.bool(*b),
            Object::Int(n) => pickle.int(*n),
            Object::BigInt(bytes) => pickle.long(bytes),
            Object::Float(x) => pickle.float(*x),
            Object::Complex(re, im) => {
                pickle.global("__builtin__", "complex");
                pickle.float(*re);
                pickle.float(*im);
                self.call(2);
            }
            Object::Str(text) => {
                short(text.len())?;
                pickle.text(text);
            }
            Object::Bytes(bytes) => {
                short(bytes.len().saturating_mul(2))?;
                pickle.bytes(bytes);
            }
            Object::Tuple(items) => self.tuple(items, key)?,
            Object::List(_) | Object::Dict(_) if key => {
                bail!(Value, "a list or dict stands as a key or in a set, where Python allows only what cannot change");
            }
            Object::List(items) => {
                pickle.op(b']');
                self.items(items, false, b'e')?;
            }
            Object::Dict(pairs) => {
                pickle.op(b'}');
                pickle.op(b'(');
                for (key, value) in pairs.iter() {
                    self.value(key, true)?;
                    self.value(value, false).map_err(|e| match key {
                        Object::Str(text) => e.context(format!("under {text:?}")),
                        _ => e,
                    })?;
                }
                self.pickle.op(b'u');
            }
            Object::Set(items) => {
                pickle.global("__builtin__", if key { "frozenset" } else { "set" });
                pickle.op(b']');
                self.items(items, true, b'e')?;
                self.call(1);
            }
            Object::Slice(parts) => {
                pickle.global("__builtin__", "slice");
                self.tuple(&parts[..], key)?;
                self.pickle.op(b'R');
            }
            Object::Tensor(t) => self.tensor(t)?,
            Object::DType(dtype) => pickle.global("torch", dtype.name()),
            Object::Device(name) => {
                pickle.global("torch", "device");
                pickle.text(name);
                self.call(1);
            }
            Object::Record(kind, parts) => self.record(kind, parts)?,
            Object::Opaque(opaque) => bail!(
                Value,
                "{}.{} was kept as a note of what a file says and cannot be written; take it out, or put the tensors in it \
                 into a dict",
                opaque.module,
                opaque.name
            ),
        }
        Ok(())
    }

    /// Calls what lies under the uppermost one or two or three objects with them.
    fn call(&mut self, operands: u8) {
        self.pickle.op(0x84 + operands);
        self.pickle.op(b'R');
    }

    /// Objects after a mark, which an opcode takes together.
    fn items(&mut self, items: &[Object], key: bool, code: u8) -> Result<()> {
        self.pickle.op(b'(');
        for (i, item) in items.iter().enumerate() {
            self.value(item, key).map_err(|e| e.context(format!("at place {i}")))?;
        }
        self.pickle.op(code);
        Ok(())
    }

    fn tuple(&mut self, items: &[Object], key: bool) -> Result<()> {
        if items.is_empty() {
            self.pickle.op(b')');
            return Ok(());
        }
        self.items(items, key, b't')
    }

    fn tensor(&mut self, t: &Tensor) -> Result<()> {
        let place = (t.storage().data_ptr().addr(), t.storage_offset());
        let known = self.tensors.entry(place).or_default();
        if let Some((_, slot)) = known.iter().find(|(other, _)| other.is_same(t)) {
            self.pickle.get(*slot);
            return Ok(());
        }
        self.pickle.global("torch._utils", "_rebuild_tensor_v2");
        self.pickle.op(b'(');
        self.strided(t, t.dtype().name())?;
        self.flags(t.requires_grad());
        self.pickle.op(b't');
        self.pickle.op(b'R');
        let slot = self.pickle.put();
        self.tensors.entry(place).or_default().push((t.clone(), slot));
        Ok(())
    }

    /// Storage, offset, sizes and strides of a tensor whose elements are of PyTorch's dtype `dtype`.
    fn strided(&mut self, t: &Tensor, dtype: &str) -> Result<()> {
        let Some(class) = class_of(dtype) else { bail!(Value, "no storage of PyTorch has elements of {dtype:?}") };
        self.storage(t.storage(), class, t.element_size())?;
        self.pickle.int(t.storage_offset() as i128);
        self.pickle.ints(t.shape().iter().map(|n| *n as i128));
        self.pickle.ints(t.stride().iter().map(|n| *n as i128));
        Ok(())
    }

    /// What follows the strides: whether gradients are computed, and hooks, of which there are none.
    fn flags(&mut self, requires_grad: bool) {
        self.pickle.bool(requires_grad);
        self.pickle.global("collections", "OrderedDict");
        self.pickle.op(b')');
        self.pickle.op(b'R');
    }

    /// Names a storage by its number.
    fn storage(&mut self, storage: &Storage, class: &'static str, size: usize) -> Result<()> {
        let key = self.storages.len();
        let place = storage.data_ptr().addr();
        let same = |named: &&Named| matches!(&named.data, Data::Whole(other) if other.same(storage));
        if let Some(named) = self.places.get(&place).into_iter().flatten().map(|i| &self.storages[*i]).find(same) {
            if named.class != class {
                bail!(
                    Value,
                    "two tensors show the same memory as elements of {} and of {class}; PyTorch's files allow one of them \
                     for a storage: clone() one of the two",
                    named.class
                );
            }
            self.pickle.get(named.slot);
            return Ok(());
        }
        if !storage.len().is_multiple_of(size) {
            bail!(
                Value,
                "a tensor's storage of {} bytes is no whole number of {class} elements of {size} bytes; clone() it first",
                storage.len()
            );
        }
        let slot = self.named(key, class, storage.len() / size);
        self.places.entry(place).or_default().push(key);
        self.storages.push(Named { data: Data::Whole(storage.clone()), class, slot });
        Ok(())
    }

    /// A structure that is no dense tensor, as PyTorch writes it.
    fn record(&mut self, kind: &str, parts: &[(&'static str, Object)]) -> Result<()> {
        let part = |name: &str| parts.iter().find(|p| p.0 == name).map(|p| &p.1);
        let names: Vec<&str> = parts.iter().map(|p| p.0).collect();
        let utils = "torch._utils";
        match (kind, parts) {
            ("dtype", [(_, Object::Str(name))]) => self.dtype(name)?,
            ("sparse tensor", [(_, Object::Str(layout)), (_, data)]) => {
                self.pickle.global(utils, "_rebuild_sparse_tensor");
                self.pickle.global("torch.serialization", "_get_layout");
                self.pickle.text(layout);
                self.call(1);
                self.value(data, false)?;
                self.call(2);
            }
            ("nested tensor" | "meta tensor", [_, _, _, _]) => {
                let meta = kind == "meta tensor";
                self.pickle
                    .global(utils, if meta { "_rebuild_meta_tensor_no_storage" } else { "_rebuild_nested_tensor" });
                self.pickle.op(b'(');
                for (_, part) in parts {
                    self.value(part, false)?;
                }
                self.pickle.op(b't');
                self.pickle.op(b'R');
            }
            _ => match (kind, part("dtype"), part("data")) {
                ("raw tensor", Some(Object::Str(dtype)), Some(Object::Tensor(data))) => {
                    let Some((dtype, _)) = raw_dtype(dtype) else {
                        bail!(Value, "{dtype:?} is no dtype of raw tensors")
                    };
                    self.pickle.global(utils, "_rebuild_tensor_v3");
                    self.pickle.op(b'(');
                    self.untyped(data, "UntypedStorage", parts)?;
                    self.flags(false);
                    self.dtype(dtype)?;
                    self.pickle.op(b't');
                    self.pickle.op(b'R');
                }
                ("quantized tensor", Some(Object::Str(dtype)), Some(Object::Tensor(data))) => {
                    let class = class_of(dtype).filter(|class| class.starts_with('Q'));
                    let Some(class) = class else { bail!(Value, "{dtype:?} is no dtype of quantized tensors") };
                    let Some(Object::Str(scheme)) = part("scheme") else {
                        bail!(Value, "a quantized tensor has no scheme among {names:?}");
                    };
                    self.pickle.global(utils, "_rebuild_qtensor");
                    self.pickle.op(b'(');
                    if part("size").is_some() {
                        self.untyped(data, class, parts)?;
                    } else {
                        self.strided(data, dtype)?;
                    }
                    self.pickle.op(b'(');
                    self.pickle.global("torch", scheme);
                    for part in ["scale", "zero_point", "axis"].into_iter().filter_map(part) {
                        self.value(part, false)?;
                    }
                    self.pickle.op(b't');
                    self.flags(false);
                    self.pickle.op(b't');
                    self.pickle.op(b'R');
                }
                _ => bail!(Value, "a {kind:?} of {names:?} is nothing that PyTorch's files hold; take it out"),
            },
        }
        Ok(())
    }

    /// A dtype by PyTorch's name.
    fn dtype(&mut self, name: &str) -> Result<()> {
        if foreign_dtype(name).is_none() && DType::from_name(name).is_none() {
            bail!(Value, "{name:?} is no dtype of PyTorch");
        }
        self.pickle.global("torch", name);
        Ok(())
    }

    /// Storage, offset, sizes and strides of a tensor that is given as bytes and numbers.
    fn untyped(&mut self, data: &Tensor, class: &'static str, parts: &[(&'static str, Object)]) -> Result<()> {
        if data.dtype() != DType::U8 {
            bail!(Value, "the bytes of a raw tensor are given as {}, not as uint8", data.dtype().name());
        }
        self.storage(data.storage(), class, 1)?;
        for name in ["storage_offset", "size", "stride"] {
            let Some((_, part)) = parts.iter().find(|p| p.0 == name) else {
                bail!(Value, "a raw tensor has no {name}")
            };
            self.value(part, false)?;
        }
        Ok(())
    }
}

/// Texts are counted in 32 bits.
fn short(len: usize) -> Result<()> {
    if len > u32::MAX as usize {
        bail!(
            Value,
            "text or bytes of {len} bytes: a pickle takes {} at most; put bytes into a uint8 tensor",
            u32::MAX
        );
    }
    Ok(())
}
