//! `#[plugin]`: an implementation of a contract becomes a plugin.

mod expand;
mod parse;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ItemImpl;

use crate::errors::Errors;
use crate::messages;

/// Expands `#[plugin(args)] item`.
pub(crate) fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(mut parsed) = syn::parse2::<ItemImpl>(item.clone()) else {
        let error = syn::Error::new(Span::call_site(), messages::PLUGIN_NOT_ON_IMPL);
        let error = error.into_compile_error();
        return quote!(#error #item);
    };
    let mut errors = Errors::default();
    let args = parse::Args::read(args, &mut errors);
    let plugin = parse::parse(args, &parsed, &mut errors);
    let expanded = match plugin {
        Some(plugin) if errors.is_empty() => expand::expand(&plugin),
        // A plugin all the same, so that `bundle!` does not miss it.
        Some(plugin) => expand::stand_in(&plugin),
        None => TokenStream::new(),
    };
    let errors = errors.into_tokens();
    if errors.is_empty() {
        return quote!(#item #expanded);
    }
    // Reported already, and else reported once more.
    parsed.unsafety = None;
    quote!(#errors #parsed #expanded)
}
