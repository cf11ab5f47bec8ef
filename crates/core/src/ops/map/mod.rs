//! Pointwise ops: each output element depends on one element of each (broadcast) operand. `pointwise!` declares one with
//! its body, derivative and samples; what is here makes an [`Op`] of it.

mod activation;
mod arithmetic;
mod bitwise;
mod comparison;
mod complex;
mod exponential;
mod extrema;
mod operators;
mod piecewise;
mod power;
mod rounding;
mod selection;
mod sign;
mod special;
mod special_more;
mod trigonometric;

pub use activation::*;
pub use arithmetic::*;
pub use bitwise::*;
pub use comparison::*;
pub use complex::*;
pub use exponential::*;
pub use extrema::*;
pub use operators::is_spent;
pub use piecewise::*;
pub use power::*;
pub use rounding::*;
pub use selection::*;
pub use sign::*;
pub use special::*;
pub use special_more::*;
pub use trigonometric::*;

use crate::apply::{apply, apply_into};
use crate::scalar::{Operand, Scalar};
use crate::storage::bridge::{self, Body};
use crate::tensor::{Arg, Cx, Grads, Kind, Needs, Op, Saves, Shape, Spec, Specs, Strides, broadcast_shapes, new_node};
use crate::{DType, Result, Tensor, bail, default_dtype};
use flambeau_kernels::map::Kernel;
use smallvec::SmallVec;

/// How the output's dtype follows from the operands'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The promoted dtype.
    Promote,
    /// The promoted dtype; integers become the default float.
    Float,
    /// Computed in the promoted dtype, answered in bool.
    Bool,
    /// The real dtype of a complex one; otherwise the promoted dtype.
    Real,
}

/// What happens to gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivative {
    /// `vjp` gives them.
    Exact,
    /// It is zero wherever it exists.
    Zero,
    /// There is none: a call that would need it is refused.
    None,
}

/// A pointwise op beside its loop.
pub(crate) trait Pointwise<const N: usize>: Copy + Send + Sync + 'static {
    /// PyTorch's name.
    const NAME: &'static str;
    /// The output's dtype.
    const RULE: Rule;
    /// What happens to gradients.
    const DERIVATIVE: Derivative = Derivative::Exact;

    /// The loop for this compute dtype.
    fn kernel(compute: DType) -> &'static Kernel;

    /// Dtypes that PyTorch refuses although the loop could do them.
    fn check(&self, _dtype: DType) -> Result<()> {
        Ok(())
    }

    /// What is said of bools among the operands: all of them, or one beside other dtypes.
    fn check_bools(&self, _all: bool) -> Result<()> {
        Ok(())
    }

    /// Operands (bit i for operand i) and output to keep.
    fn saves(&self, _needs: Needs) -> Saves {
        Saves::NONE
    }

    /// The gradients of the operands.
    fn vjp(&self, v: &Vjp<N>, g: &Tensor) -> Result<[Option<Tensor>; N]>;
}

/// An operand as it was at the call.
#[derive(Clone)]
pub(crate) enum Saved {
    /// A tensor.
    Tensor(Tensor),
    /// A number.
    Scalar(Scalar),
}

impl<'a> From<&'a Saved> for Operand<'a> {
    #[inline]
    fn from(s: &'a Saved) -> Operand<'a> {
        match s {
            Saved::Tensor(t) => Operand::Tensor(t),
            Saved::Scalar(s) => Operand::Scalar(*s),
        }
    }
}

impl Saved {
    /// The complex conjugate; itself if real.
    pub fn conj(self) -> Result<Saved> {
        match self {
            Saved::Tensor(t) if t.dtype().is_complex() => Ok(Saved::Tensor(t.conj()?)),
            Saved::Scalar(Scalar::Complex(re, im)) => Ok(Saved::Scalar(Scalar::Complex(re, -im))),
            same => Ok(same),
        }
    }

    /// As a tensor.
    pub fn tensor(self) -> Result<Tensor> {
        match self {
            Saved::Tensor(t) => Ok(t),
            Saved::Scalar(s) => Tensor::scalar(s),
        }
    }
}

/// What a pointwise derivative may ask for.
pub(crate) struct Vjp<'a, const N: usize> {
    cx: &'a Cx<'a>,
    scalars: &'a [Option<Scalar>; N],
}

