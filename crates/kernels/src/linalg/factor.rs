//! LU, Cholesky and QR, and what is solved with them. Loops run along rows, which is how the matrices lie.

use super::{Number, take_away, two_rows, zero};

/// LU with row exchanges of an m × n matrix, over itself: a unit lower and an upper triangle. `pivots` gets the row (from 1)
/// that each one was exchanged with. Returns the place (from 1) of the first pivot that is zero, or 0.
pub(super) fn lu<T: Number>(a: &mut [T], m: usize, n: usize, pivot: bool, pivots: &mut [i32]) -> i32 {
    let mut info = 0;
    for k in 0..m.min(n) {
        let mut p = k;
        if pivot {
            for i in k + 1..m {
                if a[i * n + k].size() > a[p * n + k].size() {
                    p = i;
                }
            }
        }
        pivots[k] = p as i32 + 1;
        if p != k {
            let (x, y) = two_rows(a, n, k, p);
            x.swap_with_slice(y);
        }
        let top = a[k * n + k];
        if top.size() == 0.0 {
            if info == 0 {
                info = k as i32 + 1;
            }
            continue;
        }
        let (head, tail) = a.split_at_mut((k + 1) * n);
        let row = &head[k * n..];
        for below in tail.chunks_exact_mut(n) {
            let f = below[k] / top;
            below[k] = f;
            if f.size() != 0.0 {
                take_away(&mut below[k + 1..], f, &row[k + 1..]);
            }
        }
    }
    info
}

/// Solves with the result of [`lu`] of an n × n matrix over the n × k right-hand side `b`.
pub(super) fn lu_solve<T: Number>(a: &[T], n: usize, pivots: &[i32], b: &mut [T], k: usize) {
    for (i, p) in pivots.iter().enumerate() {
        let p = *p as usize - 1;
        if p != i {
            let (x, y) = two_rows(b, k, i, p);
            x.swap_with_slice(y);
        }
    }
    solve_triangular(a, n, b, k, false, true);
    solve_triangular(a, n, b, k, true, false);
}

/// Solves `a x = b` over the n × k right-hand side, with the upper or lower triangle of `a`, and ones on its diagonal if `unit`.
pub(super) fn solve_triangular<T: Number>(a: &[T], n: usize, b: &mut [T], k: usize, upper: bool, unit: bool) {
    if k == 0 {
        return;
    }
    for step in 0..n {
        let i = if upper { n - 1 - step } else { step };
        let others = if upper { i + 1..n } else { 0..i };
        for j in others {
            let f = a[i * n + j];
            if f.size() != 0.0 {
                let (row, other) = two_rows(b, k, i, j);
                take_away(row, f, other);
            }
        }
        if !unit {
            let d = a[i * n + i];
            b[i * k..(i + 1) * k].iter_mut().for_each(|x| *x /= d);
        }
    }
}

/// The lower triangle L with a = L Lᴴ over the n × n matrix, of which the lower triangle is read; zeros above. Returns the
/// size of the first leading block that is not positive definite, or 0.
pub(super) fn cholesky<T: Number>(a: &mut [T], n: usize) -> i32 {
    let mut info = 0;
    for i in 0..n {
        let (head, tail) = a.split_at_mut(i * n);
        let row = &mut tail[..n];
        for j in 0..i {
            let above = &head[j * n..];
            let dot = row[..j].iter().zip(above).fold(zero::<T>(), |s, (x, y)| s + *x * y.conjugate());
            row[j] = (row[j] - dot) / above[j];
        }
        let d = row[i].re() - row[..i].iter().map(|x| x.square()).sum::<f64>();
        if !(d > 0.0) && info == 0 {
            info = i as i32 + 1;
        }
        row[i] = T::new(d.sqrt(), 0.0);
        row[i + 1..].fill(zero());
        if info != 0 {
            break;
        }
    }
    info
}

/// Householder's QR of an m × n matrix over itself: R above, the reflectors' tails below, their factors in `tau`.
pub(super) fn qr<T: Number>(a: &mut [T], m: usize, n: usize, tau: &mut [T]) {
    let mut sums = vec![zero::<T>(); n];
    for k in 0..m.min(n) {
        let tail: f64 = (k + 1..m).map(|i| a[i * n + k].square()).sum();
        let alpha = a[k * n + k];
        if tail == 0.0 && alpha.im() == 0.0 {
            tau[k] = zero();
            continue;
        }
        let norm = (alpha.square() + tail).sqrt();
        let beta = if alpha.re() >= 0.0 { -norm } else { norm };
        tau[k] = T::new((beta - alpha.re()) / beta, -alpha.im() / beta);
        let scale = T::new(1.0, 0.0) / (alpha - T::new(beta, 0.0));
        for i in k + 1..m {
            a[i * n + k] *= scale;
        }
        a[k * n + k] = T::new(1.0, 0.0);
        reflect(a, n, k, m, k, n, k + 1, tau[k].conjugate(), &mut sums);
        a[k * n + k] = T::new(beta, 0.0);
    }
}

/// x − t v (vᴴ x) for rows `from..to` and columns `first..n`, with v in column `c`.
#[allow(clippy::too_many_arguments)]
fn reflect<T: Number>(
    a: &mut [T],
    n: usize,
    from: usize,
    to: usize,
    c: usize,
    end: usize,
    first: usize,
    t: T,
    sums: &mut [T],
) {
    let sums = &mut sums[first.min(end)..end];
    sums.fill(zero());
    for i in from..to {
        let v = a[i * n + c].conjugate();
        sums.iter_mut().zip(&a[i * n + first..i * n + end]).for_each(|(s, x)| *s += v * *x);
    }
    for i in from..to {
        let f = t * a[i * n + c];
        take_away(&mut a[i * n + first..i * n + end], f, sums);
    }
}

/// H₁ H₂ … of the reflectors in the columns of the m × k matrix `v` (as [`qr`] leaves them) times the m × n matrix `b`, or
/// the adjoint of that product times it.
pub(super) fn apply_reflectors<T: Number>(
    v: &[T],
    m: usize,
    k: usize,
    tau: &[T],
    b: &mut [T],
    n: usize,
    adjoint: bool,
) {
    let mut sums = vec![zero::<T>(); n];
    let count = tau.len();
    for step in 0..count {
        let c = if adjoint { step } else { count - 1 - step };
        let t = if adjoint { tau[c].conjugate() } else { tau[c] };
        let at = |i: usize| if i == c { T::new(1.0, 0.0) } else { v[i * k + c] };
        sums.fill(zero());
        for i in c..m {
            let x = at(i).conjugate();
            sums.iter_mut().zip(&b[i * n..(i + 1) * n]).for_each(|(s, y)| *s += x * *y);
        }
        for i in c..m {
            take_away(&mut b[i * n..(i + 1) * n], t * at(i), &sums);
        }
    }
}
