//! `#[function]`, the only declaration that a public tensor function needs, and `#[derive(Module)]`.

mod function;
mod module;

use proc_macro::TokenStream;

/// Declares a public function of the op set. From its signature come the `Tensor` method, the registry entry with a caller
/// by values, and through the registry everything that is made from it (tests, tables, bindings).
///
/// ```text
/// #[function(
///     sig = "input, dim=None, keepdim=False",   // PyTorch's parameter names and defaults; else those of the Rust function
///     torch = "special.expit",                   // where PyTorch has it, if not at torch.NAME or torch.nn.functional.NAME
///     samples = ["T(3,4), 1"],                   // calls that the tests make, in Python's syntax; T(shape) is a tensor
///     dtypes = "float",                          // what the tests run it on: all, number, real, float, int, bool, complex
///     grad = false,                              // no derivative is expected
///     inplace,                                   // also as NAME_: computed, then copied over the input
///     inplace = path,                            // also as NAME_, by this function
///     method = false,                            // no Tensor method
/// )]
/// ```
#[proc_macro_attribute]
pub fn function(attribute: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a `Module`: parameters (`Parameter`), buffers (`Buffer`), modules, and `Option`, `Vec`, `Box`, arrays or
/// maps by name of these are found by type, everything else is left alone. A field marked `#[module(skip)]` is left alone
/// in any case. Type parameters in the other fields must be such types too.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(item: TokenStream) -> TokenStream {
    module::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
