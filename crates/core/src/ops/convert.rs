//! Dtype conversion, copies, and the way between tensors and Rust values.

use crate::apply::{apply, apply_into, arg};
use crate::scalar::Scalar;
use crate::storage::bridge::{self, Element, Native};
use crate::tensor::{Arg, Cx, Grads, Kind, Op, Spec, Specs};
use crate::{Bool, DType, Result, Tensor, bail, function};

/// Elements as another dtype, in fresh dense memory.
struct ToCopy {
    dtype: DType,
    /// Keep the memory order of a permuted input.
    preserve: bool,
}

impl Op for ToCopy {
    fn name(&self) -> &'static str {
        "_to_copy"
    }
    fn kind(&self) -> Kind {
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let input = inputs[0];
        let strides = if self.preserve && !input.is_contiguous() {
            super::map::order_strides(input.shape(), input.stride())
        } else {
            None
        };
        Ok(smallvec::smallvec![Spec { shape: input.shape().into(), dtype: self.dtype, strides }])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::copy(inputs[0], outputs[0]);
        Ok(())
    }
    fn vjp(&self, _: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        // The engine casts the gradient back to the input's dtype.
        Ok(smallvec::smallvec![grads[0].clone()])
    }
}

/// `source` written over a destination.
struct Copy(&'static str);

impl Op for Copy {
    fn name(&self) -> &'static str {
        self.0
    }
    fn kind(&self) -> Kind {
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let shape = crate::broadcast_shapes(inputs[0].shape(), inputs[1].shape())?;
        Ok(smallvec::smallvec![Spec::new(shape, inputs[0].dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        bridge::copy(inputs[1], outputs[0]);
        Ok(())
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let Some(g) = &grads[0] else { return Ok(smallvec::smallvec![None, None]) };
        let old = if cx.needs(0) { Some(g.zeros_like()?) } else { None };
        Ok(smallvec::smallvec![old, cx.needs(1).then(|| g.clone())])
    }
}

/// Writes `source` (broadcast, cast) over `dst` as the op `name`.
pub fn copy_as<'a>(name: &'static str, dst: &'a Tensor, source: &Tensor) -> Result<&'a Tensor> {
    apply_into(Copy(name), &[dst, source], dst)
}

/// [`copy_as`] of a result that the dtype of `dst` must be able to hold.
pub fn write_back<'a>(name: &'static str, dst: &'a Tensor, result: &Tensor) -> Result<&'a Tensor> {
    if !crate::apply::can_cast(result.dtype(), dst.dtype()) {
        bail!(
            "{name}_: result type {} can't be cast to the desired output type {}; use {name}() to get a new tensor",
            result.dtype().name(),
            dst.dtype().name()
        );
    }
    copy_as(name, dst, result)
}

/// The tensor in another dtype; itself if it has that dtype.
#[function(dtypes = "all", torch = "Tensor.to", samples = ["T(3,4), float64", "T(3,4), int64", "T(2,3), bool"])]
pub fn to_dtype(input: &Tensor, dtype: DType) -> Result<Tensor> {
    if input.dtype() == dtype {
        return Ok(input.clone());
    }
    if dtype.is_integral() {
        return apply(ToCopy { dtype, preserve: true }, &[&input.detach()]);
    }
    apply(ToCopy { dtype, preserve: true }, &[input])
}

/// A copy in memory of its own, in the same memory order.
#[function(dtypes = "all", torch = "clone", samples = ["T(3,4)"])]
pub fn clone_tensor(input: &Tensor) -> Result<Tensor> {
    apply(ToCopy { dtype: input.dtype(), preserve: true }, &[input])
}

/// The tensor itself if it is dense and row-major, else a row-major copy.
#[function(dtypes = "all", torch = "Tensor.contiguous", samples = ["T(3,4)"])]
pub fn contiguous(input: &Tensor) -> Result<Tensor> {
    if input.is_contiguous() {
        return Ok(input.clone());
    }
    apply(ToCopy { dtype: input.dtype(), preserve: false }, &[input])
}

impl Tensor {
    /// A row-major copy of the elements, without history.
    pub(crate) fn dense_copy(&self) -> Result<Tensor> {
        let out = Tensor::uninit(Spec::new(self.shape(), self.dtype()))?;
        let _guard = self.read()?;
        bridge::copy(arg(self), arg(&out));
        Ok(out)
    }

    /// Writes `source` (broadcast, cast to this dtype) over this tensor.
    pub fn copy_(&self, source: &Tensor) -> Result<&Tensor> {
        let source = if crate::apply::can_cast(source.dtype(), self.dtype()) {
            source.clone()
        } else {
            source.to_dtype(self.dtype())?
        };
        copy_as("copy", self, &source)
    }

    /// A tensor of these elements, row by row.
    pub fn from_vec<T: Native>(elements: Vec<T>, shape: &[usize]) -> Result<Tensor> {
        Tensor::from_slice(&elements, shape)
    }

    /// A tensor of a copy of these elements, row by row.
    pub fn from_slice<T: Native>(elements: &[T], shape: &[usize]) -> Result<Tensor> {
        let numel = crate::tensor::checked_numel(shape, T::Element::DTYPE.size())?;
        if numel != elements.len() {
            bail!("from_vec: a tensor of shape {shape:?} has {numel} elements, but {} were given", elements.len());
        }
        let out = Tensor::uninit(Spec::new(shape, T::Element::DTYPE))?;
        arg(&out).slice_mut::<T::Element>()?.iter_mut().zip(elements).for_each(|(to, x)| *to = x.stored());
        Ok(out)
    }

    /// A 0-d tensor of one number, in the dtype that PyTorch gives it.
    pub fn scalar(value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        super::full(&[], value, Some(crate::scalar::scalar_dtype(value)))
    }

    /// All elements, row by row. `T` must be the tensor's own type; convert with `to_dtype` first if it is not.
    pub fn to_vec<T: Native>(&self) -> Result<Vec<T>> {
        let dtype = T::Element::DTYPE;
        if self.dtype() != dtype {
            bail!(
                Type,
                "to_vec: the tensor's dtype is {}, not {}; call to_dtype first",
                self.dtype().name(),
                dtype.name()
            );
        }
        let dense = self.dense()?;
        let _guard = dense.read()?;
        Ok(arg(&dense).slice::<T::Element>()?.iter().map(|x| T::of(*x)).collect())
    }

    /// Itself if it is contiguous, else a copy.
    fn dense(&self) -> Result<Tensor> {
        if self.is_contiguous() { Ok(self.clone()) } else { self.dense_copy() }
    }

    /// Calls `f` with the elements of a contiguous tensor, row by row, borrowed for reading.
    pub fn with_slice<T: Element, R>(&self, f: impl FnOnce(&[T]) -> R) -> Result<R> {
        let dense = self.dense()?;
        let _guard = dense.read()?;
        Ok(f(arg(&dense).slice::<T>()?))
    }

    /// Calls `f` with the raw bytes of the elements, row by row.
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let dense = self.dense()?;
        let _guard = dense.read()?;
        Ok(f(arg(&dense).bytes()))
    }

    /// The one element, as a number.
    pub fn item_scalar(&self) -> Result<Scalar> {
        if self.numel() != 1 {
            bail!("a Tensor with {} elements cannot be converted to Scalar", self.numel());
        }
        let _guard = self.read()?;
        let element = arg(self);
        Ok(match self.dtype() {
            DType::Bool => Scalar::Bool(element.slice::<Bool>()?[0].get()),
            DType::U8 => Scalar::Int(element.slice::<u8>()?[0].into()),
            DType::I8 => Scalar::Int(element.slice::<i8>()?[0].into()),
            DType::I16 => Scalar::Int(element.slice::<i16>()?[0].into()),
            DType::I32 => Scalar::Int(element.slice::<i32>()?[0].into()),
            DType::I64 => Scalar::Int(element.slice::<i64>()?[0]),
            DType::F16 => Scalar::Float(element.slice::<half::f16>()?[0].into()),
            DType::BF16 => Scalar::Float(element.slice::<half::bf16>()?[0].into()),
            DType::F32 => Scalar::Float(element.slice::<f32>()?[0].into()),
            DType::F64 => Scalar::Float(element.slice::<f64>()?[0]),
            DType::C64 => {
                let [re, im] = element.slice::<[f32; 2]>()?[0];
                Scalar::Complex(re.into(), im.into())
            }
            DType::C128 => {
                let [re, im] = element.slice::<[f64; 2]>()?[0];
                Scalar::Complex(re, im)
            }
        })
    }

    /// The one element, as a Rust number of any type that holds it.
    pub fn item<T: FromScalar>(&self) -> Result<T> {
        self.item_scalar().map(T::from_scalar)
    }
}

/// A Rust number that an element can be read as.
pub trait FromScalar {
    /// The number, converted as `as` does.
    fn from_scalar(s: Scalar) -> Self;
}

macro_rules! from_scalar {
    ($($ty:ty),*) => {$(
        impl FromScalar for $ty {
            fn from_scalar(s: Scalar) -> $ty {
                match s {
                    Scalar::Int(i) => i as $ty,
                    other => other.to_f64() as $ty,
                }
            }
        }
    )*};
}
from_scalar!(f64, f32, i64, i32, usize, u8);

impl FromScalar for bool {
    fn from_scalar(s: Scalar) -> bool {
        s.to_f64() != 0.0
    }
}

/// A dense row-major copy in memory of its own.
pub(crate) fn clone_dense(input: &Tensor) -> Result<Tensor> {
    apply(ToCopy { dtype: input.dtype(), preserve: false }, &[input])
}
