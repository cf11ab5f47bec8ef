//! Complex numbers: their parts, their conjugate, and how they are made.

use super::*;
use crate::apply::view_as;
use crate::function;
use crate::tensor::{Layout, Strides, grads1};

/// A view of a complex tensor as the real numbers of its memory, or the other way round; which one, the dtypes say.
#[derive(Clone)]
enum Part {
    Real,
    Imag,
    Both,
    Complex,
}

struct PartView {
    part: Part,
    spec: Spec,
}

impl Op for PartView {
    fn name(&self) -> &'static str {
        match self.part {
            Part::Real => "real",
            Part::Imag => "imag",
            Part::Both => "view_as_real",
            Part::Complex => "view_as_complex",
        }
    }
    fn kind(&self) -> Kind {
        Kind::View
    }
    fn infer(&self, _: &[&Tensor]) -> Result<Specs> {
        Ok(smallvec::smallvec![self.spec.clone()])
    }
    fn cpu(&self, _: &[Arg], _: &[Arg]) -> Result<()> {
        bail!("{}: a view has no kernel", self.name())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None]) };
        Ok(grads1(match self.part {
            Part::Real => g.to_dtype(g.dtype().to_complex())?,
            Part::Imag => complex(&g.zeros_like()?, g)?,
            Part::Both => view_as_complex(&g.contiguous()?)?,
            Part::Complex => view_as_real(g)?,
        }))
    }
}

fn part_view(part: Part, input: &Tensor, layout: Layout, dtype: DType) -> Result<Tensor> {
    let spec = Spec::new(layout.shape.clone(), dtype);
    view_as(PartView { part, spec }, input, layout, dtype)
}

fn doubled(layout: &Layout) -> Layout {
    Layout {
        shape: layout.shape.clone(),
        strides: layout.strides.iter().map(|s| s * 2).collect(),
        offset: layout.offset * 2,
    }
}

/// The real part: a view of a complex tensor, a real tensor itself.
#[function(dtypes = "all", samples = ["T(3,4)"])]
pub fn real(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_complex() {
        return Ok(input.clone());
    }
    part_view(Part::Real, input, doubled(input.layout()), input.dtype().to_real())
}

/// The imaginary part, as a view.
#[function(dtypes = "complex", samples = ["T(3,4)"])]
pub fn imag(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_complex() {
        bail!(Type, "imag is not implemented for tensors with non-complex dtypes.");
    }
    let mut layout = doubled(input.layout());
    layout.offset += 1;
    part_view(Part::Imag, input, layout, input.dtype().to_real())
}

/// A view with a last dimension of size 2: real and imaginary part.
#[function(dtypes = "complex", samples = ["T(3,4)"])]
pub fn view_as_real(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_complex() {
        bail!(Type, "view_as_real is only supported for complex tensors");
    }
    let mut layout = doubled(input.layout());
    layout.shape.push(2);
    layout.strides.push(1);
    part_view(Part::Both, input, layout, input.dtype().to_real())
}

/// A view of pairs along the last dimension (of size 2) as complex numbers.
#[function(dtypes = "single", samples = ["T(3,4,2)"])]
pub fn view_as_complex(input: &Tensor) -> Result<Tensor> {
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        bail!(
            NotImplemented,
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {}",
            input.dtype().name()
        );
    }
    let layout = input.layout();
    if layout.shape.last() != Some(&2) {
        bail!("Tensor must have a last dimension of size 2");
    }
    if layout.strides.last() != Some(&1) {
        bail!("Tensor must have a last dimension with stride 1");
    }
    let lead = layout.rank() - 1;
    if layout.strides[..lead].iter().any(|s| s % 2 != 0) {
        bail!("Tensor must have a stride divisible by 2 for all but last dimension");
    }
    if !layout.offset.is_multiple_of(2) {
        bail!("Tensor must have a storage_offset divisible by 2");
    }
    let strides: Strides = layout.strides[..lead].iter().map(|s| s / 2).collect();
    let layout = Layout { shape: layout.shape[..lead].into(), strides, offset: layout.offset / 2 };
    part_view(Part::Complex, input, layout, input.dtype().to_complex())
}

