//! The macros of polyplug-guest.

mod attr;
mod bundle;
mod contract;
mod errors;
mod messages;
mod name;
mod plugin;
mod version;

use proc_macro::TokenStream;

/// Makes a trait a contract.
#[proc_macro_attribute]
pub fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    contract::contract(args.into(), item.into()).into()
}

/// Makes an implementation of a contract a plugin.
#[proc_macro_attribute]
pub fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    plugin::plugin(args.into(), item.into()).into()
}

/// Makes plugins a bundle.
#[proc_macro]
pub fn bundle(input: TokenStream) -> TokenStream {
    bundle::bundle(input.into()).into()
}
