//! Smooth activations, each with its derivative as one fused function of the gradient and the input (or output).

use super::*;
use crate::function;
use flambeau_kernels::lane::Lane;
use std::f64::consts::SQRT_2;

/// 1 / sqrt(2π).
const DENSITY: f64 = 0.398_942_280_401_432_7;
/// sqrt(2/π) and the cubic coefficient of the tanh form of gelu (Hendrycks and Gimpel, 2016).
const TANH_SCALE: f64 = SQRT_2 * 0.564_189_583_547_756_3;
const TANH_CUBIC: f64 = 0.044715;

/// The share of a standard normal distribution below x, without cancellation on either side.
#[inline(always)]
fn normal_cdf<X: Lane>(x: X) -> X {
    let tail = x.abs().normal_tail();
    X::select(x.lt(X::splat(0.0)), tail, X::splat(1.0) - tail)
}

/// A derivative d(grad, input; parameters) = grad · f'(input): linear in the gradient, and for the input by `$second`, f''.
macro_rules! slope {
    (fn $name:ident(; $($param:ident: $ty:ty),*) $cost:literal = |$x:ident| $slope:expr; |$t:ident| $second:expr;) => {
        slope!(@ $name [$(; $param: $ty)*] ($($param),*) $cost $x $slope, $t $second);
    };
    (@ $name:ident [] () $cost:literal $x:ident $slope:expr, $t:ident $second:expr) => {
        pointwise! {
            fn $name(grad, input) [Map, Promote, cost $cost] = |g, $x| g * $slope;
            saves INPUTS;
            vjp(v, g) {
                let $t = v.t(1)?;
                let gg = v.when(0, || $name(g, &$t))?;
                Ok([gg, v.when(1, || g.mul(&v.t(0)?)?.mul(&$second?))?])
            }
        }
    };
    (@ $name:ident [; $param:ident: $ty:ty] ($p:ident) $cost:literal $x:ident $slope:expr, $t:ident $second:expr) => {
        pointwise! {
            fn $name(grad, input; $param: $ty) [Map, Promote, cost $cost] = |g, $x| g * $slope;
            saves INPUTS;
            vjp(v, g) {
                let $t = v.t(1)?;
                let gg = v.when(0, || $name(g, &$t, $param))?;
                Ok([gg, v.when(1, || g.mul(&v.t(0)?)?.mul(&$second?))?])
            }
        }
    };
}

pointwise! {
    /// 1 / (1 + e^-x).
    fn sigmoid(input) [FieldMap, Float, cost 6] = |x| x.sigmoid();
    saves OUTPUT;
    vjp(v, g) { Ok([Some(sigmoid_backward(g, &v.y()?)?)]) }
    function(dtypes = "all", samples = ["T(3,4)"]);
}

/// 1 / (1 + e^-x).
#[function(dtypes = "all", torch = "special.expit", inplace = sigmoid::Body::inplace, samples = ["T(3,4)"])]
pub fn expit(input: &Tensor) -> Result<Tensor> {
    sigmoid(input)
}

pointwise! {
    fn sigmoid_backward(grad, output) [RingMap, Promote] = |g, y| g * ((X::splat(1.0) - y) * y).conj();
    saves INPUTS;
    vjp(v, g) {
        let (grad, y) = (v.t(0)?, v.t(1)?);
        let dy = v.when(1, || g.conj()?.mul(&grad)?.mul(&y.mul(-2)?.add(1)?)?.conj())?;
        Ok([v.when(0, || sigmoid_backward(g, &y.conj()?))?, dy])
    }
}

pointwise! {
    fn gelu_erf(input) [Map, Promote, cost 12] = |x| x * normal_cdf(x);
    saves INPUT;
    vjp(v, g) { Ok([Some(gelu_erf_backward(g, &v.t(0)?)?)]) }
}

slope! {
    fn gelu_erf_backward(;) 16 = |x| {
        (x * X::splat(DENSITY)).fma((x * x * X::splat(-0.5)).exp(), normal_cdf(x))
    };
    // φ(x) (2 - x²)
    |x| { let z = x.square()?; z.mul(-0.5)?.exp()?.mul(DENSITY)?.mul(&z.neg()?.add(2)?) };
}

