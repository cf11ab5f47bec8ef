//! Scaled dot-product attention, forward and backward, by tiles of queries and keys that stay in the caches: the scores
//! of a tile are made, used and forgotten, and backward makes them again from the logarithm of each row's sum.
//!
//! Sums run in an order that the sizes fix, so results do not depend on the threads.

mod backward;
mod decode;
mod forward;
#[cfg(test)]
mod tests;

use crate::dtype::DType;
use crate::gemm::kernel::{Block, Store};
use crate::gemm::pack::{Pack, Panels, Strided};
use crate::gemm::simd::{Element, Real, Vector};
use crate::isa::{Isa, isa};
use half::{bf16, f16};

/// Rows of a tile of queries and, in backward, of a tile of keys.
const TILE: usize = 64;

/// Which random keys a query keeps: probabilities of the others are dropped, those that stay grow.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// One bit for each probability, 1 to keep: bit `i % 8` of byte `i / 8` for `i = ((b * heads + h) * t + row) * s + key`.
    pub keep: *const u8,
    /// What is kept is multiplied by this: 1 / (1 - p).
    pub factor: f64,
}

/// Sizes and options of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// Batches.
    pub batch: usize,
    /// Heads of the queries; a multiple of `kv_heads`.
    pub heads: usize,
    /// Heads of keys and values: each serves `heads / kv_heads` heads of queries that follow one another.
    pub kv_heads: usize,
    /// Queries.
    pub t: usize,
    /// Keys.
    pub s: usize,
    /// Numbers in a query and a key.
    pub d: usize,
    /// Numbers in a value.
    pub dv: usize,
    /// The element type: f32, f64, f16 or bf16. Halves are computed in f32.
    pub dtype: DType,
    /// A factor for the scores.
    pub scale: f64,
    /// Query `i` sees keys `0..=i` only.
    pub causal: bool,
    /// Dropout, if any.
    pub dropout: Option<Dropout>,
}

/// A tensor `[batch, heads, rows, numbers]` that is read, with its strides in elements.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The first element.
    pub ptr: *const u8,
    /// Strides, in elements.
    pub strides: [isize; 4],
}

/// A tensor `[batch, heads, rows, numbers]` that is written, with its strides in elements.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The first element.
    pub ptr: *mut u8,
    /// Strides, in elements.
    pub strides: [isize; 4],
}

/// What is done to the scores `[batch, heads, t, s]` before the softmax; a stride of 0 broadcasts.
#[derive(Clone, Copy, Debug)]
pub enum Mask {
    /// Nothing.
    None,
    /// Bytes: where one is 0, the key is not seen.
    Keep(Input),
    /// Numbers of the attention's element type, added.
    Add(Input),
}

// SAFETY: these are descriptions of memory that the callers of the kernels vouch for.
unsafe impl Send for Attention {}
// SAFETY: as above.
unsafe impl Sync for Attention {}
// SAFETY: as above.
unsafe impl Send for Input {}
// SAFETY: as above.
unsafe impl Sync for Input {}
// SAFETY: as above.
unsafe impl Send for Output {}
// SAFETY: as above.
unsafe impl Sync for Output {}
// SAFETY: as above.
unsafe impl Send for Mask {}
// SAFETY: as above.
unsafe impl Sync for Mask {}

impl Attention {
    /// Bytes of `lse`: a number of the computation's precision for each query.
    pub fn lse_bytes(&self) -> usize {
        self.batch * self.heads * self.t * self.dtype.compute().size()
    }

    fn kv_head(&self, h: usize) -> usize {
        h / (self.heads / self.kv_heads.max(1)).max(1)
    }

    /// Keys that any of the queries before `end` sees.
    fn keys(&self, end: usize) -> usize {
        if self.causal { self.s.min(end) } else { self.s }
    }

    fn empty(&self) -> bool {
        self.batch == 0 || self.heads == 0 || self.t == 0
    }
}

impl Input {
    /// The matrix of one head, its rows as lanes.
    fn head<T>(&self, b: usize, h: usize) -> Strided<T> {
        let offset = b as isize * self.strides[0] + h as isize * self.strides[1];
        Strided { p0: self.ptr.cast::<T>().wrapping_offset(offset), lane: self.strides[2], step: self.strides[3] }
    }
}

impl Output {
    fn head<T>(&self, b: usize, h: usize) -> (*mut T, isize, isize) {
        let offset = b as isize * self.strides[0] + h as isize * self.strides[1];
        (self.ptr.cast::<T>().wrapping_offset(offset), self.strides[2], self.strides[3])
    }
}

/// Lanes and steps exchanged.
fn flip<T>(s: Strided<T>) -> Strided<T> {
    Strided { p0: s.p0, lane: s.step, step: s.lane }
}

