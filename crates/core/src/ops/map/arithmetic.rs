//! Addition, multiplication, division and their kin.

use super::*;

/// PyTorch subtracts no bools.
fn no_bool_subtraction(dtype: DType) -> Result<()> {
    if dtype == DType::Bool {
        bail!(
            "sub: Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` \
             operator instead."
        );
    }
    Ok(())
}

/// `g` times the conjugate of an operand.
fn times(g: &Tensor, x: Saved) -> Result<Tensor> {
    g.mul(&x.conj()?)
}

pointwise! {
    /// input + other.
    fn add(input, other) [RingMap, Promote] = |x, y| x + y;
    vjp(v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || Ok(g.clone()))?]) }
    function(dtypes = "all", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 2", "T(2,3), T()"]);
}

pointwise! {
    /// input - other.
    fn sub(input, other) [RingMap, Promote] = |x, y| x - y;
    check(dtype) { no_bool_subtraction(dtype) }
    vjp(v, g) { Ok([v.when(0, || Ok(g.clone()))?, v.when(1, || g.neg())?]) }
    function(dtypes = "number", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 2"]);
}

pointwise! {
    /// input * other.
    fn mul(input, other) [RingMap, Promote] = |x, y| x * y;
    saves(needs) Saves::inputs((needs.input(1) as u64) | (needs.input(0) as u64) << 1);
    vjp(v, g) { Ok([v.when(0, || times(g, v.x(1)?))?, v.when(1, || times(g, v.x(0)?))?]) }
    function(dtypes = "all", samples = ["T(3,4), T(3,4)", "T(3,4), T(4)", "T(3,1), T(1,4)", "T(3,4), 3", "T(2,3), T()"]);
}

pointwise! {
    /// input / other, rounded to no integer: integers become the default float.
    fn true_divide(input, other) [FieldMap, Float] = |x, y| x / y;
    saves(needs) Saves::inputs(if needs.input(1) { 3 } else { 2 });
    vjp(v, g) {
        let y = v.x(1)?.conj()?;
        let gx = g.div(&y)?;
        let gy = v.when(1, || times(&gx.neg()?.div(&y)?, v.x(0)?))?;
        Ok([v.when(0, || Ok(gx))?, gy])
    }
    function(dtypes = "number", samples = ["T(3,4), T(3,4,low=0.5,high=3)", "T(3,4), T(4,low=0.5,high=3)", "T(3,4), 4"]);
}

/// input / other (true division; see `div_rounded` for the others).
#[inline]
#[crate::function(dtypes = "number", inplace = true_divide::inplace, samples = ["T(3,4), T(3,4,low=0.5,high=3)", "T(3,4), 4"])]
pub fn div<'a>(input: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
    true_divide(input, other)
}

pointwise! {
    /// -input.
    fn neg(input) [RingMap, Promote] = |x| -x;
    check(dtype) {
        if dtype == DType::Bool {
            bail!("neg: Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
        }
        Ok(())
    }
    vjp(v, g) { Ok([Some(g.neg()?)]) }
    function(dtypes = "number", samples = ["T(3,4)"]);
}

pointwise! {
    /// 1 / input.
    fn reciprocal(input) [FieldMap, Float] = |x| x.recip();
    saves OUTPUT;
    vjp(v, g) {
        let y = Saved::Tensor(v.y()?).conj()?.tensor()?;
        Ok([Some(g.neg()?.mul(&y)?.mul(&y)?)])
    }
    function(samples = ["T(3,4,low=0.5,high=3)"]);
}