pointwise! {
    fn gelu_tanh(input) [Map, Promote, cost 12] = |x| {
        let inner = X::splat(TANH_SCALE) * x * (x * x).fma(X::splat(TANH_CUBIC), X::splat(1.0));
        // 1 + tanh(u) = 2 sigmoid(2u)
        x * (inner + inner).sigmoid()
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(gelu_tanh_backward(g, &v.t(0)?)?)]) }
}

slope! {
    fn gelu_tanh_backward(;) 14 = |x| {
        let z = x * x;
        let inner = X::splat(2.0 * TANH_SCALE) * x * z.fma(X::splat(TANH_CUBIC), X::splat(1.0));
        let s = inner.sigmoid();
        let slope = X::splat(2.0 * TANH_SCALE) * z.fma(X::splat(3.0 * TANH_CUBIC), X::splat(1.0));
        s + x * s * (X::splat(1.0) - s) * slope
    };
    |x| {
        let z = x.square()?;
        let s = z.mul(TANH_CUBIC)?.add(1)?.mul(&x)?.mul(2.0 * TANH_SCALE)?.sigmoid()?;
        let u1 = z.mul(3.0 * TANH_CUBIC)?.add(1)?.mul(2.0 * TANH_SCALE)?;
        let u2 = x.mul(12.0 * TANH_CUBIC * TANH_SCALE)?;
        let bell = s.mul(&s.neg()?.add(1)?)?;
        let curve = s.mul(-2)?.add(1)?.mul(&u1.square()?)?.add(&u2)?;
        bell.mul(&u1.mul(2)?.add(&x.mul(&curve)?)?)
    };
}

/// Gaussian error linear unit: x Φ(x), exact ("none") or by tanh ("tanh").
#[function(torch = "nn.functional.gelu", method = false, sig = "input, approximate='none'", samples = ["T(3,4)", "T(3,4), approximate='tanh'"])]
pub fn gelu(input: &Tensor, approximate: &str) -> Result<Tensor> {
    match approximate {
        "none" => gelu_erf(input),
        "tanh" => gelu_tanh(input),
        other => bail!("approximate argument must be either none or tanh, not {other}."),
    }
}

pointwise! {
    fn silu_body(input) [FieldMap, Promote, cost 8] = |x| x / (X::splat(1.0) + (-x).exp());
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        if x.dtype().is_complex() {
            let s = x.sigmoid()?;
            let slope = s.mul(&x.mul(&s.neg()?.add(1)?)?.add(1)?)?;
            return Ok([Some(g.mul(&slope.conj()?)?)]);
        }
        Ok([Some(silu_backward(g, &x)?)])
    }
}

slope! {
    fn silu_backward(;) 10 = |x| {
        let s = x.sigmoid();
        s * x.fma(X::splat(1.0) - s, X::splat(1.0))
    };
    |x| {
        let s = x.sigmoid()?;
        let bell = s.mul(&s.neg()?.add(1)?)?;
        bell.mul(&x.mul(&s.mul(-2)?.add(1)?)?.add(2)?)
    };
}

/// x · sigmoid(x).
#[function(torch = "nn.functional.silu", method = false, samples = ["T(3,4)"])]
pub fn silu(input: &Tensor) -> Result<Tensor> {
    silu_body(input)
}

pointwise! {
    fn mish_body(input) [Map, Promote, cost 14] = |x| x * soft(x).tanh();
    saves INPUT;
    vjp(v, g) { Ok([Some(mish_backward(g, &v.t(0)?)?)]) }
}

/// log(1 + e^x), without overflow.
#[inline(always)]
fn soft<X: flambeau_kernels::lane::Lane>(x: X) -> X {
    x.max(X::splat(0.0)) + (-x.abs()).exp().log1p()
}

