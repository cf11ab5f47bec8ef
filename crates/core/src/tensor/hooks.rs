//! What few nodes have: gradients that are kept, and hooks of tensors and of nodes.

use super::{Edge, Layout, Node, NodeRef, Op, Tensor, lock};
use crate::storage::Storage;
use crate::{DType, Result, bail};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// What a hook does with a gradient.
pub type GradHook = Box<dyn Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync>;
type PostHook = Box<dyn Fn(&Tensor) -> Result<()> + Send + Sync>;
/// Gradients of a node's outputs, or inputs, in their order.
type Optional = [Option<Tensor>];
/// What a hook of a node does with the gradients of its outputs before the derivative runs.
pub type NodePreHook = Box<dyn Fn(&Optional) -> Result<Option<Vec<Option<Tensor>>>> + Send + Sync>;
/// What a hook of a node does with the gradients of its inputs, which it may replace, and of its outputs.
pub type NodeHook = Box<dyn Fn(&Optional, &Optional) -> Result<Option<Vec<Option<Tensor>>>> + Send + Sync>;

/// Gradients that are kept, and hooks.
#[derive(Default)]
pub(crate) struct Extra {
    kept: Mutex<Vec<(u32, Option<Tensor>)>>,
    hooks: Mutex<Vec<(u64, u32, Arc<GradHook>)>>,
    post_hooks: Mutex<Vec<(u64, Leaf, Arc<PostHook>)>>,
    /// Whether there ever was a hook of the node itself.
    hooked: AtomicBool,
    node_pre_hooks: Mutex<Vec<(u64, Arc<NodePreHook>)>>,
    node_hooks: Mutex<Vec<(u64, Arc<NodeHook>)>>,
}

/// Enough to show a leaf to its hooks. The leaf itself would be kept alive by its own node for ever.
#[derive(Clone)]
struct Leaf {
    storage: Storage,
    layout: Layout,
    dtype: DType,
}

static NEXT_HOOK: AtomicU64 = AtomicU64::new(1);

/// Takes a hook away again.
#[derive(Clone)]
pub struct HookHandle {
    extra: Weak<Extra>,
    id: u64,
}

impl HookHandle {
    /// Takes the hook away.
    pub fn remove(&self) {
        if let Some(extra) = self.extra.upgrade() {
            lock(&extra.hooks).retain(|h| h.0 != self.id);
            lock(&extra.post_hooks).retain(|h| h.0 != self.id);
            lock(&extra.node_pre_hooks).retain(|h| h.0 != self.id);
            lock(&extra.node_hooks).retain(|h| h.0 != self.id);
        }
    }
}

impl Node<dyn Op> {
    fn extra(&self) -> &Arc<Extra> {
        self.extra.get_or_init(Arc::default)
    }

    pub(crate) fn retain_grad(&self, output: u32) {
        let mut kept = lock(&self.extra().kept);
        if !kept.iter().any(|k| k.0 == output) {
            kept.push((output, None));
        }
    }

    pub(crate) fn kept_grad(&self, output: u32) -> Option<Tensor> {
        lock(&self.extra.get()?.kept).iter().find(|k| k.0 == output)?.1.clone()
    }

    pub(crate) fn take_kept_grad(&self, output: u32) -> Option<Tensor> {
        lock(&self.extra.get()?.kept).iter_mut().find(|k| k.0 == output)?.1.take()
    }

    pub(crate) fn set_kept_grad(&self, output: u32, grad: Option<Tensor>) {
        self.retain_grad(output);
        for kept in lock(&self.extra().kept).iter_mut().filter(|k| k.0 == output) {
            kept.1 = grad.clone();
        }
    }

    pub(crate) fn retains_grad(&self, output: u32) -> bool {
        self.extra.get().is_some_and(|e| lock(&e.kept).iter().any(|k| k.0 == output))
    }

    #[inline]
    pub(crate) fn has_extra(&self) -> bool {
        self.extra.get().is_some()
    }

    /// Whether the node itself has hooks, and not just its outputs.
    pub(crate) fn has_node_hooks(&self) -> bool {
        self.extra.get().is_some_and(|e| e.hooked.load(Ordering::Relaxed))
    }

    pub(crate) fn add_hook(&self, output: u32, hook: GradHook) -> HookHandle {
        let id = NEXT_HOOK.fetch_add(1, Ordering::Relaxed);
        lock(&self.extra().hooks).push((id, output, Arc::new(hook)));
        HookHandle { extra: Arc::downgrade(self.extra()), id }
    }

