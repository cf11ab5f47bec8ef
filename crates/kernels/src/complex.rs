//! Complex numbers: two floats in memory, real part first, with the elementary functions of `Field`.

use crate::lane::{Field, Ring};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A complex number of two `f32` or two `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Complex<T> {
    /// Real part.
    pub re: T,
    /// Imaginary part.
    pub im: T,
}

/// A complex number from its parts.
#[inline(always)]
pub const fn complex<T>(re: T, im: T) -> Complex<T> {
    Complex { re, im }
}

macro_rules! complex_impl {
    ($t:ident) => {
        impl Add for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                complex(self.re + o.re, self.im + o.im)
            }
        }
        impl Sub for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                complex(self.re - o.re, self.im - o.im)
            }
        }
        impl Mul for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                complex(self.re * o.re - self.im * o.im, self.re * o.im + self.im * o.re)
            }
        }
        impl Div for Complex<$t> {
            type Output = Self;
            /// Scaled by the divisor's larger part, so that nothing overflows on the way.
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                let scale = 1.0 / o.re.abs().max(o.im.abs());
                let (c, d) = (o.re * scale, o.im * scale);
                let den = 1.0 / (c * c + d * d);
                let (a, b) = (self.re * scale, self.im * scale);
                complex((a * c + b * d) * den, (b * c - a * d) * den)
            }
        }
        impl Neg for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                complex(-self.re, -self.im)
            }
        }
        impl Complex<$t> {
            /// Absolute value.
            #[inline(always)]
            pub fn abs(self) -> $t {
                self.re.hypot(self.im)
            }
            /// Angle to the positive real axis.
            #[inline(always)]
            pub fn angle(self) -> $t {
                self.im.atan2(self.re)
            }
            /// With the imaginary part negated.
            #[inline(always)]
            pub fn conj(self) -> Self {
                complex(self.re, -self.im)
            }
            /// Divided by its absolute value; 0 for 0 (`torch.sgn`).
            #[inline(always)]
            pub fn sgn(self) -> Self {
                let r = self.abs();
                if r == 0.0 { complex(0.0, 0.0) } else { complex(self.re / r, self.im / r) }
            }
            /// The number at this distance and angle.
            #[inline(always)]
            pub fn polar(r: $t, angle: $t) -> Self {
                let (sin, cos) = angle.sin_cos();
                complex(r * cos, r * sin)
            }
            /// Times a real number.
            #[inline(always)]
            pub fn scaled(self, k: $t) -> Self {
                complex(self.re * k, self.im * k)
            }
            /// Times the imaginary unit.
            #[inline(always)]
            pub fn times_i(self) -> Self {
                complex(-self.im, self.re)
            }
        }
        impl Ring for Complex<$t> {
            type Mask = bool;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                complex(x as $t, 0.0)
            }
            #[inline(always)]
            fn splat_i64(x: i64) -> Self {
                complex(x as $t, 0.0)
            }
            #[inline(always)]
            fn conj(self) -> Self {
                complex(self.re, -self.im)
            }
            #[inline(always)]
            fn eq(self, o: Self) -> bool {
                self == o
            }
            #[inline(always)]
            fn select(mask: bool, a: Self, b: Self) -> Self {
                if mask { a } else { b }
            }
        }
        impl Field for Complex<$t> {
            fn sqrt(self) -> Self {
                let Complex { re, im } = self;
                if re == 0.0 && im == 0.0 {
                    return complex(0.0, im);
                }
                if im.is_infinite() {
                    return complex($t::INFINITY, im);
                }
                let t = ((self.abs() + re.abs()) * 0.5).sqrt();
                let other = im.abs() / (2.0 * t);
                if re >= 0.0 { complex(t, other.copysign(im)) } else { complex(other, t.copysign(im)) }
            }
            fn exp(self) -> Self {
                if self.im == 0.0 {
                    return complex(self.re.exp(), self.im);
                }
                Self::polar(self.re.exp(), self.im)
            }
            fn exp2(self) -> Self {
                self.scaled(std::$t::consts::LN_2).exp()
            }
            fn expm1(self) -> Self {
                let half = (self.im * 0.5).sin();
                let re = self.re.exp_m1() * self.im.cos() - 2.0 * half * half;
                complex(re, self.re.exp() * self.im.sin())
            }
            fn log(self) -> Self {
                complex(self.abs().ln(), self.angle())
            }
            fn log2(self) -> Self {
                self.log().scaled(std::$t::consts::LOG2_E)
            }
            fn log10(self) -> Self {
                self.log().scaled(std::$t::consts::LOG10_E)
            }
            fn log1p(self) -> Self {
                let Complex { re, im } = self;
                if re.abs() < 0.5 && im.abs() < 0.5 {
                    return complex(0.5 * (re * (2.0 + re) + im * im).ln_1p(), im.atan2(1.0 + re));
                }
                complex(1.0 + re, im).log()
            }
            fn sin(self) -> Self {
                complex(self.re.sin() * self.im.cosh(), self.re.cos() * self.im.sinh())
            }
            fn cos(self) -> Self {
                complex(self.re.cos() * self.im.cosh(), -(self.re.sin() * self.im.sinh()))
            }
            fn tan(self) -> Self {
                -(self.times_i().tanh().times_i())
            }
            fn sinh(self) -> Self {
                complex(self.re.sinh() * self.im.cos(), self.re.cosh() * self.im.sin())
            }
            fn cosh(self) -> Self {
                complex(self.re.cosh() * self.im.cos(), self.re.sinh() * self.im.sin())
            }
            fn tanh(self) -> Self {
                // Kahan: with t = tan(y), s = sinh(x): no overflow, and exact where x is large.
                let Complex { re, im } = self;
                if re.abs() > 20.0 {
                    let small = (-2.0 * re.abs()).exp();
                    return complex((1.0 as $t).copysign(re), 4.0 * im.sin() * im.cos() * small);
                }
                let t = im.tan();
                let s = re.sinh();
                let beta = 1.0 + t * t;
                let rho = (1.0 + s * s).sqrt();
                let den = 1.0 + beta * s * s;
                complex(beta * rho * s / den, t / den)
            }
            fn asin(self) -> Self {
                -(self.times_i().asinh().times_i())
            }
            fn acos(self) -> Self {
                // Hull, Fairgrieve and Tang by way of Kahan's two square roots.
                let one = Self::splat(1.0);
                let (a, b) = ((one - self).sqrt(), (one + self).sqrt());
                complex(2.0 * a.re.atan2(b.re), (b.conj() * a).im.asinh())
            }
            fn atan(self) -> Self {
                -(self.times_i().atanh().times_i())
            }
            fn asinh(self) -> Self {
                let iz = self.times_i();
                let one = Self::splat(1.0);
                let (a, b) = ((one - iz).sqrt(), (one + iz).sqrt());
                // asin(iz) = atan2(re, ..) + i asinh(..), and asinh(z) = -i asin(iz).
                let asin = complex(iz.re.atan2((a * b).re), (a.conj() * b).im.asinh());
                -(asin.times_i())
            }
            fn acosh(self) -> Self {
                let one = Self::splat(1.0);
                let (a, b) = ((self - one).sqrt(), (self + one).sqrt());
                complex((a.conj() * b).re.asinh(), 2.0 * a.im.atan2(b.re))
            }
            fn atanh(self) -> Self {
                (self.log1p() - (-self).log1p()).scaled(0.5)
            }
            fn pow(self, y: Self) -> Self {
                if y == complex(0.0, 0.0) {
                    return complex(1.0, 0.0);
                }
                if self == complex(0.0, 0.0) {
                    return if y.re > 0.0 { complex(0.0, 0.0) } else { complex($t::NAN, $t::NAN) };
                }
                let log_r = self.abs().ln();
                let angle = self.angle();
                Self::polar((y.re * log_r - y.im * angle).exp(), y.im * log_r + y.re * angle)
            }
            fn sigmoid(self) -> Self {
                (Self::splat(1.0) + (-self).exp()).recip()
            }
        }
    };
}

complex_impl!(f32);
complex_impl!(f64);
