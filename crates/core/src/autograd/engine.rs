//! The backward pass: nodes in reverse creation order, gradients moved where they are not shared, added in place where the
//! sum is ours, and what was saved freed as soon as it has been used.

use super::{enable_grad, is_anomaly_enabled, no_grad};
use crate::tensor::{Cx, Edge, Grads, Needs, Node, NodeRef, Saved, SavedState, Tensor};
use crate::{Result, bail, err};
use smallvec::SmallVec;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT_PASS: AtomicU64 = AtomicU64::new(1);

/// A node that has a gradient waiting; the heap's top is the one created last.
struct Ready {
    order: u32,
    node: NodeRef,
}

impl PartialEq for Ready {
    fn eq(&self, other: &Ready) -> bool {
        self.order == other.order
    }
}
impl Eq for Ready {}
impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Ready) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ready {
    fn cmp(&self, other: &Ready) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

struct Pass {
    id: u64,
    ready: BinaryHeap<Ready>,
    /// The node to run next, when there is only one: a chain needs no heap.
    next: Option<NodeRef>,
    keep_graph: bool,
    create_graph: bool,
    /// For `grad`: the nodes on a way to an input, and the inputs' gradients as they are found.
    wanted: Option<Wanted>,
}

struct Wanted {
    on_path: HashMap<*const (), bool>,
    /// (node, output) of each input and its gradient.
    captures: Vec<(*const (), u32, Option<Tensor>)>,
}

fn key(node: &NodeRef) -> *const () {
    node.address()
}

impl Pass {
    /// Adds `grad` to what waits at `edge`.
    fn deliver(&mut self, edge: &Edge, grad: Tensor) -> Result<()> {
        let node = &edge.node;
        if let Some(wanted) = &self.wanted
            && !wanted.on_path.get(&key(node)).copied().unwrap_or(false)
        {
            return Ok(());
        }
        let info = &node.outputs[edge.output as usize];
        let grad = fit(grad, &info.shape, info.dtype)?;
        let mut slot = node.state.lock();
        if slot.pass == 0 {
            slot.pass = self.id;
            if node.outputs.len() == 1 {
                slot.grads.push(Some(grad));
            } else {
                slot.grads.resize(node.outputs.len(), None);
                slot.grads[edge.output as usize] = Some(grad);
            }
            drop(slot);
            self.push(node.clone());
            return Ok(());
        }
        if slot.pass != self.id {
            bail!(
                "backward: another thread is running backward through {} at the same time; order the two",
                node.name()
            );
        }
        let place = &mut slot.grads[edge.output as usize];
        *place = Some(match place.take() {
            None => grad,
            Some(sum) => accumulate(sum, grad, self.create_graph)?,
        });
        Ok(())
    }

    fn push(&mut self, node: NodeRef) {
        let displaced = match &self.next {
            Some(next) if next.order >= node.order => Some(node),
            _ => self.next.replace(node),
        };
        if let Some(node) = displaced {
            self.ready.push(Ready { order: node.order, node });
        }
    }

    fn pop(&mut self) -> Option<NodeRef> {
        match (&self.next, self.ready.peek()) {
            (Some(next), Some(top)) if top.order > next.order => self.ready.pop().map(|r| r.node),
            (Some(_), _) => self.next.take(),
            (None, _) => self.ready.pop().map(|r| r.node),
        }
    }

    fn run(&mut self) -> Result<()> {
        while let Some(node) = self.pop() {
            if let Err(e) = self.step(&node) {
                self.abandon(&node);
                return Err(e);
            }
        }
        Ok(())
    }

    /// Clears what waits, so that the graph can be used again after an error.
    fn abandon(&mut self, node: &NodeRef) {
        forget(node);
        while let Some(node) = self.pop() {
            forget(&node);
        }
    }

    fn step(&mut self, node: &NodeRef) -> Result<()> {
        let needs = self.needs(node);
        let (mut grads, saved) = self.take(node, needs)?;
        if node.has_extra() {
            for (i, grad) in grads.iter_mut().enumerate() {
                if let Some(grad) = grad {
                    node.run_hooks(i as u32, grad)?;
                }
            }
        }
        if let Some(wanted) = &mut self.wanted {
            let me = key(node);
            for capture in wanted.captures.iter_mut().filter(|c| c.0 == me) {
                capture.2 = grads[capture.1 as usize].clone();
            }
        }
        if node.is_leaf() {
            if self.wanted.is_none()
                && let Some(grad) = grads.pop().flatten()
            {
                if !node.has_node_hooks() {
                    return self.accumulate_leaf(node, grad);
                }
                let mut grads = [Some(grad)];
                node.run_node_pre_hooks(&mut grads)?;
                if let [Some(grad)] = &grads {
                    self.accumulate_leaf(node, grad.clone())?;
                }
                node.run_node_hooks(&mut [], &grads)?;
            }
            return Ok(());
        }
        if node.has_extra() && self.wanted.is_none() {
            for (i, grad) in grads.iter().enumerate() {
                if grad.is_some() && node.retains_grad(i as u32) {
                    node.set_kept_grad(i as u32, grad.clone());
                }
            }
        }
        if needs.0 == 0 {
            return Ok(());
        }
        let hooked = node.has_node_hooks();
        if hooked {
            node.run_node_pre_hooks(&mut grads)?;
        }
        let mut inputs = vjp(&Cx { node, saved: &saved, needs }, &grads)?;
        if hooked {
            node.run_node_hooks(&mut inputs, &grads)?;
        }
        drop(grads);
        if inputs.len() != node.inputs.len() {
            bail!(
                "{}: its derivative gave {} gradients for {} inputs; this is a mistake in the op",
                node.name(),
                inputs.len(),
                node.inputs.len()
            );
        }
        for (edge, grad) in node.inputs.iter().zip(inputs) {
            if let (Some(edge), Some(grad)) = (edge, grad) {
                self.deliver(edge, grad)?;
            }
        }
        Ok(())
    }

    /// Which inputs of a node gradients are wanted for.
    fn needs(&self, node: &NodeRef) -> Needs {
        let mut bits = 0u64;
        for (i, edge) in node.inputs.iter().enumerate() {
            let used = match (edge, &self.wanted) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(e), Some(wanted)) => wanted.on_path.get(&key(&e.node)).copied().unwrap_or(false),
            };
            bits |= (used as u64) << i.min(63);
        }
        Needs(bits)
    }

    /// The gradients that have arrived at a node, and what it has saved for its derivative, if that will run.
    fn take(&self, node: &NodeRef, needs: Needs) -> Result<Waiting> {
        let mut state = node.state.lock();
        state.pass = 0;
        let grads = std::mem::take(&mut state.grads);
        if needs.0 == 0 {
            return Ok((grads, SmallVec::new()));
        }
        let saved = match &mut state.saved {
            SavedState::Freed => return used_up(node),
            SavedState::Kept(saved) if self.keep_graph => saved.iter().cloned().collect(),
            SavedState::Kept(saved) if saved.is_empty() => SmallVec::new(),
            SavedState::Kept(saved) => {
                let saved = std::mem::take(saved);
                state.saved = SavedState::Freed;
                saved
            }
        };
        Ok((grads, saved))
    }

    fn accumulate_leaf(&self, node: &NodeRef, grad: Tensor) -> Result<()> {
        let sum = match node.take_kept_grad(0) {
            None => {
                // The leaf owns its gradient: one that is shared, a view or oddly strided is copied.
                let own = grad.0.is_unique() && !grad.is_view() && grad.is_contiguous();
                if self.create_graph || (own && !grad.requires_grad()) { grad } else { grad.alias().dense_copy()? }
            }
            Some(old) if self.create_graph || old.requires_grad() => old.add(&grad)?,
            Some(old) => {
                old.add_(&grad)?;
                old
            }
        };
        node.set_kept_grad(0, Some(sum));
        Node::run_post_hooks(node)
    }
}