slope! {
    fn mish_backward(;) 20 = |x| {
        let t = soft(x).tanh();
        t + x * x.sigmoid() * (X::splat(1.0) - t * t)
    };
    |x| {
        let (t, s) = (softplus_body(&x, 1.0, 20.0)?.tanh()?, x.sigmoid()?);
        let flat = t.square()?.neg()?.add(1)?;
        // (1 - t²) s (2 + x (1 - s - 2 t s))
        let inner = s.mul(&t.mul(2)?.add(1)?)?.neg()?.add(1)?;
        flat.mul(&s)?.mul(&x.mul(&inner)?.add(2)?)
    };
}

/// x · tanh(log(1 + e^x)) (Misra, 2019).
#[function(torch = "nn.functional.mish", method = false, samples = ["T(3,4)"])]
pub fn mish(input: &Tensor) -> Result<Tensor> {
    mish_body(input)
}

pointwise! {
    fn logsigmoid_body(input) [Map, Promote, cost 12] = |x| x.min(X::splat(0.0)) - (-x.abs()).exp().log1p();
    saves INPUT;
    vjp(v, g) { Ok([Some(logsigmoid_backward(g, &v.t(0)?)?)]) }
}

slope! {
    fn logsigmoid_backward(;) 8 = |x| (-x).sigmoid();
    |x| { let s = x.sigmoid()?; s.mul(&s.sub(1)?) };
}

/// log(sigmoid(x)), without overflow.
#[function(torch = "nn.functional.logsigmoid", method = false, samples = ["T(3,4)"])]
pub fn logsigmoid(input: &Tensor) -> Result<Tensor> {
    logsigmoid_body(input)
}

pointwise! {
    fn softplus_body(input; beta: f64, threshold: f64) [Map, Promote, cost 12] = |x| {
        let t = x * X::splat(beta);
        X::select(t.gt(X::splat(threshold)), x, t.exp().log1p() / X::splat(beta))
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(softplus_backward(g, &v.t(0)?, beta, threshold)?)]) }
}

pointwise! {
    fn softplus_backward(grad, input; beta: f64, threshold: f64) [Map, Promote, cost 8] = |g, x| {
        let t = x * X::splat(beta);
        X::select(t.gt(X::splat(threshold)), g, g * t.sigmoid())
    };
    saves INPUTS;
    vjp(v, g) {
        let x = v.t(1)?;
        let gg = v.when(0, || softplus_backward(g, &x, beta, threshold))?;
        let dx = v.when(1, || {
            let t = x.mul(beta)?;
            let s = t.sigmoid()?;
            let second = s.mul(&s.neg()?.add(1)?)?.mul(beta)?.masked_fill(&t.detach().gt(threshold)?, 0)?;
            g.mul(&v.t(0)?)?.mul(&second)
        })?;
        Ok([gg, dx])
    }
}

/// log(1 + e^(beta x)) / beta; x where beta · x is above the threshold.
#[function(torch = "nn.functional.softplus", method = false, sig = "input, beta=1.0, threshold=20.0", samples = ["T(3,4)", "T(3,4), beta=2, threshold=1"])]
pub fn softplus(input: &Tensor, beta: f64, threshold: f64) -> Result<Tensor> {
    softplus_body(input, beta, threshold)
}

pointwise! {
    fn softsign_body(input) [Map, Promote, cost 2] = |x| x / (X::splat(1.0) + x.abs());
    saves INPUT;
    vjp(v, g) { Ok([Some(softsign_backward(g, &v.t(0)?)?)]) }
}

slope! {
    fn softsign_backward(;) 3 = |x| {
        let d = (X::splat(1.0) + x.abs()).recip();
        d * d
    };
    |x| { let d = x.abs()?.add(1)?; x.sign()?.mul(-2)?.div(&d.square()?.mul(&d)?) };
}

/// x / (1 + |x|).
#[function(torch = "nn.functional.softsign", method = false, samples = ["T(3,4)"])]
pub fn softsign(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_float() {
        return input.div(&input.abs()?.add(1)?);
    }
    softsign_body(input)
}

pointwise! {
    fn elu_body(input; negative: f64, positive: f64, input_scale: f64) [Map, Promote, cost 8] = |x| {
        let low = (x * X::splat(input_scale)).expm1() * X::splat(negative);
        X::select(x.le(X::splat(0.0)), low, x * X::splat(positive))
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(elu_backward(g, &v.t(0)?, negative, positive, input_scale)?)]) }
}

