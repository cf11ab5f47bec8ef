//! Grad mode, inference mode and anomaly mode: per thread, set by guards that put the old value back.

use std::cell::Cell;
use std::marker::PhantomData;

const NO_GRAD: u8 = 1;
const INFERENCE: u8 = 2;
const ANOMALY: u8 = 4;
const DECOMPOSE: u8 = 8;
/// Modes under which `apply` has more to do than run the kernel and attach a node.
pub(crate) const SPECIAL: u8 = ANOMALY | DECOMPOSE;

thread_local! {
    static MODE: Cell<u8> = const { Cell::new(0) };
}

#[inline(always)]
pub(crate) fn mode() -> u8 {
    MODE.get()
}

/// Whether ops are recorded for gradients.
#[inline(always)]
pub fn is_grad_enabled() -> bool {
    MODE.get() & NO_GRAD == 0
}

/// Whether tensors are made that never take part in autograd.
#[inline(always)]
pub fn is_inference_mode_enabled() -> bool {
    MODE.get() & INFERENCE != 0
}

/// Whether results are checked for NaN and errors name the op that made them.
#[inline(always)]
pub fn is_anomaly_enabled() -> bool {
    MODE.get() & ANOMALY != 0
}

/// Whether ops that can be taken apart are.
#[inline(always)]
pub(crate) fn is_decomposing() -> bool {
    MODE.get() & DECOMPOSE != 0
}

/// Until the guard is dropped, ops run as their decompositions where they have one: what a device without their kernels
/// does, and what the tests compare kernels with.
pub fn decompose_ops() -> ModeGuard {
    switch(0, DECOMPOSE)
}

/// Puts the mode of this thread back when dropped.
#[must_use = "the mode lasts until this guard is dropped"]
pub struct ModeGuard {
    before: u8,
    _not_send: PhantomData<*const ()>,
}

impl Drop for ModeGuard {
    fn drop(&mut self) {
        MODE.set(self.before);
    }
}

#[inline]
fn switch(clear: u8, set: u8) -> ModeGuard {
    let before = MODE.get();
    MODE.set(before & !clear | set);
    ModeGuard { before, _not_send: PhantomData }
}

/// Nothing is recorded until the guard is dropped.
#[inline]
pub fn no_grad() -> ModeGuard {
    switch(0, NO_GRAD)
}

/// Ops are recorded until the guard is dropped, also inside `no_grad`.
#[inline]
pub fn enable_grad() -> ModeGuard {
    switch(NO_GRAD | INFERENCE, 0)
}

/// Ops are recorded or not, until the guard is dropped.
pub fn set_grad_enabled(enabled: bool) -> ModeGuard {
    if enabled { enable_grad() } else { no_grad() }
}

/// Nothing is recorded, and tensors made meanwhile can never be part of a graph, until the guard is dropped.
pub fn inference_mode() -> ModeGuard {
    switch(0, NO_GRAD | INFERENCE)
}

/// Until the guard is dropped, a NaN made by an op or by a derivative is an error that names it.
pub fn detect_anomaly() -> ModeGuard {
    switch(0, ANOMALY)
}

/// No mode at all until the guard is dropped: for the checks that anomaly mode itself makes.
pub(crate) fn quiet() -> ModeGuard {
    switch(ANOMALY, NO_GRAD)
}
