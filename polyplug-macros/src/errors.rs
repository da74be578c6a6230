//! Where mistakes are collected, so that all of them are reported in one go.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    first: Option<syn::Error>,
}

impl Errors {
    /// Reports `message` at `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error that parsing gave.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.first {
            Some(first) => first.combine(error),
            None => self.first = Some(error),
        }
    }

    /// Reports what `other` holds.
    pub(crate) fn append(&mut self, other: Self) {
        if let Some(error) = other.first {
            self.add(error);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The tokens that make the compiler report everything.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.first.map(|error| error.into_compile_error()).unwrap_or_default()
    }
}
