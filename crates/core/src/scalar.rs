//! Rust numbers as operands, and dimensions given as one, several or all.

use crate::{DType, Result, Tensor};
pub use flambeau_kernels::scalar::Scalar;
use smallvec::SmallVec;

/// The dtype of the tensor that PyTorch makes of a Python number of this kind, with the default float type.
pub fn scalar_dtype(scalar: Scalar) -> DType {
    match scalar {
        Scalar::Bool(_) => DType::Bool,
        Scalar::Int(_) => DType::I64,
        Scalar::Float(_) => crate::default_dtype(),
        Scalar::Complex(..) => crate::default_dtype().to_complex(),
    }
}

/// A tensor or a number.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    /// A tensor.
    Tensor(&'a Tensor),
    /// A number: it takes part in type promotion by its kind only.
    Scalar(Scalar),
}

impl<'a> From<&'a Tensor> for Operand<'a> {
    #[inline(always)]
    fn from(t: &'a Tensor) -> Operand<'a> {
        Operand::Tensor(t)
    }
}

impl<'a> From<&'a &Tensor> for Operand<'a> {
    #[inline(always)]
    fn from(t: &'a &Tensor) -> Operand<'a> {
        Operand::Tensor(t)
    }
}

macro_rules! operand_from_number {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Operand<'_> {
            #[inline(always)]
            fn from(x: $ty) -> Self {
                Operand::Scalar(Scalar::from(x))
            }
        }
    )*};
}
operand_from_number!(f64, f32, i64, i32, bool);

impl From<Scalar> for Operand<'_> {
    #[inline(always)]
    fn from(x: Scalar) -> Self {
        Operand::Scalar(x)
    }
}

/// Dimensions to work over: one, several, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims(Option<SmallVec<[i64; 4]>>);

impl Dims {
    /// All dimensions.
    pub fn all() -> Dims {
        Dims(None)
    }

    /// Which dimensions of a tensor of this rank are meant, as flags. No dimensions at all means all, as in PyTorch.
    pub fn flags(&self, rank: usize) -> Result<SmallVec<[bool; 5]>> {
        let Some(dims) = self.0.as_ref().filter(|d| !d.is_empty()) else {
            return Ok(smallvec::smallvec![true; rank]);
        };
        // A 0-d tensor counts as one dimension here.
        let mut flags: SmallVec<[bool; 5]> = smallvec::smallvec![false; rank.max(1)];
        for dim in dims {
            let d = crate::tensor::wrap_dim(*dim, rank)?;
            if flags[d] {
                crate::bail!("dim {d} appears multiple times in the list of dims");
            }
            flags[d] = true;
        }
        flags.truncate(rank);
        Ok(flags)
    }

    /// The dimensions as given; `None` for all.
    pub fn as_slice(&self) -> Option<&[i64]> {
        self.0.as_deref()
    }
}

impl From<()> for Dims {
    fn from(_: ()) -> Dims {
        Dims(None)
    }
}
impl From<i64> for Dims {
    fn from(d: i64) -> Dims {
        Dims(Some(smallvec::smallvec![d]))
    }
}
impl From<i32> for Dims {
    fn from(d: i32) -> Dims {
        Dims(Some(smallvec::smallvec![d as i64]))
    }
}
impl From<&[i64]> for Dims {
    fn from(d: &[i64]) -> Dims {
        Dims(Some(d.into()))
    }
}
impl<const N: usize> From<[i64; N]> for Dims {
    fn from(d: [i64; N]) -> Dims {
        Dims(Some(d[..].into()))
    }
}
impl From<Option<i64>> for Dims {
    fn from(d: Option<i64>) -> Dims {
        Dims(d.map(|d| smallvec::smallvec![d]))
    }
}
