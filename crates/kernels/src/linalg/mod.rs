//! Factorizations of single row-major matrices, in the conventions of LAPACK: triangular and orthogonal ones written out
//! here, those of singular and eigenvalues by `faer`, sequentially.

mod factor;
mod ldl;
mod spectral;

pub use spectral::HasEigen;

pub use faer::{c32 as C32, c64 as C64};

use faer::{c32, c64};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real or complex number.
pub trait Number:
    faer::traits::ComplexField
    + Copy
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// What tensors hold: a float, or a pair of them.
    type Stored: Copy;
    /// The real type of it.
    type Part: Copy;
    /// From the two parts.
    fn new(re: f64, im: f64) -> Self;
    /// The real part.
    fn re(self) -> f64;
    /// The imaginary part.
    fn im(self) -> f64;
    /// A real number in this one's precision.
    fn part(x: f64) -> Self::Part;
    /// The complex conjugate.
    fn conjugate(self) -> Self;
    /// |re| + |im|, by which LAPACK chooses pivots.
    fn size(self) -> f64 {
        self.re().abs() + self.im().abs()
    }
    /// The square of the absolute value.
    fn square(self) -> f64 {
        self.re() * self.re() + self.im() * self.im()
    }
    /// The same memory as numbers.
    fn view(x: &[Self::Stored]) -> &[Self];
    /// The same memory as numbers.
    fn view_mut(x: &mut [Self::Stored]) -> &mut [Self];
}

macro_rules! numbers {
    ($($t:ty, $part:ty, $stored:ty, $new:expr, $re:expr, $im:expr, $conj:expr;)*) => {$(
        impl Number for $t {
            type Stored = $stored;
            type Part = $part;
            fn new(re: f64, im: f64) -> Self { $new(re as $part, im as $part) }
            fn re(self) -> f64 { $re(self) as f64 }
            fn im(self) -> f64 { $im(self) as f64 }
            fn part(x: f64) -> $part { x as $part }
            fn conjugate(self) -> Self { $conj(self) }
            fn view(x: &[$stored]) -> &[Self] {
                // SAFETY: the same type, or two floats one after the other, which is how complex numbers are laid out.
                unsafe { std::slice::from_raw_parts(x.as_ptr().cast(), x.len()) }
            }
            fn view_mut(x: &mut [$stored]) -> &mut [Self] {
                // SAFETY: as above; the borrow is handed on.
                unsafe { std::slice::from_raw_parts_mut(x.as_mut_ptr().cast(), x.len()) }
            }
        }
    )*};
}

numbers! {
    f32, f32, f32, |re, _im: f32| re, |x: f32| x, |_x: f32| 0.0, |x: f32| x;
    f64, f64, f64, |re, _im: f64| re, |x: f64| x, |_x: f64| 0.0, |x: f64| x;
    c32, f32, [f32; 2], c32::new, |x: c32| x.re, |x: c32| x.im, |x: c32| x.conj();
    c64, f64, [f64; 2], c64::new, |x: c64| x.re, |x: c64| x.im, |x: c64| x.conj();
}

