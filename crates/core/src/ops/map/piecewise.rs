//! Activations made of straight pieces.

use super::*;
use crate::function;

pointwise! {
    /// max(0, x).
    fn relu(input) [NumMap, Promote] = |x| x.max(X::splat(0.0));
    check(dtype) {
        if dtype == DType::Bool {
            bail!(NotImplemented, "Boolean inputs not supported for relu");
        }
        Ok(())
    }
    saves OUTPUT;
    vjp(v, g) { Ok([Some(threshold_backward(g, &v.y()?, 0.0)?)]) }
    function(dtypes = "real", samples = ["T(3,4)"]);
}

/// Declares a derivative (grad, input; parameters) of a function of straight pieces: linear in the gradient, and flat in
/// the input.
macro_rules! pieces {
    ($(fn $name:ident(; $($param:ident),*) = |$g:ident, $x:ident| $body:expr;)*) => {$(
        pieces!(@ $name [$($param),*] $g $x $body; $($param),*);
    )*};
    (@ $name:ident [] $g:ident $x:ident $body:expr;) => {
        pointwise! {
            fn $name(grad, input) [Map, Promote] = |$g, $x| $body;
            saves(_needs) Saves::inputs(2);
            vjp(v, g) {
                let x = v.t(1)?;
                Ok([v.when(0, || $name(g, &x))?, v.when(1, || x.zeros_like())?])
            }
        }
    };
    (@ $name:ident [$($p:ident),+] $g:ident $x:ident $body:expr; $($param:ident),+) => {
        pointwise! {
            fn $name(grad, input; $($param: f64),+) [Map, Promote] = |$g, $x| $body;
            saves(_needs) Saves::inputs(2);
            vjp(v, g) {
                let x = v.t(1)?;
                Ok([v.when(0, || $name(g, &x, $($param),+))?, v.when(1, || x.zeros_like())?])
            }
        }
    };
}

pieces! {
    fn threshold_backward(; threshold) = |g, x| X::select(x.le(X::splat(threshold)), X::splat(0.0), g);
    fn leaky_backward(; slope) = |g, x| X::select(x.gt(X::splat(0.0)), g, g * X::splat(slope));
    fn strictly_inside(; low, high) = |g, x| X::select(x.le(X::splat(low)) | x.ge(X::splat(high)), X::splat(0.0), g);
    fn outside(; lambd) = |g, x| X::select(x.abs().le(X::splat(lambd)), X::splat(0.0), g);
    fn hardswish_backward(;) = |g, x| {
        let three = X::splat(3.0);
        let inner = X::select(x.lt(three), g * (x / three + X::splat(0.5)), g);
        X::select(x.le(-three), X::splat(0.0), inner)
    };
}

/// A function of straight pieces that saves its input, with the derivative above.
macro_rules! straight {
    ($(fn $name:ident(; $($param:ident),*) [$trait:ident] = |$x:ident| $body:expr; $back:ident($($arg:expr),*);)*) => {$(
        pointwise! {
            fn $name(input; $($param: f64),*) [$trait, Promote] = |$x| $body;
            check(dtype) {
                if dtype == DType::Bool {
                    bail!(NotImplemented, "\"{}\" not implemented for 'Bool'", stringify!($name));
                }
                Ok(())
            }
            saves INPUT;
            vjp(v, g) { Ok([Some($back(g, &v.t(0)? $(, $arg)*)?)]) }
        }
    )*};
}

straight! {
    fn hardtanh_body(; low, high) [NumMap] = |x| x.max(X::splat(low)).min(X::splat(high)); strictly_inside(low, high);
    fn threshold_body(; threshold, value) [NumMap] = |x| X::select(x.le(X::splat(threshold)), X::splat(value), x); threshold_backward(threshold);
    fn leaky_body(; slope) [Map] = |x| X::select(x.gt(X::splat(0.0)), x, x * X::splat(slope)); leaky_backward(slope);
    fn hardshrink_body(; lambd) [Map] = |x| X::select(x.abs().le(X::splat(lambd)), X::splat(0.0), x); outside(lambd);
    fn softshrink_body(; lambd) [Map] = |x| {
        let l = X::splat(lambd);
        X::select(x.gt(l), x - l, X::select(x.lt(-l), x + l, x * X::splat(0.0)))
    }; outside(lambd);
}

pointwise! {
    fn hardswish_body(input) [Map, Promote, cost 2] = |x| {
        x * (x + X::splat(3.0)).max(X::splat(0.0)).min(X::splat(6.0)) / X::splat(6.0)
    };
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        if crate::autograd::is_grad_enabled() {
            let slope = x.lt(3.0)?.where_(&x.div(3.0)?.add(0.5)?, 1.0)?;
            return Ok([Some(g.mul(&slope.masked_fill(&x.le(-3.0)?, 0.0)?)?)]);
        }
        Ok([Some(hardswish_backward(g, &x)?)])
    }
}

pointwise! {
    fn hardsigmoid_body(input) [Map, Promote, cost 2] = |x| {
        (x + X::splat(3.0)).max(X::splat(0.0)).min(X::splat(6.0)) / X::splat(6.0)
    };
    saves INPUT;
    vjp(v, g) { Ok([Some(strictly_inside(g, &v.t(0)?, -3.0, 3.0)?.div(6)?)]) }
}

