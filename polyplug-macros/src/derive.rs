//! `#[derive(Abi)]`: a struct or an enum of the user's becomes a type that crosses.

mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands `#[derive(Abi)] item`.
pub(crate) fn abi(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let model = parse::parse(&input, &mut errors);
    if errors.is_empty() {
        return expand::expand(&model);
    }
    let errors = errors.into_tokens();
    // A type that crosses all the same, so that its uses give no errors of their own.
    let stand_in = expand::stand_in(&model, &input.generics);
    quote!(#errors #stand_in)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    #[test]
    fn a_renamed_support_crate_is_found_under_its_name_alone() {
        let item = quote! {
            #[abi(crate = support)]
            enum Shape { Nothing, Circle { radius: f32 }, Named(String) }
        };
        let expanded = super::abi(item).to_string();
        assert!(expanded.contains("use support :: private as"), "{expanded}");
        assert!(!expanded.contains("polyplug_guest"), "{expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}
