//! A layer of a recurrent net over all its steps, forward and backward: LSTM, GRU and the plain cell. The product with the
//! input is made beforehand for all steps at once; here are the products with the state, whose weight is packed once, and
//! the cells. Steps may have fewer and fewer rows, as sequences of different lengths do when they are packed.

use crate::dispatch;
use crate::dtype::DType;
use crate::gemm::{Bias, PackedB};
use crate::pool::{SendPtr, parallel_chunks};
use crate::rowmath::Compute;

/// The kind of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Input, forget, cell and output gate (Hochreiter and Schmidhuber, 1997).
    Lstm,
    /// Reset, update and new gate (Cho et al., 2014).
    Gru,
    /// tanh of the sum.
    Tanh,
    /// The positive part of the sum.
    Relu,
}

impl Cell {
    /// Numbers of a row of products, in states.
    pub fn gates(self) -> usize {
        match self {
            Cell::Lstm => 4,
            Cell::Gru => 3,
            _ => 1,
        }
    }

    /// Numbers that are kept of a row for the way back, in states.
    pub fn kept(self) -> usize {
        match self {
            Cell::Lstm => 5,
            Cell::Gru => 4,
            _ => 0,
        }
    }
}

/// A layer in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// The kind of the cell.
    pub cell: Cell,
    /// Numbers of a state.
    pub hidden: usize,
    /// Rows of each step, never more than of the step before.
    pub rows: &'a [usize],
    /// From the last step to the first.
    pub reverse: bool,
}

fn dtype_of<C: Compute>() -> DType {
    if size_of::<C>() == 4 { DType::F32 } else { DType::F64 }
}

/// Rows that are one task's.
fn grain(hidden: usize) -> usize {
    (2048 / hidden.max(1)).max(1)
}