impl<const N: usize> Vjp<'_, N> {
    fn position(&self, operand: usize) -> usize {
        if operand == 0 { 0 } else { self.scalars[..operand].iter().filter(|s| s.is_none()).count() }
    }

    /// Whether operand `i` needs a gradient.
    #[inline]
    pub fn needs(&self, i: usize) -> bool {
        self.scalars[i].is_none() && self.cx.needs(self.position(i))
    }

    /// Operand `i`, if `saves` asked for it.
    pub fn x(&self, i: usize) -> Result<Saved> {
        match self.scalars[i] {
            Some(s) => Ok(Saved::Scalar(s)),
            None => Ok(Saved::Tensor(self.cx.input(self.position(i))?)),
        }
    }

    /// Operand `i` as a tensor.
    pub fn t(&self, i: usize) -> Result<Tensor> {
        self.x(i)?.tensor()
    }

    /// The output, if `saves` asked for it.
    pub fn y(&self) -> Result<Tensor> {
        self.cx.output(0)
    }

    /// `f()` if operand `i` needs a gradient.
    pub fn when(&self, i: usize, f: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
        if self.needs(i) { f().map(Some) } else { Ok(None) }
    }
}

/// A pointwise body applied to tensors and numbers.
struct MapOp<P, const N: usize> {
    body: P,
    scalars: [Option<Scalar>; N],
}

/// The dtype that operands are brought to: tensors with dimensions count first, then 0-d tensors, then numbers, and a later
/// group only where its kind (bool, integer, float, complex) is higher (PyTorch's type promotion).
pub fn result_type<'a>(operands: impl IntoIterator<Item = Operand<'a>>) -> DType {
    let (mut dims, mut zero, mut number) = (None, None, None);
    for operand in operands {
        let (place, dtype) = match operand {
            Operand::Tensor(t) if t.dim() > 0 => (&mut dims, t.dtype()),
            Operand::Tensor(t) => (&mut zero, t.dtype()),
            Operand::Scalar(s) => (&mut number, crate::scalar::scalar_dtype(s)),
        };
        *place = Some(place.map_or(dtype, |d: DType| d.promote(dtype)));
    }
    combine(dims, combine(zero, number)).unwrap_or(DType::F32)
}

fn combine(higher: Option<DType>, lower: Option<DType>) -> Option<DType> {
    let (Some(high), Some(low)) = (higher, lower) else { return higher.or(lower) };
    let both = if high.is_complex() {
        high
    } else if high.is_float() {
        if low.is_complex() { high.to_complex() } else { high }
    } else if high == DType::Bool || !low.is_integral() {
        high.promote(low)
    } else {
        high
    };
    Some(both)
}

// What does not depend on the body is compiled once, not for each of them.

type Scalars = [Option<Scalar>];
type KernelOf = fn(DType) -> &'static Kernel;

/// The promoted dtype of the operands.
fn promoted(inputs: &[&Tensor], scalars: &Scalars) -> DType {
    let first = inputs[0].dtype();
    let simple = first.is_float() && inputs.iter().all(|t| t.dtype() == first);
    if simple && !scalars.iter().any(|s| matches!(s, Some(Scalar::Complex(..)))) {
        return first;
    }
    let numbers = scalars.iter().flatten().map(|s| Operand::Scalar(*s));
    result_type(inputs.iter().map(|t| Operand::Tensor(t)).chain(numbers))
}

fn infer(
    name: &str,
    rule: Rule,
    kernel: KernelOf,
    body: &dyn Rules,
    inputs: &[&Tensor],
    scalars: &Scalars,
) -> Result<Specs> {
    let common = promoted(inputs, scalars);
    let (common, dtype) = match rule {
        Rule::Promote => (common, common),
        Rule::Float if common.is_integral() => (default_dtype(), default_dtype()),
        Rule::Float => (common, common),
        Rule::Bool => (common, DType::Bool),
        Rule::Real => (common, common.to_real()),
    };
    if !kernel(common).supports(common.compute()) {
        return unsupported(name, common);
    }
    body.check(common)?;
    if inputs.iter().any(|t| t.dtype() == DType::Bool) || scalars.iter().any(|s| matches!(s, Some(Scalar::Bool(_)))) {
        body.check_bools(common == DType::Bool)?;
    }
    let (shape, strides) = output_layout(name, inputs)?;
    let mut specs = Specs::new();
    specs.push(Spec { shape, dtype, strides });
    Ok(specs)
}

