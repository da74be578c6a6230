//! Which types can cross, as far as their spelling tells. Names that are not
//! known here are left to the compiler.

mod closure;
mod hints;
mod known;
mod reference;

use syn::{
    FnArg, GenericArgument, Lifetime, Path, PathArguments, PathSegment, ReturnType, Signature, Type,
};

use crate::errors::Errors;
use crate::messages::{derive, types as messages};

pub(crate) use closure::{Closure, Parameter, closure};
pub(crate) use known::{is_known, lent_element, lent_trait, unknown_parts};

/// Where a type stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A whole argument, which may be borrowed for the call.
    Argument,
    /// What a method returns.
    Result,
    /// A field of a type under `#[derive(Abi)]`, which may be borrowed like an argument.
    Field,
    /// In another type.
    Inside,
    /// What a closure returns.
    ClosureResult,
}

impl Place {
    /// Where the parts of a type at this place stand.
    fn inside(self) -> Self {
        match self {
            Self::Result | Self::ClosureResult => self,
            _ => Self::Inside,
        }
    }
}

/// How many fields a tuple may have.
const MAX_TUPLE: usize = 12;

/// Reports every type in `sig` that cannot cross.
pub(super) fn check(sig: &Signature, errors: &mut Errors) {
    for input in &sig.inputs {
        if let FnArg::Typed(input) = input {
            check_type(&input.ty, Place::Argument, errors);
        }
    }
    let ReturnType::Type(_, ty) = &sig.output else { return };
    // What is borrowed inside of a result is a borrowed result.
    match result_sides(ty) {
        Some((value, error)) => {
            check_type(value, Place::Result, errors);
            check_type(error, Place::Result, errors);
        }
        None => check_type(ty, Place::Result, errors),
    }
}

/// Reports `ty`, which is that of a field, if it cannot cross.
pub(crate) fn check_field(ty: &Type, errors: &mut Errors) {
    check_type(ty, Place::Field, errors);
}

/// Whether a whole argument, or a whole field, of this type is borrowed: a reference, or
/// a type with a lifetime of its own.
pub(crate) fn is_lent(ty: &Type) -> bool {
    matches!(bare(ty), Type::Reference(_)) || borrowed(ty).is_some()
}

/// The lifetime that a type is written with.
fn borrowed(ty: &Type) -> Option<&Lifetime> {
    let PathArguments::AngleBracketed(arguments) = &last_segment(ty)?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => Some(lifetime),
        _ => None,
    })
}

/// The two sides of a type that is written as a `Result`.
pub(super) fn result_sides(ty: &Type) -> Option<(&Type, &Type)> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Result")?;
    match type_arguments(segment)[..] {
        [value, error] => Some((value, error)),
        _ => None,
    }
}

fn check_type(ty: &Type, place: Place, errors: &mut Errors) {
    let message = match ty {
        Type::Group(group) => return check_type(&group.elem, place, errors),
        Type::Paren(paren) => return check_type(&paren.elem, place, errors),
        Type::Path(path) if path.qself.is_none() => {
            return check_path(ty, &path.path, place, errors);
        }
        Type::Reference(reference) => return reference::check(reference, place, errors),
        Type::Tuple(tuple) if tuple.elems.len() > MAX_TUPLE => messages::LONG_TUPLE,
        Type::Tuple(tuple) => {
            return tuple.elems.iter().for_each(|field| check_type(field, place.inside(), errors));
        }
        Type::Array(array) => return check_type(&array.elem, place.inside(), errors),
        Type::Slice(_) => messages::BARE_SLICE,
        Type::Ptr(_) => messages::RAW_POINTER,
        Type::BareFn(_) => messages::FUNCTION,
        Type::ImplTrait(it) if closure::is_closure(&it.bounds) => messages::CLOSURE,
        Type::ImplTrait(_) => messages::IMPL_TRAIT,
        Type::TraitObject(object) if closure::is_closure(&object.bounds) => messages::CLOSURE,
        Type::TraitObject(_) => messages::DYN_TRAIT,
        Type::Never(_) => messages::NEVER,
        Type::Infer(_) => messages::INFERRED,
        Type::Macro(_) => messages::TYPE_MACRO,
        _ => return,
    };
    errors.push(ty, message);
}

fn check_path(ty: &Type, path: &Path, place: Place, errors: &mut Errors) {
    if path.segments.first().is_some_and(|segment| segment.ident == "Self") {
        return errors.push(ty, messages::SELF_TYPE);
    }
    let Some(segment) = path.segments.last() else { return };
    let arguments = type_arguments(segment);
    let name = segment.ident.to_string();
    if name == "str" && path.segments.len() == 1 {
        return errors.push(ty, messages::BARE_STR);
    }
    if name == "Result" && arguments.len() != 2 {
        return errors.push(ty, messages::RESULT_SIDES);
    }
    if matches!(name.as_str(), "Vec" | "Option" | "Result") {
        return arguments.into_iter().for_each(|inner| check_type(inner, place.inside(), errors));
    }
    if let [Type::TraitObject(object)] = arguments[..]
        && matches!(name.as_str(), "Box" | "Rc" | "Arc")
        && closure::is_closure(&object.bounds)
    {
        return errors.push(ty, messages::CLOSURE);
    }
    if let Some(hint) = hints::for_name(&name) {
        return errors.push(ty, hint);
    }
    match (borrowed(ty), place) {
        (Some(lifetime), Place::Argument) if lifetime.ident == "static" => {
            errors.push(lifetime, messages::STATIC_ARGUMENT);
        }
        (Some(lifetime), Place::Field) if lifetime.ident == "static" => {
            errors.push(ty, derive::STATIC_FIELD);
        }
        (Some(_), Place::Result) => errors.push(ty, messages::RETURNED_BORROW),
        (Some(_), Place::ClosureResult) => errors.push(ty, messages::CLOSURE_RESULT),
        (Some(_), Place::Inside) => errors.push(ty, messages::INNER_REFERENCE),
        _ => {}
    }
}

/// `ty` without the groups that macros and parentheses put around it.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

/// The last part of the path that `ty` is.
pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The types between the angle brackets of `segment`.
pub(super) fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}
