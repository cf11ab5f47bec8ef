//! Bunch and Kaufman's factorization of symmetric and Hermitian matrices that need not be definite.

use super::{Number, two_rows};

/// A conjugate in the Hermitian case.
fn mirror<T: Number>(x: T, hermitian: bool) -> T {
    if hermitian { x.conjugate() } else { x }
}

/// L D Lᵀ (or Lᴴ) over the lower triangle of an n × n matrix, with blocks of one and two on the diagonal, and LAPACK's pivots:
/// the exchanged row from 1, negative twice for a block of two. Returns the place of a block that is zero, or 0.
pub(super) fn ldl<T: Number>(a: &mut [T], n: usize, hermitian: bool, pivots: &mut [i32]) -> i32 {
    let alpha = (1.0 + 17f64.sqrt()) / 8.0;
    let (mut info, mut k) = (0, 0);
    while k < n {
        let (mut step, mut p) = (1, k);
        let here = if hermitian { a[k * n + k].re().abs() } else { a[k * n + k].size() };
        let largest = |a: &[T], c: usize, from: usize| {
            (from..n)
                .fold((from, 0.0), |best, i| if a[i * n + c].size() > best.1 { (i, a[i * n + c].size()) } else { best })
        };
        let (row, below) = largest(a, k, k + 1);
        if here.max(below) == 0.0 {
            if info == 0 {
                info = k as i32 + 1;
            }
        } else if here < alpha * below {
            let left = (k..row).map(|j| a[row * n + j].size()).fold(0.0, f64::max);
            let most = left.max(largest(a, row, row + 1).1);
            let there = if hermitian { a[row * n + row].re().abs() } else { a[row * n + row].size() };
            if here >= alpha * below * (below / most) {
            } else if there >= alpha * most {
                p = row;
            } else {
                (p, step) = (row, 2);
            }
        }
        exchange(a, n, k, k + step - 1, p, step, hermitian);
        if here.max(below) != 0.0 {
            eliminate(a, n, k, step, hermitian);
        }
        for pivot in &mut pivots[k..k + step] {
            *pivot = if step == 1 { p as i32 + 1 } else { -(p as i32 + 1) };
        }
        k += step;
    }
    info
}

fn exchange<T: Number>(a: &mut [T], n: usize, k: usize, q: usize, p: usize, step: usize, hermitian: bool) {
    if p == q {
        return;
    }
    for i in p + 1..n {
        a.swap(i * n + q, i * n + p);
    }
    for j in q + 1..p {
        let (x, y) = (a[j * n + q], a[p * n + j]);
        a[j * n + q] = mirror(y, hermitian);
        a[p * n + j] = mirror(x, hermitian);
    }
    a[p * n + q] = mirror(a[p * n + q], hermitian);
    a.swap(q * n + q, p * n + p);
    if step == 2 {
        a.swap((k + 1) * n + k, p * n + k);
    }
}

fn eliminate<T: Number>(a: &mut [T], n: usize, k: usize, step: usize, hermitian: bool) {
    if step == 1 {
        let r = T::new(1.0, 0.0) / if hermitian { T::new(a[k * n + k].re(), 0.0) } else { a[k * n + k] };
        for j in k + 1..n {
            let f = r * mirror(a[j * n + k], hermitian);
            for i in j..n {
                let x = a[i * n + k];
                a[i * n + j] -= x * f;
            }
        }
        for i in k + 1..n {
            a[i * n + k] *= r;
        }
        return;
    }
    let (d11, d21, d22) = (a[k * n + k], a[(k + 1) * n + k], a[(k + 1) * n + k + 1]);
    let d12 = mirror(d21, hermitian);
    let det = d11 * d22 - d21 * d12;
    for j in k + 2..n {
        let (x, y) = (a[j * n + k], a[j * n + k + 1]);
        // The row of L for this block: [x y] D⁻¹.
        let (u, v) = ((x * d22 - y * d21) / det, (y * d11 - x * d12) / det);
        for i in j..n {
            let (p, q) = (a[i * n + k], a[i * n + k + 1]);
            a[i * n + j] -= p * mirror(u, hermitian) + q * mirror(v, hermitian);
        }
        (a[j * n + k], a[j * n + k + 1]) = (u, v);
    }
}

/// Solves with the result of [`ldl`] over the n × m right-hand side `b`.
pub(super) fn ldl_solve<T: Number>(a: &[T], n: usize, hermitian: bool, pivots: &[i32], b: &mut [T], m: usize) {
    let swap = |b: &mut [T], i: usize, j: usize| {
        if i != j {
            let (x, y) = two_rows(b, m, i, j);
            x.swap_with_slice(y);
        }
    };
    let mut k = 0;
    while k < n {
        let two = pivots[k] < 0;
        let (p, step) = (pivots[k].unsigned_abs() as usize - 1, 1 + usize::from(two));
        swap(b, k + step - 1, p);
        for i in k + step..n {
            for c in k..k + step {
                let (x, y) = two_rows(b, m, i, c);
                super::take_away(x, a[i * n + c], y);
            }
        }
        for c in 0..m {
            if two {
                let (d11, d21, d22) = (a[k * n + k], a[(k + 1) * n + k], a[(k + 1) * n + k + 1]);
                let d12 = mirror(d21, hermitian);
                let det = d11 * d22 - d21 * d12;
                let (x, y) = (b[k * m + c], b[(k + 1) * m + c]);
                b[k * m + c] = (d22 * x - d12 * y) / det;
                b[(k + 1) * m + c] = (d11 * y - d21 * x) / det;
            } else {
                b[k * m + c] /= a[k * n + k];
            }
        }
        k += step;
    }
    let mut k = n;
    while k > 0 {
        let step = 1 + usize::from(pivots[k - 1] < 0);
        k -= step;
        let p = pivots[k].unsigned_abs() as usize - 1;
        for c in k..k + step {
            for i in k + step..n {
                let (x, y) = two_rows(b, m, c, i);
                super::take_away(x, mirror(a[i * n + c], hermitian), y);
            }
        }
        swap(b, k + step - 1, p);
    }
}
