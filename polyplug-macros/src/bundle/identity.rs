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
            name: name_of(input.name.as_ref(), package("NAME"), errors),
            version: version_of(input.version.as_ref(), package("VERSION"), errors),
        }
    }

    /// The symbol of the entry, which carries the bundle's id.
    pub(super) fn entry(&self) -> String {
        format!("polyplug_entry_{:016x}", xxh3_64(self.name.as_bytes()))
    }
}

/// What Cargo says about the package that is compiled.
fn package(what: &str) -> Option<String> {
    std::env::var(format!("CARGO_PKG_{what}")).ok()
}

fn name_of(given: Option<&LitStr>, package: Option<String>, errors: &mut Errors) -> String {
    if let Some(given) = given {
        let name = given.value();
        if !name::is_valid(&name) {
            errors.push(given, messages::BAD_NAME);
        }
        return name;
    }
    let Some(package) = package else {
        errors.add(syn::Error::new(Span::call_site(), messages::BUNDLE_NO_NAME));
        return String::new();
    };
    if !name::is_valid(&package) {
        let message = messages::bundle_default_name(&package);
        errors.add(syn::Error::new(Span::call_site(), message));
    }
    package
}

fn version_of(given: Option<&LitStr>, package: Option<String>, errors: &mut Errors) -> String {
    if let Some(given) = given {
        let version = given.value();
        if !version::is_bundle_version(&version) {
            errors.push(given, messages::BUNDLE_BAD_VERSION);
        }
        return version;
    }
    package.unwrap_or_else(|| {
        errors.add(syn::Error::new(Span::call_site(), messages::BUNDLE_NO_VERSION));
        String::new()
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn name(given: Option<LitStr>, package: Option<&str>) -> (String, String) {
        let mut errors = Errors::default();
        let name = name_of(given.as_ref(), package.map(str::to_owned), &mut errors);
        (name, errors.into_tokens().to_string())
    }

    #[test]
    fn the_package_names_the_bundle_unless_a_name_is_given() {
        let none = String::new();
        assert_eq!(name(None, Some("upper")), ("upper".to_owned(), none.clone()));
        assert_eq!(name(Some(parse_quote!("lower")), Some("Upper")), ("lower".to_owned(), none));
    }

    #[test]
    fn a_package_that_cannot_name_a_bundle_is_reported() {
        let (_, errors) = name(None, Some("Upper"));
        assert!(errors.contains("the package is named `Upper`"), "{errors}");
        assert!(name(None, None).1.contains("no package name is known"));
        let mut errors = Errors::default();
        version_of(None, None, &mut errors);
        assert!(errors.into_tokens().to_string().contains("no package version is known"));
    }

    #[test]
    fn the_entry_carries_the_id_of_the_bundle() {
        let identity = Identity { name: "upper".to_owned(), version: String::new() };
        assert_eq!(identity.entry(), "polyplug_entry_0278c853696ce28c");
    }
}
