//! The record of one op in the history of a tensor: what made it, from what, and what the derivative needs.

use super::hooks::Extra;
use super::{Arg, Op, Shape, Specs, Tensor};
use crate::autograd::Packed;
use crate::storage::lock::Lock;
use crate::storage::shared::{Counted, Shared};
use crate::{DType, Result, bail};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A node, shared.
pub type NodeRef = Shared<Node<dyn Op>>;
/// Gradients of an op's inputs, in their order; `None` for those that need none.
pub type Grads = SmallVec<[Option<Tensor>; 2]>;
#[inline]
pub(crate) fn grads1(grad: Tensor) -> Grads {
    smallvec::smallvec![Some(grad)]
}

/// Output `output` of `node`.
#[derive(Clone)]
pub struct Edge {
    /// The op that made it.
    pub node: NodeRef,
    /// Which of its outputs.
    pub output: u32,
}

/// Which inputs need a gradient: bit i for input i (inputs from 63 on share the last bit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs(pub u64);

impl Needs {
    /// Whether input `i` needs a gradient.
    #[inline(always)]
    pub fn input(self, i: usize) -> bool {
        self.0 >> i.min(63) & 1 == 1
    }
}

/// Which inputs and outputs an op wants again in its derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Saves {
    /// Bit i for input i.
    pub inputs: u64,
    /// Bit i for output i.
    pub outputs: u64,
}

impl Saves {
    /// Nothing.
    pub const NONE: Saves = Saves { inputs: 0, outputs: 0 };
    /// The first output.
    pub const OUTPUT: Saves = Saves { inputs: 0, outputs: 1 };
    /// The first input.
    pub const INPUT: Saves = Saves { inputs: 1, outputs: 0 };
    /// All inputs.
    pub const INPUTS: Saves = Saves { inputs: u64::MAX, outputs: 0 };

    /// The inputs whose bit is set.
    pub const fn inputs(bits: u64) -> Saves {
        Saves { inputs: bits, outputs: 0 }
    }

    /// Input `i` too, if `wanted`.
    pub const fn input(mut self, i: usize, wanted: bool) -> Saves {
        self.inputs |= (wanted as u64) << i;
        self
    }

    /// Output `i` too.
    pub const fn output(mut self, i: usize) -> Saves {
        self.outputs |= 1 << i;
        self
    }
}

/// A tensor kept for the derivative.
#[derive(Clone)]
pub(crate) struct Saved {
    kept: Kept,
    /// Input i as i, output i as !i.
    key: i32,
}

#[derive(Clone)]
enum Kept {
    /// Itself, with the version of its storage at that time.
    Tensor(Tensor, u32),
    /// What hooks made of it.
    Packed(Arc<Packed>),
}

impl Saved {
    #[inline(always)]
    fn new(tensor: Tensor, key: i32) -> Result<Saved> {
        let kept = if crate::autograd::saved_tensors_are_packed() {
            Kept::Packed(Arc::new(crate::autograd::pack(&tensor, key < 0 || tensor.requires_grad())?))
        } else {
            let version = tensor.version();
            Kept::Tensor(tensor, version)
        };
        Ok(Saved { kept, key })
    }
}

pub(crate) enum SavedState {
    Kept(SmallVec<[Saved; 2]>),
    Freed,
}

pub(crate) struct OutputInfo {
    pub shape: Shape,
    pub dtype: DType,
}

/// One op in the history of a tensor.
pub struct Node<O: ?Sized = dyn Op> {
    pub(crate) record: Record,
    pub(crate) op: O,
}

/// What a node is beside its op: compiled once, with all that it takes to drop it.
pub struct Record {
    /// One more than the highest among those that it came from: the engine's walking order.
    pub(crate) order: u32,
    pub(crate) inputs: SmallVec<[Option<Edge>; 2]>,
    pub(crate) outputs: SmallVec<[OutputInfo; 1]>,
    pub(crate) state: Lock<State>,
    pub(super) extra: OnceLock<Arc<Extra>>,
}

impl<O: ?Sized> Deref for Node<O> {
    type Target = Record;

    #[inline(always)]
    fn deref(&self) -> &Record {
        &self.record
    }
}