/// The attention of every query: `out` `[batch, heads, t, dv]`, and in `lse` `[batch, heads, t]` (contiguous, in the
/// precision of the computation) the logarithm of the sum of the exponentials of its scores, for [`backward`]. A query that
/// sees no key gets zeros, and minus infinity in `lse`.
///
/// # Safety
/// All that the sizes and strides reach can be read (of `q`, `k`, `v`, mask, dropout) and written (`out`, `lse`); outputs
/// overlap nothing, have one address for each element, and nothing else uses them meanwhile.
pub unsafe fn forward(att: &Attention, q: Input, k: Input, v: Input, mask: Mask, out: Output, lse: *mut u8) {
    // SAFETY: the caller's promise; `isa()` names what the processor has.
    unsafe { forward_on(isa(), att, q, k, v, mask, out, lse) }
}

#[allow(clippy::too_many_arguments)]
unsafe fn forward_on(isa: Isa, att: &Attention, q: Input, k: Input, v: Input, mask: Mask, out: Output, lse: *mut u8) {
    if att.empty() {
        return;
    }
    let args = Args { isa, att: *att, q, k, v, mask };
    // SAFETY: the caller's promise, with the type that `att` names.
    unsafe {
        match att.dtype {
            DType::F64 => args.forward::<f64>(out, lse),
            DType::F16 => args.forward::<f16>(out, lse),
            DType::BF16 => args.forward::<bf16>(out, lse),
            _ => args.forward::<f32>(out, lse),
        }
    }
}

/// The gradients of an attention and what they are made from: the results of [`forward`] and the gradient of `out`.
#[derive(Clone, Copy, Debug)]
pub struct Gradients {
    /// What `forward` wrote.
    pub out: Input,
    /// What `forward` wrote.
    pub lse: *const u8,
    /// The gradient of `out`.
    pub grad: Input,
    /// Receives the gradient of the queries.
    pub dq: Output,
    /// Receives the gradient of the keys.
    pub dk: Output,
    /// Receives the gradient of the values.
    pub dv: Output,
    /// Receives the gradient of the scores after an added mask, `[batch, heads, t, s]`, whole: where the mask was
    /// broadcast, its own gradient is a sum of this.
    pub dmask: Option<Output>,
}

// SAFETY: a description of memory that the caller of `backward` vouches for.
unsafe impl Send for Gradients {}
// SAFETY: as above.
unsafe impl Sync for Gradients {}

/// The gradients of queries, keys and values (and mask).
///
/// # Safety
/// As for [`forward`].
pub unsafe fn backward(att: &Attention, q: Input, k: Input, v: Input, mask: Mask, grads: &Gradients) {
    // SAFETY: the caller's promise; `isa()` names what the processor has.
    unsafe { backward_on(isa(), att, q, k, v, mask, grads) }
}

unsafe fn backward_on(isa: Isa, att: &Attention, q: Input, k: Input, v: Input, mask: Mask, grads: &Gradients) {
    if att.batch == 0 || att.heads == 0 || att.kv_heads == 0 {
        return;
    }
    let args = Args { isa, att: *att, q, k, v, mask };
    // SAFETY: the caller's promise, with the type that `att` names.
    unsafe {
        match att.dtype {
            DType::F64 => args.backward::<f64>(grads),
            DType::F16 => args.backward::<f16>(grads),
            DType::BF16 => args.backward::<bf16>(grads),
            _ => args.backward::<f32>(grads),
        }
    }
}

/// What forward and backward share.
#[derive(Clone, Copy)]
struct Args {
    isa: Isa,
    att: Attention,
    q: Input,
    k: Input,
    v: Input,
    mask: Mask,
}

/// A tile of scores in scratch: `rows` queries from `row`, `keys` keys from `key` of one head, at these strides.
#[derive(Clone, Copy)]
struct Tile<E> {
    b: usize,
    h: usize,
    row: usize,
    rows: usize,
    key: usize,
    keys: usize,
    scores: *mut E,
    row_stride: usize,
    key_stride: usize,
}

impl Args {
    /// Applies mask and causality to a tile of scores.
    ///
    /// # Safety
    /// The tile lies in scratch of the caller's, and the mask covers it.
    unsafe fn mask_tile<T: Element>(&self, tile: Tile<T::Compute>) {
        let Tile { b, h, row, rows, key, keys, scores, row_stride, key_stride } = tile;
        let none = T::Compute::NEG_INFINITY;
        let base = |m: &Input| {
            let s = m.strides;
            b as isize * s[0] + h as isize * s[1] + row as isize * s[2] + key as isize * s[3]
        };
        // SAFETY: the caller's promise.
        unsafe {
            match &self.mask {
                Mask::None => {}
                Mask::Keep(m) => {
                    let (p, s) = (m.ptr.wrapping_offset(base(m)), m.strides);
                    each(rows, keys, row_stride, key_stride, |i, j, at| {
                        if *p.offset(i as isize * s[2] + j as isize * s[3]) == 0 {
                            *scores.add(at) = none;
                        }
                    });
                }
                Mask::Add(m) => {
                    let (p, s) = (m.ptr.cast::<T>().wrapping_offset(base(m)), m.strides);
                    each(rows, keys, row_stride, key_stride, |i, j, at| {
                        let x = (*p.offset(i as isize * s[2] + j as isize * s[3])).widen();
                        *scores.add(at) = *scores.add(at) + x;
                    });
                }
            }
            if self.att.causal && key + keys > row + 1 {
                for i in 0..rows {
                    for j in (row + i + 1).saturating_sub(key)..keys {
                        *scores.add(i * row_stride + j * key_stride) = none;
                    }
                }
            }
        }
    }

