//! From a method of the trait to the model.

use syn::ext::IdentExt;
use syn::{
    FnArg, GenericParam, Generics, Ident, Pat, PatType, ReturnType, Signature, TraitItemFn,
    parse_quote_spanned,
};

use super::model::{Argument, Method, Output, Receiver};
use super::{attrs, docs, types};
use crate::errors::Errors;
use crate::messages;

/// Understands `item`, and takes our helper attribute off it. `None` when it
/// cannot be called at all, which has been reported.
pub(super) fn parse(item: &mut TraitItemFn, errors: &mut Errors) -> Option<Method> {
    let since = attrs::take_since(&mut item.attrs, errors);
    attrs::report_cfg(&item.attrs, errors);
    report_qualifiers(&item.sig, errors);
    types::check(&item.sig, errors);
    let generics = lifetimes(&item.sig.generics, errors);
    let mut inputs = item.sig.inputs.iter();
    let receiver = receiver(&item.sig, inputs.next(), errors);
    let arguments: Vec<_> = inputs.map(|input| argument(input, errors)).collect();
    Some(Method {
        ident: item.sig.ident.clone(),
        name: item.sig.ident.unraw().to_string(),
        docs: docs::text(&item.attrs),
        attrs: attrs::for_proxy(&item.attrs),
        generics: generics?,
        receiver: receiver?,
        since,
        has_default: item.default.is_some(),
        arguments: arguments.into_iter().collect::<Option<_>>()?,
        result: output(&item.sig),
    })
}

fn report_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.constness {
        errors.push(token, messages::CONST_METHOD);
    }
    if let Some(token) = &sig.asyncness {
        errors.push(token, messages::ASYNC_METHOD);
    }
    if let Some(token) = &sig.unsafety {
        errors.push(token, messages::UNSAFE_METHOD);
    }
    if let Some(abi) = &sig.abi {
        errors.push(abi, messages::EXTERN_METHOD);
    }
    if let Some(variadic) = &sig.variadic {
        errors.push(variadic, messages::VARIADIC);
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.push(clause, messages::METHOD_WHERE);
    }
}

/// The lifetimes of a method, if it is generic over nothing else.
fn lifetimes(generics: &Generics, errors: &mut Errors) -> Option<Generics> {
    let mut found = Generics { where_clause: None, ..generics.clone() };
    let mut only_lifetimes = true;
    for param in &mut found.params {
        match param {
            GenericParam::Lifetime(param) if param.bounds.is_empty() => {}
            GenericParam::Lifetime(param) => {
                errors.push(&param.bounds, messages::BOUNDED_LIFETIME);
            }
            other => {
                errors.push(other, messages::GENERIC_METHOD);
                only_lifetimes = false;
            }
        }
    }
    only_lifetimes.then_some(found)
}

fn receiver(sig: &Signature, first: Option<&FnArg>, errors: &mut Errors) -> Option<Receiver> {
    let Some(FnArg::Receiver(receiver)) = first else {
        errors.push(&sig.ident, messages::NO_RECEIVER);
        return None;
    };
    if receiver.colon_token.is_some() {
        errors.push(receiver, messages::TYPED_SELF);
        return None;
    }
    let Some((_, lifetime)) = &receiver.reference else {
        errors.push(receiver, messages::SELF_BY_VALUE);
        return None;
    };
    if let Some(lifetime) = lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
        errors.push(lifetime, messages::types::STATIC_ARGUMENT);
    }
    Some(Receiver { lifetime: lifetime.clone(), exclusive: receiver.mutability })
}

fn argument(input: &FnArg, errors: &mut Errors) -> Option<Argument> {
    // A receiver that is not the first argument is refused by the compiler
    // before any macro runs.
    let FnArg::Typed(PatType { attrs, pat, ty, .. }) = input else { return None };
    attrs::report_cfg(attrs, errors);
    match plain_name(pat) {
        Some(ident) => Some(Argument {
            ident: ident.clone(),
            name: ident.unraw().to_string(),
            ty: (**ty).clone(),
        }),
        None => {
            errors.push(pat, messages::ARGUMENT_PATTERN);
            None
        }
    }
}

/// The name that `pat` is, perhaps with a `mut` that concerns the body alone.
fn plain_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

fn output(sig: &Signature) -> Output {
    match &sig.output {
        ReturnType::Default => {
            Output { ty: parse_quote_spanned!(sig.ident.span()=> ()), sides: None }
        }
        ReturnType::Type(_, ty) => Output {
            ty: (**ty).clone(),
            sides: types::result_sides(ty)
                .map(|(value, error)| Box::new((value.clone(), error.clone()))),
        },
    }
}
