//! The microkernel: a tile of C in registers, one broadcast of A and two vectors of B for each step of k; and the loop
//! over the panels of a block, which keeps a tile's order over k fixed by sizes alone.

use super::pack::Panels;
use super::simd::{Kernel, Real, Vector};
use crate::prefetch::prefetch;

/// What happens to a product on its way into C, which has unit column stride and the precision of the computation.
#[derive(Clone, Copy)]
pub(crate) struct Store<E> {
    pub c: *mut E,
    pub rs: isize,
    pub alpha: E,
    /// Add to what is there.
    pub accumulate: bool,
    /// One number for each column, or null.
    pub column_bias: *const E,
    /// One number for each row, or null.
    pub row_bias: *const E,
}

impl<E> Store<E> {
    /// The same for the block of C whose first element is (`row`, `col`).
    #[inline(always)]
    pub fn at(self, row: usize, col: usize) -> Self {
        let past = |p: *const E, n: usize| if p.is_null() { p } else { p.wrapping_add(n) };
        Store {
            c: self.c.wrapping_offset(row as isize * self.rs + col as isize),
            column_bias: past(self.column_bias, col),
            row_bias: past(self.row_bias, row),
            ..self
        }
    }

    /// The same for a later part of the sum over k.
    pub fn later(self) -> Self {
        Store { accumulate: true, column_bias: std::ptr::null(), row_bias: std::ptr::null(), ..self }
    }
}

impl<E: Real> Store<E> {
    /// Nothing is added on the way.
    #[inline(always)]
    fn is_plain(&self) -> bool {
        !self.accumulate && self.column_bias.is_null() && self.row_bias.is_null()
    }

    /// Stores a whole vector of sums at the first element.
    ///
    /// # Safety
    /// The vector lies in C, and nothing else uses it.
    #[inline(always)]
    unsafe fn add<V: Vector<E = E>>(self, mut x: V) {
        // SAFETY: the caller's promise; a bias is at least as long as C.
        unsafe {
            if self.accumulate {
                x = x.add(V::load(self.c));
            }
            if !self.column_bias.is_null() {
                x = x.add(V::load(self.column_bias));
            }
            if !self.row_bias.is_null() {
                x = x.add(V::splat(*self.row_bias));
            }
            x.store(self.c);
        }
    }

    /// Stores one sum at the first element.
    ///
    /// # Safety
    /// It lies in C, and nothing else uses it.
    #[inline(always)]
    pub unsafe fn put(self, sum: E) {
        // SAFETY: the caller's promise; a bias is at least as long as C.
        unsafe {
            let mut x = sum * self.alpha;
            if self.accumulate {
                x = x + *self.c;
            }
            if !self.column_bias.is_null() {
                x = x + *self.column_bias;
            }
            if !self.row_bias.is_null() {
                x = x + *self.row_bias;
            }
            *self.c = x;
        }
    }
}

// SAFETY: a description of memory; the blocks that are written do not overlap.
unsafe impl<E> Send for Store<E> {}
// SAFETY: as above.
unsafe impl<E> Sync for Store<E> {}

/// One tile: `MR` rows, up to `NV` vectors of columns, of which `cols` are stored.
struct Micro<E, const MR: usize, const NV: usize> {
    k: usize,
    a: *const E,
    /// Distance of A's steps.
    a_step: usize,
    b: *const E,
    /// Distance of B's rows.
    b_step: isize,
    cols: usize,
    store: Store<E>,
}

/// The body for each row of a tile. Not a loop: indices must be constants, or the sums would live in memory.
macro_rules! each_row {
    ($i:ident < $rows:ident => $body:block) => { each_row!($i, $rows, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13) };
    ($i:ident, $rows:ident, $body:block, $($n:literal)*) => {$(
        if $n < $rows {
            const $i: usize = $n;
            $body
        }
    )*};
}