fn run(kernel: KernelOf, body: Body, rule: Rule, inputs: &[Arg], scalars: &Scalars, out: Arg) {
    let first = inputs[0].dtype;
    let common = if first.is_float() && rule != Rule::Bool && out.dtype == first {
        first
    } else {
        let zero_d = |a: &Arg| a.layout.rank() == 0;
        let group = |zero: bool| inputs.iter().filter(|a| zero_d(a) == zero).map(|a| a.dtype).reduce(DType::promote);
        let number = scalars.iter().flatten().map(|s| crate::scalar::scalar_dtype(*s)).reduce(DType::promote);
        let common = combine(group(false), combine(group(true), number)).unwrap_or(DType::F32);
        if rule == Rule::Float && common.is_integral() { default_dtype() } else { common }
    };
    bridge::map(kernel(common), body, common.compute(), inputs, scalars, out);
}

/// What to save where some operands are numbers, which the op itself keeps: the bits of the others move down.
fn saves(needs: Needs, scalars: &Scalars, body: &dyn Rules) -> Saves {
    let (mut operand_needs, mut position) = (0u64, 0);
    for (i, scalar) in scalars.iter().enumerate() {
        if scalar.is_none() {
            operand_needs |= (needs.input(position) as u64) << i;
            position += 1;
        }
    }
    let wanted = body.saves(Needs(operand_needs));
    let (mut inputs, mut position) = (0u64, 0);
    for (i, scalar) in scalars.iter().enumerate() {
        if scalar.is_none() {
            inputs |= (wanted.inputs >> i & 1) << position;
            position += 1;
        }
    }
    Saves { inputs, outputs: wanted.outputs }
}

fn zero_gradients(cx: &Cx) -> Result<Grads> {
    (0..cx.node.inputs.len())
        .map(|i| if cx.needs(i) { crate::ops::zeros(cx.input_shape(i), cx.input_dtype(i)).map(Some) } else { Ok(None) })
        .collect()
}

/// What the body says of dtypes, and of its operands before the numbers among them are taken out.
trait Rules {
    fn check(&self, dtype: DType) -> Result<()>;
    fn check_bools(&self, all: bool) -> Result<()>;
    fn saves(&self, needs: Needs) -> Saves;
}

impl<P: Pointwise<N>, const N: usize> Rules for MapOp<P, N> {
    fn check(&self, dtype: DType) -> Result<()> {
        self.body.check(dtype)
    }
    fn check_bools(&self, all: bool) -> Result<()> {
        self.body.check_bools(all)
    }
    fn saves(&self, needs: Needs) -> Saves {
        self.body.saves(needs)
    }
}

impl<P: Pointwise<N>, const N: usize> Op for MapOp<P, N> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        infer(P::NAME, P::RULE, P::kernel, self, inputs, &self.scalars)
    }

    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        run(P::kernel, (&self.body).into(), P::RULE, inputs, &self.scalars, outputs[0]);
        Ok(())
    }

    fn differentiable(&self) -> bool {
        P::DERIVATIVE != Derivative::None
    }

    fn saves(&self, needs: Needs) -> Saves {
        if P::DERIVATIVE != Derivative::Exact {
            return Saves::NONE;
        }
        if self.scalars.iter().all(Option::is_none) {
            return self.body.saves(needs);
        }
        saves(needs, &self.scalars, self)
    }

    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None; cx.node.inputs.len()]) };
        if P::DERIVATIVE == Derivative::Zero {
            return zero_gradients(cx);
        }
        Ok(of_tensors(self.body.vjp(&Vjp { cx, scalars: &self.scalars }, g)?, &self.scalars))
    }
}

/// The gradients of the operands that are tensors.
fn of_tensors<const N: usize>(gradients: [Option<Tensor>; N], scalars: &[Option<Scalar>; N]) -> Grads {
    let mut out = Grads::new();
    for (grad, scalar) in gradients.into_iter().zip(scalars) {
        if scalar.is_none() {
            out.push(grad);
        }
    }
    out
}

#[cold]
fn unsupported(name: &str, dtype: DType) -> Result<Specs> {
    bail!(NotImplemented, "\"{name}\" not implemented for '{}'", dtype.name())
}

