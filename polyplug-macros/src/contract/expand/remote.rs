//! The contract's trait over an implementation somewhere else, and the trait's default
//! bodies on the caller's side.
//!
//! A provider that is older than its caller lacks methods. Where these have a body in
//! the trait, the caller runs that: `self` in it is a `__Remote`, which calls the
//! provider for all that it has. So that such a body can be run while `__Remote` has a
//! method of that name, it is repeated in a trait of our own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Ident, TraitItem, TraitItemFn};

use super::crossing::Crossing;
use super::proxy::{Body, invocation};
use super::{dyn_type, numbered, parameter, parameters, reply, serve};
use crate::contract::model::{Contract, Method};

/// The trait with the default bodies, and the type that implements the contract's.
pub(super) fn definition(contract: &Contract) -> TokenStream {
    let defaults = defaults(contract);
    let dyn_type = dyn_type(contract);
    let ident = &contract.item.ident;
    let methods = contract.methods.iter().enumerate();
    let methods = methods.map(|(number, method)| method_of_remote(contract, number, method));
    // The type is what the trait asks for, as the trait asks it.
    quote! {
        #defaults

        #[repr(transparent)]
        struct __Remote(__p::LentObject);

        unsafe impl __p::Remote for __Remote {
            type Contract = #dyn_type;
        }

        impl #ident for __Remote {
            #(#methods)*
        }
    }
}

/// The functions by which a lent implementation is reached: to be inlined, so that what
/// they reach is compiled where something is lent.
pub(super) fn lent(body: Body) -> TokenStream {
    let [shared, exclusive] = match body {
        // A `__Remote` is transparent over the object.
        Body::Call => [
            quote!(unsafe { &*(&raw const *object).cast::<__Remote>() }),
            quote!(unsafe { &mut *(&raw mut *object).cast::<__Remote>() }),
        ],
        Body::Nothing => [quote!(loop {}), quote!(loop {})],
    };
    quote! {
        #[inline]
        unsafe fn lent(object: &__p::LentObject) -> &Self {
            #shared
        }

        #[inline]
        unsafe fn lent_mut(object: &mut __p::LentObject) -> &mut Self {
            #exclusive
        }
    }
}

/// Functions that pass a call on, and the table of them: where a method has a default
/// body.
pub(super) fn forwards(contract: &Contract) -> TokenStream {
    if !has_defaults(contract) {
        return TokenStream::new();
    }
    contract.methods.iter().enumerate().map(|(number, method)| forward(number, method)).collect()
}

/// Whether a method has a default body.
pub(super) fn has_defaults(contract: &Contract) -> bool {
    contract.methods.iter().any(|method| method.has_default)
}

/// The function that runs the default body of a method for a caller whose provider
/// lacks it.
pub(super) fn absent(number: usize, method: &Method) -> TokenStream {
    let name = numbered("absent", number);
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let default = default_name(number);
    let body = serve::body(
        number,
        method,
        &quote!(__p::Forwarded<__Remote>),
        &quote!(<__Remote as __Defaults>::#default),
        &quote!(false),
    );
    quote! {
        unsafe extern "C" fn #name(
            instance: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply {
            #body
        }
    }
}

fn defaults(contract: &Contract) -> TokenStream {
    if !has_defaults(contract) {
        return TokenStream::new();
    }
    let ident = &contract.item.ident;
    let methods = contract.methods.iter().enumerate();
    let bodies = methods.filter_map(|(number, method)| default(contract, number, method));
    // What is to be said about the bodies is said where the user wrote them.
    quote! {
        #[allow(warnings)]
        trait __Defaults: #ident {
            #(#bodies)*
        }

        impl<__T: #ident + ?::core::marker::Sized> __Defaults for __T {}
    }
}

/// The method as the user wrote it, under another name.
fn default(contract: &Contract, number: usize, method: &Method) -> Option<TraitItemFn> {
    let items = contract.item.items.iter();
    let mut items = items.filter_map(|item| match item {
        TraitItem::Fn(item) if item.sig.ident == method.ident => Some(item),
        _ => None,
    });
    let mut item = items.next().filter(|item| item.default.is_some())?.clone();
    item.sig.ident = default_name(number);
    item.attrs.retain(is_for_body);
    Some(item)
}

fn is_for_body(attr: &Attribute) -> bool {
    ["allow", "expect"].iter().any(|name| attr.path().is_ident(name))
}

fn default_name(number: usize) -> Ident {
    format_ident!("__default_{}", number)
}

fn method_of_remote(contract: &Contract, number: usize, method: &Method) -> TokenStream {
    let Method { ident, generics, name, .. } = method;
    let receiver = super::proxy::receiver(&method.receiver);
    let arguments = method.arguments.iter().map(|argument| {
        let ident = &argument.ident;
        let ty = &argument.ty;
        quote!(#ident: #ty)
    });
    let output = &method.result.ty;
    let dyn_type = dyn_type(contract);
    let result = Crossing::of_result(method, number);
    let ty = &result.fixed;
    let check = check(contract, number, method);
    let invoke = invocation(number, method);
    let call = result.take(quote! {
        unsafe { __p::call_remote::<#dyn_type, __Table, #ty>(&self.0, #name, #invoke) }
    });
    // The table is as long as the lender's contract, and was found to have the method.
    quote! {
        #[inline]
        fn #ident #generics (#receiver, #(#arguments),*) -> #output {
            #check
            #call
        }
    }
}

/// What is done about a method that the other side lacks: nothing but its table says
/// how many there are.
fn check(contract: &Contract, number: usize, method: &Method) -> TokenStream {
    let missing = if method.has_default {
        let default = default_name(number);
        let names = method.arguments.iter().map(|argument| &argument.ident);
        quote!(return __Defaults::#default(self, #(#names),*))
    } else {
        let dyn_type = dyn_type(contract);
        let name = &method.name;
        quote!(__p::missing::<#dyn_type>(#name))
    };
    quote! {
        if !unsafe { __p::has(&self.0, #number) } {
            #missing;
        }
    }
}

fn forward(number: usize, method: &Method) -> TokenStream {
    let name = numbered("forward", number);
    let parameters = parameters(method, number);
    let reply = reply(method, number);
    let function = numbered("method", number);
    let arguments = (0..method.arguments.len()).map(parameter);
    // The instance is a `ForwardInstance` of a provider that has the method.
    quote! {
        unsafe extern "C" fn #name(
            instance: *mut __p::c_void,
            #parameters
            error: *mut __p::ErrorBuffer,
        ) -> #reply {
            unsafe {
                let instance = instance.cast::<__p::ForwardInstance>();
                let table = (*instance).inner_functions.cast::<__Table>();
                ((*table).#function)((*instance).inner, #(#arguments,)* error)
            }
        }
    }
}