/// min(max(x, min_val), max_val).
#[function(dtypes = "real", torch = "nn.functional.hardtanh", method = false, sig = "input, min_val=-1.0, max_val=1.0", samples = ["T(3,4)", "T(3,4), -0.5, 2"])]
pub fn hardtanh(input: &Tensor, min_val: f64, max_val: f64) -> Result<Tensor> {
    if min_val > max_val {
        bail!(Value, "min_val cannot be greater than max_val");
    }
    // Below 0 an unsigned number has nothing to be clamped from.
    let min_val = if input.dtype() == DType::U8 { min_val.max(0.0) } else { min_val };
    hardtanh_body(input, min_val, max_val)
}

/// min(max(x, 0), 6).
#[function(dtypes = "real", torch = "nn.functional.relu6", method = false, samples = ["T(3,4,low=-3,high=9)"])]
pub fn relu6(input: &Tensor) -> Result<Tensor> {
    hardtanh_body(input, 0.0, 6.0)
}

/// x above the threshold, `value` elsewhere.
#[function(dtypes = "real", torch = "nn.functional.threshold", method = false, samples = ["T(3,4), 0.5, 2"])]
pub fn threshold(input: &Tensor, threshold: f64, value: f64) -> Result<Tensor> {
    threshold_body(input, threshold, value)
}

/// x above 0, negative_slope · x below.
#[function(torch = "nn.functional.leaky_relu", method = false, sig = "input, negative_slope=0.01", samples = ["T(3,4)", "T(3,4), 0.2"])]
pub fn leaky_relu(input: &Tensor, negative_slope: f64) -> Result<Tensor> {
    leaky_body(input, negative_slope)
}

/// x above 0, a slope between `lower` and `upper` below: random for each element in training, the mean of both otherwise
/// (Xu et al., 2015).
#[function(torch = "nn.functional.rrelu", method = false, sig = "input, lower=0.125, upper=0.3333333333333333, training=False", samples = ["T(3,4)", "T(3,4), 0.1, 0.2"])]
pub fn rrelu(input: &Tensor, lower: f64, upper: f64, training: bool) -> Result<Tensor> {
    if lower > upper {
        bail!("Lower bound should be less than or equal to the upper bound");
    }
    if !training {
        return leaky_body(input, (lower + upper) / 2.0);
    }
    if !input.dtype().is_float() {
        bail!(NotImplemented, "\"rrelu\" not implemented for '{}'", input.dtype().name());
    }
    // One number is drawn for each element that is not above 0, in their order.
    let below = input.detach().le(0.0)?;
    let count = below.to_dtype(DType::I64)?.sum((), false, None)?.item::<i64>()? as usize;
    let drawn = crate::ops::empty(&[count], DType::F64)?;
    drawn.uniform_(lower, upper)?;
    let slopes =
        crate::ops::ones(input.shape(), input.dtype())?.masked_scatter(&below, &drawn.to_dtype(input.dtype())?)?;
    input.mul(&slopes)
}

/// x where |x| > lambd, 0 elsewhere.
#[function(torch = "nn.functional.hardshrink", method = false, sig = "input, lambd=0.5", samples = ["T(3,4)", "T(3,4), 1"])]
pub fn hardshrink(input: &Tensor, lambd: f64) -> Result<Tensor> {
    hardshrink_body(input, lambd)
}

/// x drawn towards 0 by lambd, 0 within it.
#[function(torch = "nn.functional.softshrink", method = false, sig = "input, lambd=0.5", samples = ["T(3,4)", "T(3,4), 1"])]
pub fn softshrink(input: &Tensor, lambd: f64) -> Result<Tensor> {
    if lambd < 0.0 {
        bail!("lambda must be greater or equal to 0, but found to be {lambd}.");
    }
    softshrink_body(input, lambd)
}

/// relu6(x + 3) / 6.
#[function(torch = "nn.functional.hardsigmoid", method = false, samples = ["T(3,4,low=-4,high=4)"])]
pub fn hardsigmoid(input: &Tensor) -> Result<Tensor> {
    hardsigmoid_body(input)
}

/// x · relu6(x + 3) / 6 (Howard et al., 2019).
#[function(torch = "nn.functional.hardswish", method = false, samples = ["T(3,4,low=-4,high=4)"])]
pub fn hardswish(input: &Tensor) -> Result<Tensor> {
    hardswish_body(input)
}

pointwise! {
    fn prelu_body(input, weight) [Map, Promote] = |x, w| X::select(x.gt(X::splat(0.0)), x, x * w);
    saves INPUTS;
    vjp(v, g) {
        let (x, w) = (v.t(0)?, v.t(1)?);
        let above = x.detach().gt(0)?;
        Ok([v.when(0, || above.where_(g, &g.mul(&w)?))?, v.when(1, || g.mul(&x)?.masked_fill(&above, 0))?])
    }
}

/// x above 0, weight · x below; one weight, or one per channel (dimension 1).
#[function(samples = ["T(3,4), T(1)", "T(2,3,4), T(3)", "T(3), T(1)"])]
pub fn prelu(input: &Tensor, weight: &Tensor) -> Result<Tensor> {
    if weight.dim() > 1 {
        bail!("prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {}", weight.dim());
    }
    let count = weight.numel();
    if weight.dim() == 0 || count == 1 && input.dim() < 2 {
        // The result has the input's shape, a 0-d one too.
        return prelu_body(input, &weight.reshape(&vec![1i64; input.dim()])?);
    }
    if count != 1 {
        if input.dim() == 0 {
            bail!("Not allow zero-dim input tensor.");
        }
        let channels = if input.dim() > 1 { input.shape()[1] } else { 1 };
        if channels != count {
            bail!(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and channel size = {channels}."
            );
        }
    }
    let mut shape = vec![1i64; input.dim()];
    if input.dim() > 1 {
        shape[1] = count as i64;
    }
    prelu_body(input, &weight.reshape(&shape)?)
}