/// The broadcast shape, and strides where the inputs share a memory order that is not row-major.
fn output_layout(name: &str, inputs: &[&Tensor]) -> Result<(Shape, Option<Strides>)> {
    let first = inputs[0];
    let mut shape: Shape = first.shape().into();
    for input in &inputs[1..] {
        if input.shape() != &shape[..] {
            shape = broadcast_shapes(&shape, input.shape()).map_err(|e| e.context(name))?;
        }
    }
    if inputs.iter().all(|t| t.is_contiguous() || t.dim() == 0) {
        return Ok((shape, None));
    }
    let strides = inputs
        .iter()
        .find(|t| t.dim() > 0 && t.shape() == &shape[..])
        .filter(|t| !t.is_contiguous())
        .and_then(|t| order_strides(&shape, t.stride()));
    Ok((shape, strides))
}

/// Dense strides for `shape` in the memory order of `strides`; `None` if that order is row-major.
pub(crate) fn order_strides(shape: &[usize], strides: &[isize]) -> Option<Strides> {
    if strides.iter().zip(shape).any(|(s, n)| *s <= 0 && *n > 1) {
        return None;
    }
    let mut order: SmallVec<[usize; 5]> = (0..shape.len()).collect();
    order.sort_by_key(|d| std::cmp::Reverse(if shape[*d] == 1 { isize::MAX } else { strides[*d] }));
    let row_major = order.iter().filter(|d| shape[**d] != 1).is_sorted();
    if row_major {
        return None;
    }
    let mut out: Strides = smallvec::smallvec![1; shape.len()];
    let mut step = 1isize;
    for d in order.iter().rev() {
        out[*d] = step;
        step *= shape[*d].max(1) as isize;
    }
    Some(out)
}

/// The operands that are tensors, one after the other.
struct Inputs<'a, const N: usize> {
    tensors: [&'a Tensor; N],
    count: usize,
}

impl<'a, const N: usize> std::ops::Deref for Inputs<'a, N> {
    type Target = [&'a Tensor];

    #[inline(always)]
    fn deref(&self) -> &[&'a Tensor] {
        &self.tensors[..self.count]
    }
}

/// The operands that are tensors, among which `first` is, and those that are numbers, in their places.
#[inline]
fn split<'a, const N: usize>(first: &'a Tensor, operands: &[Operand<'a>; N]) -> (Inputs<'a, N>, [Option<Scalar>; N]) {
    let (mut inputs, mut scalars) = (Inputs { tensors: [first; N], count: 0 }, [None; N]);
    for (operand, scalar) in operands.iter().zip(&mut scalars) {
        match operand {
            Operand::Tensor(t) => {
                inputs.tensors[inputs.count] = t;
                inputs.count += 1;
            }
            Operand::Scalar(s) => *scalar = Some(*s),
        }
    }
    (inputs, scalars)
}

#[inline]
fn first_tensor<'a>(operands: &[Operand<'a>]) -> Option<&'a Tensor> {
    operands.iter().find_map(|o| match o {
        Operand::Tensor(t) => Some(*t),
        Operand::Scalar(_) => None,
    })
}

#[cold]
fn as_tensor(operand: Operand) -> Result<Tensor> {
    match operand {
        Operand::Tensor(t) => Ok(t.clone()),
        Operand::Scalar(s) => Tensor::scalar(s),
    }
}

/// Applies a pointwise body.
#[inline]
pub(crate) fn map_op<P: Pointwise<N>, const N: usize>(body: P, operands: [Operand; N]) -> Result<Tensor> {
    let number;
    let mut operands = operands;
    let first = match first_tensor(&operands) {
        Some(first) => first,
        None => {
            number = as_tensor(operands[0])?;
            operands[0] = Operand::Tensor(&number);
            &number
        }
    };
    let (inputs, scalars) = split(first, &operands);
    if let Some(output) = small(P::kernel, (&body).into(), P::RULE, &scalars, &inputs)? {
        if crate::autograd::is_grad_enabled() && inputs.iter().any(|t| t.requires_grad()) {
            return crate::apply::record(new_node(MapOp { body, scalars }), &inputs, output);
        }
        return Ok(output);
    }
    apply(MapOp { body, scalars }, &inputs)
}

