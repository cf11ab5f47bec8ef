//! Backward: for a run of keys of one head of keys, tile after tile of queries of every head it serves. The probabilities
//! are made again from the logarithms of the rows' sums. Gradients of keys and values are summed where they are made;
//! those of the queries in one array for each run of keys, added up at the end in the order of the runs.

use super::{Args, Gradients, Output, Product, Right, TILE, Tile, flip, in_place, pack_left, pack_right, right};
use crate::gemm::Scratch;
use crate::gemm::pack::Panels;
use crate::gemm::simd::{Element, Kernel, NarrowRow, Real, Vector};
use crate::pool::{SendPtr, parallel_for};

impl Args {
    pub(super) unsafe fn backward<T: Element>(&self, grads: &Gradients) {
        let att = &self.att;
        let heads = att.batch * att.kv_heads;
        // Few heads: runs of keys of their own, so that there are about eight tasks.
        let key_tiles = att.s.div_ceil(TILE).max(1);
        let run = key_tiles.div_ceil(8usize.div_ceil(heads.max(1)).min(key_tiles)) * TILE;
        let runs = att.s.div_ceil(run).max(1);
        let queries = att.batch * att.heads * att.t * att.d;
        let sums = Scratch::<T::Compute>::new(runs * queries);
        let dq = SendPtr(sums.ptr());
        parallel_for(heads * runs, |t| {
            let (head, first) = (t % heads, t / heads * run);
            let (b, hk) = (head / att.kv_heads, head % att.kv_heads);
            let dq = dq.get().wrapping_add(t / heads * queries);
            let keys = run.min(att.s - first);
            // SAFETY: the caller's promise; tasks write different keys, and sums of their own.
            unsafe {
                T::Compute::dispatch(self.isa, Run::<T> { args: self, grads, b, hk, first, keys, dq, _of: None })
            };
        });
        parallel_for(att.batch * att.heads, |head| {
            let (to, rs, cs) = grads.dq.head::<T>(head / att.heads, head % att.heads);
            for i in 0..att.t {
                for c in 0..att.d {
                    let at = (head * att.t + i) * att.d + c;
                    // SAFETY: the sums of every run are complete; each head's gradient is written by one task.
                    unsafe {
                        let mut x = *dq.get().add(at);
                        for r in 1..runs {
                            x = x + *dq.get().add(r * queries + at);
                        }
                        *to.offset(i as isize * rs + c as isize * cs) = T::narrow(x);
                    }
                }
            }
        });
    }
}

struct Run<'a, T: Element> {
    args: &'a Args,
    grads: &'a Gradients,
    b: usize,
    hk: usize,
    first: usize,
    keys: usize,
    /// Sums for all heads of queries.
    dq: *mut T::Compute,
    _of: Option<T>,
}

