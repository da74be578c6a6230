//! From a trait to the model. What a contract cannot hold is reported here and
//! left out.

use syn::{Ident, ItemTrait, Path, TraitItem, TypeParamBound};

use super::args::Args;
use super::model::{Contract, Method};
use super::{docs, method};
use crate::errors::Errors;
use crate::messages;

/// Understands `item` under `#[contract(args)]`.
pub(super) fn parse(args: Args, mut item: ItemTrait, errors: &mut Errors) -> Contract {
    report_head(&item, errors);
    let mut methods: Vec<Method> = Vec::new();
    for part in &mut item.items {
        match part {
            TraitItem::Fn(part) => {
                report_twice(&part.sig.ident, &methods, errors);
                methods.extend(method::parse(part, errors));
            }
            other => errors.push(other, messages::NOT_A_METHOD),
        }
    }
    let Args { name, version, proxy, guest } = args;
    let docs = docs::text(&item.attrs);
    Contract { item, guest, name, version, proxy, docs, methods }
}

fn report_head(item: &ItemTrait, errors: &mut Errors) {
    if let Some(token) = &item.unsafety {
        errors.push(token, messages::UNSAFE_TRAIT);
    }
    if let Some(token) = &item.auto_token {
        errors.push(token, messages::AUTO_TRAIT);
    }
    if !item.generics.params.is_empty() {
        errors.push(&item.generics.params, messages::GENERIC_TRAIT);
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.push(clause, messages::TRAIT_WHERE);
    }
    for bound in item.supertraits.iter().filter(|bound| !is_allowed_bound(bound)) {
        errors.push(bound, messages::SUPERTRAIT);
    }
}

/// Whether a contract may have this supertrait.
pub(super) fn is_allowed_bound(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        TypeParamBound::Trait(bound) => {
            matches!(bound.modifier, syn::TraitBoundModifier::None)
                && bound.lifetimes.is_none()
                && is_marker(&bound.path)
        }
        _ => false,
    }
}

/// Whether `path` is `Send` or `Sync`, alone or behind `core::marker`.
fn is_marker(path: &Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let is_marker = names.next().is_some_and(|name| name == "Send" || name == "Sync");
    let modules: Vec<_> = names.collect();
    is_marker
        && match modules[..] {
            [] => true,
            [module, root] => module == "marker" && (root == "core" || root == "std"),
            _ => false,
        }
}

fn report_twice(ident: &Ident, methods: &[Method], errors: &mut Errors) {
    if methods.iter().any(|method| method.ident == *ident) {
        errors.push(ident, messages::method_twice(&ident.to_string()));
    }
}
