//! The expansion of `#[derive(Module)]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, Ident, Result, Type, parse_quote};

fn skipped(field: &syn::Field) -> Result<bool> {
    let mut skip = false;
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                skip = true;
                return Ok(());
            }
            Err(meta.error("the only option is #[module(skip)]"))
        })?;
    }
    Ok(skip)
}

/// Whether a type names a parameter of the struct; `PhantomData` of it holds nothing.
fn mentions(ty: &Type, parameter: &Ident) -> bool {
    fn within(tokens: TokenStream, parameter: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == *parameter,
            TokenTree::Group(group) => within(group.stream(), parameter),
            _ => false,
        })
    }
    let phantom = matches!(ty, Type::Path(p) if p.path.segments.last().is_some_and(|s| s.ident == "PhantomData"));
    !phantom && within(ty.to_token_stream(), parameter)
}

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "Module can be derived for structs only"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "Module needs named fields: their names become the keys of the state dict",
        ));
    };
    let mut visits = Vec::new();
    let mut visits_mut = Vec::new();
    let mut members = Vec::new();
    for field in &fields.named {
        if skipped(field)? {
            continue;
        }
        let Some(ident) = &field.ident else { continue };
        members.push(&field.ty);
        let name = ident.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name).to_string();
        // Which of the two applies is chosen by the field's type: `Field` is implemented for parameters, buffers, modules
        // and containers of them; a blanket of lower rank takes all other types.
        visits.push(quote! {
            { use ::flambeau_nn::module::{Other as _, Member as _};
              (&::flambeau_nn::module::Probe(&self.#ident)).visit_member(#name, visitor); }
        });
        visits_mut.push(quote! {
            { use ::flambeau_nn::module::{OtherMut as _, MemberMut as _};
              (&mut ::flambeau_nn::module::ProbeMut(&mut self.#ident)).visit_member_mut(#name, visitor)?; }
        });
    }
    let ident = &input.ident;
    let type_name = ident.to_string();
    // Of a type parameter without a bound the choice above would be "something else" for every type that takes its place,
    // and the parameters in it would be lost in silence.
    let mut generics = input.generics.clone();
    for parameter in input.generics.type_params().map(|p| &p.ident) {
        let predicates = &mut generics.make_where_clause().predicates;
        predicates.push(parse_quote!(#parameter: ::std::marker::Send + ::std::marker::Sync));
        if members.iter().any(|ty| mentions(ty, parameter)) {
            predicates.push(parse_quote!(#parameter: ::flambeau_nn::module::Field));
        }
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        impl #impl_generics ::flambeau_nn::module::Module for #ident #ty_generics #where_clause {
            fn type_name(&self) -> &'static str { #type_name }
            fn visit(&self, visitor: &mut dyn ::flambeau_nn::module::Visitor) { #(#visits)* }
            fn visit_mut(&mut self, visitor: &mut dyn ::flambeau_nn::module::VisitorMut) -> ::flambeau_core::Result<()> {
                #(#visits_mut)*
                Ok(())
            }
        }
    })
}