/// What changes in a node's life.
pub(crate) struct State {
    /// The backward pass that collects gradients here; 0 if none does.
    pub pass: u64,
    /// The gradients on their way: one place per output, or nothing yet.
    pub grads: SmallVec<[Option<Tensor>; 1]>,
    /// What the derivative needs.
    pub saved: SavedState,
}

impl Node<dyn Op> {
    /// The nodes that the inputs came from.
    pub fn next_functions(&self) -> Vec<Option<(NodeRef, u32)>> {
        self.inputs.iter().map(|e| e.as_ref().map(|e| (e.node.clone(), e.output))).collect()
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.op.is_leaf()
    }
}

/// What a derivative may ask for.
pub struct Cx<'a> {
    pub(crate) node: &'a NodeRef,
    pub(crate) saved: &'a [Saved],
    pub(crate) needs: Needs,
}

impl Cx<'_> {
    /// Whether input `i` needs a gradient.
    #[inline]
    pub fn needs(&self, i: usize) -> bool {
        self.needs.input(i)
    }

    /// The sizes of input `i`, which must need a gradient.
    pub fn input_shape(&self, i: usize) -> &[usize] {
        match &self.node.inputs[i] {
            Some(edge) => &edge.node.outputs[edge.output as usize].shape,
            None => &[],
        }
    }

    /// The dtype of input `i`, which must need a gradient.
    pub fn input_dtype(&self, i: usize) -> DType {
        match &self.node.inputs[i] {
            Some(edge) => edge.node.outputs[edge.output as usize].dtype,
            None => DType::F32,
        }
    }

    /// The sizes of output `i`.
    pub fn output_shape(&self, i: usize) -> &[usize] {
        &self.node.outputs[i].shape
    }

    /// Input `i`, which `saves` asked to keep.
    pub fn input(&self, i: usize) -> Result<Tensor> {
        self.get(i as i32)
    }

    /// Output `i`, which `saves` asked to keep.
    pub fn output(&self, i: usize) -> Result<Tensor> {
        self.get(!(i as i32))
    }

    fn get(&self, key: i32) -> Result<Tensor> {
        let name = self.node.op.name();
        let Some(saved) = self.saved.iter().find(|s| s.key == key) else {
            let what = if key >= 0 { format!("input {key}") } else { format!("output {}", !key) };
            bail!("{name}: its derivative asks for {what}, which `saves` did not keep; this is a mistake in the op");
        };
        let (tensor, expected) = match &saved.kept {
            Kept::Tensor(tensor, version) => (tensor, *version),
            Kept::Packed(packed) => return self.unpack(packed, key),
        };
        let version = tensor.version();
        if version != expected {
            let writer = tensor.storage().last_writer().unwrap_or("an in-place op");
            bail!(
                "one of the variables needed for gradient computation has been modified by an inplace operation: \
                 [{} {:?}], saved as {} {} of {name}, is at version {version}; expected version {} instead. \
                 The last write was by {writer}_. Clone the tensor before the write, or use the form without underscore.",
                tensor.dtype().name(),
                tensor.shape(),
                if key >= 0 { "input" } else { "output" },
                if key >= 0 { key } else { !key },
                expected
            );
        }
        if key < 0 && tensor.dtype().is_differentiable() && crate::autograd::is_grad_enabled() {
            let output = tensor.alias();
            output.set_edge(Edge { node: self.node.clone(), output: !key as u32 });
            return Ok(output);
        }
        Ok(tensor.clone())
    }

    /// What was packed, with its place in the history.
    #[cold]
    fn unpack(&self, packed: &Packed, key: i32) -> Result<Tensor> {
        let tensor = packed.unpack()?;
        let edge = match usize::try_from(key) {
            Ok(input) => self.node.inputs[input].clone(),
            Err(_) => Some(Edge { node: self.node.clone(), output: !key as u32 }),
        };
        if let Some(edge) = edge
            && tensor.dtype().is_differentiable()
            && crate::autograd::is_grad_enabled()
        {
            tensor.set_edge(edge);
        }
        Ok(tensor)
    }
}

/// Collects a leaf's gradient.
struct AccumulateGrad;

