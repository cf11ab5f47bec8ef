//! The expansion of `#[function]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, FnArg, Ident, ItemFn, Lit, Meta, Pat, Result, Token, Type, TypeParamBound};

#[derive(Default)]
struct Options {
    sig: Option<String>,
    torch: String,
    samples: Vec<String>,
    dtypes: Option<String>,
    no_grad: bool,
    returns: String,
    inplace: bool,
    inplace_by: Option<Expr>,
    no_method: bool,
    /// Numbers are taken by Rust alone: PyTorch's function has tensors there.
    tensors: bool,
}

fn text(expr: &Expr) -> Result<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(s), .. }) => Ok(s.value()),
        other => Err(syn::Error::new_spanned(other, "expected a string")),
    }
}

fn truth(expr: &Expr) -> Result<bool> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Bool(b), .. }) => Ok(b.value),
        other => Err(syn::Error::new_spanned(other, "expected true or false")),
    }
}

impl Parse for Options {
    fn parse(input: ParseStream) -> Result<Options> {
        let mut options = Options::default();
        for meta in Punctuated::<Meta, Token![,]>::parse_terminated(input)? {
            let name = meta.path().require_ident()?.to_string();
            match (name.as_str(), &meta) {
                ("inplace", Meta::Path(_)) => options.inplace = true,
                (_, Meta::NameValue(pair)) => match name.as_str() {
                    "sig" => options.sig = Some(text(&pair.value)?),
                    "torch" => options.torch = text(&pair.value)?,
                    "returns" => options.returns = text(&pair.value)?,
                    "dtypes" => options.dtypes = Some(text(&pair.value)?),
                    "grad" => options.no_grad = !truth(&pair.value)?,
                    "tensors" => options.tensors = truth(&pair.value)?,
                    "method" => options.no_method = !truth(&pair.value)?,
                    "inplace" => options.inplace_by = Some(pair.value.clone()),
                    "samples" => match &pair.value {
                        Expr::Array(array) => options.samples = array.elems.iter().map(text).collect::<Result<_>>()?,
                        other => return Err(syn::Error::new_spanned(other, "expected [\"…\", …]")),
                    },
                    _ => return Err(syn::Error::new_spanned(&meta, "unknown option of #[function]")),
                },
                _ => return Err(syn::Error::new_spanned(&meta, "unknown option of #[function]")),
            }
        }
        Ok(options)
    }
}

/// The `X` of `impl Into<X>`.
fn into_target(ty: &Type) -> Option<Type> {
    let Type::ImplTrait(bounds) = ty else { return None };
    bounds.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last()?;
        if last.ident != "Into" {
            return None;
        }
        let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        match arguments.args.first()? {
            syn::GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        }
    })
}

/// The tokens with every lifetime made `'_`.
fn anonymous_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut after_quote = false;
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(name) if after_quote => {
                after_quote = false;
                TokenTree::Ident(Ident::new("_", name.span()))
            }
            TokenTree::Group(group) => {
                let inner = anonymous_lifetimes(group.stream());
                TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner))
            }
            other => {
                after_quote = matches!(&other, TokenTree::Punct(p) if p.as_char() == '\'');
                other
            }
        })
        .collect()
}