impl Layer<'_> {
    /// The steps in the order in which they are made: which, where its rows begin, and how many there are.
    fn steps(&self) -> Vec<(usize, usize)> {
        let mut at = 0;
        let mut all: Vec<(usize, usize)> = self
            .rows
            .iter()
            .map(|n| {
                at += n;
                (at - n, *n)
            })
            .collect();
        if self.reverse {
            all.reverse();
        }
        all
    }

    fn total(&self) -> usize {
        self.rows.iter().sum()
    }

    /// `gx` [total, gates · hidden] (with all biases, but for a GRU's state bias), `w` [gates · hidden, hidden]; `h` (and `c`)
    /// hold the first state and get the last. Writes all states to `out` and what the way back needs to `kept`.
    #[allow(clippy::too_many_arguments)]
    pub fn forward<C: Compute>(
        &self,
        gx: &[C],
        w: &[C],
        bias: Option<&[C]>,
        h: &mut [C],
        c: &mut [C],
        out: &mut [C],
        kept: &mut [C],
    ) {
        let (n, g) = (self.hidden, self.cell.gates());
        let (total, most) = (self.total(), self.rows.iter().copied().max().unwrap_or(0));
        assert!(gx.len() == total * g * n && w.len() == g * n * n && out.len() == total * n, "rnn: sizes of a layer");
        assert!(h.len() >= most * n && kept.len() == total * self.cell.kept() * n, "rnn: sizes of a layer");
        assert!(self.cell != Cell::Lstm || c.len() == h.len(), "rnn: as many cells as states");
        assert!(bias.is_none_or(|b| b.len() == g * n), "rnn: a bias for each gate");
        if total == 0 || n == 0 {
            return;
        }
        // SAFETY: the weight has these sizes; its transpose is packed.
        let Some(packed) = (unsafe { PackedB::new(dtype_of::<C>(), n, g * n, w.as_ptr().cast(), (1, n as isize)) })
        else {
            return;
        };
        let mut sums = vec![C::ZERO; most * g * n];
        for (at, rows) in self.steps() {
            let x = &gx[at * g * n..(at + rows) * g * n];
            let sums = &mut sums[..rows * g * n];
            let gru = self.cell == Cell::Gru;
            if !gru {
                sums.copy_from_slice(x);
            }
            let column = bias.map_or(Bias::None, |b| Bias::Column(b.as_ptr().cast(), 1));
            // SAFETY: `rows` states by the packed weight into as many rows of sums, all apart from each other.
            unsafe {
                let (from, to) = (h.as_ptr().cast(), sums.as_mut_ptr().cast());
                packed.multiply(rows, from, (n as isize, 1), to, ((g * n) as isize, 1), !gru, column);
            }
            let k = self.cell.kept() * n;
            let (h, c) = (SendPtr(h.as_mut_ptr()), SendPtr(c.as_mut_ptr()));
            let (out, kept) = (SendPtr(out.as_mut_ptr()), SendPtr(kept.as_mut_ptr()));
            let sums = &*sums;
            parallel_chunks(rows, grain(n), |range| {
                for r in range {
                    let (sums, x) = (&sums[r * g * n..][..g * n], &x[r * g * n..][..g * n]);
                    // SAFETY: every row is one task's.
                    let (h, out, kept) = unsafe {
                        (
                            h.slice(r * n..(r + 1) * n),
                            out.slice((at + r) * n..(at + r + 1) * n),
                            kept.slice((at + r) * k..(at + r + 1) * k),
                        )
                    };
                    match self.cell {
                        // SAFETY: as above.
                        Cell::Lstm => lstm_row(sums, unsafe { c.slice(r * n..(r + 1) * n) }, h, kept),
                        Cell::Gru => gru_row(x, sums, h, kept),
                        cell => plain_row(sums, h, cell == Cell::Relu),
                    }
                    out.copy_from_slice(h);
                }
            });
        }
    }

    /// The state before each row of `out`.
    pub fn previous<C: Compute>(&self, h0: &[C], out: &[C], previous: &mut [C]) {
        let n = self.hidden;
        let mut before: Option<(usize, usize)> = None;
        for (at, rows) in self.steps() {
            let to = &mut previous[at * n..(at + rows) * n];
            let (from, have) = before.unwrap_or((0, 0));
            let have = have.min(rows);
            to[..have * n].copy_from_slice(&out[from * n..(from + have) * n]);
            to[have * n..].copy_from_slice(&h0[have * n..rows * n]);
            before = Some((at, rows));
        }
    }

    /// The way back. `dh` (and `dc`) hold the gradient of the last state and get that of the first. `dgx` gets the gradient
    /// of the products with the input, `dgh` (for a GRU alone) that of the products with the state.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<C: Compute>(
        &self,
        w: &[C],
        out: &[C],
        kept: &[C],
        previous: &[C],
        dout: &[C],
        dh: &mut [C],
        dc: &mut [C],
        dgx: &mut [C],
        dgh: &mut [C],
    ) {
        let (n, g, k) = (self.hidden, self.cell.gates(), self.cell.kept() * self.hidden);
        let total = self.total();
        let gru = self.cell == Cell::Gru;
        assert!(w.len() == g * n * n && out.len() == total * n && dout.len() == total * n, "rnn: sizes of a layer");
        assert!(
            kept.len() == total * k && previous.len() == total * n && dgx.len() == total * g * n,
            "rnn: sizes of a layer"
        );
        assert!(!gru || dgh.len() == dgx.len(), "rnn: sizes of a layer");
        if total == 0 || n == 0 {
            return;
        }
        // SAFETY: the weight has these sizes.
        let Some(packed) = (unsafe { PackedB::new(dtype_of::<C>(), g * n, n, w.as_ptr().cast(), (n as isize, 1)) })
        else {
            return;
        };
        let steps = self.steps();
        for (at, rows) in steps.into_iter().rev() {
            {
                let (dh, dc) = (SendPtr(dh.as_mut_ptr()), SendPtr(dc.as_mut_ptr()));
                let (dgx, dgh) = (SendPtr(dgx.as_mut_ptr()), SendPtr(dgh.as_mut_ptr()));
                parallel_chunks(rows, grain(n), |range| {
                    for r in range {
                        let (row, of) = (at + r, |i: usize| i * n..(i + 1) * n);
                        // SAFETY: every row is one task's.
                        let (dh, dgx) = unsafe { (dh.slice(of(r)), dgx.slice(row * g * n..(row + 1) * g * n)) };
                        dh.iter_mut().zip(&dout[of(row)]).for_each(|(d, o)| *d = *d + *o);
                        let kept = &kept[row * k..(row + 1) * k];
                        match self.cell {
                            Cell::Lstm => {
                                // SAFETY: as above.
                                let dc = unsafe { dc.slice(of(r)) };
                                lstm_row_back(kept, dh, dc, dgx, n);
                            }
                            // SAFETY: as above.
                            Cell::Gru => gru_row_back(kept, &previous[of(row)], dh, dgx, unsafe {
                                dgh.slice(row * g * n..(row + 1) * g * n)
                            }),
                            cell => plain_row_back(&out[of(row)], dh, dgx, cell == Cell::Relu),
                        }
                    }
                });
            }
            let from = if gru { &dgh[at * g * n..] } else { &dgx[at * g * n..] };
            // SAFETY: `rows` rows of gradients by the packed weight into as many states, apart from each other.
            unsafe {
                let (a, c) = (from.as_ptr().cast(), dh.as_mut_ptr().cast());
                packed.multiply(rows, a, ((g * n) as isize, 1), c, (n as isize, 1), gru, Bias::None);
            }
        }
    }
}

