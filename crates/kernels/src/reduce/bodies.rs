//! The common reductions, each a few lines over the lane.

use super::{NumReduce, Reduce, RingReduce};
use crate::lane::{Lane, Num, Ring};

/// The sum.
#[derive(Clone, Copy, Debug)]
pub struct Sum;
impl RingReduce for Sum {
    #[inline(always)]
    fn init<R: Ring>(&self) -> R {
        R::splat(0.0)
    }
    #[inline(always)]
    fn step<R: Ring>(&self, acc: R, x: R) -> R {
        acc + x
    }
}

/// The product.
#[derive(Clone, Copy, Debug)]
pub struct Prod;
impl RingReduce for Prod {
    #[inline(always)]
    fn init<R: Ring>(&self) -> R {
        R::splat(1.0)
    }
    #[inline(always)]
    fn step<R: Ring>(&self, acc: R, x: R) -> R {
        acc * x
    }
}

/// The smallest; NaN if any is NaN. On bools: "all".
#[derive(Clone, Copy, Debug)]
pub struct Min;
impl NumReduce for Min {
    #[inline(always)]
    fn init<X: Num>(&self) -> X {
        X::highest()
    }
    #[inline(always)]
    fn step<X: Num>(&self, acc: X, x: X) -> X {
        acc.min(x)
    }
}

/// The largest; NaN if any is NaN. On bools: "any".
#[derive(Clone, Copy, Debug)]
pub struct Max;
impl NumReduce for Max {
    #[inline(always)]
    fn init<X: Num>(&self) -> X {
        X::lowest()
    }
    #[inline(always)]
    fn step<X: Num>(&self, acc: X, x: X) -> X {
        acc.max(x)
    }
}

/// The number of elements that are not zero, of inputs converted to `i64`: give it bools (a bool converts to 0 or 1).
pub type CountNonzero = Sum;

macro_rules! folded_sum {
    ($(#[$doc:meta])* $name:ident $({ $($field:ident : $ty:ty),* })?, |$this:ident, $x:ident| $step:expr, |$acc:ident, $count:ident| $finish:expr) => {
        impl Reduce<1> for $name {
            #[inline(always)]
            fn init<L: Lane>(&self) -> [L; 1] {
                [L::splat(0.0)]
            }
            #[inline(always)]
            fn step<L: Lane>(&self, [acc]: [L; 1], $x: L) -> [L; 1] {
                let $this = self;
                [acc + $step]
            }
            #[inline(always)]
            fn combine<L: Lane>(&self, [a]: [L; 1], [b]: [L; 1]) -> [L; 1] {
                [a + b]
            }
            #[inline(always)]
            fn finish<L: Lane>(&self, [$acc]: [L; 1], $count: f64) -> L {
                let $this = self;
                $finish
            }
        }
    };
}

/// The mean.
#[derive(Clone, Copy, Debug)]
pub struct Mean;
folded_sum!(Mean, |_this, x| x, |acc, count| acc / L::splat(count));

/// The sum of absolute values (the 1-norm).
#[derive(Clone, Copy, Debug)]
pub struct SumAbs;
folded_sum!(SumAbs, |_this, x| x.abs(), |acc, _count| acc);

/// The sum of squares.
#[derive(Clone, Copy, Debug)]
pub struct SumSquares;
folded_sum!(SumSquares, |_this, x| x * x, |acc, _count| acc);

/// The root of the sum of squares (the 2-norm).
#[derive(Clone, Copy, Debug)]
pub struct Norm2;
folded_sum!(Norm2, |_this, x| x * x, |acc, _count| acc.sqrt());

/// (Σ |x|^p)^(1/p) for p other than 0 and infinity.
#[derive(Clone, Copy, Debug)]
pub struct NormP {
    /// The exponent.
    pub p: f64,
}
folded_sum!(NormP, |this, x| x.abs().pow(L::splat(this.p)), |acc, _count| acc.pow(L::splat(1.0 / this.p)));

/// The number of elements that are not zero, as a float (the "0-norm").
#[derive(Clone, Copy, Debug)]
pub struct Norm0;
folded_sum!(Norm0, |_this, x| L::from_mask(x.truthy()), |acc, _count| acc);

/// The largest absolute value (the infinity norm).
#[derive(Clone, Copy, Debug)]
pub struct MaxAbs;
impl Reduce<1> for MaxAbs {
    #[inline(always)]
    fn init<L: Lane>(&self) -> [L; 1] {
        [L::splat(0.0)]
    }
    #[inline(always)]
    fn step<L: Lane>(&self, [acc]: [L; 1], x: L) -> [L; 1] {
        [acc.max(x.abs())]
    }
    #[inline(always)]
    fn combine<L: Lane>(&self, [a]: [L; 1], [b]: [L; 1]) -> [L; 1] {
        [a.max(b)]
    }
    #[inline(always)]
    fn finish<L: Lane>(&self, [acc]: [L; 1], _count: f64) -> L {
        acc
    }
}

/// The smallest absolute value (the norm of order -infinity).
#[derive(Clone, Copy, Debug)]
pub struct MinAbs;
impl Reduce<1> for MinAbs {
    #[inline(always)]
    fn init<L: Lane>(&self) -> [L; 1] {
        [L::splat(f64::INFINITY)]
    }
    #[inline(always)]
    fn step<L: Lane>(&self, [acc]: [L; 1], x: L) -> [L; 1] {
        [acc.min(x.abs())]
    }
    #[inline(always)]
    fn combine<L: Lane>(&self, [a]: [L; 1], [b]: [L; 1]) -> [L; 1] {
        [a.min(b)]
    }
    #[inline(always)]
    fn finish<L: Lane>(&self, [acc]: [L; 1], _count: f64) -> L {
        acc
    }
}

/// log Σ e^x: the largest so far, and the sum of e^(x - largest).
#[derive(Clone, Copy, Debug)]
pub struct LogSumExp;
impl Reduce<2> for LogSumExp {
    #[inline(always)]
    fn init<L: Lane>(&self) -> [L; 2] {
        [L::splat(f64::NEG_INFINITY), L::splat(0.0)]
    }
    #[inline(always)]
    fn step<L: Lane>(&self, acc: [L; 2], x: L) -> [L; 2] {
        self.combine(acc, [x, L::splat(1.0)])
    }
    #[inline(always)]
    fn combine<L: Lane>(&self, [m, s]: [L; 2], [n, t]: [L; 2]) -> [L; 2] {
        let top = m.max(n);
        // Where both are infinite, their difference would be NaN.
        let base = L::select(top.abs().eq(L::splat(f64::INFINITY)), L::splat(0.0), top);
        [top, s * (m - base).exp() + t * (n - base).exp()]
    }
    #[inline(always)]
    fn finish<L: Lane>(&self, [m, s]: [L; 2], _count: f64) -> L {
        L::select(m.abs().eq(L::splat(f64::INFINITY)), m, m + s.log())
    }
}
