//! The plugin's side: functions that call the user's methods.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::{dyn_type, numbered, parameter, parameters, reply, table};
use crate::contract::model::{Contract, Method};

/// The implementation of `Serve` for everything that holds an implementation of the
/// trait.
pub(super) fn implementation(contract: &Contract) -> TokenStream {
    let ident = &contract.item.ident;
    let dyn_type = dyn_type(contract);
    let functions = table::of(contract, |number| {
        let function = numbered("serve", number);
        quote!(#function::<__H, false>)
    });
    // Another copy of a function is made only where there is a check to leave out.
    let trusting = table::of(contract, |number| {
        let function = numbered("serve", number);
        let arguments = Crossing::of_arguments(&contract.methods[number], number);
        let arguments = arguments.iter().map(|argument| &argument.fixed);
        quote! {
            if __p::have_texts(&[#(<#arguments as __p::Argument>::HAS_TEXTS),*]) {
                #function::<__H, true>
            } else {
                #function::<__H, false>
            }
        }
    });
    // The tables hold the functions below, each of which takes an instance of `__H`.
    quote! {
        unsafe impl<__H: __p::Holder> __p::Serve<__H> for #dyn_type
        where
            <__H as __p::Holder>::Target: #ident,
        {
            const FUNCTIONS: __p::Functions = #functions;
            const TRUSTING: __p::Functions = #trusting;
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
    let target = quote!(<__H as __p::Holder>::Target);
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let callee = quote!(<#target as #contract>::#ident);
    let body = body(number, method, &quote!(__H), &callee, &quote!(__TRUSTING));
    quote! {
        unsafe extern "C" fn #name<__H: __p::Holder, const __TRUSTING: ::core::primitive::bool>(
            instance: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply
        where
            #target: #contract,
        {
            #body
        }
    }
}

/// What a function does that gets an instance of `holder`: it calls `callee` with what
/// that holds. Texts that it is passed are not checked if `trusting`.
pub(super) fn body(
    number: usize,
    method: &Method,
    holder: &TokenStream,
    callee: &TokenStream,
    trusting: &TokenStream,
) -> TokenStream {
    let result = Crossing::of_result(method, number);
    let serve = match method.receiver.exclusive {
        Some(_) => quote!(__p::serve_exclusive),
        None => quote!(__p::serve_shared),
    };
    let crossings = Crossing::of_arguments(method, number);
    let lifted = method.arguments.iter().zip(&crossings).enumerate();
    let lifted = lifted.map(|(number, (argument, crossing))| {
        let parameter = parameter(number);
        let name = &argument.name;
        let ty = &crossing.local;
        quote!(let #parameter = __p::lift::<#ty, { #trusting }>(#name, #parameter);)
    });
    let arguments = crossings.iter().enumerate().map(|(number, crossing)| {
        let parameter = parameter(number);
        crossing.take(quote!(#parameter?))
    });
    let call = result.give(quote!(#callee(this?, #(#arguments),*)));
    let result = result.fixed;
    // The caller passes an instance of the holder, arguments of the schema, each
    // lifted once, and an error buffer for this call. All arguments are received
    // before one of them is found to be wrong, so that none of them leaks.
    quote! {
        unsafe {
            #serve::<#holder, #result>(instance, error, |this| {
                #(#lifted)*
                ::core::result::Result::Ok(#call)
            })
        }
    }
}