#[inline(always)]
fn sigmoid<C: Compute>(x: C) -> C {
    C::ONE / (C::ONE + (-x).exp())
}

/// By e^(-2|x|), which never overflows.
#[inline(always)]
fn tanh<C: Compute>(x: C) -> C {
    let positive = if x < C::ZERO { -x } else { x };
    let t = (-(positive + positive)).exp();
    let y = (C::ONE - t) / (C::ONE + t);
    if x < C::ZERO { -y } else { y }
}

/// Kept: the four gates, and the cell before.
#[inline(always)]
fn lstm_row_body<C: Compute>(sums: &[C], c: &mut [C], h: &mut [C], kept: &mut [C]) {
    let n = h.len();
    let (si, rest) = sums.split_at(n);
    let (sf, rest) = rest.split_at(n);
    let (sg, so) = rest.split_at(n);
    let (ki, rest) = kept.split_at_mut(n);
    let (kf, rest) = rest.split_at_mut(n);
    let (kg, rest) = rest.split_at_mut(n);
    let (ko, kc) = rest.split_at_mut(n);
    let (so, c, kc, ko) = (&so[..n], &mut c[..n], &mut kc[..n], &mut ko[..n]);
    for j in 0..n {
        let (i, f, g, o) = (sigmoid(si[j]), sigmoid(sf[j]), tanh(sg[j]), sigmoid(so[j]));
        (ki[j], kf[j], kg[j], ko[j], kc[j]) = (i, f, g, o, c[j]);
        let cell = f.fma(c[j], i * g);
        c[j] = cell;
        h[j] = o * tanh(cell);
    }
}
dispatch!(fn lstm_row<C: Compute>(sums: &[C], c: &mut [C], h: &mut [C], kept: &mut [C]) = lstm_row_body);

#[inline(always)]
fn lstm_row_back_body<C: Compute>(kept: &[C], dh: &[C], dc: &mut [C], dg: &mut [C], n: usize) {
    let (ki, rest) = kept.split_at(n);
    let (kf, rest) = rest.split_at(n);
    let (kg, rest) = rest.split_at(n);
    let (ko, kc) = rest.split_at(n);
    let (di, rest) = dg.split_at_mut(n);
    let (df, rest) = rest.split_at_mut(n);
    let (dn, d_o) = rest.split_at_mut(n);
    let (kc, dh, dc, d_o) = (&kc[..n], &dh[..n], &mut dc[..n], &mut d_o[..n]);
    for j in 0..n {
        let (i, f, g, o) = (ki[j], kf[j], kg[j], ko[j]);
        let t = tanh(f.fma(kc[j], i * g));
        let d = dh[j].fma(o * (C::ONE - t * t), dc[j]);
        di[j] = d * g * i * (C::ONE - i);
        df[j] = d * kc[j] * f * (C::ONE - f);
        dn[j] = d * i * (C::ONE - g * g);
        d_o[j] = dh[j] * t * o * (C::ONE - o);
        dc[j] = d * f;
    }
}
dispatch!(fn lstm_row_back<C: Compute>(kept: &[C], dh: &[C], dc: &mut [C], dg: &mut [C], n: usize) = lstm_row_back_body);

