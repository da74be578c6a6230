//! The attributes of methods: ours, those that a proxy takes over, and those
//! that would make the contract differ between builds.

use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Meta, Token};

use super::args;
use super::model::Since;
use crate::errors::Errors;
use crate::messages;

/// Takes `#[since("1.2")]` off a method.
pub(super) fn take_since(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Since> {
    let mut since = None;
    let mut given = false;
    attrs.retain(|attr| {
        if !attr.path().is_ident("since") {
            return true;
        }
        if given {
            errors.push(attr, messages::SINCE_TWICE);
        } else {
            since = read_since(attr, errors);
        }
        given = true;
        false
    });
    since
}

fn read_since(attr: &Attribute, errors: &mut Errors) -> Option<Since> {
    match attr.parse_args::<LitStr>() {
        Ok(text) => {
            let version = args::read_version(&text, errors)?;
            Some(Since { version, span: text.span() })
        }
        Err(_) => {
            errors.push(attr, messages::SINCE_FORM);
            None
        }
    }
}

/// Reports attributes that leave something of the contract out of some builds.
pub(super) fn report_cfg(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs {
        report_cfg_in(&attr.meta, errors);
    }
}

fn report_cfg_in(meta: &Meta, errors: &mut Errors) {
    if meta.path().is_ident("cfg") {
        errors.push(meta, messages::CFG);
    }
    for meta in conditional(meta).iter().flatten() {
        if meta.path().is_ident("since") {
            errors.push(meta, messages::SINCE_CONDITIONAL);
        }
        report_cfg_in(meta, errors);
    }
}

/// The attributes that also hold for the proxy or its method: documentation,
/// deprecation and the like.
pub(super) fn for_proxy(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| is_for_proxy(&attr.meta)).cloned().collect()
}

fn is_for_proxy(meta: &Meta) -> bool {
    const TAKEN_OVER: [&str; 3] = ["doc", "deprecated", "must_use"];
    if TAKEN_OVER.iter().any(|name| meta.path().is_ident(name)) {
        return true;
    }
    conditional(meta).is_some_and(|parts| parts.iter().all(is_for_proxy))
}

/// Whether `meta` is a `cfg_attr` with our attribute behind the condition.
pub(super) fn is_conditional_since(meta: &Meta) -> bool {
    let parts = conditional(meta).unwrap_or_default();
    parts.iter().any(|part| part.path().is_ident("since") || is_conditional_since(part))
}

/// The attributes behind the condition of a `cfg_attr`.
fn conditional(meta: &Meta) -> Option<Vec<Meta>> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    // What does not parse is the compiler's to report.
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    Some(parts.into_iter().skip(1).collect())
}
