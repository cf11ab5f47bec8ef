//! What PyTorch calls the elements of storages and tensors, of which some have no dtype here.

use flambeau_core::DType;

/// The classes of storages: their names, the dtypes of their elements by PyTorch's names, and what holds an element here.
/// Quantized numbers are the integers that they are stored as, and those of two or four to a byte are the bytes.
const STORAGES: [(&str, &str, DType); 17] = [
    ("FloatStorage", "float32", DType::F32),
    ("DoubleStorage", "float64", DType::F64),
    ("HalfStorage", "float16", DType::F16),
    ("BFloat16Storage", "bfloat16", DType::BF16),
    ("LongStorage", "int64", DType::I64),
    ("IntStorage", "int32", DType::I32),
    ("ShortStorage", "int16", DType::I16),
    ("CharStorage", "int8", DType::I8),
    ("ByteStorage", "uint8", DType::U8),
    ("BoolStorage", "bool", DType::Bool),
    ("ComplexFloatStorage", "complex64", DType::C64),
    ("ComplexDoubleStorage", "complex128", DType::C128),
    ("QInt8Storage", "qint8", DType::I8),
    ("QUInt8Storage", "quint8", DType::U8),
    ("QInt32Storage", "qint32", DType::I32),
    ("QUInt4x2Storage", "quint4x2", DType::U8),
    ("QUInt2x4Storage", "quint2x4", DType::U8),
];

/// The dtypes that there are no kernels for, with the bytes of an element.
const RAW: [(&str, usize); 16] = [
    ("uint16", 2),
    ("uint32", 4),
    ("uint64", 8),
    ("complex32", 4),
    ("bcomplex32", 4),
    ("float8_e4m3fn", 1),
    ("float8_e4m3fnuz", 1),
    ("float8_e5m2", 1),
    ("float8_e5m2fnuz", 1),
    ("float8_e8m0fnu", 1),
    ("float4_e2m1fn_x2", 1),
    ("bits8", 1),
    ("bits16", 2),
    ("bits1x8", 1),
    ("bits2x4", 1),
    ("bits4x2", 1),
];

/// The dtype of a class of storages, by its name and as it is held here.
pub(super) fn storage_class(class: &str) -> Option<(&'static str, DType)> {
    STORAGES.iter().find(|s| s.0 == class).map(|s| (s.1, s.2))
}

/// The class of the storages of a dtype.
pub(super) fn class_of(dtype: &str) -> Option<&'static str> {
    STORAGES.iter().find(|s| s.1 == dtype).map(|s| s.0)
}

/// A dtype that there are no kernels for, by its name, and the bytes of an element.
pub(super) fn raw_dtype(name: &str) -> Option<(&'static str, usize)> {
    RAW.into_iter().find(|raw| raw.0 == name)
}

/// The name of a dtype that is none here: a raw one, or one of quantized or short integers.
pub(super) fn foreign_dtype(name: &str) -> Option<&'static str> {
    const SHORT: [&str; 14] = [
        "int1", "int2", "int3", "int4", "int5", "int6", "int7", "uint1", "uint2", "uint3", "uint4", "uint5", "uint6",
        "uint7",
    ];
    let quantized = STORAGES[12..].iter().map(|s| s.1);
    RAW.iter().map(|raw| raw.0).chain(quantized).chain(SHORT).find(|known| *known == name)
}