/// The output for a few contiguous elements of one float dtype, where most of an op's time would be spent on generality.
fn small<const N: usize>(
    kernel: KernelOf,
    body: Body,
    rule: Rule,
    scalars: &[Option<Scalar>; N],
    inputs: &[&Tensor],
) -> Result<Option<Tensor>> {
    let first = inputs[0];
    let (dtype, layout) = (first.dtype(), first.layout());
    let n: usize = layout.shape.iter().product();
    let alike = |t: &&Tensor| t.dtype() == dtype && same_shape(t.shape(), &layout.shape) && t.is_contiguous();
    if n > bridge::SMALL
        || !matches!(dtype, DType::F32 | DType::F64)
        || crate::autograd::mode() & crate::autograd::SPECIAL != 0
        || !inputs.iter().all(alike)
        || scalars.iter().any(|s| matches!(s, Some(Scalar::Complex(..) | Scalar::Bool(_))))
    {
        return Ok(None);
    }
    let out = if rule == Rule::Bool { DType::Bool } else { dtype };
    let output = Tensor::uninit_like(layout, out, n)?;
    let _first = first.read()?;
    let mut others = [const { None }; N];
    for (guard, input) in others.iter_mut().zip(&inputs[1..]) {
        *guard = Some(input.read()?);
    }
    Ok(bridge::small(kernel(dtype), body, dtype, inputs, scalars, &output, n).then_some(output))
}

/// Slices of sizes are short: a loop beats the call of a comparison routine.
#[inline(always)]
fn same_shape(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// Applies a pointwise body in place, over the first operand.
pub(crate) fn map_op_into<'s, P: Pointwise<N>, const N: usize>(
    body: P,
    dst: &'s Tensor,
    operands: [Operand; N],
) -> Result<&'s Tensor> {
    let (inputs, scalars) = split(dst, &operands);
    if P::RULE == Rule::Real && dst.dtype().is_complex() {
        bail!("In-place {} is not supported for complex tensors.", P::NAME);
    }
    apply_into(MapOp { body, scalars }, &inputs, dst)
}

