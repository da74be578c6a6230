//! Functions with the native signature for providers that have none: thunks
//! that make the uniform call, and those that say that a method is missing.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::{numbered, parameter, parameters, remote, reply};
use crate::contract::model::{Contract, Method};

/// A thunk for each method.
pub(super) fn thunks(contract: &Contract) -> TokenStream {
    contract.methods.iter().enumerate().map(|(number, method)| thunk(number, method)).collect()
}

/// A function for each method, for providers that lack it: it runs the default body, or
/// says that there is none.
pub(super) fn absent(contract: &Contract) -> TokenStream {
    let methods = contract.methods.iter().enumerate();
    let functions = methods.map(|(number, method)| match method.has_default {
        true => remote::absent(number, method),
        false => missing(number, method),
    });
    functions.collect()
}

fn thunk(number: usize, method: &Method) -> TokenStream {
    let name = numbered("vm", number);
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let result = Crossing::of_result(method, number).fixed;
    let pointers = (0..method.arguments.len()).map(|number| {
        let parameter = parameter(number);
        quote!((&raw const #parameter).cast())
    });
    let discards = discards(method, number);
    let number = number as u32;
    // The instance is a `VmInstance`, the pointers are to the method's
    // arguments; whoever makes the uniform call borrows them, so they are given
    // up here.
    quote! {
        unsafe extern "C" fn #name(
            instance: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply {
            unsafe {
                let reply = __p::call_vm::<#result>(instance, #number, &[#(#pointers),*], error);
                #discards
                reply
            }
        }
    }
}

fn missing(number: usize, method: &Method) -> TokenStream {
    let name = numbered("absent", number);
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let result = Crossing::of_result(method, number).fixed;
    let discards = discards(method, number);
    // The caller passes arguments of the schema, each given up once, and an
    // error buffer for this call.
    quote! {
        unsafe extern "C" fn #name(
            _: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply {
            unsafe {
                #discards
                __p::unavailable::<#result>(error)
            }
        }
    }
}

fn discards(method: &Method, number: usize) -> TokenStream {
    let discards = Crossing::of_arguments(method, number).into_iter().enumerate();
    let discards = discards.map(|(number, crossing)| {
        let parameter = parameter(number);
        let ty = crossing.local;
        quote!(__p::discard::<#ty>(#parameter);)
    });
    discards.collect()
}
