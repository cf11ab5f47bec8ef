//! Forward for a few queries, as when a text is continued token by token: keys and values are read once, where they lie,
//! and the scores of a few rows are held whole.

use super::{Args, Input, Output, Tile};
use crate::gemm::simd::{Element, Kernel, Real, Vector};
use crate::gemm::{Bias, Gemm, Scratch, gemm_on};
use crate::pool::{SendPtr, parallel_for};

/// Most queries of a head.
const QUERIES: usize = 8;

impl Args {
    /// Few queries, and operands that are read well where they lie.
    pub(super) fn decodes(&self) -> bool {
        self.att.t <= QUERIES && self.k.strides[3] == 1 && self.v.strides[3] == 1
    }

    /// # Safety
    /// As for `forward`.
    pub(super) unsafe fn decode<T: Element>(&self, out: Output, lse: *mut u8) {
        let att = self.att;
        let lse = SendPtr(lse.cast::<T::Compute>());
        let group = att.heads / att.kv_heads.max(1);
        // Heads that share keys are rows of one product if there is one query of each.
        let (rows, per) = if att.t == 1 { (group, att.kv_heads) } else { (att.t, att.heads) };
        let (rows, per) = if rows > 16 { (att.t, att.heads) } else { (rows, per) };
        let shared = per != att.heads;
        parallel_for(att.batch * per, |task| {
            let (b, x) = (task / per, task % per);
            let (h, hk) = if shared { (x * group, x) } else { (x, att.kv_head(x)) };
            let row_stride = |s: &[isize; 4]| if shared { s[1] } else { s[2] };
            // SAFETY: the caller's promise; tasks write different queries.
            unsafe {
                let scores = Scratch::<T::Compute>::new(rows * att.s);
                let p = |x: &Input, h: usize| x.head::<T>(b, h).p0.cast::<u8>();
                let wide = att.dtype.compute();
                let g = Gemm {
                    out: wide,
                    alpha: att.scale,
                    a: (row_stride(&self.q.strides), self.q.strides[3]),
                    b: (1, self.k.strides[2]),
                    ..Gemm::row_major(rows, att.s, att.d, att.dtype)
                };
                gemm_on(self.isa, &g, p(&self.q, h), p(&self.k, hk), scores.ptr().cast(), Bias::None);
                for r in 0..rows {
                    let (head, row) = if shared { (h + r, 0) } else { (h, r) };
                    let line = scores.ptr().add(r * att.s);
                    let tile = Tile {
                        b,
                        h: head,
                        row,
                        rows: 1,
                        key: 0,
                        keys: att.s,
                        scores: line,
                        row_stride: att.s.max(2),
                        key_stride: 1,
                    };
                    self.mask_tile::<T>(tile);
                    let lse = lse.get().add((b * att.heads + head) * att.t + row);
                    T::Compute::dispatch(self.isa, Softmax { line, n: att.s, lse });
                    self.dropout_tile(tile, |at, x| *line.add(at) = *line.add(at) * x);
                }
                let (to, ..) = out.head::<T>(b, h);
                self.values::<T>(
                    rows,
                    att.dv,
                    scores.ptr(),
                    p(&self.v, hk),
                    to,
                    row_stride(&out.strides),
                    out.strides[3],
                );
            }
        });
    }

    /// The product of probabilities with values, of which halves are first widened.
    #[allow(clippy::too_many_arguments)]
    unsafe fn values<T: Element>(
        &self,
        rows: usize,
        dv: usize,
        probabilities: *const T::Compute,
        v: *const u8,
        out: *mut T,
        rs: isize,
        cs: isize,
    ) {
        let (s, wide) = (self.att.s, self.att.dtype.compute());
        let g = Gemm { b: (self.v.strides[2], 1), c: (rs, cs), ..Gemm::row_major(rows, dv, s, wide) };
        // SAFETY: the caller's promise; the scratch holds what it is said to.
        unsafe {
            if T::WIDE {
                gemm_on(self.isa, &g, probabilities.cast(), v, out.cast(), Bias::None);
                return;
            }
            let (widened, result) = (Scratch::<T::Compute>::new(s * dv), Scratch::<T::Compute>::new(rows * dv));
            for j in 0..s {
                let from = v.cast::<T>().offset(j as isize * self.v.strides[2]);
                for c in 0..dv {
                    *widened.ptr().add(j * dv + c) = (*from.add(c)).widen();
                }
            }
            let g = Gemm::row_major(rows, dv, s, wide);
            gemm_on(self.isa, &g, probabilities.cast(), widened.ptr().cast(), result.ptr().cast(), Bias::None);
            for r in 0..rows {
                for c in 0..dv {
                    *out.offset(r as isize * rs + c as isize * cs) = T::narrow(*result.ptr().add(r * dv + c));
                }
            }
        }
    }
}

/// The softmax of a line, and the logarithm of its sum.
struct Softmax<E> {
    line: *mut E,
    n: usize,
    lse: *mut E,
}

impl<E: Real> Kernel<E> for Softmax<E> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = E>>(self) {
        let Softmax { line, n, lse } = self;
        let whole = n / V::LANES * V::LANES;
        let low = V::splat(E::NEG_INFINITY);
        // SAFETY: the line has `n` numbers.
        unsafe {
            let mut top = low;
            for at in (0..whole).step_by(V::LANES) {
                top = top.max(V::load(line.add(at)));
            }
            let rest = n - whole;
            let last = if rest > 0 { V::load_part(line.add(whole), rest).first(rest, low) } else { low };
            let top = top.max(last).max_lane().max(E::LOWEST);
            let minus = V::splat(top);
            let mut sum = V::splat(E::ZERO);
            for at in (0..whole).step_by(V::LANES) {
                let p = V::load(line.add(at)).sub(minus).exp();
                p.store(line.add(at));
                sum = sum.add(p);
            }
            let last = last.sub(minus).exp();
            let sum = sum.add(last).sum();
            if rest > 0 {
                last.store_part(line.add(whole), rest);
            }
            let factor = if sum == E::ZERO { E::ZERO } else { E::ONE / sum };
            for j in 0..n {
                *line.add(j) = *line.add(j) * factor;
            }
            *lse = if sum == E::ZERO { E::NEG_INFINITY } else { top + sum.ln() };
        }
    }
}
