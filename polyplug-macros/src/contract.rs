//! `#[contract]`: a trait becomes a contract.

mod args;
mod attrs;
mod check;
mod docs;
mod expand;
mod fallback;
pub(crate) mod lifetimes;
mod method;
mod model;
mod parse;
pub(crate) mod types;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ItemTrait;

use crate::errors::Errors;
use crate::messages;

/// Expands `#[contract(args)] item`.
pub(crate) fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(parsed) = syn::parse2::<ItemTrait>(item.clone()) else {
        let error = syn::Error::new(Span::call_site(), messages::CONTRACT_NOT_ON_TRAIT);
        let error = error.into_compile_error();
        return quote!(#error #item);
    };
    let mut errors = Errors::default();
    let args = args::Args::read(args, &parsed.ident, &mut errors);
    let contract = parse::parse(args, parsed, &mut errors);
    check::check(&contract, &mut errors);
    if errors.is_empty() {
        return expand::expand(&contract);
    }
    let errors = errors.into_tokens();
    let fallback = fallback::expand(contract);
    quote!(#errors #fallback)
}