impl<T: Element> Kernel<T::Compute> for Run<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<E = T::Compute>>(self) {
        let Run { args, grads, b, hk, first, keys, dq, .. } = self;
        let (att, zero, one) = (&args.att, T::Compute::ZERO, T::Compute::ONE);
        let (t, d, dv) = (att.t, att.d, att.dv);
        let nr = 2 * V::LANES;
        let (d_padded, dv_padded) = (d.next_multiple_of(nr), dv.next_multiple_of(nr));
        let t_padded = t.next_multiple_of(TILE);
        let sizes = [
            t * d,
            t * dv,
            t_padded * d_padded,
            t_padded * dv_padded,
            TILE * d,
            TILE * dv,
            TILE * d_padded,
            TILE * TILE,
            TILE * TILE,
            TILE * TILE,
            t,
            keys * d,
            keys * dv,
        ];
        let scratch = Scratch::<T::Compute>::new(sizes.iter().map(|n| n.next_multiple_of(16)).sum());
        let mut at = scratch.ptr();
        let [q_left, g_left, q_room, g_room, k_lanes, v_lanes, k_room, scores, dp, ds_left, delta, dk, dval] = sizes
            .map(|n| {
                let p = at;
                at = at.wrapping_add(n.next_multiple_of(16));
                p
            });
        let (k, v) = (args.k.head::<T>(b, hk), args.v.head::<T>(b, hk));
        let group = att.heads / att.kv_heads;
        let scale = T::Compute::from_f64(att.scale);
        // SAFETY: the scratch is cut by the sizes above; operands are the caller's promise; every part of the scratch is
        // written before it is read.
        unsafe {
            fill(dk, keys * d, zero);
            fill(dval, keys * dv, zero);
            for h in hk * group..(hk + 1) * group {
                let (q, g, o) = (args.q.head::<T>(b, h), grads.grad.head::<T>(b, h), grads.out.head::<T>(b, h));
                let lse = grads.lse.cast::<T::Compute>().add((b * att.heads + h) * t);
                let dq = dq.add((b * att.heads + h) * t * d);
                fill(dq, t * d, zero);
                for row in (0..t).step_by(TILE) {
                    let panels = Panels::balanced(TILE.min(t - row), V::MR);
                    pack_left::<V, T>(q.at(row, 0), panels, d, q_left.add(row * d));
                    pack_left::<V, T>(g.at(row, 0), panels, dv, g_left.add(row * dv));
                    right::<V, T>(flip(q.at(row, 0)), d, panels.count, q_room.add(row * d_padded));
                    right::<V, T>(flip(g.at(row, 0)), dv, panels.count, g_room.add(row * dv_padded));
                }
                for i in 0..t {
                    let mut sum = zero;
                    for c in 0..dv {
                        sum = sum + (*o.at(i, c).p0).widen() * (*g.at(i, c).p0).widen();
                    }
                    *delta.add(i) = sum;
                }
                for key in (first..first + keys).step_by(TILE) {
                    let n = TILE.min(first + keys - key);
                    let kr = pack_right::<V, T>(k.at(key, 0), n, TILE, d, k_lanes);
                    let vr = pack_right::<V, T>(v.at(key, 0), n, TILE, dv, v_lanes);
                    let k_rows = right::<V, T>(flip(k.at(key, 0)), d, n, k_room);
                    for row in (0..t).step_by(TILE) {
                        let rows = TILE.min(t - row);
                        if att.causal && key >= row + rows && grads.dmask.is_none() {
                            continue;
                        }
                        let q_rows = packed::<V, T>(flip(q.at(row, 0)), d, rows, q_room.add(row * d_padded));
                        let g_rows = packed::<V, T>(flip(g.at(row, 0)), dv, rows, g_room.add(row * dv_padded));
                        let panels = Panels::balanced(rows, V::MR);
                        let to_scores = |a, b, k, c, alpha| Product {
                            a,
                            a_step: 0,
                            rows: panels,
                            b,
                            cols: TILE,
                            k,
                            c,
                            rs: TILE,
                            alpha,
                            accumulate: false,
                        };
                        to_scores(q_left.add(row * d).cast_const(), kr, d, scores, scale).run::<V>();
                        to_scores(g_left.add(row * dv).cast_const(), vr, dv, dp, one).run::<V>();
                        let tile = Tile { b, h, row, rows, key, keys: n, scores, row_stride: TILE, key_stride: 1 };
                        args.mask_tile::<T>(tile);
                        args.dropout_tile(tile, |at, x| *dp.add(at) = *dp.add(at) * x);
                        score_gradients::<V>(tile, dp, lse.add(row), delta.add(row));
                        args.dropout_tile(tile, |at, x| *scores.add(at) = *scores.add(at) * x);
                        if let Some(out) = grads.dmask {
                            write_tile::<T>(out, tile, dp);
                        }
                        let onto = |a, a_step, rows, b, cols, k, c, alpha| Product {
                            a,
                            a_step,
                            rows,
                            b,
                            cols,
                            k,
                            c,
                            rs: cols,
                            alpha,
                            accumulate: true,
                        };
                        let by_key = Panels::balanced(n, V::MR);
                        let dval = dval.add((key - first) * dv);
                        onto(scores.cast_const(), TILE, by_key, g_rows, dv, rows, dval, one).run::<V>();
                        let dk = dk.add((key - first) * d);
                        onto(dp.cast_const(), TILE, by_key, q_rows, d, rows, dk, scale).run::<V>();
                        let src = crate::gemm::pack::Strided { p0: dp.cast_const(), lane: TILE as isize, step: 1 };
                        pack_left::<V, T::Compute>(src, panels, n, ds_left);
                        onto(ds_left.cast_const(), 0, panels, k_rows, d, n, dq.add(row * d), scale).run::<V>();
                    }
                }
            }
            write_rows::<V, T>(grads.dk, (b, hk), first, keys, d, dk);
            write_rows::<V, T>(grads.dv, (b, hk), first, keys, dv, dval);
        }
    }
}

