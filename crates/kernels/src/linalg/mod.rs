//! Factorizations of single row-major matrices, in the conventions of LAPACK: triangular and orthogonal ones written out
//! here, those of singular and eigenvalues by `faer`, sequentially.

mod factor;
mod ldl;
mod spectral;

pub use factor::{apply_reflectors, cholesky, lu, lu_solve, qr, solve_triangular};
pub use ldl::{ldl, ldl_solve};
pub use spectral::{HasEigen, eig, eigh, svd};

pub use faer::{c32 as C32, c64 as C64};

use faer::{c32, c64};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

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