/// The gradients that wait at a node, one for each of its outputs, and what it saved.
type Waiting = (SmallVec<[Option<Tensor>; 1]>, SmallVec<[Saved; 2]>);

/// Lets go of the gradients that wait at a node.
fn forget(node: &NodeRef) {
    let mut state = node.state.lock();
    state.pass = 0;
    state.grads.clear();
}

#[cold]
fn used_up<T>(node: &NodeRef) -> Result<T> {
    bail!(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already been \
         freed), at {}. Specify retain_graph=True if you need to backward through the graph a second time.",
        node.name()
    )
}

fn vjp(cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
    if is_anomaly_enabled() {
        return vjp_checked(cx, grads);
    }
    cx.node.op.vjp(cx, grads)
}

#[cold]
fn vjp_checked(cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
    let op = &cx.node.op;
    let inputs = op.vjp(cx, grads).map_err(|e| e.context(format!("backward of {}", op.name())))?;
    let refs: Vec<&Tensor> = grads.iter().flatten().collect();
    for grad in inputs.iter().flatten() {
        super::check_anomaly(&cx.node.name(), &refs, std::slice::from_ref(grad))?;
    }
    Ok(inputs)
}

/// The sum of two gradients, in the place of the first if it is ours alone.
fn accumulate(sum: Tensor, grad: Tensor, create_graph: bool) -> Result<Tensor> {
    if create_graph {
        return sum.add(&grad);
    }
    for (a, b) in [(&sum, &grad), (&grad, &sum)] {
        let ours = a.0.is_unique() && !a.is_view() && a.storage().is_unique();
        if ours && !a.requires_grad() && a.is_contiguous() && a.shape() == b.shape() && a.dtype() == b.dtype() {
            a.add_(b)?;
            return Ok(a.clone());
        }
    }
    sum.add(&grad)
}

