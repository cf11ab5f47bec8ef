//! The closed set: every class and function that means something in a file of PyTorch, named in this place alone. `rebuild`
//! gives them their meaning, and to a scan they are safe.

use super::kinds::{foreign_dtype, storage_class};
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
    Quantized,
    FromDevice,
    OldParameter,
    OldTensor,
    Array,
    ArrayOfBuffer,
    Number,
    ScriptValue,
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
        ("torch._tensor" | "torch.tensor", "_rebuild_from_type_v2") => Known::FromType,
        ("torch._utils", "_rebuild_meta_tensor_no_storage") => Known::Meta,
        ("torch._utils", "_rebuild_sparse_tensor") => Known::Sparse,
        ("torch._utils", "_rebuild_nested_tensor") => Known::Nested,
        ("torch.serialization", "_get_layout") => Known::Layout,
        ("torch._utils", "_rebuild_qtensor") => Known::Quantized,
        (
            "torch._utils",
            "_rebuild_device_tensor_from_numpy" | "_rebuild_device_tensor_from_cpu_tensor" | "_rebuild_xla_tensor",
        ) => Known::FromDevice,
        ("torch.nn.parameter", "Parameter" | "Buffer") | ("torch.autograd.variable", "Variable") => Known::OldParameter,
        ("torch" | "torch.cuda", class) if class.strip_suffix("Tensor").is_some_and(is_element) => Known::OldTensor,
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Known::Array,
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Known::Number,
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Known::ArrayOfBuffer,
        (
            "torch.jit._pickle",
            "build_intlist"
            | "build_tensorlist"
            | "build_doublelist"
            | "build_boollist"
            | "build_tensor_from_id"
            | "restore_type_tag",
        ) => Known::ScriptValue,
        _ => return None,
    })
}

/// Whether classes of tensors and storages begin with this name of their elements.
fn is_element(name: &str) -> bool {
    name.is_empty() || storage_class(&format!("{name}Storage")).is_some()
}

/// The dtype that a class of storages stands for, which is none for plain bytes.
pub(crate) fn storage(module: &str, name: &str) -> Option<Option<DType>> {
    match (module, name) {
        ("torch.storage" | "torch", "UntypedStorage") => Some(None),
        ("torch" | "torch.cuda", name) => storage_class(name).map(|(_, dtype)| Some(dtype)),
        _ => None,
    }
}

/// How tensors are quantized.
const SCHEMES: [&str; 3] = ["per_tensor_affine", "per_channel_affine", "per_channel_affine_float_qparams"];

/// Whether a class is that of a tensor.
pub(crate) fn is_tensor(module: &str, name: &str) -> bool {
    matches!((module, name), ("torch" | "torch._tensor", "Tensor") | ("torch.nn.parameter", "Parameter" | "Buffer"))
}

/// Whether a name may stand in a file without a call: a dtype, a class of storages, or the class of a tensor.
pub(crate) fn is_named(module: &str, name: &str) -> bool {
    let torch = module == "torch"
        && (DType::from_name(name).is_some() || foreign_dtype(name).is_some() || SCHEMES.contains(&name));
    torch || is_tensor(module, name) || known(module, name).is_some() || storage(module, name).is_some()
}