impl<E: Real, const MR: usize, const NV: usize> Kernel<E> for Micro<E, MR, NV> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let Micro { k, mut a, a_step, mut b, b_step, cols, store } = self;
        let mut acc = [[V::splat(E::ZERO); NV]; MR];
        // SAFETY: the caller promises `k` steps of `MR` numbers at `a` and of `NV` vectors at `b`, and a tile of `MR` rows
        // and `cols` columns behind `store`.
        unsafe {
            each_row!(I < MR => {
                let c = store.c.wrapping_offset(I as isize * store.rs);
                prefetch(c);
                prefetch(c.wrapping_add(cols - 1));
            });
            for _ in 0..k {
                let first = V::load(b);
                let last = if NV > 1 { V::load(b.add(V::LANES)) } else { first };
                each_row!(I < MR => {
                    let x = V::splat(*a.add(I));
                    acc[I][0] = x.mul_add(first, acc[I][0]);
                    if NV > 1 {
                        acc[I][NV - 1] = x.mul_add(last, acc[I][NV - 1]);
                    }
                });
                a = a.wrapping_add(a_step);
                b = b.wrapping_offset(b_step);
            }
            let alpha = V::splat(store.alpha);
            if cols != NV * V::LANES {
                // A copy: what is reached by a variable index lives in memory.
                let mut sums = [[alpha; NV]; MR];
                each_row!(I < MR => {
                    sums[I][0] = acc[I][0].mul(alpha);
                    if NV > 1 {
                        sums[I][NV - 1] = acc[I][NV - 1].mul(alpha);
                    }
                });
                return Self::store_part(&sums, cols, store);
            }
            if store.is_plain() {
                each_row!(I < MR => {
                    let c = store.c.offset(I as isize * store.rs);
                    acc[I][0].mul(alpha).store(c);
                    if NV > 1 {
                        acc[I][NV - 1].mul(alpha).store(c.add(V::LANES));
                    }
                });
                return;
            }
            each_row!(I < MR => {
                store.at(I, 0).add(acc[I][0].mul(alpha));
                if NV > 1 {
                    store.at(I, V::LANES).add(acc[I][NV - 1].mul(alpha));
                }
            });
        }
    }
}

impl<E: Real, const MR: usize, const NV: usize> Micro<E, MR, NV> {
    /// Stores a tile whose last vectors are cut off.
    #[inline(always)]
    unsafe fn store_part<V: Vector<E = E>>(sums: &[[V; NV]; MR], cols: usize, store: Store<E>) {
        for (i, row) in sums.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                let at = j * V::LANES;
                if at >= cols {
                    break;
                }
                let (n, store) = ((cols - at).min(V::LANES), store.at(i, at));
                // SAFETY: the caller's promise; `n` numbers are left of the row.
                unsafe {
                    let mut x = *sum;
                    if store.accumulate {
                        x = x.add(V::load_part(store.c, n));
                    }
                    if !store.column_bias.is_null() {
                        x = x.add(V::load_part(store.column_bias, n));
                    }
                    if !store.row_bias.is_null() {
                        x = x.add(V::splat(*store.row_bias));
                    }
                    x.store_part(store.c, n);
                }
            }
        }
    }
}

/// Runs the microkernel for `rows` rows.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn tile<V: Vector, const NV: usize>(
    rows: usize,
    k: usize,
    a: *const V::E,
    a_step: usize,
    b: *const V::E,
    b_step: isize,
    cols: usize,
    store: Store<V::E>,
) {
    macro_rules! sizes {
        ($($n:literal)*) => {
            match rows {
                // SAFETY: the caller's promise; `V` is already in use, so the processor has it.
                $($n if $n <= V::MR => unsafe {
                    V::enter(Micro::<V::E, $n, NV> { k, a, a_step, b, b_step, cols, store })
                },)*
                _ => debug_assert!(false, "a tile of {rows} rows"),
            }
        };
    }
    sizes!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
}

/// The product of some panels of A with some panels of B.
pub(crate) struct Block<E> {
    /// Packed A: panel `i` begins at `i * width * k`, counted from the first one of the block. Or, where `a_step` is not
    /// 0, A with its lanes side by side and its steps this far apart.
    pub a: *const E,
    pub a_step: usize,
    pub rows: Panels,
    /// B: packed in panels of two vectors, panel `j` at `j * b_panel`, or, with its own row stride, where it lies.
    pub b: *const E,
    pub b_panel: usize,
    pub b_step: isize,
    pub cols: usize,
    /// Steps in a panel, and those of them that are summed.
    pub k: usize,
    pub first: usize,
    pub end: usize,
    /// Steps of k that are summed before C is touched.
    pub kc: usize,
    pub store: Store<E>,
}

impl<E: Real> Kernel<E> for Block<E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let nr = 2 * V::LANES;
        let mut pc = self.first;
        let mut store = self.store;
        loop {
            let kc = self.kc.min(self.end - pc);
            for j in 0..self.cols.div_ceil(nr) {
                let cols = nr.min(self.cols - j * nr);
                let b = self.b.wrapping_add(j * self.b_panel).wrapping_offset(pc as isize * self.b_step);
                for i in 0..self.rows.len() {
                    let rows = self.rows.lanes(i);
                    let (a_panel, a_step) = match self.a_step {
                        0 => (self.rows.width * self.k, rows),
                        step => (self.rows.width, step),
                    };
                    let a = self.a.wrapping_add(i * a_panel + pc * a_step);
                    let store = store.at(i * self.rows.width, j * nr);
                    // SAFETY: the caller's promise for the whole block, narrowed to one tile.
                    unsafe {
                        if cols > V::LANES {
                            tile::<V, 2>(rows, kc, a, a_step, b, self.b_step, cols, store);
                        } else {
                            tile::<V, 1>(rows, kc, a, a_step, b, self.b_step, cols, store);
                        }
                    }
                }
            }
            pc += kc;
            if pc >= self.end {
                break;
            }
            store = store.later();
        }
    }
}