/// A gradient of the shape and dtype that it is a gradient of: broadcast dimensions are summed, dtypes cast.
fn fit(grad: Tensor, shape: &[usize], dtype: crate::DType) -> Result<Tensor> {
    let grad = if grad.shape() == shape { grad } else { crate::ops::reduce::sum_to_size(&grad, shape)? };
    if grad.dtype() == dtype {
        return Ok(grad);
    }
    let grad = if grad.dtype().is_complex() && !dtype.is_complex() { grad.real()? } else { grad };
    grad.to_dtype(dtype)
}

/// The gradient to start from at a root.
fn root_grad(root: &Tensor, given: Option<&Tensor>) -> Result<Tensor> {
    match given {
        Some(g) if g.shape() == root.shape() => Ok(g.clone()),
        Some(g) => bail!(
            "Mismatch in shape: grad_output[0] has a shape of {:?} and output[0] has a shape of {:?}.",
            g.shape(),
            root.shape()
        ),
        None if root.numel() != 1 => bail!(
            "grad can be implicitly created only for scalar outputs, and this one has shape {:?}; pass a gradient, or sum() first",
            root.shape()
        ),
        None if root.dtype().is_complex() => {
            bail!("grad can be implicitly created only for real scalar outputs but got {}", root.dtype().name())
        }
        None => crate::ops::factory::ones(root.shape(), root.dtype()),
    }
}

fn start(pass: &mut Pass, roots: &[&Tensor], grads: &[Option<&Tensor>]) -> Result<()> {
    if !grads.is_empty() && grads.len() != roots.len() {
        bail!("got {} tensors and {} gradients; give one gradient per tensor, or none", roots.len(), grads.len());
    }
    for (i, root) in roots.iter().enumerate() {
        let edge = root
            .grad_edge()
            .ok_or_else(|| err!("element {i} of tensors does not require grad and does not have a grad_fn"))?;
        let grad = root_grad(root, grads.get(i).copied().flatten())?;
        pass.deliver(&edge, grad)?;
    }
    Ok(())
}

