//! Functions that pack what is kept for derivatives, and unpack it when a derivative asks for it.

use super::{is_grad_enabled, no_grad};
use crate::tensor::{Edge, Shape};
use crate::{DType, Result, Tensor, bail};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

/// Makes the tensor again, as often as it is called.
pub type Unpack = Box<dyn Fn() -> Result<Tensor> + Send + Sync>;
type Pack = dyn Fn(&Tensor) -> Result<Unpack>;

thread_local! {
    static PACKS: RefCell<Vec<Arc<Pack>>> = const { RefCell::new(Vec::new()) };
    static ANY: Cell<bool> = const { Cell::new(false) };
}

/// Takes the hook away again when dropped.
#[must_use = "tensors are packed until this guard is dropped"]
pub struct SavedTensorsHooks(PhantomData<*const ()>);

impl Drop for SavedTensorsHooks {
    fn drop(&mut self) {
        let last = PACKS.with(|packs| {
            let mut packs = packs.borrow_mut();
            let last = packs.pop();
            ANY.set(!packs.is_empty());
            last
        });
        drop(last);
    }
}

/// Until the guard is dropped, `pack` is called on this thread with every tensor that an op keeps for its derivative, without
/// its history; what it answers makes the tensor again, of the same shape and dtype. Of several hooks the last one is called.
pub fn saved_tensors_hooks(pack: impl Fn(&Tensor) -> Result<Unpack> + 'static) -> SavedTensorsHooks {
    PACKS.with(|packs| packs.borrow_mut().push(Arc::new(pack)));
    ANY.set(true);
    SavedTensorsHooks(PhantomData)
}

/// Whether there is a hook.
#[inline(always)]
pub(crate) fn saved_tensors_are_packed() -> bool {
    ANY.get()
}

/// A tensor that a hook has taken.
pub(crate) struct Packed {
    unpack: Unpack,
    shape: Shape,
    dtype: DType,
}

/// What the hook makes of a tensor, which requires gradients or is about to.
#[cold]
pub(crate) fn pack(tensor: &Tensor, requires_grad: bool) -> Result<Packed> {
    let Some(hook) = PACKS.with(|packs| packs.borrow().last().cloned()) else {
        bail!("saved_tensors_hooks: there is no hook on this thread");
    };
    let _unrecorded = no_grad();
    let (given, version) = (tensor.detach(), tensor.version());
    if requires_grad && given.dtype().is_differentiable() {
        given.requires_grad_(true)?;
    }
    let unpack = hook(&given)?;
    if tensor.version() != version {
        bail!(
            "saved_tensors_hooks: the pack hook is modifying its input in place, a {} tensor of shape {:?}; let it pack a clone",
            tensor.dtype().name(),
            tensor.shape()
        );
    }
    Ok(Packed { unpack, shape: tensor.shape().into(), dtype: tensor.dtype() })
}

impl Packed {
    /// The tensor, without history.
    pub(crate) fn unpack(&self) -> Result<Tensor> {
        let tensor = {
            let _unrecorded = no_grad();
            (self.unpack)()?.detach()
        };
        if tensor.shape() != &*self.shape || tensor.dtype() != self.dtype {
            bail!(
                "saved_tensors_hooks: a {} tensor of shape {:?} was packed, and a {} tensor of shape {:?} came back",
                self.dtype.name(),
                self.shape,
                tensor.dtype().name(),
                tensor.shape()
            );
        }
        Ok(tensor)
    }
}

/// A tensor that a function with a derivative of its own keeps, as the hooks pack it, with its place in the history.
pub struct PackedTensor {
    packed: Packed,
    edge: Option<Edge>,
}

impl PackedTensor {
    /// What the hooks of this thread make of `tensor`; `None` where there are none.
    pub fn new(tensor: &Tensor) -> Result<Option<PackedTensor>> {
        if !saved_tensors_are_packed() {
            return Ok(None);
        }
        let edge = if tensor.requires_grad() { tensor.grad_edge() } else { None };
        Ok(Some(PackedTensor { packed: pack(tensor, tensor.requires_grad())?, edge }))
    }

    /// The tensor, with its history if that is being recorded.
    pub fn unpack(&self) -> Result<Tensor> {
        let tensor = self.packed.unpack()?;
        if let Some(edge) = self.edge.clone().filter(|_| is_grad_enabled()) {
            tensor.set_edge(edge);
        }
        Ok(tensor)
    }
}
