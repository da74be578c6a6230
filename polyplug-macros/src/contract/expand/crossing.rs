//! How the types of a signature appear in expanded code.
//!
//! A type that is known to cross stands for itself. About any other the code
//! asks once, and goes through `ArgumentOr` and `ValueOr` everywhere else, so
//! that one type that cannot cross is one error.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use crate::contract::lifetimes;
use crate::contract::model::Method;
use crate::contract::types;

/// A type of a signature.
pub(super) struct Crossing {
    /// What crosses, as tables and signatures write it.
    pub(super) fixed: TokenStream,
    /// What crosses, as function bodies write it.
    pub(super) local: TokenStream,
    through: Option<TokenStream>,
}

impl Crossing {
    /// The arguments of a method.
    pub(super) fn of_arguments(method: &Method, method_number: usize) -> Vec<Self> {
        let arguments = method.arguments.iter().enumerate();
        let crossings = arguments.map(|(number, argument)| {
            let answer = answer(method_number, Some(number));
            Self::new(&argument.ty, quote!(__p::ArgumentOr), answer)
        });
        crossings.collect()
    }

    /// What a method returns.
    pub(super) fn of_result(method: &Method, method_number: usize) -> Self {
        Self::new(&method.result.ty, quote!(__p::ValueOr), answer(method_number, None))
    }

    fn new(ty: &Type, shape: TokenStream, answer: Ident) -> Self {
        let fixed = lifetimes::made_static(ty);
        let local = lifetimes::elided(ty);
        if types::is_known(ty) {
            return Self { fixed: quote!(#fixed), local: quote!(#local), through: None };
        }
        let through = |ty: &Type| quote!(<#ty as #shape<{ #answer }>>);
        let (fixed, local) = (through(&fixed), through(&local));
        Self { fixed: quote!(#fixed::As), local: quote!(#local::As), through: Some(local) }
    }

    /// `value`, of the user's type, as what crosses.
    pub(super) fn give(&self, value: TokenStream) -> TokenStream {
        match &self.through {
            Some(through) => quote!(#through::give(#value)),
            None => value,
        }
    }

    /// `value`, which has crossed, as the user's type.
    pub(super) fn take(&self, value: TokenStream) -> TokenStream {
        match &self.through {
            Some(through) => quote!(#through::take(#value)),
            None => value,
        }
    }

    /// `result`, a `Result` of what has crossed, as one of the user's type.
    pub(super) fn take_result(&self, result: TokenStream) -> TokenStream {
        match &self.through {
            Some(through) => quote!(::core::result::Result::map(#result, #through::take)),
            None => result,
        }
    }
}

/// The constant that says whether a type can cross.
pub(super) fn answer(method: usize, argument: Option<usize>) -> Ident {
    match argument {
        Some(argument) => format_ident!("__ARGUMENT_{}_{}", method, argument),
        None => format_ident!("__RESULT_{}", method),
    }
}
