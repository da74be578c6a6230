//! Closures: `&dyn Fn(A, ..) -> R` and `&mut dyn FnMut(A, ..) -> R`.

use syn::punctuated::Punctuated;
use syn::{
    Lifetime, ParenthesizedGenericArguments, Path, PathArguments, ReturnType, Token, TraitBound,
    Type, TypeParamBound, TypeReference, TypeTraitObject,
};

use super::{Place, bare, check_type, reference};
use crate::errors::Errors;
use crate::messages::types as messages;

/// How many parameters a closure may have.
const MAX_PARAMETERS: usize = 8;

/// A closure that is lent as an argument.
pub(crate) struct Closure<'a> {
    /// The bound, such as `FnMut(u32) -> u32`.
    pub(crate) path: &'a Path,
    pub(crate) is_mut: bool,
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// `None` for `()`.
    pub(crate) result: Option<&'a Type>,
}

/// What a closure takes.
pub(crate) enum Parameter<'a> {
    Owned(&'a Type),
    Text,
    /// The element, and whether it can be written.
    Slice(&'a Type, bool),
}

/// The closure that `ty` borrows, if nothing is wrong with it.
pub(crate) fn closure(ty: &Type) -> Option<Closure<'_>> {
    let Type::Reference(reference) = bare(ty) else { return None };
    let Type::TraitObject(object) = bare(&reference.elem) else { return None };
    let bound = first_trait(&object.bounds)?;
    let signature = signature(bound)?;
    let result = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    let parameters = signature.inputs.iter().map(parameter).collect();
    Some(Closure { path: &bound.path, is_mut: reference.mutability.is_some(), parameters, result })
}

fn parameter(ty: &Type) -> Parameter<'_> {
    let Type::Reference(reference) = bare(ty) else { return Parameter::Owned(ty) };
    match bare(&reference.elem) {
        Type::Slice(slice) => Parameter::Slice(&slice.elem, reference.mutability.is_some()),
        // No other path is let through behind a reference.
        _ => Parameter::Text,
    }
}

/// Whether a trait of these is one of the language's for closures, with its types.
pub(super) fn is_closure(bounds: &Punctuated<TypeParamBound, Token![+]>) -> bool {
    first_trait(bounds).and_then(signature).is_some()
}

/// Reports what is wrong with `reference`, which is one to `object`.
pub(super) fn check(reference: &TypeReference, object: &TypeTraitObject, errors: &mut Errors) {
    let Some(bound) = first_trait(&object.bounds) else { return };
    let Some(signature) = signature(bound) else { return };
    let name = bound.path.segments.last().map(|segment| segment.ident.to_string());
    match (name.as_deref(), reference.mutability) {
        (Some("FnOnce"), _) => errors.push(object, messages::CLOSURE_ONCE),
        (Some("Fn"), Some(_)) | (Some("FnMut"), None) => {
            errors.push(reference, messages::CLOSURE_FN_MUT);
        }
        _ => {}
    }
    if let Some(lifetimes) = &bound.lifetimes {
        return errors.push(lifetimes, messages::CLOSURE_LIFETIME);
    }
    if let Some(second) = traits(&object.bounds).nth(1) {
        errors.push(second, messages::CLOSURE_BOUND);
    }
    if let Some(ninth) = signature.inputs.iter().nth(MAX_PARAMETERS) {
        errors.push(ninth, messages::CLOSURE_PARAMETERS);
    }
    for input in &signature.inputs {
        check_parameter(input, errors);
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        check_type(ty, Place::ClosureResult, errors);
    }
}

fn check_parameter(ty: &Type, errors: &mut Errors) {
    let Type::Reference(reference) = bare(ty) else { return check_type(ty, Place::Inside, errors) };
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|it| is_named(it)) {
        return errors.push(lifetime, messages::CLOSURE_LIFETIME);
    }
    match bare(&reference.elem) {
        Type::TraitObject(_) => errors.push(reference, messages::CLOSURE_LENDS),
        _ => reference::check(reference, Place::Argument, errors),
    }
}

/// Whether a lifetime says more than that there is one.
fn is_named(lifetime: &Lifetime) -> bool {
    lifetime.ident != "_"
}

fn traits(bounds: &Punctuated<TypeParamBound, Token![+]>) -> impl Iterator<Item = &TraitBound> {
    bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(bound),
        _ => None,
    })
}

fn first_trait(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&TraitBound> {
    traits(bounds).next()
}

/// The types of a closure. No other trait is written with parentheses.
fn signature(bound: &TraitBound) -> Option<&ParenthesizedGenericArguments> {
    match &bound.path.segments.last()?.arguments {
        PathArguments::Parenthesized(signature) => Some(signature),
        _ => None,
    }
}
