//! The closed set: every class and function that means something in a file of PyTorch, named in this place alone. `rebuild`
//! gives them their meaning, and to a scan they are safe.

use flambeau_core::DType;

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    OrderedDict,
    Counter,
    DefaultDict,
    Dict,
    Set,
    Complex,
    Slice,
    Bytes,
    Encode,
    Size,
    Device,
    Tensor,
    TensorV2,
    TensorV3,
    Parameter,
    ParameterWithState,
    FromType,
    Meta,
    Sparse,
    Nested,
    Layout,
}

/// The class or function of the set that goes by a name.
pub(crate) fn known(module: &str, name: &str) -> Option<Known> {
    Some(match (module, name) {
        ("collections", "OrderedDict") => Known::OrderedDict,
        ("collections", "Counter") => Known::Counter,
        ("collections", "defaultdict") => Known::DefaultDict,
        ("builtins" | "__builtin__", "dict") => Known::Dict,
        ("builtins" | "__builtin__", "set" | "frozenset") => Known::Set,
        ("builtins" | "__builtin__", "complex") => Known::Complex,
        ("builtins" | "__builtin__", "slice") => Known::Slice,
        ("builtins" | "__builtin__", "bytearray" | "bytes") => Known::Bytes,
        ("_codecs", "encode") => Known::Encode,
        ("torch", "Size") => Known::Size,
        ("torch", "device") => Known::Device,
        ("torch._utils", "_rebuild_tensor") => Known::Tensor,
        ("torch._utils", "_rebuild_tensor_v2") => Known::TensorV2,
        ("torch._utils", "_rebuild_tensor_v3") => Known::TensorV3,
        ("torch._utils", "_rebuild_parameter") => Known::Parameter,
        ("torch._utils", "_rebuild_parameter_with_state") => Known::ParameterWithState,
        ("torch._tensor", "_rebuild_from_type_v2") => Known::FromType,
        ("torch._utils", "_rebuild_meta_tensor_no_storage") => Known::Meta,
        ("torch._utils", "_rebuild_sparse_tensor") => Known::Sparse,
        ("torch._utils", "_rebuild_nested_tensor") => Known::Nested,
        ("torch.serialization", "_get_layout") => Known::Layout,
        _ => return None,
    })
}

/// The dtype that a class of storages stands for, which is none for plain bytes.
pub(crate) fn storage(module: &str, name: &str) -> Option<Option<DType>> {
    Some(Some(match (module, name) {
        ("torch.storage", "UntypedStorage") => return Some(None),
        ("torch" | "torch.cuda", "FloatStorage") => DType::F32,
        ("torch" | "torch.cuda", "DoubleStorage") => DType::F64,
        ("torch" | "torch.cuda", "HalfStorage") => DType::F16,
        ("torch" | "torch.cuda", "BFloat16Storage") => DType::BF16,
        ("torch" | "torch.cuda", "LongStorage") => DType::I64,
        ("torch" | "torch.cuda", "IntStorage") => DType::I32,
        ("torch" | "torch.cuda", "ShortStorage") => DType::I16,
        ("torch" | "torch.cuda", "CharStorage") => DType::I8,
        ("torch" | "torch.cuda", "ByteStorage") => DType::U8,
        ("torch" | "torch.cuda", "BoolStorage") => DType::Bool,
        ("torch" | "torch.cuda", "ComplexFloatStorage") => DType::C64,
        ("torch" | "torch.cuda", "ComplexDoubleStorage") => DType::C128,
        _ => return None,
    }))
}

/// Whether a class is that of a tensor.
pub(crate) fn is_tensor(module: &str, name: &str) -> bool {
    matches!((module, name), ("torch" | "torch._tensor", "Tensor") | ("torch.nn.parameter", "Parameter" | "Buffer"))
}

/// Whether a name may stand in a file without a call: a dtype, a class of storages, or the class of a tensor.
pub(crate) fn is_named(module: &str, name: &str) -> bool {
    let dtype = module == "torch" && DType::from_name(name).is_some();
    dtype || is_tensor(module, name) || known(module, name).is_some() || storage(module, name).is_some()
}