/// The factorizations, each compiled here for its four types.
pub trait Factor: Number {
    /// LU with row exchanges of an m × n matrix, over itself: a unit lower and an upper triangle. `pivots` gets the row (from 1)
    /// that each one was exchanged with. Returns the place (from 1) of the first pivot that is zero, or 0.
    fn lu(a: &mut [Self], m: usize, n: usize, pivot: bool, pivots: &mut [i32]) -> i32;
    /// Solves with the result of [`lu`] of an n × n matrix over the n × k right-hand side `b`.
    fn lu_solve(a: &[Self], n: usize, pivots: &[i32], b: &mut [Self], k: usize);
    /// Solves `a x = b` over the n × k right-hand side, with the upper or lower triangle of `a`, and ones on its diagonal if `unit`.
    fn solve_triangular(a: &[Self], n: usize, b: &mut [Self], k: usize, upper: bool, unit: bool);
    /// The lower triangle L with a = L Lᴴ over the n × n matrix, of which the lower triangle is read; zeros above. Returns the
    /// size of the first leading block that is not positive definite, or 0.
    fn cholesky(a: &mut [Self], n: usize) -> i32;
    /// Householder's QR of an m × n matrix over itself: R above, the reflectors' tails below, their factors in `tau`.
    fn qr(a: &mut [Self], m: usize, n: usize, tau: &mut [Self]);
    /// H₁ H₂ … of the reflectors in the columns of the m × k matrix `v` (as [`qr`] leaves them) times the m × n matrix `b`, or
    /// the adjoint of that product times it.
    #[allow(clippy::too_many_arguments)]
    fn apply_reflectors(v: &[Self], m: usize, k: usize, tau: &[Self], b: &mut [Self], n: usize, adjoint: bool);
    /// L D Lᵀ (or Lᴴ) over the lower triangle of an n × n matrix, with blocks of one and two on the diagonal, and LAPACK's pivots:
    /// the exchanged row from 1, negative twice for a block of two. Returns the place of a block that is zero, or 0.
    fn ldl(a: &mut [Self], n: usize, hermitian: bool, pivots: &mut [i32]) -> i32;
    /// Solves with the result of `ldl` over the n × m right-hand side `b`.
    fn ldl_solve(a: &[Self], n: usize, hermitian: bool, pivots: &[i32], b: &mut [Self], m: usize);
    /// a = u diag(s) vh of an m × n matrix, the values from the largest down. `u` and `vh` are square, or cut to min(m, n)
    /// columns and rows, or empty if they are not wanted. False if there are NaNs or the iteration does not end.
    #[allow(clippy::too_many_arguments)]
    fn svd(a: &[Self], m: usize, n: usize, full: bool, u: &mut [Self], s: &mut [Self::Part], vh: &mut [Self]) -> bool;
    /// a = v diag(l) vᴴ of a Hermitian n × n matrix whose lower triangle is read, the values from the smallest up.
    fn eigh(a: &[Self], n: usize, l: &mut [Self::Part], v: &mut [Self]) -> bool;
}

macro_rules! factors {
    ($($t:ty)*) => {$(
        impl Factor for $t {
            fn lu(a: &mut [Self], m: usize, n: usize, pivot: bool, pivots: &mut [i32]) -> i32 {
                factor::lu::<$t>(a, m, n, pivot, pivots)
            }
            fn lu_solve(a: &[Self], n: usize, pivots: &[i32], b: &mut [Self], k: usize) {
                factor::lu_solve::<$t>(a, n, pivots, b, k)
            }
            fn solve_triangular(a: &[Self], n: usize, b: &mut [Self], k: usize, upper: bool, unit: bool) {
                factor::solve_triangular::<$t>(a, n, b, k, upper, unit)
            }
            fn cholesky(a: &mut [Self], n: usize) -> i32 {
                factor::cholesky::<$t>(a, n)
            }
            fn qr(a: &mut [Self], m: usize, n: usize, tau: &mut [Self]) {
                factor::qr::<$t>(a, m, n, tau)
            }
            fn apply_reflectors(v: &[Self], m: usize, k: usize, tau: &[Self], b: &mut [Self], n: usize, adjoint: bool) {
                factor::apply_reflectors::<$t>(v, m, k, tau, b, n, adjoint)
            }
            fn ldl(a: &mut [Self], n: usize, hermitian: bool, pivots: &mut [i32]) -> i32 {
                ldl::ldl::<$t>(a, n, hermitian, pivots)
            }
            fn ldl_solve(a: &[Self], n: usize, hermitian: bool, pivots: &[i32], b: &mut [Self], m: usize) {
                ldl::ldl_solve::<$t>(a, n, hermitian, pivots, b, m)
            }
            fn svd(a: &[Self], m: usize, n: usize, full: bool, u: &mut [Self], s: &mut [Self::Part], vh: &mut [Self]) -> bool {
                spectral::svd::<$t>(a, m, n, full, u, s, vh)
            }
            fn eigh(a: &[Self], n: usize, l: &mut [Self::Part], v: &mut [Self]) -> bool {
                spectral::eigh::<$t>(a, n, l, v)
            }
        }
    )*};
}
factors!(f32 f64 c32 c64);

fn zero<T: Number>() -> T {
    T::new(0.0, 0.0)
}

/// Rows `i` and `j` of a matrix with `n` columns, both to be written.
fn two_rows<T>(a: &mut [T], n: usize, i: usize, j: usize) -> (&mut [T], &mut [T]) {
    let (low, high) = (i.min(j), i.max(j));
    let (head, tail) = a.split_at_mut(high * n);
    let (first, second) = (&mut head[low * n..(low + 1) * n], &mut tail[..n]);
    if i < j { (first, second) } else { (second, first) }
}

/// x − f · y, element by element.
fn take_away<T: Number>(x: &mut [T], f: T, y: &[T]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x -= f * *y);
}
