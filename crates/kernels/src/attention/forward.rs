//! Forward: for a run of queries of one head, tile after tile of keys. Scores are held key by key, so that the softmax goes
//! down vectors of queries without a sum across lanes, and so that they are the left operand of the product with the
//! values as they lie.

use super::{Args, Output, Product, TILE, Tile, flip, pack_left, pack_right, right};
use crate::gemm::Scratch;
use crate::gemm::pack::Panels;
use crate::gemm::simd::{Element, Kernel, NarrowRow, Real, Vector};
use crate::pool::{SendPtr, parallel_for};

impl Args {
    pub(super) unsafe fn forward<T: Element>(&self, out: Output, lse: *mut u8) {
        let att = &self.att;
        // SAFETY: the caller's promise.
        unsafe {
            if self.decodes() {
                self.decode::<T>(out, lse);
                return;
            }
        }
        let heads = att.batch * att.heads;
        let mut run = 512;
        while run > TILE && heads * att.t.div_ceil(run) < 16 {
            run /= 2;
        }
        let runs = att.t.div_ceil(run);
        let lse = SendPtr(lse.cast::<T::Compute>());
        parallel_for(heads * runs, |t| {
            // The longest runs of a causal attention come first.
            let (head, first) = (t % heads, (runs - 1 - t / heads) * run);
            let lse = lse.get().wrapping_add(head * att.t + first);
            let (b, h, rows) = (head / att.heads, head % att.heads, run.min(att.t - first));
            // SAFETY: the caller's promise; tasks write different queries.
            unsafe { T::Compute::dispatch(self.isa, Run::<T> { args: self, b, h, first, rows, out, lse, _of: None }) };
        });
    }
}

/// `rows` queries of one head, from `first` on.
struct Run<'a, T: Element> {
    args: &'a Args,
    b: usize,
    h: usize,
    first: usize,
    rows: usize,
    out: Output,
    lse: *mut T::Compute,
    _of: Option<T>,
}