impl Op for AccumulateGrad {
    fn name(&self) -> &'static str {
        "accumulate_grad"
    }
    fn infer(&self, _: &[&Tensor]) -> Result<Specs> {
        Ok(Specs::new())
    }
    fn cpu(&self, _: &[Arg], _: &[Arg]) -> Result<()> {
        Ok(())
    }
    fn vjp(&self, _: &Cx, _: &[Option<Tensor>]) -> Result<Grads> {
        Ok(Grads::new())
    }
    fn is_leaf(&self) -> bool {
        true
    }
}

pub(crate) fn leaf_edge(tensor: &Tensor) -> Edge {
    let mut node = new_node(AccumulateGrad);
    let leaf = &mut node.value.record;
    leaf.order = 0;
    leaf.outputs.push(OutputInfo { shape: tensor.shape().into(), dtype: tensor.dtype() });
    let node: NodeRef = node.into();
    node.retain_grad(0);
    Edge { node, output: 0 }
}

/// A node that nothing leads to yet.
pub(crate) type NewNode = Box<Counted<Node<dyn Op>>>;

/// A node of `op` without a place in the history. This alone is compiled for each op; what follows writes into the node where
/// it lies, which costs less than to move it there.
#[inline]
pub(crate) fn new_node<O: Op>(op: O) -> NewNode {
    let state = State { pass: 0, grads: SmallVec::new(), saved: SavedState::Kept(SmallVec::new()) };
    let record = Record {
        order: 1,
        inputs: SmallVec::new(),
        outputs: SmallVec::new(),
        state: Lock::new(state),
        extra: OnceLock::new(),
    };
    Counted::new(Node { record, op })
}

/// The node, between these inputs and outputs. `old` has copies of inputs that the op has overwritten in place.
pub(crate) fn connect(
    mut node: NewNode,
    inputs: &[&Tensor],
    outputs: &[&Tensor],
    needs: Needs,
    old: &[Option<Tensor>],
) -> Result<NodeRef> {
    let Node { record, op } = &mut node.value;
    link(record, inputs, outputs, needs);
    let saves = op.saves(needs);
    if saves != Saves::NONE {
        keep(record, saves, inputs, outputs, old)?;
    }
    Ok(node.into())
}

/// As [`connect`], of an op that saves nothing.
pub(crate) fn connect_bare(mut node: NewNode, inputs: &[&Tensor], outputs: &[&Tensor], needs: Needs) -> NodeRef {
    link(&mut node.value.record, inputs, outputs, needs);
    node.into()
}

// Loops rather than iterator chains: collecting into a SmallVec is slow.

/// Where the inputs that need a gradient came from, the order of the node, and what is known of its outputs.
#[inline(always)]
fn link(record: &mut Record, inputs: &[&Tensor], outputs: &[&Tensor], needs: Needs) {
    for (i, input) in inputs.iter().enumerate() {
        let edge: Option<Edge> = if needs.input(i) { input.grad_edge() } else { None };
        if let Some(edge) = &edge {
            record.order = record.order.max(edge.node.order + 1);
        }
        record.inputs.push(edge);
    }
    for t in outputs {
        record.outputs.push(OutputInfo { shape: Shape::from_slice(t.shape()), dtype: t.dtype() });
    }
}

#[cold]
fn inference_saved() -> Result<()> {
    bail!(
        "Inference tensors cannot be saved for backward: a derivative needs the value of a tensor that inference_mode made; \
         clone() it, and use the copy where gradients are wanted"
    )
}

/// Keeps what `saves` asks for.
fn keep(
    record: &mut Record,
    saves: Saves,
    inputs: &[&Tensor],
    outputs: &[&Tensor],
    old: &[Option<Tensor>],
) -> Result<()> {
    let SavedState::Kept(saved) = &mut record.state.get_mut().saved else { return Ok(()) };
    for (i, input) in inputs.iter().enumerate() {
        if saves.inputs >> i.min(63) & 1 == 0 {
            continue;
        }
        if input.is_inference() {
            return inference_saved();
        }
        let tensor = match old.get(i) {
            Some(Some(copy)) => copy.clone(),
            _ => (*input).clone(),
        };
        saved.push(Saved::new(tensor, i as i32)?);
    }
    if saves.outputs != 0 {
        for (i, output) in outputs.iter().enumerate() {
            if saves.outputs >> i & 1 == 1 {
                saved.push(Saved::new(output.alias(), !(i as i32))?);
            }
        }
    }
    Ok(())
}

