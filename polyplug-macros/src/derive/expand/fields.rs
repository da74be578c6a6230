//! Fields: their forms, and how they are given and taken over.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Ident;

use crate::contract::lifetimes;
use crate::derive::model::{Field, Fields};

/// How fields cross.
pub(super) struct Forms {
    /// The constants that say whether a type can cross of which only the name is known.
    pub(super) answers: HashMap<String, Ident>,
}

impl Forms {
    /// What crosses for a field, and how it is written in a constant.
    fn crossing(&self, field: &Field) -> (TokenStream, Option<TokenStream>) {
        let ty = lifetimes::made_static(&field.ty);
        let Some(answer) = self.answers.get(&field.ty.to_token_stream().to_string()) else {
            return (quote!(#ty), None);
        };
        let through = |ty: TokenStream| match field.is_lent {
            true => quote!(<#ty as __p::ArgumentOr<{ #answer }>>),
            false => quote!(<#ty as __p::ValueOr<{ #answer }>>),
        };
        let fixed = through(quote!(#ty));
        let written = &field.ty;
        (quote!(#fixed::As), Some(through(quote!(#written))))
    }

    /// The form of a field in memory.
    pub(super) fn form(&self, field: &Field) -> TokenStream {
        let (crossing, _) = self.crossing(field);
        match field.is_lent {
            true => quote!(<#crossing as __p::Argument>::Passed),
            false => quote!(<#crossing as __p::Value>::Abi),
        }
    }

    /// The schema of a field.
    pub(super) fn schema(&self, field: &Field) -> TokenStream {
        let (crossing, _) = self.crossing(field);
        match field.is_lent {
            true => quote!(<#crossing as __p::Argument>::SCHEMA),
            false => quote!(<#crossing as __p::Value>::SCHEMA),
        }
    }

    /// Whether any bits are a value of the field.
    pub(super) fn plain(&self, field: &Field) -> TokenStream {
        let (crossing, _) = self.crossing(field);
        match field.is_lent {
            true => quote!(false),
            false => quote!(<#crossing as __p::Value>::PLAIN),
        }
    }

    /// `value`, the field, in its form.
    fn give(&self, field: &Field, value: &Ident) -> TokenStream {
        let (_, through) = self.crossing(field);
        let given = match &through {
            Some(through) => quote!(#through::give(#value)),
            None => quote!(#value),
        };
        match field.is_lent {
            true => quote!(__p::lower_field(#given)),
            false => quote!(__p::Value::into_abi(#given)),
        }
    }

    /// The field from its form, which is taken over: a `Result`.
    fn take(&self, field: &Field, form: &Ident) -> TokenStream {
        let (_, through) = self.crossing(field);
        let ty = &field.ty;
        let crossing = match &through {
            Some(through) => quote!(#through::As),
            None => quote!(#ty),
        };
        let taken = match field.is_lent {
            true => quote!(unsafe { <#crossing as __p::Argument>::lift(#form) }),
            false => quote!(unsafe { <#crossing as __p::Value>::from_abi(#form) }),
        };
        match &through {
            Some(through) => quote!(::core::result::Result::map(#taken, #through::take)),
            None => taken,
        }
    }

    /// A `repr(C)` struct of the forms of `fields`.
    pub(super) fn definition(&self, name: &Ident, fields: &Fields) -> TokenStream {
        let names = fields.names();
        let forms = fields.list.iter().map(|field| self.form(field));
        let as_it_is = passed_as_it_is(name);
        quote! {
            #[repr(C)]
            pub struct #name { #(#names: #forms),* }

            #as_it_is
        }
    }

    /// The forms of the fields to which `fields.pattern()` refers, as a value of `name`.
    pub(super) fn given(&self, name: &Ident, fields: &Fields) -> TokenStream {
        let names = fields.names();
        let given = fields.list.iter().zip(&names).map(|(field, name)| self.give(field, name));
        quote!({
            #(let #names = unsafe { __p::ptr::read(#names) };)*
            #name { #(#names: #given),* }
        })
    }

    /// The fields of `path`, taken over from `form`, a value of `name`: a `Result`.
    ///
    /// All are taken over before one is found invalid, so that none leaks.
    pub(super) fn taken(&self, name: &Ident, fields: &Fields, path: &TokenStream) -> TokenStream {
        let names = fields.names();
        let taken = fields.list.iter().zip(&names).map(|(field, name)| self.take(field, name));
        let members = fields.list.iter().map(|field| &field.member);
        quote! {
            let #name { #(#names),* } = form;
            #(let #names = #taken;)*
            ::core::result::Result::Ok(#path { #(#members: #names?),* })
        }
    }
}

impl Fields {
    /// Names for the fields that cannot be the user's.
    fn names(&self) -> Vec<Ident> {
        (0..self.list.len()).map(|number| format_ident!("__field_{}", number)).collect()
    }

    /// A pattern that binds each field of `path`.
    pub(super) fn pattern(&self, path: &TokenStream) -> TokenStream {
        let members = self.list.iter().map(|field| &field.member);
        let names = self.names();
        quote!(#path { #(#members: #names),* })
    }
}

/// Has a form passed and returned as it lies in memory.
pub(super) fn passed_as_it_is(name: &Ident) -> TokenStream {
    quote! {
        impl __p::Register for #name {
            type Passed = Self;

            #[inline]
            fn pass(self) -> Self {
                self
            }

            #[inline]
            fn receive(passed: Self) -> ::core::result::Result<Self, __p::Invalid> {
                ::core::result::Result::Ok(passed)
            }
        }
    }
}