pointwise! {
    fn conjugate(input) [RingMap, Promote] = |x| x.conj();
    vjp(v, g) { Ok([Some(g.conj()?)]) }
}

/// The complex conjugate; a real tensor itself.
#[function(dtypes = "all", samples = ["T(3,4)"])]
pub fn conj(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_complex() { conjugate(input) } else { Ok(input.clone()) }
}

/// The complex conjugate, as a tensor of its own; a real tensor itself.
#[function(dtypes = "all", inplace, samples = ["T(3,4)"])]
pub fn conj_physical(input: &Tensor) -> Result<Tensor> {
    conj(input)
}

/// [`conj`]: conjugates are never put off here.
#[function(dtypes = "all", samples = ["T(3,4)"])]
pub fn resolve_conj(input: &Tensor) -> Result<Tensor> {
    Ok(input.clone())
}

pointwise! {
    fn angle_body(input) [Map + ComplexReal, Real, cost 4] =
        |x| X::select(x.is_nan(), x, X::select(x.lt(X::splat(0.0)), X::splat(std::f64::consts::PI), X::splat(0.0))), x.angle();
    saves INPUT;
    vjp(v, g) {
        let x = v.t(0)?;
        if !x.dtype().is_complex() {
            return Ok([Some(g.zeros_like()?)]);
        }
        let size = x.abs()?;
        let slope = x.mul(Scalar::Complex(0.0, 1.0))?.div(&size.square()?)?.masked_fill(&size.detach().eq(0)?, 0)?;
        Ok([Some(slope.mul(g)?)])
    }
}

/// The angle to the positive real axis; of real numbers 0 or π (NaN of NaN).
#[function(dtypes = "number", samples = ["T(3,4)"])]
pub fn angle(input: &Tensor) -> Result<Tensor> {
    if input.dtype().is_integral() { angle_body(&input.to_dtype(default_dtype())?) } else { angle_body(input) }
}

struct FromParts;

impl Op for FromParts {
    fn name(&self) -> &'static str {
        "complex"
    }
    fn kind(&self) -> Kind {
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let shape = broadcast_shapes(inputs[0].shape(), inputs[1].shape()).map_err(|e| e.context("complex"))?;
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype().to_complex())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let out = outputs[0];
        let layout = doubled(out.layout);
        let dtype = out.dtype.to_real();
        for (i, input) in inputs.iter().enumerate() {
            bridge::copy(*input, Arg { ptr: out.ptr.wrapping_add(i * dtype.size()), layout: &layout, dtype });
        }
        Ok(())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let re = if cx.needs(0) { Some(g.real()?) } else { None };
        let im = if cx.needs(1) { Some(g.imag()?) } else { None };
        Ok(smallvec::smallvec![re, im])
    }
}

fn check_parts(first: &Tensor, second: &Tensor) -> Result<()> {
    if !(first.dtype().is_float() && second.dtype().is_float()) {
        bail!(
            NotImplemented,
            "Expected both inputs to be Half, Float or Double tensors but got {} and {}",
            first.dtype().name(),
            second.dtype().name()
        );
    }
    if first.dtype() != second.dtype() {
        bail!(
            "Expected object of scalar type {} but got scalar type {} for second argument",
            first.dtype().name(),
            second.dtype().name()
        );
    }
    Ok(())
}

/// Complex numbers from their real and imaginary parts.
#[function(dtypes = "single", method = false, sig = "real, imag", samples = ["T(3,4), T(3,4)", "T(3,1), T(1,4)"])]
pub fn complex(re: &Tensor, im: &Tensor) -> Result<Tensor> {
    check_parts(re, im)?;
    apply(FromParts, &[re, im])
}

/// Complex numbers from their absolute values and angles.
#[function(dtypes = "single", method = false, samples = ["T(3,4,low=0,high=2), T(3,4)"])]
pub fn polar(abs: &Tensor, angle: &Tensor) -> Result<Tensor> {
    check_parts(abs, angle)?;
    complex(&abs.mul(&angle.cos()?)?, &abs.mul(&angle.sin()?)?)
}

impl Tensor {
    /// The elements are complex numbers.
    pub fn is_complex(&self) -> bool {
        self.dtype().is_complex()
    }
}
