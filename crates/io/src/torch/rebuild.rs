//! What the classes and functions of the closed set mean. Each takes the operands that PyTorch gives it and no others.

use super::kinds::foreign_dtype;
use super::known::{Known, is_tensor, known};
use super::{Storages, Unknown};
use crate::object::{Object, Opaque};
use crate::pickle::{Call, Graph, Id, Node};
use flambeau_core::{DType, Layout, Result, Tensor, bail};
use std::sync::Arc;

/// How deep containers may lie in each other.
const DEPTH: usize = 500;

/// Makes of a pickle's graph what it stands for.
pub(super) fn build(graph: &Graph, storages: Storages<'_>) -> Result<Object> {
    let (unknown, made) = (storages.how.unknown, vec![State::Untouched; graph.nodes().count()]);
    let mut builder = Builder { graph, storages, unknown, made, depth: 0 };
    builder.object(graph.root)
}

#[derive(Clone)]
enum State {
    Untouched,
    InProgress,
    Done(Object),
}

pub(super) struct Builder<'g, 'a, 's> {
    pub(super) graph: &'g Graph<'a>,
    pub(super) storages: Storages<'s>,
    pub(super) unknown: Unknown,
    made: Vec<State>,
    depth: usize,
}

impl<'g, 'a> Builder<'g, 'a, '_> {
    pub(super) fn object(&mut self, id: Id) -> Result<Object> {
        match &self.made[id] {
            State::Done(object) => return Ok(object.clone()),
            State::InProgress => {
                bail!(Value, "byte {}: {} lies within itself", self.graph.offset(id), self.graph.kind(id))
            }
            State::Untouched => {}
        }
        if self.depth == DEPTH {
            bail!(Value, "byte {}: objects lie more than {DEPTH} deep in each other", self.graph.offset(id));
        }
        self.depth += 1;
        self.made[id] = State::InProgress;
        let object = self.make(id)?;
        self.made[id] = State::Done(object.clone());
        self.depth -= 1;
        Ok(object)
    }

    pub(super) fn objects(&mut self, ids: &[Id]) -> Result<Arc<[Object]>> {
        ids.iter().map(|id| self.object(*id)).collect()
    }

    fn pairs(&mut self, pairs: &[(Id, Id)]) -> Result<Arc<[(Object, Object)]>> {
        pairs.iter().map(|(k, v)| Ok((self.object(*k)?, self.object(*v)?))).collect()
    }

    fn make(&mut self, id: Id) -> Result<Object> {
        let graph = self.graph;
        Ok(match graph.node(id) {
            Node::None => Object::None,
            Node::Bool(b) => Object::Bool(*b),
            Node::Int(n) => Object::Int(*n),
            Node::BigInt(bytes) => Object::BigInt((*bytes).into()),
            Node::Float(x) => Object::Float(*x),
            Node::Text(text) => Object::Str((&**text).into()),
            Node::Bytes(bytes) => Object::Bytes((&**bytes).into()),
            Node::Tuple(items) => Object::Tuple(self.objects(items)?),
            Node::List(items) => Object::List(self.objects(items)?),
            Node::Dict(pairs) => Object::Dict(self.pairs(pairs)?),
            Node::Set(items) | Node::FrozenSet(items) => Object::Set(self.objects(items)?),
            Node::Global(..) => self.global(id)?,
            Node::Call(call) => self.call(id, call)?,
            Node::Persistent(tag) => self.persistent(id, *tag)?,
            Node::Extension(code) => {
                bail!(
                    Value,
                    "byte {}: extension code {code}, whose meaning only the program that wrote the file knows",
                    graph.offset(id)
                )
            }
            Node::Buffer => bail!(Value, "byte {}: a buffer that is not in the file", graph.offset(id)),
        })
    }

    /// The module and name of what is called.
    pub(super) fn name(&self, id: Id) -> Result<(&'g str, &'g str)> {
        // A class may stand beside its source text, outside the pickle.
        let id = match self.graph.node(id) {
            Node::Persistent(tag) => self.graph.class_with_source(*tag).unwrap_or(id),
            _ => id,
        };
        match self.graph.global(id) {
            Some(names) => Ok(names),
            None => bail!(Value, "byte {}: {} is called, not a global", self.graph.offset(id), self.graph.kind(id)),
        }
    }

    fn global(&mut self, id: Id) -> Result<Object> {
        let (module, name) = self.name(id)?;
        if module == "torch"
            && let Some(dtype) = DType::from_name(name)
        {
            return Ok(Object::DType(dtype));
        }
        if module == "torch"
            && let Some(name) = foreign_dtype(name)
        {
            return Ok(Object::Record("dtype", [("name", Object::Str(name.into()))].into()));
        }
        self.outside(id, module, name, None, &[])
    }

    /// What lies outside the pickle: a tensor or storage that was read before, a storage, a class.
    pub(super) fn persistent(&mut self, id: Id, tag: Id) -> Result<Object> {
        let key = match self.graph.node(tag) {
            Node::Int(key) => key.to_string(),
            Node::Text(key) => key.to_string(),
            _ if self.graph.class_with_source(tag).is_some() => return self.global(id),
            _ => {
                if let Some(raw) = self.in_place(id, None, |_, elements, _| {
                    Ok(Layout { offset: elements.start, ..Layout::contiguous(&[elements.len()]) })
                })? {
                    return Ok(raw);
                }
                let (storage, dtype, elements) = self.storage(id, None, Some(DType::U8))?;
                let layout = Layout { offset: elements.start, ..Layout::contiguous(&[elements.len()]) };
                return Ok(Object::Tensor(Tensor::from_storage(storage, layout, dtype)?));
            }
        };
        match self.storages.known.get(&key) {
            Some(object) => Ok(object.clone()),
            None => {
                bail!(Value, "byte {}: a persistent id {key:?} that names nothing in the file", self.graph.offset(id))
            }
        }
    }

    /// A class or function outside the closed set.
    pub(super) fn outside(
        &mut self,
        id: Id,
        module: &str,
        name: &str,
        args: Option<Id>,
        states: &[Id],
    ) -> Result<Object> {
        if self.unknown == Unknown::Refuse {
            bail!(
                Value,
                "byte {}: the file names {module}.{name}, which is not one of the classes that tensors are saved with; nothing \
                 was run. To have the tensors around it, load with Unknown::Keep",
                self.graph.offset(id)
            );
        }
        let args = args.map(|args| self.object(args)).transpose()?;
        let state = states.iter().map(|s| self.object(*s)).collect::<Result<_>>()?;
        Ok(Object::Opaque(Arc::new(Opaque { module: module.into(), name: name.into(), args, state })))
    }

    pub(super) fn tuple(&self, id: Id, what: &str) -> Result<&'g [Id]> {
        match self.graph.node(id) {
            Node::Tuple(items) => Ok(items),
            _ => bail!(Value, "byte {}: {what} is {}, not a tuple", self.graph.offset(id), self.graph.kind(id)),
        }
    }

    /// The operands of a call, of which there must be one of these numbers.
    pub(super) fn operands(
        &self,
        call: &Call,
        name: &str,
        counts: std::ops::RangeInclusive<usize>,
    ) -> Result<&'g [Id]> {
        let args = self.tuple(call.args, &format!("what {name} is called with"))?;
        if call.kwargs.is_some() || !counts.contains(&args.len()) {
            bail!(
                Value,
                "byte {}: {name} is called with {} operands, and takes {} to {}",
                self.graph.offset(call.args),
                args.len(),
                counts.start(),
                counts.end()
            );
        }
        Ok(args)
    }

    pub(super) fn int(&self, id: Id, what: &str) -> Result<i128> {
        match self.graph.node(id) {
            Node::Int(n) => Ok(*n),
            _ => bail!(Value, "byte {}: {what} is {}, not an integer", self.graph.offset(id), self.graph.kind(id)),
        }
    }

    pub(super) fn size(&self, id: Id, what: &str) -> Result<usize> {
        let n = self.int(id, what)?;
        match usize::try_from(n).ok().filter(|n| *n <= isize::MAX as usize) {
            Some(n) => Ok(n),
            None => bail!(Value, "byte {}: {what} is {n}", self.graph.offset(id)),
        }
    }

    pub(super) fn sizes(&self, id: Id, what: &str) -> Result<Vec<usize>> {
        // torch.Size is a call with one tuple.
        let id = match self.graph.node(id) {
            Node::Call(call) if self.graph.global(call.callee) == Some(("torch", "Size")) => {
                self.operands(call, "torch.Size", 1..=1)?[0]
            }
            _ => id,
        };
        let items = match self.graph.node(id) {
            Node::List(items) => items,
            _ => self.tuple(id, what)?,
        };
        if items.len() > 64 {
            bail!(
                Value,
                "byte {}: {what} has {} dimensions, and a tensor has up to 64",
                self.graph.offset(id),
                items.len()
            );
        }
        items.iter().map(|i| self.size(*i, what)).collect()
    }

    pub(super) fn call(&mut self, id: Id, call: &Call) -> Result<Object> {
        let (module, name) = self.name(call.callee)?;
        // What a tensor or container may be given afterwards; anything else is refused below.
        let plain = call.states.is_empty() && call.items.is_empty() && call.pairs.is_empty();
        let object = match known(module, name) {
            Some(Known::OrderedDict) => return self.dict(call, "OrderedDict", 0),
            Some(Known::Counter) => return self.dict(call, "Counter", 0),
            Some(Known::DefaultDict) => return self.dict(call, "defaultdict", 1),
            Some(Known::Dict) => return self.dict(call, "dict", 0),
            Some(Known::Set) if plain => {
                let args = self.operands(call, name, 0..=1)?;
                match args.first().map(|id| (*id, self.graph.node(*id))) {
                    None => Object::Set([].into()),
                    Some((_, Node::List(items) | Node::Tuple(items))) => Object::Set(self.objects(items)?),
                    Some((id, _)) => {
                        bail!(Value, "byte {}: a set is made of {}", self.graph.offset(id), self.graph.kind(id))
                    }
                }
            }
            Some(Known::Complex) if plain => {
                let args = self.operands(call, name, 2..=2)?;
                Object::Complex(self.float(args[0])?, self.float(args[1])?)
            }
            Some(Known::Slice) if plain => {
                let args = self.operands(call, name, 3..=3)?;
                Object::Slice(Arc::new([self.object(args[0])?, self.object(args[1])?, self.object(args[2])?]))
            }
            Some(Known::Bytes) if plain => {
                let args = self.operands(call, name, 0..=1)?;
                match args.first() {
                    None => Object::Bytes([].into()),
                    Some(arg) => match self.object(*arg)? {
                        Object::Bytes(bytes) => Object::Bytes(bytes),
                        _ => bail!(
                            Value,
                            "byte {}: bytes are made of {}",
                            self.graph.offset(*arg),
                            self.graph.kind(*arg)
                        ),
                    },
                }
            }
            Some(Known::Encode) if plain => Object::Bytes(self.latin1(call)?),
            Some(Known::Size) if plain => {
                let args = self.operands(call, "torch.Size", 1..=1)?;
                Object::Tuple(self.objects(self.tuple(args[0], "a size")?)?)
            }
            Some(Known::Device) if plain => {
                let args = self.operands(call, "torch.device", 1..=2)?;
                let Some(kind) = self.graph.text(args[0]) else {
                    bail!(
                        Value,
                        "byte {}: a device is named by {}",
                        self.graph.offset(args[0]),
                        self.graph.kind(args[0])
                    );
                };
                Object::Device(match args.get(1) {
                    Some(index) => format!("{kind}:{}", self.int(*index, "a device's index")?).into(),
                    None => kind.into(),
                })
            }
            Some(Known::Tensor) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.tensor(args, None)?
            }
            Some(Known::TensorV2) if plain => {
                let args = self.operands(call, name, 6..=7)?;
                let object = self.tensor(&args[..4], None)?;
                let object = self.flagged(object, args.get(6))?;
                self.requiring_grad(object, args[4])?
            }
            Some(Known::TensorV3) if plain => {
                let args = self.operands(call, name, 7..=8)?;
                let object = match self.object(args[6])? {
                    Object::DType(dtype) => self.tensor(&args[..4], Some(dtype))?,
                    other => self.raw(&args[..4], &other)?,
                };
                let object = self.flagged(object, args.get(7))?;
                self.requiring_grad(object, args[4])?
            }
            Some(Known::Quantized) if plain => {
                let args = self.operands(call, name, 7..=7)?;
                self.quantized(args)?
            }
            Some(Known::FromDevice) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.device_tensor(args)?
            }
            Some(Known::Parameter) if plain => {
                let args = self.operands(call, name, 3..=3)?;
                self.parameter(args[0], Some(args[1]))?
            }
            Some(Known::ParameterWithState) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.parameter(args[0], Some(args[1]))?
            }
            Some(Known::OldParameter) => {
                let args = self.operands(call, name, 1..=2)?;
                // A buffer's second operand is whether it is saved.
                self.parameter(args[0], args.get(1).copied().filter(|_| name != "Buffer"))?
            }
            Some(Known::OldTensor) => self.old_tensor(call, name)?,
            Some(Known::FromType) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.subclass(id, args)?
            }
            Some(Known::Array) => self.array(id, call)?,
            Some(Known::ArrayOfBuffer) if plain => self.array_of_buffer(call)?,
            Some(Known::Number) if plain => self.scalar(id, call)?,
            Some(Known::ScriptValue) if plain => self.script_value(call, name)?,
            None if module.split('.').next() == Some("__torch__") => self.script_object(call)?,
            Some(Known::Meta) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.record("meta tensor", &["dtype", "size", "stride", "requires_grad"], args)?
            }
            Some(Known::Sparse) if plain => {
                let args = self.operands(call, name, 2..=2)?;
                self.record("sparse tensor", &["layout", "parts"], args)?
            }
            Some(Known::Nested) if plain => {
                let args = self.operands(call, name, 4..=4)?;
                self.record("nested tensor", &["buffer", "sizes", "strides", "storage_offsets"], args)?
            }
            Some(Known::Layout) if plain => {
                let args = self.operands(call, name, 1..=1)?;
                self.object(args[0])?
            }
            _ => return self.outside(id, module, name, Some(call.args), &call.states),
        };
        Ok(object)
    }

    pub(super) fn record(&mut self, kind: &'static str, names: &[&'static str], parts: &[Id]) -> Result<Object> {
        let parts: Arc<[_]> =
            names.iter().zip(parts).map(|(n, id)| Ok((*n, self.object(*id)?))).collect::<Result<_>>()?;
        Ok(Object::Record(kind, parts))
    }

    pub(super) fn float(&self, id: Id) -> Result<f64> {
        match self.graph.node(id) {
            Node::Float(x) => Ok(*x),
            Node::Int(n) => Ok(*n as f64),
            _ => bail!(Value, "byte {}: {} stands for a number", self.graph.offset(id), self.graph.kind(id)),
        }
    }

    /// A dict and its kin; `skip` operands stand before its contents: the default of a defaultdict, a class of no interest.
    fn dict(&mut self, call: &Call, name: &str, skip: usize) -> Result<Object> {
        let args = self.operands(call, name, 0..=2)?;
        let mut pairs: Vec<(Object, Object)> = Vec::new();
        for arg in args.iter().skip(skip) {
            match self.graph.node(*arg) {
                Node::Dict(given) => pairs.extend(self.pairs(given)?.iter().cloned()),
                Node::List(given) => {
                    for pair in given {
                        match self.graph.node(*pair) {
                            Node::Tuple(kv) | Node::List(kv) if kv.len() == 2 => {
                                pairs.push((self.object(kv[0])?, self.object(kv[1])?));
                            }
                            _ => bail!(
                                Value,
                                "byte {}: {name} is given {}, not a pair",
                                self.graph.offset(*pair),
                                self.graph.kind(*pair)
                            ),
                        }
                    }
                }
                _ => bail!(Value, "byte {}: {name} is made of {}", self.graph.offset(*arg), self.graph.kind(*arg)),
            }
        }
        pairs.extend(self.pairs(&call.pairs)?.iter().cloned());
        // `_metadata` of a state_dict arrives as a state: a dict of attributes.
        for state in &call.states {
            if !matches!(self.graph.node(*state), Node::Dict(_)) {
                bail!(
                    Value,
                    "byte {}: {name} is given {} as its state",
                    self.graph.offset(*state),
                    self.graph.kind(*state)
                );
            }
        }
        if let Some(item) = call.items.first() {
            bail!(Value, "byte {}: something is appended to a dict", self.graph.offset(*item));
        }
        Ok(Object::Dict(pairs.into()))
    }

    /// Bytes as protocol 2 writes them: text of Latin-1 characters.
    fn latin1(&self, call: &Call) -> Result<Arc<[u8]>> {
        let args = self.operands(call, "_codecs.encode", 2..=2)?;
        let (Some(text), Some("latin1" | "latin-1")) = (self.graph.text(args[0]), self.graph.text(args[1])) else {
            bail!(
                Value,
                "byte {}: _codecs.encode is not called with a string and latin1",
                self.graph.offset(call.args)
            );
        };
        match text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>() {
            Some(bytes) => Ok(bytes.into()),
            None => bail!(Value, "byte {}: bytes hold a character beyond Latin-1", self.graph.offset(args[0])),
        }
    }

    /// A parameter over a tensor's data, which computes gradients or not whatever the tensor does.
    fn parameter(&mut self, id: Id, requires_grad: Option<Id>) -> Result<Object> {
        match (self.object(id)?, requires_grad) {
            (Object::Tensor(t), Some(flag)) => self.requiring_grad(Object::Tensor(t.detach()), flag),
            (object @ (Object::Tensor(_) | Object::Record(..)), _) => Ok(object),
            _ => bail!(Value, "byte {}: a parameter is made of {}", self.graph.offset(id), self.graph.kind(id)),
        }
    }

    /// A tensor that was just made, and computes gradients if the file says so.
    fn requiring_grad(&self, object: Object, flag: Id) -> Result<Object> {
        if let (Object::Tensor(t), Node::Bool(true)) = (&object, self.graph.node(flag)) {
            t.requires_grad_(true).map_err(|e| e.context(format!("byte {}", self.graph.offset(flag))))?;
        }
        Ok(object)
    }

    /// A tensor with attributes, or a parameter: `(function, type, operands, state)`.
    fn subclass(&mut self, id: Id, args: &'g [Id]) -> Result<Object> {
        let (module, class) = self.name(args[1])?;
        if !is_tensor(module, class) {
            return self.outside(args[1], module, class, Some(args[2]), &args[3..]);
        }
        let (module, function) = self.name(args[0])?;
        // The functions there make tensors of storages, and do not come back here.
        if module != "torch._utils" {
            return self.outside(args[0], module, function, Some(args[2]), &args[3..]);
        }
        let (states, items, pairs) = Default::default();
        self.call(id, &Call { callee: args[0], args: args[2], kwargs: None, states, items, pairs })
    }

    /// A tensor of the time when they were given `(storage, offset, size, stride)` as their state.
    fn old_tensor(&mut self, call: &Call, name: &str) -> Result<Object> {
        match call.states[..] {
            [state] if self.operands(call, name, 0..=0)?.is_empty() => {
                let state = self.tuple(state, "the state of a tensor")?;
                if state.len() < 4 {
                    bail!(Value, "byte {}: {name} is given {} states", self.graph.offset(call.args), state.len());
                }
                self.tensor(&state[..4], None)
            }
            _ => bail!(Value, "byte {}: {name} is given {} states", self.graph.offset(call.args), call.states.len()),
        }
    }
}
