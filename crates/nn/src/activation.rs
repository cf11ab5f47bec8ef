//! Activations as modules.

use crate::functional as F;
use crate::module::{Forward, Module};
use flambeau_core::{Result, Tensor};

/// Declares a module without parameters around a function.
macro_rules! activation {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident : $ty:ty = $default:expr, $field_doc:literal),* } |$self:ident, $x:ident| $body:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name { $(#[doc = $field_doc] pub $field: $ty),* }
        impl Default for $name {
            fn default() -> $name { $name { $($field: $default),* } }
        }
        impl Forward for $name {
            fn forward(&$self, $x: &Tensor) -> Result<Tensor> { $body }
        }
    )*};
}

activation! {
    /// max(x, 0).
    ReLU {} |self, x| x.relu();
    /// min(max(x, 0), 6).
    ReLU6 {} |self, x| F::relu6(x);
    /// x·Φ(x) (Hendrycks and Gimpel, 2016); `tanh` is its approximation.
    GELU { approximate: &'static str = "none", "`none` or `tanh`." } |self, x| F::gelu(x, self.approximate);
    /// x·sigmoid(x).
    SiLU {} |self, x| F::silu(x);
    /// x·tanh(softplus(x)).
    Mish {} |self, x| F::mish(x);
    /// The hyperbolic tangent.
    Tanh {} |self, x| x.tanh();
    /// 1 / (1 + e^−x).
    Sigmoid {} |self, x| x.sigmoid();
    /// log sigmoid(x).
    LogSigmoid {} |self, x| F::logsigmoid(x);
    /// x above 0, alpha·(e^x − 1) below.
    ELU { alpha: f64 = 1.0, "The size of the lower plateau." } |self, x| F::elu(x, self.alpha, 1.0, 1.0);
    /// max(0, x) + min(0, alpha·(e^(x/alpha) − 1)).
    CELU { alpha: f64 = 1.0, "The size of the lower plateau." } |self, x| F::celu(x, self.alpha);
    /// The self-normalising ELU.
    SELU {} |self, x| F::selu(x);
    /// x above 0, slope·x below.
    LeakyReLU { negative_slope: f64 = 0.01, "The slope below 0." } |self, x| F::leaky_relu(x, self.negative_slope);
    /// log(1 + e^(beta·x)) / beta; the line itself beyond `threshold`.
    Softplus { beta: f64 = 1.0, "The steepness.", threshold: f64 = 20.0, "Where the line begins." } |self, x| F::softplus(x, self.beta, self.threshold);
    /// x / (1 + |x|).
    Softsign {} |self, x| F::softsign(x);
    /// x shrunk towards 0 by `lambd`.
    Softshrink { lambd: f64 = 0.5, "How far." } |self, x| F::softshrink(x, self.lambd);
    /// x outside ±`lambd`, 0 inside.
    Hardshrink { lambd: f64 = 0.5, "The border." } |self, x| F::hardshrink(x, self.lambd);
    /// x − tanh(x).
    Tanhshrink {} |self, x| F::tanhshrink(x);
    /// x between `min_val` and `max_val`.
    Hardtanh { min_val: f64 = -1.0, "The lower bound.", max_val: f64 = 1.0, "The upper bound." } |self, x| F::hardtanh(x, self.min_val, self.max_val);
    /// min(max(x + 3, 0), 6) / 6.
    Hardsigmoid {} |self, x| F::hardsigmoid(x);
    /// x·hardsigmoid(x).
    Hardswish {} |self, x| F::hardswish(x);
    /// exp(x) / Σ exp(x) along `dim`.
    Softmax { dim: i64 = -1, "The dimension." } |self, x| x.softmax(self.dim, None);
    /// log softmax along `dim`.
    LogSoftmax { dim: i64 = -1, "The dimension." } |self, x| x.log_softmax(self.dim, None);
    /// softmax(−x) along `dim`.
    Softmin { dim: i64 = -1, "The dimension." } |self, x| x.softmin(self.dim, None);
    /// The first half of `dim` times the sigmoid of the second.
    GLU { dim: i64 = -1, "The dimension." } |self, x| F::glu(x, self.dim);
    /// x above `threshold`, `value` elsewhere.
    Threshold { threshold: f64 = 0.0, "The border.", value: f64 = 0.0, "What stands below it." } |self, x| F::threshold(x, self.threshold, self.value);
}
