//! From the user's type to the model, with all that is wrong reported.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Data, DeriveInput, GenericParam, Generics, Ident, Index, Lifetime, Member, Meta,
    Path, Token, Type, parse_quote,
};

use super::model::{Field, Fields, Model, Shape, Variant};
use crate::attr::{self, Key, Keys};
use crate::contract::types;
use crate::errors::Errors;
use crate::messages::derive as messages;

const KEYS: &[Key] = &[Key { name: "crate", example: "crate = path" }];

pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Model {
    let lifetime = lifetime(&input.generics, errors);
    let reader = Reader { owner: &input.ident };
    let shape = match &input.data {
        Data::Struct(data) => {
            Shape::Struct { fields: reader.fields(&data.fields, errors), is_c: is_c(input, errors) }
        }
        Data::Enum(data) => {
            if data.variants.is_empty() {
                errors.push(&input.ident, messages::EMPTY_ENUM);
            }
            let variants = data.variants.iter().map(|variant| {
                let fields = reader.fields(&variant.fields, errors);
                for field in &fields.list {
                    if let Member::Named(name) = &field.member
                        && name == "tag"
                    {
                        errors.push(name, messages::TAG_FIELD);
                    }
                }
                Variant { ident: variant.ident.clone(), fields }
            });
            Shape::Enum(variants.collect())
        }
        Data::Union(data) => {
            errors.push(data.union_token, messages::UNION);
            Shape::Enum(Vec::new())
        }
    };
    Model { guest: guest(&input.attrs, errors), ident: input.ident.clone(), lifetime, shape }
}

/// The one lifetime of a type that is generic over nothing else.
fn lifetime(generics: &Generics, errors: &mut Errors) -> Option<Lifetime> {
    let mut lifetime = None;
    for param in &generics.params {
        match param {
            GenericParam::Lifetime(param) if lifetime.is_some() => {
                errors.push(param, messages::TWO_LIFETIMES);
            }
            GenericParam::Lifetime(param) => {
                if !param.bounds.is_empty() {
                    errors.push(&param.bounds, messages::BOUNDED_LIFETIME);
                }
                lifetime = Some(param.lifetime.clone());
            }
            other => errors.push(other, messages::GENERIC),
        }
    }
    if let Some(clause) = &generics.where_clause {
        errors.push(clause, messages::WHERE);
    }
    lifetime
}

/// Whether the struct has `#[repr(C)]`, and reports any other form of a struct.
fn is_c(input: &DeriveInput, errors: &mut Errors) -> bool {
    let mut is_c = false;
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What does not parse is the compiler's to report.
        let parts = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        for part in parts.into_iter().flatten() {
            if part.path().is_ident("C") {
                is_c = true;
            } else if !part.path().is_ident("Rust") {
                errors.push(part, messages::REPR);
            }
        }
    }
    is_c
}

/// Where the support crate is: what `#[abi(crate = path)]` says.
fn guest(attrs: &[Attribute], errors: &mut Errors) -> Path {
    let mut guest = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("abi")) {
        let Meta::List(list) = &attr.meta else {
            errors.push(attr, messages::ABI_FORM);
            continue;
        };
        attr::read_keys(list.tokens.clone(), Keys::new(KEYS), errors, |key, input, _| {
            guest = Some(attr::path(key, input)?);
            Ok(())
        });
    }
    guest.unwrap_or_else(|| parse_quote!(::polyplug_guest))
}

struct Reader<'a> {
    owner: &'a Ident,
}

impl Reader<'_> {
    fn fields(&self, fields: &syn::Fields, errors: &mut Errors) -> Fields {
        let list = fields.iter().enumerate().map(|(number, field)| {
            let member = match &field.ident {
                Some(ident) => Member::Named(ident.clone()),
                None => Member::Unnamed(Index::from(number)),
            };
            self.check(&field.ty, errors);
            Field { member, is_lent: types::is_lent(&field.ty), ty: field.ty.clone() }
        });
        let list: Vec<_> = list.collect();
        Fields { are_named: matches!(fields, syn::Fields::Named(_)), list }
    }

    fn check(&self, ty: &Type, errors: &mut Errors) {
        let mut search = Search { owner: self.owner, found: None };
        search.visit_type(ty);
        match search.found {
            Some(path) => errors.push(path, messages::RECURSIVE),
            None => types::check_field(ty, errors),
        }
    }
}

/// Looks for a type in its own fields.
struct Search<'a> {
    owner: &'a Ident,
    found: Option<Path>,
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_path(&mut self, path: &'ast Path) {
        let is_owner = path.is_ident("Self") || path.get_ident() == Some(self.owner);
        if is_owner && self.found.is_none() {
            self.found = Some(path.clone());
        }
        visit::visit_path(self, path);
    }
}
