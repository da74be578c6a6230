//! `bundle!`: plugins become a bundle.

mod depends;
mod expand;
mod identity;
mod parse;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// Expands `bundle!(input)`.
pub(crate) fn bundle(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input = parse::Input::read(input, &mut errors);
    let identity = identity::Identity::of(&input, &mut errors);
    if errors.is_empty() {
        return expand::expand(&input, &identity);
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(expand::stand_in(&input));
    tokens
}
