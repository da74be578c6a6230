//! What stands in the parentheses of `bundle!(..)`.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token, Type, parse_quote};

use super::depends::{self, Depends};
use crate::attr::{self, Key, Keys};
use crate::errors::Errors;
use crate::messages;

const KEYS: &[Key] = &[
    Key { name: "name", example: "name = \"upper\"" },
    Key { name: "version", example: "version = \"1.0.0\"" },
    Key { name: "depends", example: "depends = [\"text.transform@1\"]" },
    Key { name: RELOAD, example: RELOAD },
    Key { name: "crate", example: "crate = path" },
];

/// The flag of a bundle that is to be reloaded after what it depends on.
const RELOAD: &str = "reload_with_dependencies";

/// The plugins of a bundle, and what is said about it.
pub(super) struct Input {
    pub(super) plugins: Vec<Plugin>,
    pub(super) name: Option<LitStr>,
    pub(super) version: Option<LitStr>,
    pub(super) depends: Option<Depends>,
    pub(super) reloads_with_dependencies: bool,
    /// Where `polyplug_guest` is.
    pub(super) guest: Path,
}

/// A type and the contracts that it provides; none are named when it has one
/// `#[plugin]` impl.
pub(super) struct Plugin {
    pub(super) ty: Type,
    pub(super) contracts: Vec<Path>,
}

impl Input {
    /// Reads `tokens`. What is wrong is reported, and left out.
    pub(super) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut input = Self {
            plugins: Vec::new(),
            name: None,
            version: None,
            depends: None,
            reloads_with_dependencies: false,
            guest: parse_quote!(::polyplug_guest),
        };
        let is_empty = tokens.is_empty();
        let mut keys = Keys::new(KEYS);
        let read = |stream: ParseStream<'_>| {
            while !stream.is_empty() {
                match input.read_item(stream, &mut keys, errors) {
                    Some(()) => attr::end_item(stream, errors),
                    None => attr::skip_item(stream),
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.add(error);
        }
        if input.plugins.is_empty() && (is_empty || errors.is_empty()) {
            errors.add(syn::Error::new(proc_macro2::Span::call_site(), messages::BUNDLE_EMPTY));
        }
        report_twice(&input.plugins, errors);
        input
    }

    /// Reads one item. `None` when it is wrong, which has been reported.
    fn read_item(
        &mut self,
        stream: ParseStream<'_>,
        keys: &mut Keys,
        errors: &mut Errors,
    ) -> Option<()> {
        let read = if attr::is_at_key(stream) || depends::is_at_flag(stream, RELOAD) {
            let key = keys.read(stream, errors)?;
            self.read_value(key, stream, errors)
        } else {
            read_plugin(stream).map(|plugin| self.plugins.push(plugin))
        };
        read.map_err(|error| errors.add(error)).ok()
    }

    fn read_value(
        &mut self,
        key: &Key,
        stream: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        match key.name {
            "name" => self.name = Some(attr::text(key, stream)?),
            "version" => self.version = Some(attr::text(key, stream)?),
            "depends" => self.depends = Some(Depends::read(key, stream, errors)?),
            RELOAD => self.reloads_with_dependencies = true,
            _ => self.guest = attr::path(key, stream)?,
        }
        Ok(())
    }
}

fn read_plugin(stream: ParseStream<'_>) -> syn::Result<Plugin> {
    let start = stream.span();
    let ty = Type::without_plus(stream);
    let ty = ty.map_err(|_| syn::Error::new(start, messages::BUNDLE_PLUGIN))?;
    let mut contracts = Vec::new();
    if stream.parse::<Token![:]>().is_ok() {
        loop {
            let span = stream.span();
            let path = Path::parse_mod_style(stream);
            contracts.push(path.map_err(|_| syn::Error::new(span, messages::BUNDLE_CONTRACT))?);
            if stream.parse::<Token![+]>().is_err() {
                break;
            }
        }
    }
    Ok(Plugin { ty, contracts })
}

/// Reports types that are listed twice, and contracts that are provided twice.
fn report_twice(plugins: &[Plugin], errors: &mut Errors) {
    let text = |tokens: &dyn ToTokens| tokens.to_token_stream().to_string().replace(' ', "");
    let (mut types, mut contracts) = (HashSet::new(), HashSet::new());
    for plugin in plugins {
        let ty = text(&plugin.ty);
        if types.contains(&ty) {
            errors.push(&plugin.ty, messages::bundle_type_twice(&ty));
        }
        types.insert(ty);
        for contract in &plugin.contracts {
            let name = text(contract);
            if contracts.contains(&name) {
                errors.push(contract, messages::bundle_contract_twice(&name));
            }
            contracts.insert(name);
        }
    }
}
