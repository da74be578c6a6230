//! Types that are sure to cross, and what is not known about the others.

use syn::{Path, PathArguments, Type, TypeParamBound};

use super::reference::is_single_value;
use super::{bare, closure, type_arguments};

/// Whether `ty` is sure to cross, as far as its spelling tells.
pub(crate) fn is_known(ty: &Type) -> bool {
    unknown_parts(ty).is_empty()
}

/// The types in `ty` of which nothing is known but the name.
pub(crate) fn unknown_parts(ty: &Type) -> Vec<&Type> {
    match bare(ty) {
        Type::Tuple(tuple) => tuple.elems.iter().flat_map(unknown_parts).collect(),
        Type::Array(array) => unknown_parts(&array.elem),
        Type::Path(path) if path.qself.is_none() => match inner_types(&path.path) {
            Some(inner) => inner.into_iter().flat_map(unknown_parts).collect(),
            None => vec![ty],
        },
        Type::Reference(reference) => match bare(&reference.elem) {
            Type::Slice(slice) => unknown_parts(&slice.elem),
            Type::TraitObject(_) => vec![ty],
            // `str`: no other path is let through behind a reference.
            _ => Vec::new(),
        },
        _ => vec![ty],
    }
}

/// The types in angle brackets behind `path`, if the whole crosses when they do.
fn inner_types(path: &Path) -> Option<Vec<&Type>> {
    let segment = path.segments.last()?;
    let arguments = type_arguments(segment);
    let expected = match segment.ident.to_string().as_str() {
        "Vec" | "Option" => 1,
        "Result" => 2,
        "String" => 0,
        name if is_single_value(name) => 0,
        _ => return None,
    };
    // Another type of the name may have other parameters.
    let given = match &segment.arguments {
        PathArguments::AngleBracketed(given) => given.args.len(),
        _ => 0,
    };
    (given == expected && arguments.len() == expected).then_some(arguments)
}

/// The contract's trait whose implementation `ty` borrows, and whether exclusively.
pub(crate) fn lent_trait(ty: &Type) -> Option<(&Path, bool)> {
    let Type::Reference(reference) = bare(ty) else { return None };
    let Type::TraitObject(object) = bare(&reference.elem) else { return None };
    if closure::is_closure(&object.bounds) {
        return None;
    }
    let mut traits = object.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(&bound.path),
        _ => None,
    });
    Some((traits.next()?, reference.mutability.is_some()))
}

/// The element of the slice that `ty` borrows.
pub(crate) fn lent_element(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::Reference(reference) => match bare(&reference.elem) {
            Type::Slice(slice) => Some(&slice.elem),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn what_is_unknown_is_found_inside() {
        let parts = |ty: Type| -> Vec<String> {
            let parts = unknown_parts(&ty);
            parts.into_iter().map(|ty| ty.to_token_stream().to_string()).collect()
        };
        assert!(parts(parse_quote!(Vec<Result<std::string::String, (u8)>>)).is_empty());
        assert!(parts(parse_quote!(&mut [f32])).is_empty());
        assert_eq!(parts(parse_quote!(Result<Vec<A>, b::B>)), ["A", "b :: B"]);
        assert_eq!(parts(parse_quote!(&[A])), ["A"]);
        assert!(parts(parse_quote!(Option<(u8, [std::time::Duration; 4], ())>)).is_empty());
        assert_eq!(parts(parse_quote!((u8, [Option<A>; 2]))), ["A"]);
        assert_eq!(parts(parse_quote!(heapless::String<8>)), ["heapless :: String < 8 >"]);
    }
}
