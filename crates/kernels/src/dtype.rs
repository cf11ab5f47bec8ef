//! The element types, as values, and PyTorch's rules for how they mix.

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DType {
    /// One byte; any but 0 is true.
    Bool,
    /// Unsigned 8-bit integer.
    U8,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// IEEE half precision.
    F16,
    /// bfloat16: the upper half of an `F32`.
    BF16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Two `F32`: real and imaginary part.
    C64,
    /// Two `F64`: real and imaginary part.
    C128,
}

impl DType {
    /// All of them, in the order of the enum.
    pub const ALL: [DType; 12] = [
        DType::Bool,
        DType::U8,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
        DType::C64,
        DType::C128,
    ];

    /// Bytes of one element.
    #[inline(always)]
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::U8 | DType::I8 => 1,
            DType::I16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::F32 => 4,
            DType::I64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
        }
    }

    /// PyTorch's name, without `torch.`: `float32`, `int64`, `bool`, …
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "uint8",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::C64 => "complex64",
            DType::C128 => "complex128",
        }
    }

    /// The dtype of this PyTorch name; `float`, `double`, `half`, `long`, `int`, `short`, `cfloat`, `cdouble` count too.
    pub fn from_name(name: &str) -> Option<DType> {
        let alias = match name {
            "float" => DType::F32,
            "double" => DType::F64,
            "half" => DType::F16,
            "long" => DType::I64,
            "int" => DType::I32,
            "short" => DType::I16,
            "cfloat" => DType::C64,
            "cdouble" => DType::C128,
            _ => return DType::ALL.into_iter().find(|d| d.name() == name),
        };
        Some(alias)
    }

    /// f16, bf16, f32 or f64.
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    /// c64 or c128.
    #[inline(always)]
    pub const fn is_complex(self) -> bool {
        matches!(self, DType::C64 | DType::C128)
    }

    /// An integer or bool.
    #[inline(always)]
    pub const fn is_integral(self) -> bool {
        !self.is_float() && !self.is_complex()
    }

    /// Can carry a gradient: a float or complex type.
    #[inline(always)]
    pub const fn is_differentiable(self) -> bool {
        !self.is_integral()
    }

    /// The type that kernels compute in: f32 for the halves, itself otherwise.
    #[inline(always)]
    pub const fn compute(self) -> DType {
        match self {
            DType::F16 | DType::BF16 => DType::F32,
            other => other,
        }
    }

    /// The real type with the precision of a complex one; itself otherwise.
    pub const fn to_real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }

    /// The complex type with the precision of a real float; c64 for integers.
    pub const fn to_complex(self) -> DType {
        match self {
            DType::F64 | DType::C128 => DType::C128,
            _ => DType::C64,
        }
    }

    /// The type that holds both (`torch.promote_types`).
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        if self == other {
            return self;
        }
        let (low, high) = if self < other { (self, other) } else { (other, self) };
        match (low, high) {
            (U8, I8) => I16,
            (F16, BF16) => F32,
            (F64, C64) => C128,
            _ => high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DType::{self, *};

    #[test]
    fn promotion_follows_pytorch() {
        for (a, b, c) in
            [(U8, I8, I16), (Bool, U8, U8), (I64, F16, F16), (F16, BF16, F32), (F64, C64, C128), (F32, C64, C64)]
        {
            assert_eq!(a.promote(b), c);
            assert_eq!(b.promote(a), c);
        }
        for d in DType::ALL {
            assert_eq!(d.promote(d), d);
            assert_eq!(DType::from_name(d.name()), Some(d));
        }
    }
}
