//! `depends = ["text.transform@1", { bundle = "upper", version = "^1.2" }]`.

use std::collections::HashSet;

use proc_macro2::{Group, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{LitStr, Token, bracketed, token};

use crate::attr::{self, Key, Keys};
use crate::errors::Errors;
use crate::{messages, name, version};

const BUNDLE_KEYS: &[Key] = &[
    Key { name: "bundle", example: "bundle = \"upper\"" },
    Key { name: "version", example: "version = \"^1.2\"" },
];

/// What a bundle needs, each as its manifest writes it.
#[derive(Default)]
pub(super) struct Depends(Vec<String>);

impl Depends {
    /// Reads `= [..]`. What is wrong is reported, and left out.
    pub(super) fn read(
        key: &Key,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<Self> {
        let items = attr::value(key, input, |input| {
            let items;
            bracketed!(items in input);
            items.parse::<TokenStream>()
        })?;
        let mut depends = Self::default();
        let mut seen = HashSet::new();
        let read = |items: ParseStream<'_>| {
            while !items.is_empty() {
                let span = items.span();
                match read_item(items, errors) {
                    Ok(item) if !seen.insert(item.clone()) => {
                        errors.add(syn::Error::new(span, messages::DEPENDS_TWICE));
                    }
                    Ok(item) => depends.0.push(item),
                    Err(Some(error)) => {
                        errors.add(error);
                        attr::skip_item(items);
                        continue;
                    }
                    Err(None) => {}
                }
                attr::end_item(items, errors);
            }
            Ok(())
        };
        read.parse2(items)?;
        Ok(depends)
    }

    /// The list of the manifest, without its brackets.
    pub(super) fn to_toml(&self) -> String {
        self.0.join(", ")
    }
}

/// Reads one item. `None` when what is wrong has been reported, and the item read.
fn read_item(input: ParseStream<'_>, errors: &mut Errors) -> Result<String, Option<syn::Error>> {
    if input.peek(LitStr) {
        let text = input.parse::<LitStr>()?;
        if !is_contract(&text.value()) {
            errors.push(text, messages::DEPENDS_BAD_CONTRACT);
            return Err(None);
        }
        return Ok(format!("\"{}\"", text.value()));
    }
    if input.peek(token::Brace) {
        return read_bundle(input, errors);
    }
    Err(Some(input.error(messages::DEPENDS_ITEM)))
}

fn read_bundle(input: ParseStream<'_>, errors: &mut Errors) -> Result<String, Option<syn::Error>> {
    let group = input.parse::<Group>()?;
    let (mut bundle, mut version) = (None, None);
    let keys = Keys::new(BUNDLE_KEYS);
    let mut found = Errors::default();
    attr::read_keys(group.stream(), keys, &mut found, |key, input, errors| {
        let text = attr::value(key, input, <LitStr as Parse>::parse)?;
        let value = text.value();
        match key.name {
            "bundle" if !name::is_valid(&value) => errors.push(text, messages::BAD_NAME),
            "bundle" => bundle = Some(value),
            _ if !is_requirement(&value) => {
                errors.push(text, messages::DEPENDS_BAD_REQUIREMENT);
            }
            _ => version = Some(value),
        }
        Ok(())
    });
    if !found.is_empty() {
        errors.append(found);
        return Err(None);
    }
    let Some(bundle) = bundle else {
        errors.push(group, messages::DEPENDS_NO_BUNDLE);
        return Err(None);
    };
    Ok(match version {
        Some(version) => format!("{{ bundle = \"{bundle}\", version = \"{version}\" }}"),
        None => format!("{{ bundle = \"{bundle}\" }}"),
    })
}

/// Whether `text` is `name@major` or `name@major.minor`; below 1 it has a minor.
fn is_contract(text: &str) -> bool {
    let Some((name, version)) = text.split_once('@') else { return false };
    let is_version = match version.contains('.') {
        true => version::Version::parse(version).is_some(),
        false => version != "0" && version::Version::parse(&format!("{version}.0")).is_some(),
    };
    name::is_valid(name) && is_version
}

fn is_requirement(text: &str) -> bool {
    semver::VersionReq::parse(text).is_ok()
}

/// Whether the word of a flag comes next.
pub(super) fn is_at_flag(input: ParseStream<'_>, flag: &str) -> bool {
    let fork = input.fork();
    let is_flag = fork.parse::<syn::Ident>().is_ok_and(|ident| ident == flag);
    is_flag && (fork.is_empty() || fork.peek(Token![,]))
}
