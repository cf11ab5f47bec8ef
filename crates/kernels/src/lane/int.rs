//! Integers and bools as `Ring`, `Num` and `Int`: wrapping arithmetic, and no division that traps.

use super::{Int, Num, Ring};
use std::ops::{Add, Mul, Neg, Sub};

macro_rules! wrapping {
    ($w:ident $t:ident) => {
        impl Add for $w {
            type Output = $w;
            #[inline(always)]
            fn add(self, o: $w) -> $w {
                $w(self.0.wrapping_add(o.0))
            }
        }
        impl Sub for $w {
            type Output = $w;
            #[inline(always)]
            fn sub(self, o: $w) -> $w {
                $w(self.0.wrapping_sub(o.0))
            }
        }
        impl Mul for $w {
            type Output = $w;
            #[inline(always)]
            fn mul(self, o: $w) -> $w {
                $w(self.0.wrapping_mul(o.0))
            }
        }
        impl Neg for $w {
            type Output = $w;
            #[inline(always)]
            fn neg(self) -> $w {
                $w(self.0.wrapping_neg())
            }
        }
        impl Ring for $w {
            type Mask = bool;
            #[inline(always)]
            fn splat(x: f64) -> $w {
                $w(x as i64 as $t)
            }
            #[inline(always)]
            fn splat_i64(x: i64) -> $w {
                $w(x as $t)
            }
            #[inline(always)]
            fn eq(self, o: $w) -> bool {
                self.0 == o.0
            }
            #[inline(always)]
            fn select(mask: bool, a: $w, b: $w) -> $w {
                if mask { a } else { b }
            }
        }
    };
}