/// Adds the gradients of `tensors` (weighted by `grads`; `None` is 1 for one-element tensors) to the `grad` of every leaf
/// that they came from. `retain_graph` keeps what was saved for another pass; `create_graph` records the pass itself, so
/// that gradients of gradients can be taken.
pub fn backward(tensors: &[&Tensor], grads: &[Option<&Tensor>], retain_graph: bool, create_graph: bool) -> Result<()> {
    let _mode = if create_graph { enable_grad() } else { no_grad() };
    let mut pass = Pass {
        id: NEXT_PASS.fetch_add(1, Ordering::Relaxed),
        ready: BinaryHeap::new(),
        next: None,
        keep_graph: retain_graph || create_graph,
        create_graph,
        wanted: None,
    };
    start(&mut pass, tensors, grads)?;
    pass.run()
}

/// The gradients of `outputs` (weighted by `grads`) with respect to `inputs`, without touching any `grad`. An input that
/// the outputs do not depend on is an error, or `None` with `allow_unused`.
pub fn grad(
    outputs: &[&Tensor],
    inputs: &[&Tensor],
    grads: &[Option<&Tensor>],
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool,
) -> Result<Vec<Option<Tensor>>> {
    let _mode = if create_graph { enable_grad() } else { no_grad() };
    let mut captures = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        match input.grad_edge() {
            Some(edge) => captures.push((key(&edge.node), edge.output, None)),
            None => bail!(
                "grad: input {i} {:?} does not require grad; call requires_grad_(true) on it first",
                input.shape()
            ),
        }
    }
    let targets: Vec<*const ()> = captures.iter().map(|c| c.0).collect();
    let roots: Vec<NodeRef> = outputs.iter().filter_map(|t| t.grad_edge()).map(|e| e.node).collect();
    let mut pass = Pass {
        id: NEXT_PASS.fetch_add(1, Ordering::Relaxed),
        ready: BinaryHeap::new(),
        next: None,
        keep_graph: retain_graph || create_graph,
        create_graph,
        wanted: Some(Wanted { on_path: paths(&roots, &targets), captures }),
    };
    start(&mut pass, outputs, grads)?;
    pass.run()?;
    let captures = pass.wanted.map(|w| w.captures).unwrap_or_default();
    let found: Vec<Option<Tensor>> = captures.into_iter().map(|c| c.2).collect();
    if !allow_unused && let Some(i) = found.iter().position(Option::is_none) {
        bail!(
            "One of the differentiated Tensors (input {i}) appears to not have been used in the graph. Set \
                 allow_unused=True if this is the desired behavior."
        );
    }
    Ok(found)
}

/// Which nodes reachable from `roots` lead to a target (or are one). Iterative: graphs can be very deep.
fn paths(roots: &[NodeRef], targets: &[*const ()]) -> HashMap<*const (), bool> {
    let mut known: HashMap<*const (), bool> = HashMap::new();
    let mut stack: Vec<(NodeRef, bool)> = roots.iter().map(|n| (n.clone(), false)).collect();
    while let Some((node, children_done)) = stack.pop() {
        let me = key(&node);
        if children_done {
            let leads = targets.contains(&me)
                || node.inputs.iter().flatten().any(|e| known.get(&key(&e.node)).copied().unwrap_or(false));
            known.insert(me, leads);
            continue;
        }
        if known.contains_key(&me) {
            continue;
        }
        known.insert(me, false);
        let children: Vec<NodeRef> = node.inputs.iter().flatten().map(|e| e.node.clone()).collect();
        stack.push((node, true));
        stack.extend(children.into_iter().filter(|n| !known.contains_key(&key(n))).map(|n| (n, false)));
    }
    known
}

impl Tensor {
    /// Adds the gradient of this tensor to the `grad` of every leaf that it came from.
    pub fn backward(&self) -> Result<()> {
        backward(&[self], &[], false, false)
    }

    /// `backward` from a given gradient, keeping the graph or recording the pass if asked to.
    pub fn backward_with(&self, gradient: Option<&Tensor>, retain_graph: bool, create_graph: bool) -> Result<()> {
        backward(&[self], &[gradient], retain_graph, create_graph)
    }
}
