//! How the types of a signature appear in expanded code.
//!
//! A type that is known to cross stands for itself. About any other the code
//! asks once, and goes through `ArgumentOr` and `ValueOr` everywhere else, so
//! that one type that cannot cross is one error.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use super::closure;
use crate::contract::lifetimes;
use crate::contract::model::{Argument, Method};
use crate::contract::types;

/// A type of a signature.
pub(super) struct Crossing {
    /// What crosses, as tables and signatures write it.
    pub(super) fixed: TokenStream,
    /// What crosses, as function bodies write it.
    pub(super) local: TokenStream,
    through: Option<TokenStream>,
    lent: Option<Lent>,
}

/// An argument of type `&dyn Trait`, or `&mut dyn Trait`.
struct Lent {
    /// The trait, which may be that of a closure.
    path: TokenStream,
    is_mut: bool,
    /// The type that crosses for it, without its parameters.
    wrapper: TokenStream,
    /// The name of the argument, if it is a closure.
    closure: Option<String>,
}

impl Crossing {
    /// The arguments of a method.
    pub(super) fn of_arguments(method: &Method, method_number: usize) -> Vec<Self> {
        let arguments = method.arguments.iter().enumerate();
        let crossings = arguments.map(|(number, argument)| {
            let answer = answer(method_number, Some(number));
            Self::of_closure(argument, &answer)
                .unwrap_or_else(|| Self::new(&argument.ty, quote!(__p::ArgumentOr), answer))
        });
        crossings.collect()
    }

    /// What a method returns.
    pub(super) fn of_result(method: &Method, method_number: usize) -> Self {
        Self::new(&method.result.ty, quote!(__p::ValueOr), answer(method_number, None))
    }

    /// Whether something is to be done about an argument after the call.
    pub(super) fn is_lent(&self) -> bool {
        self.lent.is_some()
    }

    fn new(ty: &Type, shape: TokenStream, answer: Ident) -> Self {
        if let Some((path, is_mut)) = types::lent_trait(ty) {
            let wrapper = quote!(__p::Lent);
            let lent = Lent { path: quote!(#path), is_mut, wrapper, closure: None };
            return Self::of_lent(lent, quote!(dyn #path, #is_mut), &shape, &answer);
        }
        let fixed = lifetimes::made_static(ty);
        let local = lifetimes::elided(ty);
        if types::is_known(ty) {
            return Self {
                fixed: quote!(#fixed),
                local: quote!(#local),
                through: None,
                lent: None,
            };
        }
        let through = |ty: &Type| quote!(<#ty as #shape<{ #answer }>>);
        let (fixed, local) = (through(&fixed), through(&local));
        Self {
            fixed: quote!(#fixed::As),
            local: quote!(#local::As),
            through: Some(local),
            lent: None,
        }
    }

    /// What crosses for an argument that is a closure.
    fn of_closure(argument: &Argument, answer: &Ident) -> Option<Self> {
        let closure = types::closure(&argument.ty)?;
        let (path, signature) = (closure.path, closure::signature(&closure));
        let lent = Lent {
            path: quote!(#path),
            is_mut: closure.is_mut,
            wrapper: quote!(__p::Closure),
            closure: Some(argument.name.clone()),
        };
        Some(Self::of_lent(lent, signature, &quote!(__p::ArgumentOr), answer))
    }

    /// What crosses says itself what it is made from: a wrapper of `parameters`.
    fn of_lent(lent: Lent, parameters: TokenStream, shape: &TokenStream, answer: &Ident) -> Self {
        let wrapper = &lent.wrapper;
        let through = |lifetime: TokenStream| quote!(<#wrapper<#lifetime, #parameters> as #shape<{ #answer }>>);
        let (fixed, local) = (through(quote!('static)), through(quote!('_)));
        Self {
            fixed: quote!(#fixed::As),
            local: quote!(#local::As),
            through: Some(local),
            lent: Some(lent),
        }
    }

    /// `value`, of the user's type, as what crosses.
    pub(super) fn give(&self, value: TokenStream) -> TokenStream {
        if let (Some(lent), Some(through)) = (&self.lent, &self.through) {
            let Lent { path, is_mut, wrapper, .. } = lent;
            // The reference is a method's argument, which outlives the call for which
            // it is lent; what is lent for reading is only read.
            let pointer = match is_mut {
                true => quote!(&mut (dyn #path + '_)),
                false => quote!(&(dyn #path + '_)),
            };
            return quote! {
                #through::give(unsafe {
                    #wrapper::lend(::core::mem::transmute::<#pointer, *mut (dyn #path + 'static)>(
                        #value,
                    ))
                })
            };
        }
        match &self.through {
            Some(through) => quote!(#through::give(#value)),
            None => value,
        }
    }

    /// `value`, which has crossed, as the user's type.
    pub(super) fn take(&self, value: TokenStream) -> TokenStream {
        if let (Some(lent), Some(through)) = (&self.lent, &self.through) {
            return match (&lent.closure, lent.is_mut) {
                (Some(name), true) => quote!(&mut #through::take(#value).borrowed(#name)),
                (Some(name), false) => quote!(&#through::take(#value).borrowed(#name)),
                (None, true) => quote!((&mut #through::take(#value)).exclusive()),
                (None, false) => quote!(#through::take(#value).shared()),
            };
        }
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
