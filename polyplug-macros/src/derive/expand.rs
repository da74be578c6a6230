//! From the model to the form in memory and the conversions.
//!
//! The form is a `repr(C)` struct of the forms of the fields; of an enum a tag, and a
//! union of such structs. A type that owns all it has becomes a `Value`, one with a
//! lifetime an `Argument`.

mod enums;
mod fields;
mod structs;

use std::collections::{HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Ident};

use self::fields::Forms;
use super::model::{Fields, Model, Shape};
use crate::contract::lifetimes;
use crate::contract::types;

/// The implementations. Nothing is wrong with `model`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let (questions, answers) = questions(model);
    let forms = Forms { answers };
    let parts = match &model.shape {
        Shape::Struct { fields, is_c } => structs::parts(model, fields, *is_c, &forms),
        Shape::Enum(variants) => enums::parts(model, variants, &forms),
    };
    let definitions = &parts.definitions;
    let taken_apart = taken_apart(model);
    let implementation = match &model.lifetime {
        None => value(model, &parts),
        Some(_) => argument(model, &parts),
    };
    in_place(
        model,
        quote! {
            use __p::Otherwise as _;
            const _: () = #taken_apart;
            #questions
            #definitions
            #implementation
        },
    )
}

/// What is generated for one type.
struct Parts {
    /// The structs and unions of the form in memory.
    definitions: TokenStream,
    /// The form in memory.
    form: TokenStream,
    schema: TokenStream,
    /// Whether any bits are a value.
    plain: TokenStream,
    /// From `this`, a value in a `ManuallyDrop`, to the form: each field is read out of
    /// it once.
    give: TokenStream,
    /// From `form` to `Result<Self, Invalid>`, with everything taken over.
    take: TokenStream,
}

/// Asks whether the type has a destructor of its own, which would not run.
fn taken_apart(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let lifetime = model.lifetime.as_ref().map(|_| quote!(<'static>));
    quote_spanned! {ident.span()=>
        <#ident #lifetime as __p::TakenApart<{ __p::Probe::<#ident #lifetime>::HAS_DROP }>>::ASKED
    }
}

fn value(model: &Model, parts: &Parts) -> TokenStream {
    let Parts { form, schema, plain, give, take, .. } = parts;
    let ident = &model.ident;
    let lent = plain_slices(model);
    // The form has the fields in order, as the schema says; each is received as its own
    // type, once. With `PLAIN` the struct is `repr(C)`, as the form is.
    quote! {
        unsafe impl __p::Value for #ident {
            type Abi = #form;

            const SCHEMA: &'static __p::TypeSchema = #schema;

            const PLAIN: ::core::primitive::bool = #plain;

            fn into_abi(self) -> #form {
                let this = &mut __p::ManuallyDrop::new(self);
                #give
            }

            unsafe fn from_abi(form: #form) -> ::core::result::Result<Self, __p::Invalid> {
                #take
            }
        }

        #lent
    }
}

/// Slices of a `repr(C)` struct can be lent when all its fields are plain, which the
/// compiler finds out: the lifetime keeps it from asking at once.
fn plain_slices(model: &Model) -> TokenStream {
    let Shape::Struct { fields, is_c: true } = &model.shape else { return TokenStream::new() };
    if fields.list.is_empty() {
        return TokenStream::new();
    }
    let ident = &model.ident;
    let types = fields.list.iter().map(|field| &field.ty);
    quote!(unsafe impl __p::Plain for #ident where #(for<'__a> #types: __p::Plain),* {})
}

fn argument(model: &Model, parts: &Parts) -> TokenStream {
    let Parts { form, schema, give, take, .. } = parts;
    let Model { ident, lifetime, .. } = model;
    // As for a value; what is borrowed is lent for the call, and so is the whole.
    quote! {
        unsafe impl<#lifetime> __p::Argument for #ident<#lifetime> {
            type Passed = #form;

            const SCHEMA: &'static __p::TypeSchema = #schema;

            unsafe fn lower(this: &mut __p::ManuallyDrop<Self>) -> #form {
                #give
            }

            unsafe fn lift(form: #form) -> ::core::result::Result<Self, __p::Invalid> {
                #take
            }
        }

        unsafe impl<#lifetime> __p::LentField for #ident<#lifetime> {}
    }
}

