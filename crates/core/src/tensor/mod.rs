//! The tensor, the op and the node: the one knot of the house. A tensor holds a node, a node holds an op, an op speaks of
//! tensors. Everything else points at this room.

mod hooks;
mod layout;
mod name;
mod node;
mod op;

pub use hooks::{GradHook, HookHandle, NodeHook, NodePreHook};
pub use layout::{Layout, Shape, Strides, broadcast_shapes, checked_numel, contiguous_strides, wrap_dim};
pub use node::{Cx, Edge, Grads, Needs, Node, NodeRef, Saves};
pub use op::{Arg, Kind, Op, Spec, Specs};

pub(crate) use node::{NewNode, Saved, SavedState, connect, connect_bare, grads1, new_node};

use crate::storage::lock::Lock;
use crate::storage::shared::Shared;
use crate::storage::{ReadGuard, Storage};
use crate::{DType, Result, bail, err};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// An n-dimensional array with a dtype, on a device, with a history that gradients flow back through.
/// Cloning is cheap and shares everything.
#[derive(Clone)]
pub struct Tensor(pub(crate) Shared<Inner>);

pub(crate) struct Inner {
    pub storage: Storage,
    pub layout: Layout,
    pub dtype: DType,
    pub requires_grad: AtomicBool,
    /// Which output of which node this tensor is. Leaves that require grad have an `AccumulateGrad` node.
    pub node: Lock<Option<Edge>>,
    pub view: Option<View>,
    /// Made under `inference_mode`: takes no part in autograd and counts no versions.
    pub inference: bool,
}

/// What a view remembers: whose elements it shows, and at which version of the storage its node was made.
pub(crate) struct View {
    pub base: Tensor,
    pub seen: AtomicU32,
}

