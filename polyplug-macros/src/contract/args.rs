//! What stands in the parentheses of `#[contract(..)]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::{Ident, Path, parse_quote};

use crate::attr::{self, Key, Keys};
use crate::errors::Errors;
use crate::messages;
use crate::name;
use crate::version::Version;

const KEYS: &[Key] = &[
    Key { name: "name", example: "name = \"text.transform\"" },
    Key { name: "version", example: "version = \"1.0\"" },
    Key { name: "proxy", example: "proxy = Name" },
    Key { name: "crate", example: "crate = path" },
];

/// The arguments of the attribute. What was missing or wrong was reported and
/// has a stand-in.
pub(super) struct Args {
    pub(super) name: String,
    pub(super) version: Option<Version>,
    pub(super) proxy: Ident,
    pub(super) guest: Path,
}

impl Args {
    /// Reads `tokens` for the trait `name_of_trait`.
    pub(super) fn read(tokens: TokenStream, name_of_trait: &Ident, errors: &mut Errors) -> Self {
        let (mut name, mut version, mut proxy, mut guest) = (None, None, None, None);
        let (mut name_given, mut version_given) = (false, false);
        attr::read_keys(tokens, Keys::new(KEYS), errors, |key, input, errors| {
            match key.name {
                "name" => {
                    name_given = true;
                    name = Some(read_name(&attr::text(key, input)?, errors));
                }
                "version" => {
                    version_given = true;
                    version = read_version(&attr::text(key, input)?, errors);
                }
                "proxy" => proxy = Some(attr::value(key, input, Ident::parse)?),
                _ => guest = Some(attr::path(key, input)?),
            }
            Ok(())
        });
        let span = Span::call_site();
        let missing = match (name_given, version_given) {
            (false, false) => Some(messages::KEYS_MISSING),
            (false, true) => Some(messages::NAME_MISSING),
            (true, false) => Some(messages::VERSION_MISSING),
            (true, true) => None,
        };
        if let Some(message) = missing {
            errors.add(syn::Error::new(span, message));
        }
        if let Some(proxy) = proxy.as_ref().filter(|proxy| *proxy == name_of_trait) {
            errors.push(proxy, messages::PROXY_NAMED_AS_TRAIT);
        }
        Self {
            name: name.unwrap_or_default(),
            version,
            proxy: proxy.filter(|proxy| proxy != name_of_trait).unwrap_or_else(|| {
                Ident::new(&format!("{}Proxy", name_of_trait.unraw()), name_of_trait.span())
            }),
            guest: guest.unwrap_or_else(|| parse_quote!(::polyplug_guest)),
        }
    }
}

fn read_name(text: &syn::LitStr, errors: &mut Errors) -> String {
    let name = text.value();
    if !name::is_valid(&name) {
        errors.push(text, messages::BAD_NAME);
    }
    name
}

/// Reads the version of a contract.
pub(super) fn read_version(text: &syn::LitStr, errors: &mut Errors) -> Option<Version> {
    let version = Version::parse(&text.value());
    if version.is_none() {
        errors.push(text, messages::BAD_VERSION);
    }
    version
}