macro_rules! int {
    ($(#[$doc:meta])* $w:ident($t:ident) abs: $abs:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        #[repr(transparent)]
        pub struct $w(pub $t);
        wrapping!($w $t);
        impl Num for $w {
            #[inline(always)]
            fn lowest() -> $w {
                $w($t::MIN)
            }
            #[inline(always)]
            fn highest() -> $w {
                $w($t::MAX)
            }
            #[inline(always)]
            fn lt(self, o: $w) -> bool {
                self.0 < o.0
            }
            #[inline(always)]
            fn le(self, o: $w) -> bool {
                self.0 <= o.0
            }
            #[inline(always)]
            fn min(self, o: $w) -> $w {
                $w(Ord::min(self.0, o.0))
            }
            #[inline(always)]
            fn max(self, o: $w) -> $w {
                $w(Ord::max(self.0, o.0))
            }
            #[inline(always)]
            fn abs(self) -> $w {
                $w($abs(self.0))
            }
        }
        impl Int for $w {
            #[inline(always)]
            fn and(self, o: $w) -> $w {
                $w(self.0 & o.0)
            }
            #[inline(always)]
            fn or(self, o: $w) -> $w {
                $w(self.0 | o.0)
            }
            #[inline(always)]
            fn xor(self, o: $w) -> $w {
                $w(self.0 ^ o.0)
            }
            #[inline(always)]
            fn not(self) -> $w {
                $w(!self.0)
            }
            #[inline(always)]
            fn shl(self, by: $w) -> $w {
                let by = by.0 as u64;
                $w(if by < $t::BITS as u64 { self.0 << by } else { 0 })
            }
            #[inline(always)]
            fn shr(self, by: $w) -> $w {
                let last = $t::BITS - 1;
                let by = by.0 as u64;
                #[allow(unused_comparisons)]
                let far = if self.0 < 0 { self.0 >> last } else { 0 };
                $w(if by < $t::BITS as u64 { self.0 >> by } else { far })
            }
            #[inline(always)]
            fn div_trunc(self, by: $w) -> $w {
                $w(if by.0 == 0 { 0 } else { self.0.wrapping_div(by.0) })
            }
            #[inline(always)]
            fn div_floor(self, by: $w) -> $w {
                if by.0 == 0 {
                    return $w(0);
                }
                let (q, r) = (self.0.wrapping_div(by.0), self.0.wrapping_rem(by.0));
                #[allow(unused_comparisons)]
                let down = r != 0 && ((r < 0) != (by.0 < 0));
                $w(q.wrapping_sub(down as $t))
            }
            #[inline(always)]
            fn rem_trunc(self, by: $w) -> $w {
                $w(if by.0 == 0 { 0 } else { self.0.wrapping_rem(by.0) })
            }
            #[inline(always)]
            fn rem_floor(self, by: $w) -> $w {
                if by.0 == 0 {
                    return $w(0);
                }
                let r = self.0.wrapping_rem(by.0);
                #[allow(unused_comparisons)]
                let wrong = r != 0 && ((r < 0) != (by.0 < 0));
                $w(if wrong { r.wrapping_add(by.0) } else { r })
            }
            #[inline(always)]
            fn gcd(self, o: $w) -> $w {
                let (mut a, mut b) = (self.0, o.0);
                while b != 0 {
                    (a, b) = (b, a.wrapping_rem(b));
                }
                $w($abs(a))
            }
            #[inline(always)]
            fn lcm(self, o: $w) -> $w {
                let g = self.gcd(o).0;
                $w(if g == 0 { 0 } else { $abs((self.0.wrapping_div(g)).wrapping_mul(o.0)) })
            }
            #[inline(always)]
            fn powi(self, exp: $w) -> $w {
                let (mut base, mut left, mut result) = (self.0, exp.0, 1 as $t);
                #[allow(unused_comparisons)]
                if left < 0 {
                    let odd = left & 1 != 0;
                    return $w(if base == 1 || (base.wrapping_add(1) == 0 && !odd) {
                        1
                    } else if base.wrapping_add(1) == 0 {
                        base
                    } else {
                        0
                    });
                }
                while left != 0 {
                    if left & 1 != 0 {
                        result = result.wrapping_mul(base);
                    }
                    base = base.wrapping_mul(base);
                    left >>= 1;
                }
                $w(result)
            }
        }
    };
}

#[inline(always)]
fn same(x: u8) -> u8 {
    x
}

int!(
    /// `u8` with wrapping arithmetic.
    U8(u8) abs: same);
int!(
    /// `i8` with wrapping arithmetic.
    I8(i8) abs: i8::wrapping_abs);
int!(
    /// `i16` with wrapping arithmetic.
    I16(i16) abs: i16::wrapping_abs);
int!(
    /// `i32` with wrapping arithmetic.
    I32(i32) abs: i32::wrapping_abs);
int!(
    /// `i64` with wrapping arithmetic.
    I64(i64) abs: i64::wrapping_abs);

/// A truth value as it lies in memory: a byte, and any but 0 is true, since whoever shares the memory may have written any.
/// Results are 0 or 1. Its sum is "or", its product and its minimum "and", its difference "exclusive or".
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Bool(pub u8);

impl Bool {
    /// Is it true?
    #[inline(always)]
    pub const fn get(self) -> bool {
        self.0 != 0
    }
}

impl From<bool> for Bool {
    #[inline(always)]
    fn from(x: bool) -> Bool {
        Bool(x as u8)
    }
}

impl PartialEq for Bool {
    #[inline(always)]
    fn eq(&self, o: &Bool) -> bool {
        self.get() == o.get()
    }
}

impl PartialOrd for Bool {
    #[inline(always)]
    fn partial_cmp(&self, o: &Bool) -> Option<std::cmp::Ordering> {
        self.get().partial_cmp(&o.get())
    }
}

#[allow(clippy::suspicious_arithmetic_impl)] // the arithmetic of truth values
impl Add for Bool {
    type Output = Bool;
    #[inline(always)]
    fn add(self, o: Bool) -> Bool {
        Bool(((self.0 | o.0) != 0) as u8)
    }
}
#[allow(clippy::suspicious_arithmetic_impl)] // the arithmetic of truth values
impl Sub for Bool {
    type Output = Bool;
    #[inline(always)]
    fn sub(self, o: Bool) -> Bool {
        (self.get() != o.get()).into()
    }
}
#[allow(clippy::suspicious_arithmetic_impl)] // the arithmetic of truth values
impl Mul for Bool {
    type Output = Bool;
    #[inline(always)]
    fn mul(self, o: Bool) -> Bool {
        (self.get() & o.get()).into()
    }
}
impl Neg for Bool {
    type Output = Bool;
    #[inline(always)]
    fn neg(self) -> Bool {
        self.get().into()
    }
}

impl Ring for Bool {
    type Mask = bool;
    #[inline(always)]
    fn splat(x: f64) -> Bool {
        (x != 0.0).into()
    }
    #[inline(always)]
    fn splat_i64(x: i64) -> Bool {
        (x != 0).into()
    }
    #[inline(always)]
    fn eq(self, o: Bool) -> bool {
        self == o
    }
    #[inline(always)]
    fn select(mask: bool, a: Bool, b: Bool) -> Bool {
        if mask { a } else { b }
    }
}

impl Num for Bool {
    #[inline(always)]
    fn lowest() -> Bool {
        Bool(0)
    }
    #[inline(always)]
    fn highest() -> Bool {
        Bool(1)
    }
    #[inline(always)]
    fn lt(self, o: Bool) -> bool {
        !self.get() & o.get()
    }
    #[inline(always)]
    fn le(self, o: Bool) -> bool {
        !self.get() | o.get()
    }
    #[inline(always)]
    fn min(self, o: Bool) -> Bool {
        self * o
    }
    #[inline(always)]
    fn max(self, o: Bool) -> Bool {
        self + o
    }
    #[inline(always)]
    fn abs(self) -> Bool {
        self.get().into()
    }
    #[inline(always)]
    fn sign(self) -> Bool {
        self.get().into()
    }
}

impl Int for Bool {
    #[inline(always)]
    fn and(self, o: Bool) -> Bool {
        self * o
    }
    #[inline(always)]
    fn or(self, o: Bool) -> Bool {
        self + o
    }
    #[inline(always)]
    fn xor(self, o: Bool) -> Bool {
        self - o
    }
    #[inline(always)]
    fn not(self) -> Bool {
        (!self.get()).into()
    }
    #[inline(always)]
    fn shl(self, by: Bool) -> Bool {
        (self.get() & !by.get()).into()
    }
    #[inline(always)]
    fn shr(self, by: Bool) -> Bool {
        (self.get() & !by.get()).into()
    }
    #[inline(always)]
    fn div_trunc(self, by: Bool) -> Bool {
        self * by
    }
    #[inline(always)]
    fn div_floor(self, by: Bool) -> Bool {
        self * by
    }
    #[inline(always)]
    fn rem_trunc(self, _by: Bool) -> Bool {
        Bool(0)
    }
    #[inline(always)]
    fn rem_floor(self, _by: Bool) -> Bool {
        Bool(0)
    }
    #[inline(always)]
    fn gcd(self, o: Bool) -> Bool {
        self + o
    }
    #[inline(always)]
    fn lcm(self, o: Bool) -> Bool {
        self * o
    }
    #[inline(always)]
    fn powi(self, exp: Bool) -> Bool {
        (self.get() | !exp.get()).into()
    }
}