/// Locks, also where another thread panicked meanwhile: what is guarded here is never left half-changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tensor {
    /// A tensor over a storage; the layout must lie inside it.
    pub fn from_storage(storage: Storage, layout: Layout, dtype: DType) -> Result<Tensor> {
        layout.check(dtype.size(), storage.len())?;
        Ok(Tensor::new(storage, layout, dtype))
    }

    #[inline]
    pub(crate) fn new(storage: Storage, layout: Layout, dtype: DType) -> Tensor {
        Tensor::with_mode(storage, layout, dtype, crate::autograd::is_inference_mode_enabled())
    }

    #[inline]
    fn with_mode(storage: Storage, layout: Layout, dtype: DType, inference: bool) -> Tensor {
        Tensor(Shared::new(Inner {
            storage,
            layout,
            dtype,
            requires_grad: AtomicBool::new(false),
            node: Lock::new(None),
            view: None,
            inference,
        }))
    }

    /// A fresh dense tensor with nothing in it yet; the caller writes every element before anybody reads.
    #[inline]
    pub(crate) fn uninit(spec: Spec) -> Result<Tensor> {
        let bytes = spec.shape.iter().product::<usize>() * spec.dtype.size();
        let strides = spec.strides.unwrap_or_else(|| contiguous_strides(&spec.shape));
        Ok(Tensor::new(Storage::uninit(bytes)?, Layout { shape: spec.shape, strides, offset: 0 }, spec.dtype))
    }

    /// A fresh tensor of the shape of a contiguous layout with `numel` elements, as `uninit`.
    #[inline(always)]
    pub(crate) fn uninit_like(layout: &Layout, dtype: DType, numel: usize) -> Result<Tensor> {
        let layout = Layout {
            shape: Shape::from_slice(&layout.shape),
            strides: Strides::from_slice(&layout.strides),
            offset: 0,
        };
        Ok(Tensor::new(Storage::uninit(numel * dtype.size())?, layout, dtype))
    }

    /// Another tensor over the same elements, without history and not known as a view.
    pub(crate) fn alias(&self) -> Tensor {
        let inference = self.0.inference;
        Tensor::with_mode(self.0.storage.clone(), self.0.layout.clone(), self.0.dtype, inference)
    }

    /// The sizes of the dimensions.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        &self.0.layout.shape
    }

    /// The size of dimension `dim`, which may be negative to count from the end.
    pub fn size(&self, dim: i64) -> Result<usize> {
        Ok(self.shape()[wrap_dim_nonscalar(dim, self.dim())?])
    }

    /// The steps between neighbours along each dimension, in elements.
    pub fn stride(&self) -> &[isize] {
        &self.0.layout.strides
    }

    /// Where the first element lies in the storage, in elements.
    pub fn storage_offset(&self) -> usize {
        self.0.layout.offset
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.0.layout
    }

    /// The shared bytes.
    pub fn storage(&self) -> &Storage {
        &self.0.storage
    }

    /// The number of dimensions.
    #[inline]
    pub fn dim(&self) -> usize {
        self.0.layout.rank()
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.0.layout.numel()
    }

    /// The type of the elements.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// Bytes of one element.
    pub fn element_size(&self) -> usize {
        self.0.dtype.size()
    }

    /// Dense and row-major.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.0.layout.is_contiguous()
    }

    /// How often the storage has been written in place.
    pub fn version(&self) -> u32 {
        self.0.storage.version()
    }

    /// The very same tensor (not only equal elements).
    pub fn is_same(&self, other: &Tensor) -> bool {
        self.0.same(&other.0)
    }

    /// A view of another tensor's elements.
    pub fn is_view(&self) -> bool {
        self.0.view.is_some()
    }

    /// The tensor whose elements this view shows.
    pub fn base(&self) -> Option<&Tensor> {
        self.0.view.as_ref().map(|v| &v.base)
    }

    /// Whether gradients are computed for it.
    #[inline(always)]
    pub fn requires_grad(&self) -> bool {
        self.0.requires_grad.load(Ordering::Relaxed)
            || self
                .0
                .view
                .as_ref()
                .is_some_and(|v| v.base.0.requires_grad.load(Ordering::Relaxed) && self.view_is_stale())
    }

    #[cold]
    fn view_is_stale(&self) -> bool {
        self.grad_edge().is_some()
    }

    /// Made by the user rather than by a recorded op; gradients are collected in its `grad`.
    pub fn is_leaf(&self) -> bool {
        match self.grad_edge() {
            Some(edge) => edge.node.is_leaf(),
            None => true,
        }
    }

    /// The name of the op that made it, if it has a history.
    pub fn grad_fn(&self) -> Option<NodeRef> {
        self.grad_edge().filter(|e| !e.node.is_leaf()).map(|e| e.node)
    }

    /// The node and output that this tensor is, if gradients flow through it. A view of a tensor that was written in
    /// place since gets a new node here: what it shows has a new history.
    #[inline]
    pub(crate) fn grad_edge(&self) -> Option<Edge> {
        if let Some(view) = &self.0.view
            && view.base.0.requires_grad.load(Ordering::Relaxed)
        {
            return self.view_edge(view);
        }
        if !self.0.requires_grad.load(Ordering::Relaxed) {
            return None;
        }
        self.0.node.lock().clone()
    }

    fn view_edge(&self, view: &View) -> Option<Edge> {
        let version = self.0.storage.version();
        let mut node = self.0.node.lock();
        if view.seen.swap(version, Ordering::AcqRel) != version && !self.0.inference {
            let base = view.base.grad_edge()?;
            *node = Some(crate::ops::view::view_node(self, &view.base, base));
            self.0.requires_grad.store(true, Ordering::Release);
        }
        node.clone()
    }

    /// Makes `edge` the history of this tensor.
    pub(crate) fn set_edge(&self, edge: Edge) {
        *self.0.node.lock() = Some(edge);
        self.0.requires_grad.store(true, Ordering::Release);
        if let Some(view) = &self.0.view {
            view.seen.store(self.0.storage.version(), Ordering::Release);
        }
    }

    /// Starts or stops computing gradients for this leaf. Returns the same tensor.
    pub fn requires_grad_(&self, requires_grad: bool) -> Result<&Tensor> {
        if requires_grad == self.requires_grad() {
            return Ok(self);
        }
        if !requires_grad {
            if !self.is_leaf() {
                bail!(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a \
                     subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                );
            }
            self.0.requires_grad.store(false, Ordering::Release);
            *self.0.node.lock() = None;
            return Ok(self);
        }
        if !self.dtype().is_differentiable() {
            bail!(
                "only Tensors of floating point and complex dtype can require gradients, not {}",
                self.dtype().name()
            );
        }
        if self.is_inference() && !crate::autograd::is_inference_mode_enabled() {
            bail!(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed; clone() it first."
            );
        }
        self.set_edge(node::leaf_edge(self));
        Ok(self)
    }

    /// Whether it was made in [`inference_mode`](crate::autograd::inference_mode), or is a view of what was: it takes no part
    /// in autograd, and is written in place only in that mode.
    #[inline]
    pub fn is_inference(&self) -> bool {
        self.0.inference
    }

    /// The gradient collected so far.
    pub fn grad(&self) -> Option<Tensor> {
        if !self.0.requires_grad.load(Ordering::Relaxed) {
            return None;
        }
        let node = self.0.node.lock();
        node.as_ref().and_then(|e| e.node.kept_grad(e.output))
    }

    /// Replaces the collected gradient (`None` clears it).
    pub fn set_grad(&self, grad: Option<Tensor>) -> Result<()> {
        if let Some(g) = &grad
            && (g.shape() != self.shape() || g.dtype() != self.dtype())
        {
            bail!(
                "assigned grad has data of a different size or type: {:?} {} for a tensor {:?} {}",
                g.shape(),
                g.dtype().name(),
                self.shape(),
                self.dtype().name()
            );
        }
        match &*self.0.node.lock() {
            Some(edge) => edge.node.set_kept_grad(edge.output, grad),
            None if grad.is_none() => {}
            None => {
                bail!("set_grad: the tensor does not require grad, so it keeps none; call requires_grad_(true) first")
            }
        }
        Ok(())
    }

    /// Lets a tensor that is not a leaf keep its gradient too.
    pub fn retain_grad(&self) -> Result<()> {
        let edge = self.grad_edge().ok_or_else(|| err!("can't retain_grad on Tensor that has requires_grad=False"))?;
        edge.node.retain_grad(edge.output);
        Ok(())
    }

    /// Calls `hook` with each gradient that arrives here; what it returns takes the gradient's place.
    pub fn register_hook(
        &self,
        hook: impl Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync + 'static,
    ) -> Result<HookHandle> {
        let edge =
            self.grad_edge().ok_or_else(|| err!("cannot register a hook on a tensor that doesn't require gradient"))?;
        Ok(edge.node.add_hook(edge.output, Box::new(hook)))
    }

    /// Calls `hook` with this leaf each time after its `grad` has been added to.
    pub fn register_post_accumulate_grad_hook(
        &self,
        hook: impl Fn(&Tensor) -> Result<()> + Send + Sync + 'static,
    ) -> Result<HookHandle> {
        match self.grad_edge() {
            Some(edge) if edge.node.is_leaf() => Ok(edge.node.add_post_hook(self, Box::new(hook))),
            _ => bail!("post accumulate grad hooks can only be registered on leaf tensors that require grad"),
        }
    }

    /// The same elements without history: a view that gradients do not flow through.
    pub fn detach(&self) -> Tensor {
        self.alias()
    }

    /// The bytes of a contiguous tensor, borrowed for reading.
    pub(crate) fn read(&self) -> Result<ReadGuard<'_>> {
        self.0.storage.read()
    }
}

/// `wrap_dim` for functions that PyTorch lets no 0-d tensor into.
pub(crate) fn wrap_dim_nonscalar(dim: i64, rank: usize) -> Result<usize> {
    if rank == 0 {
        bail!(Index, "Dimension specified as {dim} but tensor has no dimensions");
    }
    wrap_dim(dim, rank)
}
