//! The function table.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::{numbered, reply};
use crate::contract::model::{Contract, Method};

/// A struct of nothing but function pointers, in the order of the trait.
pub(super) fn definition(contract: &Contract) -> TokenStream {
    let fields = contract.methods.iter().enumerate().map(|(number, method)| {
        let name = numbered("method", number);
        let ty = pointer(method, number);
        quote!(#name: #ty,)
    });
    quote! {
        #[repr(C)]
        struct __Table {
            #(#fields)*
        }
    }
}

/// A table of the functions that `function` names for each method.
pub(super) fn of(contract: &Contract, function: impl Fn(usize) -> TokenStream) -> TokenStream {
    let fields = (0..contract.methods.len()).map(|number| {
        let name = numbered("method", number);
        let function = function(number);
        quote!(#name: #function,)
    });
    // The table is the struct above: `repr(C)`, and nothing but functions.
    quote! {
        unsafe { __p::Functions::new::<__Table>(const { &__Table { #(#fields)* } }) }
    }
}

/// The type of a function.
pub(super) fn pointer(method: &Method, number: usize) -> TokenStream {
    let arguments = Crossing::of_arguments(method, number);
    let arguments = arguments.iter().map(|argument| &argument.fixed);
    let reply = reply(method, number);
    quote! {
        unsafe extern "C" fn(
            *mut __p::c_void,
            #(__p::Passed<#arguments>,)*
            *mut __p::ErrorBuffer,
        ) -> #reply
    }
}