/// What `right` answered for the same arguments, without packing again.
#[inline(always)]
fn packed<V: Vector, T: Element<Compute = V::E>>(
    src: super::Strided<T>,
    lanes: usize,
    k: usize,
    dst: *mut V::E,
) -> Right<V::E> {
    let nr = 2 * V::LANES;
    match in_place::<V, T>(src, lanes) {
        Some(right) => right,
        None => Right { p: dst, panel: nr * k, step: nr as isize },
    }
}

unsafe fn fill<E: Copy>(p: *mut E, n: usize, x: E) {
    for i in 0..n {
        // SAFETY: the caller's promise: room for `n`.
        unsafe { *p.add(i) = x };
    }
}

/// From scores and the gradient of the probabilities: the probabilities, in place of the scores, and the gradient of
/// the scores, in place of the other. Lanes past the keys become zero in neither: no product reads them.
#[inline(always)]
unsafe fn score_gradients<V: Vector>(tile: Tile<V::E>, dp: *mut V::E, lse: *const V::E, delta: *const V::E) {
    let zero = V::splat(V::E::ZERO);
    // SAFETY: tiles of TILE by TILE numbers, `rows` numbers in the others.
    unsafe {
        for i in 0..tile.rows {
            let (lse, delta) = (*lse.add(i), V::splat(*delta.add(i)));
            let blind = lse == V::E::NEG_INFINITY;
            let lse = V::splat(lse);
            for j in (0..tile.keys).step_by(V::LANES) {
                let (s, g) = (tile.scores.add(i * TILE + j), dp.add(i * TILE + j));
                let p = if blind { zero } else { V::load(s).sub(lse).exp() };
                p.store(s);
                p.mul(V::load(g).sub(delta)).store(g);
            }
        }
    }
}

unsafe fn write_tile<T: Element>(out: Output, tile: Tile<T::Compute>, values: *const T::Compute) {
    let (to, rs, cs) = out.head::<T>(tile.b, tile.h);
    for i in 0..tile.rows {
        for j in 0..tile.keys {
            // SAFETY: the caller's promise for the output; the tile is TILE wide.
            unsafe {
                let at = (tile.row + i) as isize * rs + (tile.key + j) as isize * cs;
                *to.offset(at) = T::narrow(*values.add(i * TILE + j));
            }
        }
    }
}

#[inline(always)]
unsafe fn write_rows<V: Vector, T: Element<Compute = V::E>>(
    out: Output,
    (b, h): (usize, usize),
    first: usize,
    rows: usize,
    n: usize,
    values: *const V::E,
) {
    let (to, rs, step) = out.head::<T>(b, h);
    for i in 0..rows {
        let (src, dst) = (values.wrapping_add(i * n), to.wrapping_offset((first + i) as isize * rs));
        // SAFETY: the caller's promise for the output; `rows * n` values.
        unsafe { V::enter(NarrowRow { src, n, factor: V::E::ONE, dst, step, accumulate: false }) };
    }
}
