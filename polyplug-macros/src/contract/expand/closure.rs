//! The types of a closure, as the support crate describes them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::contract::lifetimes::made_static;
use crate::contract::types::{Closure, Parameter};

/// The type that stands for what `closure` takes and returns.
pub(super) fn signature(closure: &Closure<'_>) -> TokenStream {
    let form = match closure.is_mut {
        true => quote!(__p::OfFnMut),
        false => quote!(__p::OfFn),
    };
    let parameters = closure.parameters.iter().map(parameter);
    let result = match closure.result.map(made_static) {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    };
    quote!(#form<(#(#parameters,)*), #result>)
}

fn parameter(parameter: &Parameter<'_>) -> TokenStream {
    match parameter {
        Parameter::Owned(ty) => {
            let ty = made_static(ty);
            quote!(__p::OwnedParameter<#ty>)
        }
        Parameter::Text => quote!(__p::TextParameter),
        Parameter::Slice(element, is_mut) => {
            let element = made_static(element);
            match is_mut {
                true => quote!(__p::SliceMutParameter<#element>),
                false => quote!(__p::SliceParameter<#element>),
            }
        }
    }
}