impl<T: Element> Kernel<T::Compute> for Run<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        let Run { args, b, h, first, rows, out, lse, .. } = self;
        let (att, e) = (&args.att, T::Compute::ZERO);
        let (d, dv, hk) = (att.d, att.dv, args.att.kv_head(h));
        let key_tile = TILE / V::MR * V::MR;
        let tiles = rows.div_ceil(TILE);
        let dv_padded = dv.next_multiple_of(2 * V::LANES);
        let sizes = [tiles * TILE * d, key_tile * d, key_tile * dv_padded, key_tile * TILE, tiles * TILE * dv];
        let scratch = Scratch::<T::Compute>::new(
            sizes.iter().map(|n| n.next_multiple_of(16)).sum::<usize>() + (2 * tiles + 1) * TILE,
        );
        let mut at = scratch.ptr();
        let mut take = |n: usize| {
            let p = at;
            at = at.wrapping_add(n.next_multiple_of(16));
            p
        };
        let [qp, kp, vp, scores, o] = sizes.map(&mut take);
        let (top, sum, fade) = (take(tiles * TILE), take(tiles * TILE), take(TILE));
        let (q, k, v) = (args.q.head::<T>(b, h), args.k.head::<T>(b, hk), args.v.head::<T>(b, hk));
        // SAFETY: the scratch is cut by the sizes above; operands are the caller's promise; every part of the scratch is
        // written before it is read.
        unsafe {
            for i in 0..tiles {
                let n = TILE.min(rows - i * TILE);
                pack_right::<V, T>(q.at(first + i * TILE, 0), n, TILE, d, qp.add(i * TILE * d));
            }
            for i in 0..tiles * TILE {
                *top.add(i) = T::Compute::NEG_INFINITY;
                *sum.add(i) = e;
            }
            for i in 0..tiles * TILE * dv {
                *o.add(i) = e;
            }
            for key in (0..att.keys(first + rows)).step_by(key_tile) {
                let keys = key_tile.min(att.s - key);
                let panels = Panels { count: keys, width: V::MR };
                pack_left::<V, T>(k.at(key, 0), panels, d, kp);
                let vr = right::<V, T>(flip(v.at(key, 0)), dv, keys, vp);
                for i in 0..tiles {
                    let row = first + i * TILE;
                    let n = TILE.min(rows - i * TILE);
                    if att.causal && key >= row + n {
                        continue;
                    }
                    let seen = if att.causal { keys.min(row + n - key) } else { keys };
                    let b_panel = super::Right {
                        p: qp.add(i * TILE * d).cast_const(),
                        panel: 2 * V::LANES * d,
                        step: 2 * V::LANES as isize,
                    };
                    Product {
                        a: kp,
                        a_step: 0,
                        rows: panels,
                        b: b_panel,
                        cols: TILE,
                        k: d,
                        c: scores,
                        rs: TILE,
                        alpha: T::Compute::from_f64(att.scale),
                        accumulate: false,
                    }
                    .run::<V>();
                    let tile = Tile { b, h, row, rows: n, key, keys: seen, scores, row_stride: 1, key_stride: TILE };
                    args.mask_tile::<T>(tile);
                    softmax::<V>(scores, seen, top.add(i * TILE), sum.add(i * TILE), fade);
                    args.dropout_tile(tile, |at, x| *scores.add(at) = *scores.add(at) * x);
                    let o = o.add(i * TILE * dv);
                    for r in 0..n {
                        let x = *fade.add(r);
                        if x != T::Compute::ONE {
                            scale_row::<V>(o.add(r * dv), dv, x);
                        }
                    }
                    Product {
                        a: scores,
                        a_step: TILE,
                        rows: Panels::balanced(n, V::MR),
                        b: vr,
                        cols: dv,
                        k: seen,
                        c: o,
                        rs: dv,
                        alpha: T::Compute::ONE,
                        accumulate: true,
                    }
                    .run::<V>();
                }
            }
            let (out, rs, cs) = out.head::<T>(b, h);
            for r in 0..rows {
                let (sum, top) = (*sum.add(r), *top.add(r));
                let x = if sum == e { e } else { T::Compute::ONE / sum };
                *lse.add(r) = if sum == e { T::Compute::NEG_INFINITY } else { top + sum.ln() };
                let to = out.offset((first + r) as isize * rs);
                let src = o.add(r * dv).cast_const();
                V::enter(NarrowRow { src, n: dv, factor: x, dst: to, step: cs, accumulate: false });
            }
        }
    }
}

/// Turns a tile of scores into probabilities relative to the largest score so far: updates `top` and `sum`, and leaves in
/// `fade` the factor for what was summed before.
#[inline(always)]
unsafe fn softmax<V: Vector>(scores: *mut V::E, keys: usize, top: *mut V::E, sum: *mut V::E, fade: *mut V::E) {
    // The lowest finite number stands in for the largest score of a query that has seen no key, so that what it has not
    // seen becomes e^-inf = 0.
    let lowest = V::splat(V::E::LOWEST);
    // SAFETY: a tile of `keys` by TILE scores, TILE numbers each in the others.
    unsafe {
        for g in (0..TILE).step_by(V::LANES) {
            let old = V::load(top.add(g));
            let mut new = old;
            for j in 0..keys {
                new = new.max(V::load(scores.add(j * TILE + g)));
            }
            let new = new.max(lowest);
            let mut total = V::splat(V::E::ZERO);
            for j in 0..keys {
                let at = scores.add(j * TILE + g);
                let p = V::load(at).sub(new).exp();
                p.store(at);
                total = total.add(p);
            }
            let faded = old.sub(new).exp();
            faded.store(fade.add(g));
            new.store(top.add(g));
            V::load(sum.add(g)).mul_add(faded, total).store(sum.add(g));
        }
    }
}

#[inline(always)]
unsafe fn scale_row<V: Vector>(row: *mut V::E, n: usize, x: V::E) {
    let factor = V::splat(x);
    let mut c = 0;
    // SAFETY: the row has `n` numbers.
    unsafe {
        while c + V::LANES <= n {
            V::load(row.add(c)).mul(factor).store(row.add(c));
            c += V::LANES;
        }
        while c < n {
            *row.add(c) = *row.add(c) * x;
            c += 1;
        }
    }
}
