//! Products with a few rows, which are bound by the reading of B: it is read once, in the order in which it lies,
//! and never copied.

use super::Problem;
use super::kernel::Store;
use super::pack::{Scratch, Strided};
use super::simd::{Element, Kernel, Real, Vector};
use crate::pool::parallel_for;
use crate::prefetch::prefetch_once;

/// Most rows of a product that goes this way.
const ROWS: usize = 16;

/// The product has few rows, and B is contiguous along one of its sides.
pub(super) fn fits<T: Element, O>(p: &Problem<T, O>) -> bool {
    if p.k == 0 || p.m > ROWS {
        return false;
    }
    if p.b.step == 1 || p.k == 1 { p.k >= 32 || p.m == 1 } else { p.b.lane == 1 && (p.m <= 8 && p.n >= 32 || p.m == 1) }
}

/// Bytes of B that a task reads, about.
const TASK_BYTES: usize = 1 << 17;

/// How far ahead of its sums a product of one row asks for B, in bytes. Half and four times as much are as good.
const AHEAD: usize = 2048;

pub(super) unsafe fn gemm<T: Element, O: Element<Compute = T::Compute>>(p: &Problem<T, O>) {
    let (m, n, k) = (p.m, p.n, p.k);
    // The few rows are wanted side by side and in full precision.
    let held;
    let rows = if T::WIDE && p.a.step == 1 {
        Strided { p0: p.a.p0.cast::<T::Compute>(), lane: p.a.lane, step: 1 }
    } else {
        held = Scratch::<T::Compute>::new(m * k);
        for i in 0..m {
            for j in 0..k {
                // SAFETY: A has `m` lanes and `k` steps, the scratch as many numbers.
                unsafe { *held.ptr().add(i * k + j) = (*p.a.at(i, j).p0).widen() };
            }
        }
        Strided { p0: held.ptr().cast_const(), lane: k as isize, step: 1 }
    };
    let along_k = p.b.step == 1 || k == 1;
    if T::WIDE && m == 1 && n == 1 && along_k {
        // SAFETY: each operand has `k` numbers, side by side, and C has one.
        unsafe { p.with_store(0, 0, 1, 1, |store| store.at(0, 0).put(dot(rows.p0, p.b.p0.cast(), k))) };
        return;
    }
    let grain = if along_k {
        (TASK_BYTES / (k * size_of::<T>())).next_multiple_of(16)
    } else {
        // Whole lines of memory, long enough to be prefetched, in eight tasks if there are enough of them.
        n.div_ceil(8).next_multiple_of(64).clamp(64, 1024)
    };
    let grain = if m * n * k <= super::ALONE { n } else { grain };
    parallel_for(n.div_ceil(grain), |t| {
        let (first, cols) = (t * grain, grain.min(n - t * grain));
        // SAFETY: the caller's promise; tasks write disjoint columns.
        unsafe {
            p.with_store(0, first, m, cols, |store| {
                let b = p.b.at(first, 0);
                if along_k {
                    T::Compute::dispatch(p.isa, Dots { rows, b, m, cols, k, store });
                } else {
                    T::Compute::dispatch(p.isa, Sums { rows, b, m, cols, k, store });
                }
            });
        }
    });
}

/// A dot product in the order of MKL's, for the numbers that PyTorch has, whatever vectors there are: four accumulators of 16
/// bytes, products rounded before they are added, and what is left to the first ones.
unsafe fn dot<E: Real>(a: *const E, b: *const E, k: usize) -> E {
    let lanes = 16 / size_of::<E>();
    let mut acc = [E::ZERO; 16];
    let mut i = 0;
    let add = |acc: &mut [E], i: &mut usize| {
        for acc in acc.iter_mut() {
            // SAFETY: the caller has `k` numbers, and the loops below ask for as many as are left.
            *acc = *acc + unsafe { *a.add(*i) * *b.add(*i) };
            *i += 1;
        }
    };
    while k - i >= 4 * lanes {
        add(&mut acc[..4 * lanes], &mut i);
    }
    if lanes == 4 && k - i >= 8 {
        add(&mut acc[..8], &mut i);
    }
    while k - i >= lanes {
        add(&mut acc[..lanes], &mut i);
    }
    while i < k {
        add(&mut acc[..1], &mut i);
    }
    for j in lanes..4 * lanes {
        acc[j % lanes] = acc[j % lanes] + acc[j];
    }
    if lanes == 4 { (acc[0] + acc[2]) + (acc[1] + acc[3]) } else { acc[0] + acc[1] }
}