pub fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options: Options = syn::parse2(attribute)?;
    let function: ItemFn = syn::parse2(item)?;
    let name = &function.sig.ident;
    let text_name = name.to_string();
    let mut names: Vec<Ident> = Vec::new();
    let mut types: Vec<Type> = Vec::new();
    for argument in &function.sig.inputs {
        let FnArg::Typed(argument) = argument else {
            return Err(syn::Error::new_spanned(argument, "#[function] is for free functions"));
        };
        let Pat::Ident(pattern) = &*argument.pat else {
            return Err(syn::Error::new_spanned(&argument.pat, "#[function] needs plain parameter names"));
        };
        names.push(pattern.ident.clone());
        types.push((*argument.ty).clone());
    }
    let mut type_texts: Vec<String> = types.iter().map(|t| quote!(#t).to_string().replace(' ', "")).collect();
    if options.tensors {
        for text in type_texts.iter_mut().filter(|t| t.contains("Operand<") && !t.starts_with("Option<")) {
            *text = "&Tensor".into();
        }
    }
    let sig = options.sig.clone().unwrap_or_else(|| {
        let parts: Vec<String> = names
            .iter()
            .zip(&type_texts)
            .map(|(n, t)| if t.starts_with("Option<") { format!("{n}=None") } else { n.to_string() })
            .collect();
        parts.join(", ")
    });
    let doc: String = function
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .filter_map(|a| match &a.meta {
            Meta::NameValue(pair) => text(&pair.value).ok(),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let values = types.iter().enumerate().map(|(i, ty)| {
        let target = into_target(ty);
        match target {
            Some(target) => {
                let target = anonymous_lifetimes(quote!(#target));
                quote!(<#target as ::flambeau_core::registry::FromValue>::from_value(&values[#i])?)
            }
            None => quote!(::flambeau_core::registry::FromValue::from_value(&values[#i])?),
        }
    });
    let values: Vec<_> = values.collect();
    let count = names.len();
    let Options { torch, samples, no_grad, returns, .. } = &options;
    let dtypes = options.dtypes.clone().unwrap_or_else(|| "float".into());
    let grad = !no_grad;

    let docs: Vec<_> = function.attrs.iter().filter(|a| a.path().is_ident("doc")).collect();
    let is_method = !options.no_method
        && names.first().is_some_and(|n| n == "input")
        && matches!(type_texts[0].trim_start_matches(['&', '$']), "Tensor" | "crate::Tensor");
    let (_, ty_generics, where_clause) = function.sig.generics.split_for_impl();
    let _ = ty_generics;
    let generics = &function.sig.generics;
    let rest: Vec<_> = function.sig.inputs.iter().skip(1).collect();
    let rest_names: Vec<_> = names.iter().skip(1).collect();
    let output = &function.sig.output;
    let method = is_method.then(|| {
        quote! {
            impl ::flambeau_core::Tensor {
                #(#docs)*
                #[allow(clippy::too_many_arguments)]
                pub fn #name #generics (&self, #(#rest),*) #output #where_clause { #name(self, #(#rest_names),*) }
            }
        }
    });
    let inplace_name = format_ident!("{name}_");
    let inplace_doc =
        format!("[`{text_name}`](crate::Tensor::{text_name}), written over the tensor itself. Returns the tensor.");
    let wants_inplace = options.inplace || options.inplace_by.is_some();
    let inplace = wants_inplace.then(|| {
        let body = match &options.inplace_by {
            Some(by) => quote!(#by(self, #(#rest_names),*)),
            None => quote! {
                let result = #name(self, #(#rest_names),*)?;
                ::flambeau_core::ops::write_back(#text_name, self, &result)
            },
        };
        quote! {
            impl ::flambeau_core::Tensor {
                #[doc = #inplace_doc]
                #[allow(clippy::too_many_arguments)]
                pub fn #inplace_name #generics (&self, #(#rest),*) -> ::flambeau_core::Result<&::flambeau_core::Tensor> #where_clause {
                    #body
                }
            }
        }
    });
    let inplace_call = if wants_inplace {
        let later = &values[1..];
        quote! {
            Some(|values| {
                let values = ::flambeau_core::registry::exactly::<#count>(#text_name, values)?;
                let input: &::flambeau_core::Tensor = ::flambeau_core::registry::FromValue::from_value(&values[0])?;
                Ok(input.#inplace_name(#(#later),*)?.clone())
            })
        }
    } else {
        quote!(None)
    };
    Ok(quote! {
        #[allow(clippy::too_many_arguments)]
        #function
        #method
        #inplace
        #[cfg(feature = "registry")]
        ::flambeau_core::registry::submit! {
            ::flambeau_core::registry::Function {
                name: #text_name,
                sig: #sig,
                types: &[#(#type_texts),*],
                torch: #torch,
                samples: &[#(#samples),*],
                dtypes: #dtypes,
                grad: #grad,
                method: #is_method,
                returns: #returns,
                doc: #doc,
                call: |values| {
                    let values = ::flambeau_core::registry::exactly::<#count>(#text_name, values)?;
                    Ok(::flambeau_core::registry::IntoValue::into_value(#name(#(#values),*)?))
                },
                inplace: #inplace_call,
            }
        }
    })
}
