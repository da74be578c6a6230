//! From the model to code: a proxy, and an implementation of `Contract` for the
//! trait's `dyn` type whose functions call on into `polyplug_guest::private`.
//!
//! All but the trait and the proxy stands in an unnamed constant. There
//! `__guest` and `__p` lead to the support crate, whatever it is called outside.

mod proxy;
mod schema;
mod serve;
mod table;
mod vm;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::lifetimes;
use super::model::{Argument, Contract, Method};

pub(super) use proxy::{Body, definition, methods};

/// The trait and everything that belongs to it. Nothing is wrong with `contract`.
pub(super) fn expand(contract: &Contract) -> TokenStream {
    let item = &contract.item;
    let proxy = proxy::definition(contract);
    let items = [
        table::definition(contract),
        schema::methods(contract),
        schema::contract(contract),
        serve::implementation(contract),
        serve::functions(contract),
        vm::thunks(contract),
        vm::absent(contract),
        proxy::implementations(contract),
    ];
    let inside = in_constant(contract, quote!(#(#items)*));
    quote!(#item #proxy #inside)
}

/// `items` in an unnamed constant, with the names that expanded code uses.
pub(super) fn in_constant(contract: &Contract, items: TokenStream) -> TokenStream {
    let guest = &contract.guest;
    let cfgs = contract.item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    quote! {
        #(#cfgs)*
        #[allow(
            dead_code,
            deprecated,
            improper_ctypes_definitions,
            non_local_definitions,
            non_snake_case,
            private_interfaces,
            unused_imports,
        )]
        const _: () = {
            use #guest as __guest;
            use #guest::private as __p;
            #items
        };
    }
}

/// The `dyn` type that stands for the contract.
pub(super) fn dyn_type(contract: &Contract) -> TokenStream {
    let ident = &contract.item.ident;
    quote_spanned!(ident.span()=> dyn #ident)
}

/// The `number`th item of its kind.
fn numbered(kind: &str, number: usize) -> Ident {
    format_ident!("__{}_{}", kind, number)
}

/// The parameter of a generated function that passes the `number`th argument.
fn parameter(number: usize) -> Ident {
    format_ident!("argument_{}", number, span = proc_macro2::Span::mixed_site())
}

/// How `ty` is passed.
fn passed(argument: &Argument) -> TokenStream {
    let ty = lifetimes::made_static(&argument.ty);
    quote_spanned!(ty.span()=> __p::Passed<#ty>)
}

/// How a result of type `ty` comes back.
fn reply(ty: &Type) -> TokenStream {
    let ty = lifetimes::made_static(ty);
    quote_spanned!(ty.span()=> __p::Reply<#ty>)
}

/// The parameters `argument_0: .., argument_1: ..`, each with a comma.
fn parameters(method: &Method) -> TokenStream {
    let parameters = method.arguments.iter().enumerate().map(|(number, argument)| {
        let name = parameter(number);
        let ty = passed(argument);
        quote!(#name: #ty,)
    });
    parameters.collect()
}
