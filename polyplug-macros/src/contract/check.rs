//! What must hold between the parts of a contract.

use syn::ext::IdentExt;

use super::model::{Contract, Method};
use crate::errors::Errors;
use crate::messages;
use crate::version::Version;

/// What every proxy has of its own.
pub(super) const RESERVED: [&str; 4] = ["bundle_name", "renew", "pin", "local"];

/// Reports everything that is wrong with the methods of `contract`.
pub(super) fn check(contract: &Contract, errors: &mut Errors) {
    for method in &contract.methods {
        if RESERVED.contains(&method.name.as_str()) {
            errors.push(&method.ident, messages::reserved_name(&method.name));
        }
    }
    // Without a version nothing more can be said about `since`.
    if let Some(version) = contract.version {
        check_since(&contract.methods, version, errors);
    }
}

/// A contract grows at its end: `since` never falls down the trait.
fn check_since(methods: &[Method], contract: Version, errors: &mut Errors) {
    let mut newest: Option<(&Method, Version)> = None;
    for method in methods {
        let since = method.since(contract);
        if let Some(message) = misplaced(since, contract) {
            report(method, message, errors);
            continue;
        }
        match newest {
            Some((before, newer)) if newer > since => {
                let before = before.ident.unraw().to_string();
                report(method, messages::since_falls(since, &before, newer), errors);
            }
            _ => newest = Some((method, since)),
        }
    }
}

/// Why a contract of version `contract` cannot have a method since `since`.
fn misplaced(since: Version, contract: Version) -> Option<String> {
    if contract.major == 0 && since != contract {
        return Some(messages::since_below_one(contract));
    }
    if since.major != contract.major {
        return Some(messages::since_other_major(contract.major));
    }
    (since > contract).then(|| messages::since_above(contract))
}

/// Reports at the version, or at the name of a method without one.
fn report(method: &Method, message: String, errors: &mut Errors) {
    let span = method.since.as_ref().map_or(method.ident.span(), |since| since.span);
    errors.add(syn::Error::new(span, message));
}
