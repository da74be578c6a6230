//! The macros of polyplug-guest, which re-exports and documents them.
//!
//! Each reads its input into a model, checks it, and expands it without failing. What is wrong is collected in
//! `errors`, said in the words of `messages`, and reported in one go; then
//! something stands in for what was refused, so that its uses compile. Expanded
//! code is thin: what it does is in `polyplug_guest::private`.

mod attr;
mod bundle;
mod contract;
mod derive;
mod errors;
mod messages;
mod name;
mod plugin;
mod version;

use proc_macro::TokenStream;

/// Makes a trait a contract. See `polyplug_guest::contract`.
#[proc_macro_attribute]
pub fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    contract::contract(args.into(), item.into()).into()
}

/// Makes an implementation of a contract a plugin. See `polyplug_guest::plugin`.
#[proc_macro_attribute]
pub fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    plugin::plugin(args.into(), item.into()).into()
}

/// Makes a struct or an enum a type that crosses. See `polyplug_guest::Abi`.
#[proc_macro_derive(Abi, attributes(abi))]
pub fn abi(item: TokenStream) -> TokenStream {
    derive::abi(item.into()).into()
}

/// Makes plugins a bundle. See `polyplug_guest::bundle`.
#[proc_macro]
pub fn bundle(input: TokenStream) -> TokenStream {
    bundle::bundle(input.into()).into()
}