pointwise! {
    fn elu_backward(grad, input; negative: f64, positive: f64, input_scale: f64) [Map, Promote, cost 8] = |g, x| {
        let low = (x * X::splat(input_scale)).exp() * X::splat(negative * input_scale);
        g * X::select(x.le(X::splat(0.0)), low, X::splat(positive))
    };
    saves INPUTS;
    vjp(v, g) {
        let x = v.t(1)?;
        let gg = v.when(0, || elu_backward(g, &x, negative, positive, input_scale))?;
        let dx = v.when(1, || {
            let second = x.mul(input_scale)?.exp()?.mul(negative * input_scale * input_scale)?;
            g.mul(&v.t(0)?)?.mul(&second.masked_fill(&x.detach().gt(0)?, 0)?)
        })?;
        Ok([gg, dx])
    }
}

/// scale · x above 0, scale · alpha · (e^(input_scale x) - 1) below (Clevert, Unterthiner and Hochreiter, 2015).
#[function(torch = "ops.aten.elu", method = false, sig = "input, alpha=1.0, scale=1.0, input_scale=1.0", samples = ["T(3,4)", "T(3,4), 0.5", "T(3,4), 0.5, 2.0, 3.0"])]
pub fn elu(input: &Tensor, alpha: f64, scale: f64, input_scale: f64) -> Result<Tensor> {
    elu_body(input, alpha * scale, scale, input_scale)
}

/// x above 0, alpha · (e^x − 1) below (Clevert, Unterthiner and Hochreiter, 2015).
#[function(torch = "nn.functional.elu", method = false, sig = "input, alpha=1.0", samples = ["T(3,4)", "T(3,4), 0.5"])]
pub fn elu_of_alpha(input: &Tensor, alpha: f64) -> Result<Tensor> {
    elu_body(input, alpha, 1.0, 1.0)
}

/// max(0, x) + min(0, alpha (e^(x/alpha) - 1)) (Barron, 2017).
#[function(method = false, sig = "input, alpha=1.0", samples = ["T(3,4)", "T(3,4), 0.5"])]
pub fn celu(input: &Tensor, alpha: f64) -> Result<Tensor> {
    if alpha == 0.0 {
        bail!("ZeroDivisionError: alpha cannot be 0 for CELU");
    }
    elu_body(input, alpha, 1.0, 1.0 / alpha)
}

/// The self-normalising elu (Klambauer et al., 2017).
#[function(method = false, samples = ["T(3,4)"])]
pub fn selu(input: &Tensor) -> Result<Tensor> {
    const ALPHA: f64 = 1.673_263_242_354_377_2;
    const SCALE: f64 = 1.050_700_987_355_480_5;
    elu_body(input, ALPHA * SCALE, SCALE, 1.0)
}

/// x - tanh(x).
#[function(torch = "nn.functional.tanhshrink", method = false, samples = ["T(3,4)"])]
pub fn tanhshrink(input: &Tensor) -> Result<Tensor> {
    input.sub(&input.tanh()?)
}

/// The first half along `dim` times the sigmoid of the second (Dauphin et al., 2016).
#[function(torch = "nn.functional.glu", method = false, sig = "input, dim=-1", samples = ["T(3,4)", "T(4,3), 0", "T(2,4,3), 1"])]
pub fn glu(input: &Tensor, dim: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        bail!("glu does not support 0-dimensional tensors");
    }
    let d = crate::wrap_dim(dim, input.dim())?;
    let size = input.shape()[d];
    if !size.is_multiple_of(2) {
        bail!("Halving dimension must be even, but dimension {d} is size {size}");
    }
    let half = (size / 2) as i64;
    gated(&input.narrow(dim, 0, half)?, &input.narrow(dim, half, half)?)
}

pointwise! {
    fn gated(input, gate) [Map, Promote, cost 8] = |x, y| x * y.sigmoid();
    saves INPUTS;
    vjp(v, g) {
        let s = v.t(1)?.sigmoid()?;
        Ok([v.when(0, || g.mul(&s))?, v.when(1, || sigmoid_backward(&g.mul(&v.t(0)?)?, &s))?])
    }
}