/// B contiguous along k: dot products, of up to four rows with as many columns at a time as `quad` is told.
struct Dots<T: Element> {
    rows: Strided<T::Compute>,
    b: Strided<T>,
    m: usize,
    cols: usize,
    k: usize,
    store: Store<T::Compute>,
}

impl<T: Element> Kernel<T::Compute> for Dots<T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        if self.m == 1 && self.k >= 8 * V::LANES {
            for j in 0..self.cols {
                // SAFETY: columns inside the size that the caller vouches for.
                unsafe { self.column::<V>(j) };
            }
            return;
        }
        // The columns that are summed at a time lie far apart, so that each of them goes on where the one before ended:
        // memory answers to a few long streams sooner than to many short ones.
        let at_once = if self.m == 1 { 8 } else { 4 };
        let apart = self.cols / at_once;
        for j in 0..apart {
            let mut i = 0;
            while i < self.m {
                // SAFETY: rows and columns inside the sizes that the caller vouches for.
                unsafe {
                    i += match self.m - i {
                        1 if at_once == 8 => self.quad::<V, 1, 8>(i, j, apart),
                        1 => self.quad::<V, 1, 4>(i, j, apart),
                        2 => self.quad::<V, 2, 4>(i, j, apart),
                        3 => self.quad::<V, 3, 4>(i, j, apart),
                        _ => self.quad::<V, 4, 4>(i, j, apart),
                    }
                }
            }
        }
        for j in apart * at_once..self.cols {
            let mut i = 0;
            while i < self.m {
                // SAFETY: as above.
                unsafe {
                    i += match self.m - i {
                        1 => self.quad::<V, 1, 1>(i, j, 0),
                        2 => self.quad::<V, 2, 1>(i, j, 0),
                        3 => self.quad::<V, 3, 1>(i, j, 0),
                        _ => self.quad::<V, 4, 1>(i, j, 0),
                    }
                }
            }
        }
    }
}

impl<T: Element> Dots<T> {
    /// The only row by column `j`, which is read in order, one stream with the columns after it.
    #[inline(always)]
    unsafe fn column<V: Vector<E = T::Compute>>(&self, j: usize) {
        let mut acc = [V::splat(T::Compute::ZERO); 8];
        let (a, b) = (self.rows.p0, self.b.at(j, 0).p0);
        let mut p = 0;
        // SAFETY: both pointers have `k` elements behind them, and the result lies in C.
        unsafe {
            while p + 8 * V::LANES <= self.k {
                let ahead = b.wrapping_add(p).wrapping_byte_add(AHEAD);
                for line in 0..(8 * V::LANES * size_of::<T>()).div_ceil(64) {
                    prefetch_once(ahead.wrapping_byte_add(64 * line));
                }
                for (c, acc) in acc.iter_mut().enumerate() {
                    let at = p + c * V::LANES;
                    *acc = V::load(a.add(at)).mul_add(T::load::<V>(b.add(at)), *acc);
                }
                p += 8 * V::LANES;
            }
            while p + V::LANES <= self.k {
                acc[0] = V::load(a.add(p)).mul_add(T::load::<V>(b.add(p)), acc[0]);
                p += V::LANES;
            }
            let n = self.k - p;
            if n > 0 {
                acc[1] = V::load_part(a.add(p), n).mul_add(T::load_part::<V>(b.add(p), n), acc[1]);
            }
            for half in [4, 2, 1] {
                for c in 0..half {
                    acc[c] = acc[c].add(acc[c + half]);
                }
            }
            self.store.at(0, j).put(acc[0].sum());
        }
    }

