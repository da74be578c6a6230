//! References: what may be lent for a call, and what to use for the rest.

use syn::{Type, TypeParamBound, TypeReference, TypeSlice, TypeTraitObject};

use super::{Place, bare, check_type, closure, hints, last_segment};
use crate::errors::Errors;
use crate::messages::{derive, types as messages};

/// Reports `reference` if it cannot cross at `place`.
pub(super) fn check(reference: &TypeReference, place: Place, errors: &mut Errors) {
    if !matches!(place, Place::Argument | Place::Field) {
        return errors.push(reference, owned_instead(reference, place));
    }
    if place == Place::Field && reference.mutability.is_some() {
        return errors.push(reference, derive::MUT_FIELD);
    }
    if let Some(lifetime) =
        reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static")
    {
        match place {
            Place::Field => return errors.push(reference, derive::STATIC_FIELD),
            _ => errors.push(lifetime, messages::STATIC_ARGUMENT),
        }
    }
    match bare(&reference.elem) {
        Type::Slice(slice) => check_slice(reference, slice, errors),
        Type::Path(_) => check_path(reference, errors),
        Type::Reference(_) => errors.push(reference, messages::REF_REFERENCE),
        Type::Array(_) if reference.mutability.is_some() => {
            errors.push(reference, messages::MUT_ARRAY);
        }
        Type::Array(_) => errors.push(reference, messages::REF_ARRAY),
        Type::Tuple(_) if reference.mutability.is_some() => {
            errors.push(reference, messages::MUT_VALUE);
        }
        Type::Tuple(_) => errors.push(reference, messages::by_value("the tuple")),
        Type::TraitObject(_) if place == Place::Field => {
            errors.push(reference, derive::DYN_FIELD);
        }
        Type::TraitObject(object) if closure::is_closure(&object.bounds) => {
            closure::check(reference, object, errors);
        }
        Type::TraitObject(object) => check_object(object, errors),
        // By value they could not cross either, and that says more.
        other => check_type(other, Place::Argument, errors),
    }
}

/// Whether it is a contract is the compiler's to say.
fn check_object(object: &TypeTraitObject, errors: &mut Errors) {
    let mut traits = object.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(bound),
        _ => None,
    });
    if let Some(second) = traits.nth(1) {
        errors.push(second, messages::LENT_BOUND);
    }
}

fn owned_instead(reference: &TypeReference, place: Place) -> &'static str {
    let is_str = is_named(&reference.elem, "str");
    let is_slice = matches!(bare(&reference.elem), Type::Slice(_));
    let is_object = matches!(bare(&reference.elem), Type::TraitObject(_));
    let is_closure = match bare(&reference.elem) {
        Type::TraitObject(object) => closure::is_closure(&object.bounds),
        _ => false,
    };
    match place {
        _ if is_closure => messages::CLOSURE,
        Place::ClosureResult => messages::CLOSURE_RESULT,
        Place::Result if is_str => messages::RETURNED_STR,
        Place::Result if is_slice => messages::RETURNED_SLICE,
        Place::Result if is_object => messages::RETURNED_OBJECT,
        Place::Result => messages::RETURNED_REFERENCE,
        _ if is_str => messages::INNER_STR,
        _ if is_slice => messages::INNER_SLICE,
        _ if is_object => messages::INNER_OBJECT,
        _ => messages::INNER_REFERENCE,
    }
}

fn check_path(reference: &TypeReference, errors: &mut Errors) {
    let Some(name) = last_segment(&reference.elem).map(|segment| segment.ident.to_string()) else {
        return;
    };
    let is_mutable = reference.mutability.is_some();
    match name.as_str() {
        "str" | "String" if is_mutable => errors.push(reference, messages::MUT_TEXT),
        "str" => {}
        "String" => errors.push(reference, messages::REF_STRING),
        "Vec" if is_mutable => errors.push(reference, messages::MUT_VEC),
        "Vec" => errors.push(reference, messages::REF_VEC),
        // By value they could not cross either, and that says more.
        name if hints::for_name(name).is_some() || name == "Self" => {
            check_type(&reference.elem, Place::Argument, errors);
        }
        _ if is_mutable => errors.push(reference, messages::MUT_VALUE),
        name => errors.push(reference, messages::by_value(&format!("`{name}`"))),
    }
}

fn check_slice(reference: &TypeReference, slice: &TypeSlice, errors: &mut Errors) {
    let element = lent_part(&slice.elem);
    let name = match element {
        Type::Path(_) => last_segment(element).map(|segment| segment.ident.to_string()),
        Type::Reference(_) => return errors.push(reference, messages::SLICE_OF_BORROWED),
        Type::Tuple(_) => return errors.push(reference, messages::SLICE_OF_TUPLES),
        other => return check_type(other, Place::Inside, errors),
    };
    match name.as_deref() {
        Some(name @ "usize") => errors.push(reference, messages::slice_of_sizes(name, "&[u64]")),
        Some(name @ "isize") => errors.push(reference, messages::slice_of_sizes(name, "&[i64]")),
        Some(
            name @ ("bool" | "char" | "String" | "Vec" | "Option" | "Result" | "PluginError"
            | "Duration"),
        ) => {
            let element = match name {
                "Vec" | "Option" | "Result" => format!("{name}<..>"),
                _ => name.to_owned(),
            };
            let element = match bare(&slice.elem) {
                Type::Array(_) => format!("[{element}; N]"),
                _ => element,
            };
            errors.push(reference, messages::slice_element(&element));
        }
        _ => check_type(element, Place::Inside, errors),
    }
}

/// What an array of any dimensions has in it, or `ty` itself.
fn lent_part(ty: &Type) -> &Type {
    match bare(ty) {
        Type::Array(array) => lent_part(&array.elem),
        ty => ty,
    }
}

/// Whether `name` is a type of the language, or of ours, that crosses by value.
pub(super) fn is_single_value(name: &str) -> bool {
    const NUMBERS: [&str; 12] =
        ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f32", "f64"];
    matches!(name, "bool" | "char" | "PluginError" | "Duration") || NUMBERS.contains(&name)
}

fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}