/// An implementation for a program that does not compile.
pub(super) fn stand_in(model: &Model, generics: &Generics) -> TokenStream {
    let ident = &model.ident;
    let (impl_generics, type_generics, clause) = generics.split_for_impl();
    let (of, form, from, into) = match &model.lifetime {
        None => (
            quote!(Value),
            quote!(Abi),
            quote!(from_abi),
            quote!(fn into_abi(self) -> ::core::primitive::u8),
        ),
        Some(_) => (
            quote!(Argument),
            quote!(Passed),
            quote!(lift),
            quote!(unsafe fn lower(_: &mut __p::ManuallyDrop<Self>) -> ::core::primitive::u8),
        ),
    };
    in_place(
        model,
        quote! {
            unsafe impl #impl_generics __p::#of for #ident #type_generics #clause {
                type #form = ::core::primitive::u8;
                const SCHEMA: &'static __p::TypeSchema = <() as __p::Value>::SCHEMA;
                #into { loop {} }
                unsafe fn #from(
                    _: ::core::primitive::u8,
                ) -> ::core::result::Result<Self, __p::Invalid> {
                    loop {}
                }
            }
        },
    )
}

fn in_place(model: &Model, items: TokenStream) -> TokenStream {
    let guest = &model.guest;
    quote! {
        #[allow(deprecated)]
        const _: () = {
            use #guest::private as __p;

            #items
        };
    }
}

/// Asks once about each type of which only the name is known, where it stands first.
/// Gives the constants that hold the answers.
fn questions(model: &Model) -> (TokenStream, HashMap<String, Ident>) {
    let mut answers = HashMap::new();
    let mut asked_before = HashSet::new();
    let mut tokens = TokenStream::new();
    for field in model.all_fields() {
        let key = field.ty.to_token_stream().to_string();
        if types::is_known(&field.ty) || answers.contains_key(&key) {
            continue;
        }
        let answer = format_ident!("__FIELD_{}", answers.len());
        let fixed = lifetimes::made_static(&field.ty);
        let (asked, constant) = match field.is_lent {
            true if types::lent_element(&field.ty).is_some() => {
                (slice_asked(&field.ty), quote!(IS_ARGUMENT))
            }
            true => (
                quote_spanned!(field.ty.span()=> <#fixed as __p::CanBePassed>::ASKED),
                quote!(IS_ARGUMENT),
            ),
            false => (values_asked(&field.ty, &mut asked_before), quote!(IS_VALUE)),
        };
        tokens.extend(quote! {
            const _: () = #asked;
            const #answer: ::core::primitive::bool = __p::Probe::<#fixed>::#constant;
        });
        answers.insert(key, answer);
    }
    (tokens, answers)
}

fn slice_asked(ty: &syn::Type) -> TokenStream {
    let element = types::lent_element(ty).map(lifetimes::made_static);
    let span = element.span();
    quote_spanned!(span=> <#element as __p::CanBeLent>::ASKED)
}

fn values_asked(ty: &syn::Type, asked_before: &mut HashSet<String>) -> TokenStream {
    let mut parts = types::unknown_parts(ty);
    parts.retain(|part| asked_before.insert(part.to_token_stream().to_string()));
    let asked = parts.into_iter().map(|part| {
        let fixed = lifetimes::made_static(part);
        quote_spanned!(part.span()=> <#fixed as __p::CanCross>::ASKED)
    });
    quote!({ #(#asked;)* })
}

/// The names of fields as a schema has them; without names an empty text.
fn names(fields: &Fields) -> String {
    if !fields.are_named {
        return String::new();
    }
    let names = fields.list.iter().map(|field| match &field.member {
        syn::Member::Named(name) => name.unraw().to_string(),
        syn::Member::Unnamed(index) => index.index.to_string(),
    });
    names.collect::<Vec<_>>().join(",")
}
