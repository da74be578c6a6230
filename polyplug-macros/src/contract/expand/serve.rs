//! The plugin's side: functions that call the user's methods.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::{dyn_type, numbered, parameter, parameters, reply, table};
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
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let result = Crossing::of_result(method, number);
    let serve = match method.receiver.exclusive {
        Some(_) => quote!(__p::serve_exclusive),
        None => quote!(__p::serve_shared),
    };
    let arguments = method.arguments.iter().zip(Crossing::of_arguments(method, number));
    let arguments = arguments.enumerate().map(|(number, (argument, crossing))| {
        let parameter = parameter(number);
        let name = &argument.name;
        let ty = &crossing.local;
        crossing.take(quote!(__p::lift::<#ty>(#name, #parameter)?))
    });
    let call = result.give(quote!(<__T as #contract>::#ident(this, #(#arguments),*)));
    let result = result.fixed;
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
                    ::core::result::Result::Ok(#call)
                })
            }
        }
    }
}
