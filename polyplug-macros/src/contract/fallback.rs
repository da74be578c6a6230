//! What stands in for a contract that was refused, so that its uses give no
//! errors of their own.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand::{self, Body};
use super::model::Contract;

/// The trait, and stand-ins for everything else.
pub(super) fn expand(contract: &Contract) -> TokenStream {
    let item = &contract.item;
    let proxy = expand::definition(contract);
    let methods = expand::methods(contract, Body::Nothing);
    let name = &contract.proxy;
    let items = quote! { impl #name { #methods } };
    let inside = expand::in_constant(contract, items);
    quote!(#item #proxy #inside)
}
