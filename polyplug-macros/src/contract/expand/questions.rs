//! What is asked about types of which only the name is known.
//!
//! Each such name is asked about once in a contract, where it stands first.
//! A type that is made of them is asked about with those that failed replaced,
//! so that it fails only for reasons of its own.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, Path, Type, parse_quote};

use super::closure;
use super::crossing::answer;
use crate::contract::lifetimes;
use crate::contract::model::Contract;
use crate::contract::types::{self, Closure, Parameter};

/// The questions, and constants for the answers.
pub(super) fn questions(contract: &Contract) -> TokenStream {
    let mut questions = Questions::default();
    for (method_number, method) in contract.methods.iter().enumerate() {
        for (number, argument) in method.arguments.iter().enumerate() {
            questions.ask(&argument.ty, answer(method_number, Some(number)));
        }
        questions.ask(&method.result.ty, answer(method_number, None));
    }
    let questions = questions.tokens;
    quote! {
        use __p::Otherwise as _;
        #questions
    }
}

#[derive(Default)]
struct Questions {
    /// The constants that say whether a name can cross by value, or be lent in
    /// a slice.
    parts: HashMap<(Shape, String), Ident>,
    tokens: TokenStream,
}

/// What is asked of a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Value,
    Plain,
    Contract,
}

impl Questions {
    /// Asks about `ty`, and answers in the constant `answer`.
    fn ask(&mut self, ty: &Type, answer: Ident) {
        if types::is_known(ty) {
            return;
        }
        if let Some((path, is_mut)) = types::lent_trait(ty) {
            return self.ask_trait(path, is_mut, &answer);
        }
        if let Some(closure) = types::closure(ty) {
            return self.ask_closure(&closure, &answer);
        }
        let fixed = lifetimes::made_static(ty);
        if let Some(element) = types::lent_element(ty) {
            self.ask_part(Shape::Plain, element);
            self.tokens.extend(quote! {
                const #answer: ::core::primitive::bool = __p::Probe::<#fixed>::IS_ARGUMENT;
            });
            return;
        }
        if types::is_lent(ty) {
            let asked = quote_spanned!(ty.span()=> <#fixed as __p::CanBePassed>::ASKED);
            self.tokens.extend(quote! {
                const _: () = #asked;
                const #answer: ::core::primitive::bool = __p::Probe::<#fixed>::IS_ARGUMENT;
            });
            return;
        }
        self.ask_values(ty);
        let mut replaced = fixed.clone();
        ReplaceParts(&self.parts).visit_type_mut(&mut replaced);
        let asked = quote_spanned!(ty.span()=> <#replaced as __p::Value>::SCHEMA);
        // Only what is written as a reference may be borrowed: an alias could
        // hide a lifetime that is longer than the call.
        self.tokens.extend(quote! {
            const _: () = {
                let _ = #asked;
            };
            const #answer: ::core::primitive::bool = __p::Probe::<#fixed>::IS_VALUE;
        });
    }

    /// Asks whether a trait is a contract.
    fn ask_trait(&mut self, path: &Path, is_mut: bool, answer: &Ident) {
        let key = (Shape::Contract, path.to_token_stream().to_string());
        if !self.parts.contains_key(&key) {
            let asked = quote_spanned!(path.span()=> <dyn #path as __p::CanBeBorrowed>::ASKED);
            self.tokens.extend(quote!(const _: () = #asked;));
            self.parts.insert(key, answer.clone());
        }
        self.tokens.extend(quote! {
            const #answer: ::core::primitive::bool =
                __p::Probe::<__p::Lent<'static, dyn #path, #is_mut>>::IS_ARGUMENT;
        });
    }

    /// Asks whether all that a closure takes and returns can cross.
    fn ask_closure(&mut self, closure: &Closure<'_>, answer: &Ident) {
        for parameter in &closure.parameters {
            match parameter {
                Parameter::Owned(ty) => self.ask_values(ty),
                Parameter::Slice(element, _) if !types::is_known(element) => {
                    self.ask_part(Shape::Plain, element);
                }
                _ => {}
            }
        }
        if let Some(result) = closure.result {
            self.ask_values(result);
        }
        let signature = closure::signature(closure);
        self.tokens.extend(quote! {
            const #answer: ::core::primitive::bool =
                __p::Probe::<__p::Closure<'static, #signature>>::IS_ARGUMENT;
        });
    }

    /// Asks about each name in `ty`.
    fn ask_values(&mut self, ty: &Type) {
        for part in types::unknown_parts(ty) {
            self.ask_part(Shape::Value, part);
        }
    }

    /// Asks about a name, unless that was done.
    fn ask_part(&mut self, shape: Shape, part: &Type) {
        let key = (shape, part.to_token_stream().to_string());
        if self.parts.contains_key(&key) {
            return;
        }
        let answer = format_ident!("__PART_{}", self.parts.len());
        let fixed = lifetimes::made_static(part);
        let (asked, constant) = match shape {
            Shape::Value => (quote!(__p::CanCross), quote!(IS_VALUE)),
            _ => (quote!(__p::CanBeLent), quote!(IS_PLAIN)),
        };
        let asked = quote_spanned!(part.span()=> <#fixed as #asked>::ASKED);
        self.tokens.extend(quote! {
            const _: () = #asked;
            const #answer: ::core::primitive::bool = __p::Probe::<#fixed>::#constant;
        });
        self.parts.insert(key, answer);
    }
}

/// Replaces names by what crosses for them.
struct ReplaceParts<'a>(&'a HashMap<(Shape, String), Ident>);

impl VisitMut for ReplaceParts<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let key = (Shape::Value, ty.to_token_stream().to_string());
        match self.0.get(&key) {
            // Any type can stand there, so this parses.
            Some(answer) => *ty = parse_quote!(<#ty as __p::ValueOr<{ #answer }>>::As),
            None => visit_mut::visit_type_mut(self, ty),
        }
    }
}
