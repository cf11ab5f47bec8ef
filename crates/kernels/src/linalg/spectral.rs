//! Singular values and eigenvalues, by `faer`.

use super::Number;
use faer::linalg::solvers::{Eigen, SelfAdjointEigen, Svd};
use faer::{Mat, MatRef, Side, c64};

fn matrix<T: Number>(a: &[T], m: usize, n: usize) -> Mat<T> {
    Mat::from_fn(m, n, |i, j| a[i * n + j])
}

fn write<T: Copy>(from: MatRef<'_, T>, to: &mut [T], columns: usize) {
    for (i, row) in to.chunks_exact_mut(columns.max(1)).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, x)| *x = *from.get(i, j));
    }
}

fn all_finite<T: Number>(a: &[T]) -> bool {
    a.iter().all(|x| x.re().is_finite() && x.im().is_finite())
}

/// a = u diag(s) vh of an m × n matrix, the values from the largest down. `u` and `vh` are square, or cut to min(m, n)
/// columns and rows, or empty if they are not wanted. False if there are NaNs or the iteration does not end.
pub(super) fn svd<T: Number>(
    a: &[T],
    m: usize,
    n: usize,
    full: bool,
    u: &mut [T],
    s: &mut [T::Part],
    vh: &mut [T],
) -> bool {
    let k = m.min(n);
    if !all_finite(a) {
        return false;
    }
    let a = matrix(a, m, n);
    let Ok(svd) = (if full { Svd::new(a.as_ref()) } else { Svd::new_thin(a.as_ref()) }) else { return false };
    let values = svd.S().column_vector();
    for (i, s) in s.iter_mut().enumerate() {
        *s = T::part(Number::re(*values.get(i)));
    }
    if !u.is_empty() {
        write(svd.U(), u, if full { m } else { k });
    }
    if !vh.is_empty() {
        let v = svd.V();
        for (i, row) in vh.chunks_exact_mut(n).enumerate() {
            row.iter_mut().enumerate().for_each(|(j, x)| *x = v.get(j, i).conjugate());
        }
    }
    true
}

/// a = v diag(l) vᴴ of a Hermitian n × n matrix whose lower triangle is read, the values from the smallest up.
pub(super) fn eigh<T: Number>(a: &[T], n: usize, l: &mut [T::Part], v: &mut [T]) -> bool {
    if !(0..n).all(|i| all_finite(&a[i * n..=i * n + i])) {
        return false;
    }
    // The diagonal is real, whatever stands there.
    let real = |i: usize, j: usize| if i == j { T::new(a[i * n + i].re(), 0.0) } else { a[i * n + j] };
    let Ok(eigen) = SelfAdjointEigen::new(Mat::from_fn(n, n, real).as_ref(), Side::Lower) else { return false };
    let values = eigen.S().column_vector();
    for (i, l) in l.iter_mut().enumerate() {
        *l = T::part(Number::re(*values.get(i)));
    }
    write(eigen.U(), v, n);
    true
}

/// Eigenvalues and, in columns, eigenvectors.
type Pairs = (Vec<c64>, Mat<c64>);

/// A number of double precision, whose matrices have complex eigenvalues. In single precision faer's vectors of those near
/// zero can be off in their second digit.
pub trait HasEigen: Number {
    /// The values and vectors.
    #[doc(hidden)]
    fn eigen(a: Mat<Self>) -> Option<Pairs>;
    /// a v = v diag(l) of any n × n matrix, with columns of `v` of length one whose largest part is real, as LAPACK scales
    /// them. False if there are NaNs or the iteration does not end.
    fn eig(a: &[Self], n: usize, l: &mut [c64], v: &mut [c64]) -> bool {
        if !all_finite(a) {
            return false;
        }
        let Some((values, vectors)) = Self::eigen(matrix(a, n, n)) else { return false };
        l.copy_from_slice(&values);
        scale(&vectors, v);
        true
    }
}

macro_rules! eigen {
    ($($t:ty, $new:ident;)*) => {$(
        impl HasEigen for $t {
            fn eigen(a: Mat<$t>) -> Option<Pairs> {
                let eigen = Eigen::$new(a.as_ref()).ok()?;
                let values = eigen.S().column_vector();
                Some(((0..a.nrows()).map(|i| *values.get(i)).collect(), eigen.U().to_owned()))
            }
        }
    )*};
}
eigen! {
    f64, new_from_real;
    c64, new;
}

/// Columns of length one whose largest part is real.
fn scale(vectors: &Mat<c64>, v: &mut [c64]) {
    let n = vectors.nrows();
    for j in 0..n {
        let column = |i: usize| *vectors.get(i, j);
        let norm = (0..n).map(|i| column(i).square()).sum::<f64>().sqrt();
        let top = (0..n).map(column).max_by(|x, y| x.square().total_cmp(&y.square())).unwrap_or(c64::new(1.0, 0.0));
        // A real vector stays real.
        let real = (0..n).all(|i| column(i).im == 0.0);
        let turn = if real {
            c64::new(1.0 / norm, 0.0)
        } else {
            let size = top.square().sqrt();
            c64::new(top.re / size / norm, -top.im / size / norm)
        };
        for i in 0..n {
            v[i * n + j] = column(i) * turn;
        }
    }
}