    /// Calls `f` with every place of a tile and the factor that dropout has for it, if there is dropout.
    ///
    /// # Safety
    /// The bits cover the tile.
    unsafe fn dropout_tile<E: Real>(&self, tile: Tile<E>, mut f: impl FnMut(usize, E)) {
        let Some(dropout) = self.att.dropout else { return };
        let factor = E::from_f64(dropout.factor);
        let first = ((tile.b * self.att.heads + tile.h) * self.att.t + tile.row) * self.att.s + tile.key;
        each(tile.rows, tile.keys, tile.row_stride, tile.key_stride, |i, j, at| {
            let bit = first + i * self.att.s + j;
            // SAFETY: the caller's promise.
            let keep = unsafe { *dropout.keep.add(bit / 8) } >> (bit % 8) & 1;
            f(at, if keep == 1 { factor } else { E::ZERO });
        });
    }
}

/// Every place of a tile, the contiguous direction innermost.
#[inline(always)]
fn each(rows: usize, keys: usize, row_stride: usize, key_stride: usize, mut f: impl FnMut(usize, usize, usize)) {
    if row_stride == 1 {
        for j in 0..keys {
            for i in 0..rows {
                f(i, j, i + j * key_stride);
            }
        }
    } else {
        for i in 0..rows {
            for j in 0..keys {
                f(i, j, i * row_stride + j * key_stride);
            }
        }
    }
}

/// A matrix as the right operand of a product: in panels, or where it lies.
#[derive(Clone, Copy)]
struct Right<E> {
    p: *const E,
    panel: usize,
    step: isize,
}

/// Packs `lanes` lanes of `k` steps as a right operand: panels of two vectors, zeros in the lanes from `lanes` to `padded`.
#[inline(always)]
unsafe fn pack_right<V: Vector, T: Element<Compute = V::E>>(
    src: Strided<T>,
    lanes: usize,
    padded: usize,
    k: usize,
    dst: *mut V::E,
) -> Right<V::E> {
    let nr = 2 * V::LANES;
    for (i, first) in (0..padded).step_by(nr).enumerate() {
        let here = lanes.saturating_sub(first).min(nr);
        let dst = dst.wrapping_add(i * nr * k);
        // SAFETY: the caller's promise: lanes, steps, and room for `padded`, rounded up to panels, times `k`.
        unsafe { V::enter(Pack { src: src.at(first, 0), lanes: here, width: nr, k, dst }) };
    }
    Right { p: dst, panel: nr * k, step: nr as isize }
}

/// A right operand that can be used where it lies.
#[inline(always)]
fn in_place<V: Vector, T: Element<Compute = V::E>>(src: Strided<T>, lanes: usize) -> Option<Right<V::E>> {
    let nr = 2 * V::LANES;
    let fits = T::WIDE && src.lane == 1 && lanes.is_multiple_of(nr);
    fits.then_some(Right { p: src.p0.cast(), panel: nr, step: src.step })
}

/// A right operand with these lanes and steps: where it lies, or in panels packed into `dst`.
#[inline(always)]
unsafe fn right<V: Vector, T: Element<Compute = V::E>>(
    src: Strided<T>,
    lanes: usize,
    k: usize,
    dst: *mut V::E,
) -> Right<V::E> {
    match in_place::<V, T>(src, lanes) {
        Some(right) => right,
        // SAFETY: the caller's promise.
        None => unsafe { pack_right::<V, T>(src, lanes, lanes, k, dst) },
    }
}

/// Packs a left operand in panels.
#[inline(always)]
unsafe fn pack_left<V: Vector, T: Element<Compute = V::E>>(src: Strided<T>, panels: Panels, k: usize, dst: *mut V::E) {
    for i in 0..panels.len() {
        let lanes = panels.lanes(i);
        let first = i * panels.width;
        // SAFETY: the caller's promise: lanes, steps, and room for `count * k`.
        unsafe { V::enter(Pack { src: src.at(first, 0), lanes, width: lanes, k, dst: dst.wrapping_add(first * k) }) };
    }
}

/// A product of tiles: packed panels (`a_step` 0) or lanes side by side, by a right operand, into or onto `c`.
struct Product<E> {
    a: *const E,
    a_step: usize,
    rows: Panels,
    b: Right<E>,
    cols: usize,
    k: usize,
    c: *mut E,
    rs: usize,
    alpha: E,
    accumulate: bool,
}

impl<E: Real> Product<E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let (row_bias, column_bias) = (std::ptr::null(), std::ptr::null());
        let Product { a, a_step, rows, b, cols, k, c, rs, alpha, accumulate } = self;
        let store = Store { c, rs: rs as isize, alpha, accumulate, column_bias, row_bias };
        let (b, b_panel, b_step) = (b.p, b.panel, b.step);
        let block = Block { a, a_step, rows, b, b_panel, b_step, cols, k, first: 0, end: k, kc: k.max(1), store };
        // SAFETY: the caller's promise for operands and result.
        unsafe { V::enter(block) }
    }
}