/// Kept: the three gates, and the state's part of the new one.
#[inline(always)]
fn gru_row_body<C: Compute>(x: &[C], s: &[C], h: &mut [C], kept: &mut [C]) {
    let n = h.len();
    let (kr, rest) = kept.split_at_mut(n);
    let (kz, rest) = rest.split_at_mut(n);
    let (kn, ks) = rest.split_at_mut(n);
    let (xr, xz, xn) = (&x[..n], &x[n..2 * n], &x[2 * n..3 * n]);
    let (sr, sz, sn) = (&s[..n], &s[n..2 * n], &s[2 * n..3 * n]);
    let ks = &mut ks[..n];
    for j in 0..n {
        let (r, z) = (sigmoid(xr[j] + sr[j]), sigmoid(xz[j] + sz[j]));
        let new = tanh(r.fma(sn[j], xn[j]));
        (kr[j], kz[j], kn[j], ks[j]) = (r, z, new, sn[j]);
        h[j] = (h[j] - new).fma(z, new);
    }
}
dispatch!(fn gru_row<C: Compute>(x: &[C], s: &[C], h: &mut [C], kept: &mut [C]) = gru_row_body);

#[inline(always)]
fn gru_row_back_body<C: Compute>(kept: &[C], previous: &[C], dh: &mut [C], dgx: &mut [C], dgh: &mut [C]) {
    let n = previous.len();
    let (kr, kz, kn, ks) = (&kept[..n], &kept[n..2 * n], &kept[2 * n..3 * n], &kept[3 * n..4 * n]);
    let (xr, rest) = dgx.split_at_mut(n);
    let (xz, xn) = rest.split_at_mut(n);
    let (hr, rest) = dgh.split_at_mut(n);
    let (hz, hn) = rest.split_at_mut(n);
    let (dh, xn, hn) = (&mut dh[..n], &mut xn[..n], &mut hn[..n]);
    for j in 0..n {
        let (r, z, new) = (kr[j], kz[j], kn[j]);
        let dn = dh[j] * (C::ONE - z) * (C::ONE - new * new);
        let dz = dh[j] * (previous[j] - new) * z * (C::ONE - z);
        let dr = dn * ks[j] * r * (C::ONE - r);
        (xr[j], xz[j], xn[j]) = (dr, dz, dn);
        (hr[j], hz[j], hn[j]) = (dr, dz, dn * r);
        dh[j] = dh[j] * z;
    }
}
dispatch!(fn gru_row_back<C: Compute>(kept: &[C], previous: &[C], dh: &mut [C], dgx: &mut [C], dgh: &mut [C]) = gru_row_back_body);

#[inline(always)]
fn plain_row_body<C: Compute>(sums: &[C], h: &mut [C], relu: bool) {
    for (h, s) in h.iter_mut().zip(sums) {
        *h = if !relu {
            tanh(*s)
        } else if *s < C::ZERO {
            C::ZERO
        } else {
            *s
        };
    }
}
dispatch!(fn plain_row<C: Compute>(sums: &[C], h: &mut [C], relu: bool) = plain_row_body);

#[inline(always)]
fn plain_row_back_body<C: Compute>(out: &[C], dh: &[C], dg: &mut [C], relu: bool) {
    for ((g, h), d) in dg.iter_mut().zip(out).zip(dh) {
        *g = if !relu {
            *d * (C::ONE - *h * *h)
        } else if *h > C::ZERO {
            *d
        } else {
            C::ZERO
        };
    }
}
dispatch!(fn plain_row_back<C: Compute>(out: &[C], dh: &[C], dg: &mut [C], relu: bool) = plain_row_back_body);