/// Declares a pointwise op: the one place of everything about it.
///
/// ```text
/// pointwise! {
///     /// e^x.
///     fn exp(input) [FieldMap, Float, cost 6] = |x| x.exp();
///     saves OUTPUT;                             // or saves(needs) expression; or nothing
///     vjp(v, g) { Ok([Some(g.mul(&v.y()?)?)]) } // or  vjp zero;  or  vjp none;
///     function(samples = ["T(3,4)"]);           // options of #[function]; without it the function is not public
/// }
/// ```
/// Further operands (`fn add(input, other)`) are tensors or numbers; parameters of the body follow a semicolon
/// (`fn elu(input; alpha: f64)`). In the body, `X` is the lane's type. Two kinds of dtypes may have a body each:
/// `[IntMap + Map, Promote] = |x, y| x.div_floor(y), x.div_floor(y);`.
macro_rules! pointwise {
    (
        $(#[doc = $doc:literal])*
        fn $name:ident($first:ident $(, $other:ident)* $(; $($param:ident : $pty:ty),+)?)
        [$trait:ident $(+ $trait2:ident)?, $rule:ident $(, cost $cost:literal)?] = |$($x:ident),+| $body:expr $(, $body2:expr)?;
        $(check($dtype:ident) $check:block)?
        $(check_bools($all:ident) $check_bools:block)?
        $(saves $saves:ident;)?
        $(saves($needs:ident) $saves_expr:expr;)?
        vjp $vjp:tt $vjp_body:tt
        $(function($($options:tt)*);)?
    ) => {
        pub(crate) mod $name {
            #[allow(unused_imports)]
            use super::*;
            #[derive(Clone, Copy)]
            pub struct Body { $($(pub $param: $pty),+)? }
            $crate::ops::map::pointwise!(@body $trait [$($x),+] { $crate::ops::map::pointwise!(@count $($x),+) } [$($($param),+)?] [$($cost)?] $body);
            $crate::ops::map::pointwise!(@second [$($trait2)?] [$($body2)?] [$($x),+] { $crate::ops::map::pointwise!(@count $($x),+) } [$($($param),+)?] [$($cost)?]);
            impl $crate::ops::map::Pointwise<{ $crate::ops::map::pointwise!(@count $($x),+) }> for Body {
                const NAME: &'static str = stringify!($name);
                const RULE: $crate::ops::map::Rule = $crate::ops::map::Rule::$rule;
                fn kernel(_dtype: $crate::DType) -> &'static ::flambeau_kernels::map::Kernel {
                    let kernel = $crate::ops::map::pointwise!(@kernel $trait { $crate::ops::map::pointwise!(@count $($x),+) });
                    $crate::ops::map::pointwise!(@pick kernel _dtype [$($trait2)?] { $crate::ops::map::pointwise!(@count $($x),+) })
                }
                $(fn check(&self, $dtype: $crate::DType) -> $crate::Result<()> $check)?
                $(fn check_bools(&self, $all: bool) -> $crate::Result<()> $check_bools)?
                $(fn saves(&self, _: $crate::Needs) -> $crate::Saves { $crate::Saves::$saves })?
                $(fn saves(&self, $needs: $crate::Needs) -> $crate::Saves { $saves_expr })?
                $crate::ops::map::pointwise!(@vjp [$($($param),+)?] { $crate::ops::map::pointwise!(@count $($x),+) } $vjp $vjp_body);
            }
        }
        $crate::ops::map::pointwise!(@function [$(#[doc = $doc])*] $name ($first $(, $other)*) [$($($param : $pty),+)?] $([$($options)*])?);
    };
    (@function [$(#[doc = $doc:literal])*] $name:ident ($first:ident) [$($param:ident : $pty:ty),*] [$($options:tt)*]) => {
        impl $name::Body {
            pub fn inplace($first: &$crate::Tensor $(, $param: $pty)*) -> $crate::Result<&$crate::Tensor> {
                $crate::ops::map::map_op_into($name::Body { $($param),* }, $first, [$first.into()])
            }
        }
        $(#[doc = $doc])*
        #[inline]
        #[$crate::function(inplace = $name::Body::inplace, $($options)*)]
        pub fn $name($first: &$crate::Tensor $(, $param: $pty)*) -> $crate::Result<$crate::Tensor> {
            $crate::ops::map::map_op($name::Body { $($param),* }, [$first.into()])
        }
    };
    (@function [$(#[doc = $doc:literal])*] $name:ident ($first:ident, $($other:ident),+) [$($param:ident : $pty:ty),*] [$($options:tt)*]) => {
        impl $name::Body {
            pub fn inplace<'s, 'a>($first: &'s $crate::Tensor $(, $other: impl Into<$crate::Operand<'a>>)+ $(, $param: $pty)*)
                -> $crate::Result<&'s $crate::Tensor> {
                $crate::ops::map::map_op_into($name::Body { $($param),* }, $first, [$first.into() $(, $other.into())+])
            }
        }
        $(#[doc = $doc])*
        #[inline]
        #[$crate::function(inplace = $name::Body::inplace, $($options)*)]
        pub fn $name<'a>($first: &$crate::Tensor $(, $other: impl Into<$crate::Operand<'a>>)+ $(, $param: $pty)*)
            -> $crate::Result<$crate::Tensor> {
            $crate::ops::map::map_op($name::Body { $($param),* }, [$first.into() $(, $other.into())+])
        }
    };
    (@function [$(#[doc = $doc:literal])*] $name:ident ($($operand:ident),+) [$($param:ident : $pty:ty),*]) => {
        $(#[doc = $doc])*
        pub(crate) fn $name<'a>($($operand: impl Into<$crate::Operand<'a>>),+ $(, $param: $pty)*) -> $crate::Result<$crate::Tensor> {
            $crate::ops::map::map_op($name::Body { $($param),* }, [$($operand.into()),+])
        }
    };
    (@count $a:ident) => { 1 };
    (@count $a:ident, $b:ident) => { 2 };
    (@count $a:ident, $b:ident, $c:ident) => { 3 };
    (@count $a:ident, $b:ident, $c:ident, $d:ident) => { 4 };
    (@vjp [$($param:ident),*] $n:tt zero ;) => {
        const DERIVATIVE: $crate::ops::map::Derivative = $crate::ops::map::Derivative::Zero;
        fn vjp(&self, _: &$crate::ops::map::Vjp<$n>, _: &$crate::Tensor) -> $crate::Result<[Option<$crate::Tensor>; $n]> {
            Ok([const { None }; $n])
        }
    };
    (@vjp [$($param:ident),*] $n:tt none ;) => {
        const DERIVATIVE: $crate::ops::map::Derivative = $crate::ops::map::Derivative::None;
        fn vjp(&self, _: &$crate::ops::map::Vjp<$n>, _: &$crate::Tensor) -> $crate::Result<[Option<$crate::Tensor>; $n]> {
            Ok([const { None }; $n])
        }
    };
    (@vjp [$($param:ident),*] $n:tt ($v:ident, $g:ident) $body:block) => {
        #[allow(unused_variables)]
        fn vjp(&self, $v: &$crate::ops::map::Vjp<$n>, $g: &$crate::Tensor) -> $crate::Result<[Option<$crate::Tensor>; $n]> {
            let Body { $($param),* } = *self;
            $body
        }
    };
    (@second [] [] $($rest:tt)*) => {};
    (@second [$trait:ident] [$body:expr] $x:tt $n:tt $params:tt $cost:tt) => {
        $crate::ops::map::pointwise!(@body $trait $x $n $params $cost $body);
    };
    (@pick $kernel:ident $dtype:ident [] $n:tt) => { $kernel };
    (@pick $kernel:ident $dtype:ident [$trait:ident] $n:tt) => {
        if $kernel.supports($dtype.compute()) { $kernel } else { $crate::ops::map::pointwise!(@kernel $trait $n) }
    };
    (@body Map $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval Map Lane [X] $($rest)*); };
    (@body RingMap $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval RingMap Ring [X] $($rest)*); };
    (@body FieldMap $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval FieldMap Field [X] $($rest)*); };
    (@body NumMap $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval NumMap Num [X] $($rest)*); };
    (@body IntMap $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval IntMap Int [X] $($rest)*); };
    (@body Test $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval Test Num [X::Mask] $($rest)*); };
    (@body RingTest $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval RingTest Ring [X::Mask] $($rest)*); };
    (@body FloatTest $($rest:tt)*) => { $crate::ops::map::pointwise!(@eval FloatTest Lane [X::Mask] $($rest)*); };
    (@body ComplexReal [$x:ident] $n:tt [] [$($cost:literal)?] $body:expr) => {
        impl ::flambeau_kernels::map::ComplexReal for Body {
            fn single(&self, $x: ::flambeau_kernels::complex::Complex<f32>) -> f32 { $body }
            fn double(&self, $x: ::flambeau_kernels::complex::Complex<f64>) -> f64 { $body }
        }
    };
    (@eval $trait:ident $lane:ident [$($out:tt)*] [$($x:ident),+] $n:tt [$($param:ident),*] [$($cost:literal)?] $body:expr) => {
        impl ::flambeau_kernels::map::$trait<$n> for Body {
            $(const COST: u32 = $cost;)?
            #[inline(always)]
            #[allow(unused_variables)]
            fn eval<X: ::flambeau_kernels::lane::$lane>(&self, [$($x),+]: [X; $n]) -> $($out)* {
                let Body { $($param),* } = *self;
                $body
            }
        }
    };
    (@body Element [$($x:ident),+] $n:tt [$($param:ident),*] [$($cost:literal)?] $body:expr) => {
        impl ::flambeau_kernels::map::Element<$n> for Body {
            $(const COST: u32 = $cost;)?
            #[inline(always)]
            #[allow(unused_variables)]
            fn eval(&self, [$($x),+]: [f64; $n]) -> f64 {
                let Body { $($param),* } = *self;
                $body
            }
        }
    };
    (@kernel Element $n:tt) => { ::flambeau_kernels::map::element::<Body, $n>() };
    (@kernel Map $n:tt) => { ::flambeau_kernels::map::map::<Body, $n>() };
    (@kernel RingMap $n:tt) => { ::flambeau_kernels::map::ring::<Body, $n>() };
    (@kernel FieldMap $n:tt) => { ::flambeau_kernels::map::field::<Body, $n>() };
    (@kernel NumMap $n:tt) => { ::flambeau_kernels::map::num::<Body, $n>() };
    (@kernel IntMap $n:tt) => { ::flambeau_kernels::map::int::<Body, $n>() };
    (@kernel Test $n:tt) => { ::flambeau_kernels::map::test::<Body, $n>() };
    (@kernel RingTest $n:tt) => { ::flambeau_kernels::map::ring_test::<Body, $n>() };
    (@kernel FloatTest $n:tt) => { ::flambeau_kernels::map::float_test::<Body, $n>() };
    (@kernel ComplexReal $n:tt) => { ::flambeau_kernels::map::complex_real::<Body>() };
}
pub(crate) use pointwise;
