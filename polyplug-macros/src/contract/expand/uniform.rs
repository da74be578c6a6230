//! Adapters with the uniform signature, by which callers that interpret the schema
//! reach typed functions.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::{numbered, table};
use crate::contract::model::{Contract, Method};

/// An adapter for each method.
pub(super) fn adapters(contract: &Contract) -> TokenStream {
    contract.methods.iter().enumerate().map(|(number, method)| adapter(number, method)).collect()
}

/// The adapters, as a slice.
pub(super) fn list(contract: &Contract) -> TokenStream {
    let names = (0..contract.methods.len()).map(|number| numbered("uniform", number));
    quote!(&[#(#names),*])
}

fn adapter(number: usize, method: &Method) -> TokenStream {
    let name = numbered("uniform", number);
    let pointer = table::pointer(method, number);
    let result = Crossing::of_result(method, number).fixed;
    let arguments = Crossing::of_arguments(method, number).into_iter().enumerate();
    let arguments = arguments.map(|(number, crossing)| {
        let ty = crossing.fixed;
        quote!(__p::uniform_argument::<#ty>(args, #number))
    });
    // The caller gives a function of this method, which takes the instance and the
    // arguments that are pointed at, and room for what the function returns.
    quote! {
        unsafe extern "C" fn #name(
            function: __p::Function,
            instance: *mut __p::c_void,
            args: *const *const __p::c_void,
            result: *mut __p::c_void,
            error: *mut __p::ErrorBuffer,
        ) -> ::core::primitive::u32 {
            unsafe {
                let function = ::core::mem::transmute::<__p::Function, #pointer>(function);
                let reply = function(instance, #(#arguments,)* error);
                __p::uniform_reply::<#result>(reply, result)
            }
        }
    }
}