    /// `MQ` rows from `i` by `NQ` columns from `j`, each `apart` columns after the one before; answers `MQ`.
    #[inline(always)]
    unsafe fn quad<V: Vector<E = T::Compute>, const MQ: usize, const NQ: usize>(
        &self,
        i: usize,
        j: usize,
        apart: usize,
    ) -> usize {
        let mut acc = [V::splat(T::Compute::ZERO); 16];
        let a: [*const T::Compute; MQ] = std::array::from_fn(|r| self.rows.at(i + r, 0).p0);
        let b: [*const T; NQ] = std::array::from_fn(|c| self.b.at(j + c * apart, 0).p0);
        let mut p = 0;
        // SAFETY: every pointer has `k` elements behind it, and the results lie in C.
        unsafe {
            while p + V::LANES <= self.k {
                let bv: [V; NQ] = std::array::from_fn(|c| T::load::<V>(b[c].add(p)));
                for r in 0..MQ {
                    let av = V::load(a[r].add(p));
                    for c in 0..NQ {
                        acc[r * NQ + c] = av.mul_add(bv[c], acc[r * NQ + c]);
                    }
                }
                p += V::LANES;
            }
            let n = self.k - p;
            if n > 0 {
                let bv: [V; NQ] = std::array::from_fn(|c| T::load_part::<V>(b[c].add(p), n));
                for r in 0..MQ {
                    let av = V::load_part(a[r].add(p), n);
                    for c in 0..NQ {
                        acc[r * NQ + c] = av.mul_add(bv[c], acc[r * NQ + c]);
                    }
                }
            }
            for r in 0..MQ {
                for c in 0..NQ {
                    self.store.at(i + r, j + c * apart).put(acc[r * NQ + c].sum());
                }
            }
        }
        MQ
    }
}

/// B contiguous along its rows: multiples of them are summed, some rows of B at a time.
struct Sums<T: Element> {
    rows: Strided<T::Compute>,
    b: Strided<T>,
    m: usize,
    cols: usize,
    k: usize,
    store: Store<T::Compute>,
}

impl<T: Element> Kernel<T::Compute> for Sums<T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        let width = self.cols.next_multiple_of(V::LANES);
        let sums = Scratch::<T::Compute>::new(self.m * width);
        // SAFETY: `m` rows of `k` numbers, `k` rows of `cols` elements, sums of `m * width`, C of `m` by `cols`.
        unsafe {
            for i in 0..self.m * width {
                *sums.ptr().add(i) = T::Compute::ZERO;
            }
            let mut p = 0;
            while p < self.k {
                if self.m == 1 && self.k - p >= 8 {
                    self.add_rows::<V, 8>(p, sums.ptr(), width);
                    p += 8;
                } else if self.k - p >= 4 {
                    self.add_rows::<V, 4>(p, sums.ptr(), width);
                    p += 4;
                } else {
                    self.add_rows::<V, 1>(p, sums.ptr(), width);
                    p += 1;
                }
            }
            for i in 0..self.m {
                for j in 0..self.cols {
                    self.store.at(i, j).put(*sums.ptr().add(i * width + j));
                }
            }
        }
    }
}

impl<T: Element> Sums<T> {
    #[inline(always)]
    unsafe fn add_rows<V: Vector<E = T::Compute>, const Q: usize>(
        &self,
        p: usize,
        sums: *mut T::Compute,
        width: usize,
    ) {
        let b: [*const T; Q] = std::array::from_fn(|q| self.b.at(0, p + q).p0);
        // SAFETY: the caller's promise for the operands and the sums.
        unsafe {
            for at in (0..self.cols).step_by(V::LANES) {
                let n = self.cols - at;
                let bv: [V; Q] = std::array::from_fn(|q| {
                    if n >= V::LANES { T::load::<V>(b[q].add(at)) } else { T::load_part::<V>(b[q].add(at), n) }
                });
                for i in 0..self.m {
                    let a = self.rows.at(i, p).p0;
                    let to = sums.add(i * width + at);
                    let mut sum = V::load(to);
                    for (q, v) in bv.iter().enumerate() {
                        sum = V::splat(*a.add(q)).mul_add(*v, sum);
                    }
                    sum.store(to);
                }
            }
        }
    }
}
