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
            /// By the ratio of the divisor's parts (Smith, 1962), rounded as PyTorch does; zero divides each part.
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                let Complex { re: a, im: b } = self;
                let Complex { re: c, im: d } = o;
                if c.abs() >= d.abs() {
                    if c == 0.0 {
                        return complex(a / c.abs(), b / c.abs());
                    }
                    let ratio = d / c;
                    let scale = 1.0 / d.mul_add(ratio, c);
                    complex(b.mul_add(ratio, a) * scale, (-a).mul_add(ratio, b) * scale)
                } else {
                    let ratio = c / d;
                    let scale = 1.0 / c.mul_add(ratio, d);
                    complex(a.mul_add(ratio, b) * scale, b.mul_add(ratio, -a) * scale)
                }
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
            /// 1 + z; a zero imaginary part keeps its sign, which says on which side of a cut it lies.
            #[inline(always)]
            fn plus_one(self) -> Self {
                complex(1.0 + self.re, self.im)
            }
            /// 1 - z, likewise.
            #[inline(always)]
            fn one_minus(self) -> Self {
                complex(1.0 - self.re, -self.im)
            }
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
                if re.is_finite() && re.abs().max(im.abs()) > $t::MAX * 0.25 {
                    return self.scaled(0.0625).sqrt().scaled(4.0);
                }
                let t = ((self.abs() + re.abs()) * 0.5).sqrt();
                let other = im.abs() / (2.0 * t);
                if re >= 0.0 { complex(t, other.copysign(im)) } else { complex(other, t.copysign(im)) }
            }
            fn exp(self) -> Self {
                if self.im == 0.0 {
                    return complex(self.re.exp(), self.im);
                }
                if self.re.is_infinite() && !self.im.is_finite() {
                    return if self.re > 0.0 {
                        complex(self.re, $t::NAN)
                    } else {
                        complex(0.0, (0.0 as $t).copysign(self.im))
                    };
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
                let (r, big) = (self.abs(), self.re.is_finite() && self.im.is_finite());
                let r =
                    if big && r.is_infinite() { self.scaled(0.5).abs().ln() + std::$t::consts::LN_2 } else { r.ln() };
                complex(r, self.angle())
            }
            fn log2(self) -> Self {
                self.log().scaled(std::$t::consts::LOG2_E)
            }
            fn log10(self) -> Self {
                self.log().scaled(std::$t::consts::LOG10_E)
            }
            fn log1p(self) -> Self {
                let Complex { re, im } = self;
                if re.abs() < 0.5 && im == 0.0 {
                    return complex(re.ln_1p(), im);
                }
                if re.abs() < 0.5 && im.abs() < 0.5 {
                    return complex(0.5 * (re * (2.0 + re) + im * im).ln_1p(), im.atan2(1.0 + re));
                }
                complex(1.0 + re, im).log()
            }
            fn sin(self) -> Self {
                -(self.times_i().sinh().times_i())
            }
            fn cos(self) -> Self {
                self.times_i().cosh()
            }
            fn tan(self) -> Self {
                -(self.times_i().tanh().times_i())
            }
            // On the axes a zero stays one, whatever it would be multiplied by.
            fn sinh(self) -> Self {
                let Complex { re, im } = self;
                let (sin, cos) = im.sin_cos();
                complex(if re == 0.0 { re } else { re.sinh() * cos }, if im == 0.0 { im } else { re.cosh() * sin })
            }
            fn cosh(self) -> Self {
                let Complex { re, im } = self;
                let (sin, cos) = im.sin_cos();
                let zero = (0.0 as $t).copysign(re) * (1.0 as $t).copysign(im);
                complex(re.cosh() * cos, if re == 0.0 || im == 0.0 { zero } else { re.sinh() * sin })
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
                let (a, b) = (self.one_minus().sqrt(), self.plus_one().sqrt());
                complex(2.0 * a.re.atan2(b.re), (b.conj() * a).im.asinh())
            }
            fn atan(self) -> Self {
                -(self.times_i().atanh().times_i())
            }
            fn asinh(self) -> Self {
                let iz = self.times_i();
                let (a, b) = (iz.one_minus().sqrt(), iz.plus_one().sqrt());
                // asin(iz) = atan2(re, ..) + i asinh(..), and asinh(z) = -i asin(iz).
                let asin = complex(iz.re.atan2((a * b).re), (a.conj() * b).im.asinh());
                -(asin.times_i())
            }
            fn acosh(self) -> Self {
                let (a, b) = (complex(self.re - 1.0, self.im).sqrt(), self.plus_one().sqrt());
                complex((a.conj() * b).re.asinh(), 2.0 * a.im.atan2(b.re))
            }
            fn atanh(self) -> Self {
                let Complex { re, im } = (self.log1p() - (-self).log1p()).scaled(0.5);
                complex(re.copysign(self.re), im)
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