    pub(crate) fn add_post_hook(&self, tensor: &Tensor, hook: PostHook) -> HookHandle {
        let id = NEXT_HOOK.fetch_add(1, Ordering::Relaxed);
        let leaf = Leaf { storage: tensor.storage().clone(), layout: tensor.layout().clone(), dtype: tensor.dtype() };
        lock(&self.extra().post_hooks).push((id, leaf, Arc::new(hook)));
        HookHandle { extra: Arc::downgrade(self.extra()), id }
    }

    /// Runs the hooks on the gradient of `output`.
    pub(crate) fn run_hooks(&self, output: u32, grad: &mut Tensor) -> Result<()> {
        let Some(extra) = self.extra.get() else { return Ok(()) };
        let hooks: Vec<Arc<GradHook>> =
            lock(&extra.hooks).iter().filter(|h| h.1 == output).map(|h| h.2.clone()).collect();
        for hook in hooks {
            if let Some(new) = hook(grad)? {
                if new.shape() != grad.shape() {
                    bail!(
                        "hook: a hook on {} changed the shape of a gradient from {:?} to {:?}",
                        self.name(),
                        grad.shape(),
                        new.shape()
                    );
                }
                *grad = new;
            }
        }
        Ok(())
    }

    pub(crate) fn run_post_hooks(node: &NodeRef) -> Result<()> {
        let Some(extra) = node.extra.get() else { return Ok(()) };
        let hooks: Vec<(Leaf, Arc<PostHook>)> =
            lock(&extra.post_hooks).iter().map(|h| (h.1.clone(), h.2.clone())).collect();
        for (Leaf { storage, layout, dtype }, hook) in hooks {
            let leaf = Tensor::new(storage, layout, dtype);
            leaf.set_edge(Edge { node: node.clone(), output: 0 });
            hook(&leaf)?;
        }
        Ok(())
    }

    /// Calls `hook` with the gradients of the outputs just before the derivative runs; it may give others in their place.
    pub fn register_prehook(&self, hook: NodePreHook) -> HookHandle {
        let id = NEXT_HOOK.fetch_add(1, Ordering::Relaxed);
        self.extra().hooked.store(true, Ordering::Relaxed);
        lock(&self.extra().node_pre_hooks).push((id, Arc::new(hook)));
        HookHandle { extra: Arc::downgrade(self.extra()), id }
    }

    /// Calls `hook` with the gradients of the inputs, for which it may give others, and of the outputs, once the derivative
    /// has run. A leaf has no inputs: its hook is called when its gradient has been added.
    pub fn register_hook(&self, hook: NodeHook) -> HookHandle {
        let id = NEXT_HOOK.fetch_add(1, Ordering::Relaxed);
        self.extra().hooked.store(true, Ordering::Relaxed);
        lock(&self.extra().node_hooks).push((id, Arc::new(hook)));
        HookHandle { extra: Arc::downgrade(self.extra()), id }
    }

    pub(crate) fn run_node_pre_hooks(&self, grads: &mut Optional) -> Result<()> {
        let Some(extra) = self.extra.get() else { return Ok(()) };
        let hooks: Vec<Arc<NodePreHook>> = lock(&extra.node_pre_hooks).iter().map(|h| h.1.clone()).collect();
        for hook in hooks {
            if let Some(new) = hook(grads)? {
                self.replace(grads, new)?;
            }
        }
        Ok(())
    }

    pub(crate) fn run_node_hooks(&self, inputs: &mut Optional, outputs: &Optional) -> Result<()> {
        let Some(extra) = self.extra.get() else { return Ok(()) };
        let hooks: Vec<Arc<NodeHook>> = lock(&extra.node_hooks).iter().map(|h| h.1.clone()).collect();
        for hook in hooks {
            if let Some(new) = hook(inputs, outputs)? {
                self.replace(inputs, new)?;
            }
        }
        Ok(())
    }

    /// Puts a hook's gradients in the place of those it was called with.
    fn replace(&self, grads: &mut Optional, new: Vec<Option<Tensor>>) -> Result<()> {
        if new.len() != grads.len() {
            bail!(
                "hook: a hook on {} has returned an incorrect number of values (got {}, but expected {})",
                self.name(),
                new.len(),
                grads.len()
            );
        }
        for (i, (old, new)) in grads.iter_mut().zip(new).enumerate() {
            if let (Some(a), Some(b)) = (&*old, &new)
                && a.shape() != b.shape()
            {
                bail!(
                    "hook: a hook on {} changed the shape of gradient {i} from {:?} to {:?}",
                    self.name(),
                    a.shape(),
                    b.shape()
                );
            }
            *old = new;
        }
        Ok(())
    }
}