thread_local! {
    /// Nodes that wait for their end: a chain of any length is taken apart in a loop, not by recursion.
    static DYING: RefCell<Option<Vec<NodeRef>>> = const { RefCell::new(None) };
}

impl Drop for Record {
    fn drop(&mut self) {
        let saved = &mut self.state.get_mut().saved;
        let nothing_saved = matches!(saved, SavedState::Freed) || matches!(saved, SavedState::Kept(s) if s.is_empty());
        if nothing_saved && self.inputs.iter().flatten().all(|e| !e.node.is_unique()) {
            return;
        }
        let mut last: SmallVec<[NodeRef; 2]> = SmallVec::new();
        for edge in self.inputs.drain(..).flatten() {
            if edge.node.is_unique() {
                last.push(edge.node);
            }
        }
        if let SavedState::Kept(saved) = saved {
            for mut saved in saved.drain(..) {
                if let Kept::Tensor(tensor, _) = &mut saved.kept
                    && let Some(inner) = tensor.0.get_mut()
                {
                    let node = inner.node.get_mut().take();
                    last.extend(node.map(|e| e.node).filter(Shared::is_unique));
                }
            }
        }
        if last.is_empty() {
            return;
        }
        let outermost = DYING.try_with(|dying| match &mut *dying.borrow_mut() {
            Some(queue) => {
                queue.extend(last.drain(..));
                false
            }
            none => {
                *none = Some(last.drain(..).collect());
                true
            }
        });
        if outermost != Ok(true) {
            return;
        }
        loop {
            let next = DYING.with(|dying| {
                let mut dying = dying.borrow_mut();
                let next = dying.as_mut().and_then(Vec::pop);
                if next.is_none() {
                    *dying = None;
                }
                next
            });
            match next {
                Some(node) => drop(node),
                None => return,
            }
        }
    }
}

impl Cx<'_> {
    /// What the `vjp` of an op answers that has no derivative and is never asked for one.
    pub(crate) fn no_derivative(&self) -> Result<Grads> {
        bail!(NotImplemented, "{}: the derivative is not implemented", self.node.op.name())
    }

    /// The gradients found by differentiating the op's `decompose` on its `count` saved inputs: how fused ops, whose fast
    /// derivative is a kernel, get their higher orders.
    pub(crate) fn vjp_by_decompose(&self, op: &dyn Op, count: usize, grads: &[Option<Tensor>]) -> Result<Grads> {
        let record = crate::autograd::is_grad_enabled();
        let _mode = crate::autograd::enable_grad();
        // Views of the inputs: gradients are caught there, before they reach what the inputs came from.
        let inputs: Vec<Tensor> =
            (0..count).map(|i| self.input(i).and_then(|t| crate::ops::view::identity(&t))).collect::<Result<_>>()?;
        let refs: Vec<&Tensor> = inputs.iter().collect();
        let outputs = match op.decompose(&refs) {
            Some(outputs) => outputs?,
            None => return self.no_derivative(),
        };
        let (roots, weights): (Vec<&Tensor>, Vec<Option<&Tensor>>) = outputs
            .iter()
            .zip(grads)
            .filter(|(o, g)| g.is_some() && o.requires_grad())
            .map(|(o, g)| (o, g.as_ref()))
            .unzip();
        let wanted: Vec<usize> = (0..count).filter(|i| self.needs(*i) && inputs[*i].requires_grad()).collect();
        let targets: Vec<&Tensor> = wanted.iter().map(|i| &inputs[*i]).collect();
        let found = crate::autograd::grad(&roots, &targets, &weights, record, record, true)?;
        let mut out: Grads = smallvec::smallvec![None; count];
        for (i, g) in wanted.into_iter().zip(found) {
            out[i] = g;
        }
        Ok(out)
    }
}
