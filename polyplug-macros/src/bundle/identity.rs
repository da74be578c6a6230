//! The name, the version and the entry symbol of a bundle.

use proc_macro2::Span;
use syn::LitStr;
use xxhash_rust::xxh3::xxh3_64;

use super::parse::Input;
use crate::errors::Errors;
use crate::{messages, name, version};

/// What a bundle is known by.
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) version: String,
}

impl Identity {
    /// What `input` says, else what Cargo says about the package.
    pub(super) fn of(input: &Input, errors: &mut Errors) -> Self {
        Self {
            name: name_of(input.name.as_ref(), errors),
            version: version_of(input.version.as_ref(), errors),
        }
    }

    /// The symbol of the entry, which carries the bundle's id.
    pub(super) fn entry(&self) -> String {
        format!("polyplug_entry_{:016x}", xxh3_64(self.name.as_bytes()))
    }
}

fn name_of(given: Option<&LitStr>, errors: &mut Errors) -> String {
    if let Some(given) = given {
        let name = given.value();
        if !name::is_valid(&name) {
            errors.push(given, messages::BAD_NAME);
        }
        return name;
    }
    let Ok(package) = std::env::var("CARGO_PKG_NAME") else {
        errors.add(syn::Error::new(Span::call_site(), messages::BUNDLE_NO_NAME));
        return String::new();
    };
    if !name::is_valid(&package) {
        let message = messages::bundle_default_name(&package);
        errors.add(syn::Error::new(Span::call_site(), message));
    }
    package
}

fn version_of(given: Option<&LitStr>, errors: &mut Errors) -> String {
    if let Some(given) = given {
        let version = given.value();
        if !version::is_bundle_version(&version) {
            errors.push(given, messages::BUNDLE_BAD_VERSION);
        }
        return version;
    }
    std::env::var("CARGO_PKG_VERSION").unwrap_or_else(|_| {
        errors.add(syn::Error::new(Span::call_site(), messages::BUNDLE_NO_VERSION));
        String::new()
    })
}
