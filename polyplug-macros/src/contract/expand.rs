//! From the model to code: a proxy, and an implementation of `Contract` for the
//! trait's `dyn` type whose functions call on into `polyplug_guest::private`.
//!
//! All but the trait and the proxy stands in an unnamed constant. There
//! `__guest` and `__p` lead to the support crate, whatever it is called outside.

mod closure;
mod crossing;
mod proxy;
mod questions;
mod remote;
mod schema;
mod serve;
mod table;
mod uniform;
mod vm;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use self::crossing::Crossing;
use self::proxy::Body;
use super::model::{Contract, Method};

/// The trait and everything that belongs to it. Nothing is wrong with `contract`.
pub(super) fn expand(contract: &Contract) -> TokenStream {
    let items = [
        questions::questions(contract),
        table::definition(contract),
        schema::methods(contract),
        schema::contract(contract, Body::Call),
        serve::implementation(contract),
        serve::functions(contract),
        vm::thunks(contract),
        vm::absent(contract),
        uniform::adapters(contract),
        remote::definition(contract),
        remote::forwards(contract),
        proxy::implementations(contract, Body::Call),
    ];
    together(contract, quote!(#(#items)*))
}

/// The same for a program that does not compile: there are no functions, and
/// whatever could be named is there.
pub(super) fn stand_in(contract: &Contract) -> TokenStream {
    let without_methods = contract.without_methods();
    let items = [
        table::definition(&without_methods),
        schema::contract(&without_methods, Body::Nothing),
        serve::implementation(&without_methods),
        proxy::implementations(contract, Body::Nothing),
    ];
    together(
        contract,
        quote! {
            #[allow(unused)]
            const _: () = {
                use __p::Otherwise as _;
                #(#items)*
            };
        },
    )
}

/// What stands beside the trait, and `items` in an unnamed constant with the
/// names that they use.
fn together(contract: &Contract, items: TokenStream) -> TokenStream {
    let Contract { item, guest, .. } = contract;
    let proxy = proxy::definition(contract);
    let cfgs = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    quote! {
        #item
        #proxy
        #(#cfgs)*
        #[allow(
            clippy::double_must_use,
            clippy::needless_lifetimes,
            clippy::too_many_arguments,
            clippy::used_underscore_binding,
            deprecated,
            non_snake_case,
            unused_parens,
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

/// The parameters `argument_0: .., argument_1: ..`, each with a comma.
fn parameters(method: &Method, method_number: usize) -> TokenStream {
    let crossings = Crossing::of_arguments(method, method_number).into_iter().enumerate();
    let parameters = crossings.map(|(number, crossing)| {
        let name = parameter(number);
        let ty = crossing.fixed;
        quote!(#name: __p::Passed<#ty>,)
    });
    parameters.collect()
}

/// How the result of a method comes back.
fn reply(method: &Method, method_number: usize) -> TokenStream {
    let ty = Crossing::of_result(method, method_number).fixed;
    quote!(__p::Reply<#ty>)
}

#[cfg(test)]
mod tests {
    use crate::contract::contract;

    #[test]
    fn a_renamed_support_crate_is_found_under_its_name_alone() {
        let args = quote::quote!(name = "a", version = "1.0", crate = support);
        let item = quote::quote! {
            pub trait A {
                fn a(&mut self, text: &str, alias: Alias, slice: &[Alias]) -> Result<Alias, Text>;
            }
        };
        let expanded = contract(args, item).to_string();
        assert!(expanded.contains("use support as"), "{expanded}");
        assert!(!expanded.contains("polyplug_guest"), "{expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}
