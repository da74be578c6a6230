//! The plugin's side: functions that call the user's methods.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{dyn_type, lifetimes, numbered, parameter, parameters, reply, table};
use crate::contract::model::{Contract, Method};

/// The implementation of `Serve` for everything that implements the trait.
pub(super) fn implementation(contract: &Contract) -> TokenStream {
    let ident = &contract.item.ident;
    let dyn_type = dyn_type(contract);
    let functions = table::of(contract, |number| {
        let function = numbered("serve", number);
        quote!(#function::<__T>)
    });
    // The table holds the functions below, each of which takes a pointer to a `__T`.
    quote! {
        unsafe impl<__T: #ident + 'static> __p::Serve<__T> for #dyn_type {
            const FUNCTIONS: __p::Functions = #functions;
        }
    }
}

/// A function for each method.
pub(super) fn functions(contract: &Contract) -> TokenStream {
    let functions = contract.methods.iter().enumerate();
    functions.map(|(number, method)| function(contract, number, method)).collect()
}

fn function(contract: &Contract, number: usize, method: &Method) -> TokenStream {
    let contract = &contract.item.ident;
    let name = numbered("serve", number);
    let ident = &method.ident;
    let parameters = parameters(method);
    let reply = reply(&method.result.ty);
    let result = lifetimes::made_static(&method.result.ty);
    let serve = match method.receiver.exclusive {
        Some(_) => quote!(__p::serve_exclusive),
        None => quote!(__p::serve_shared),
    };
    let arguments = method.arguments.iter().enumerate().map(|(number, argument)| {
        let parameter = parameter(number);
        let name = &argument.name;
        let ty = lifetimes::elided(&argument.ty);
        quote_spanned!(ty.span()=> __p::lift::<#ty>(#name, #parameter)?)
    });
    // The caller passes an instance of `__T`, arguments of the schema, each
    // lifted once, and an error buffer for this call.
    quote! {
        unsafe extern "C" fn #name<__T: #contract>(
            instance: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply {
            unsafe {
                #serve::<__T, #result>(instance, error, |this| {
                    ::core::result::Result::Ok(<__T as #contract>::#ident(this, #(#arguments),*))
                })
            }
        }
    }
}
