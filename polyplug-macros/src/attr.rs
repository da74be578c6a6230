//! `key = value` lists, as the macros take them.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, LitStr, Path, Result, Token};

use crate::errors::Errors;
use crate::messages;

/// A key that a macro knows, and how it is written with a value.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
}

/// Which of the known keys were given so far.
pub(crate) struct Keys {
    known: &'static [Key],
    seen: Vec<&'static str>,
}

impl Keys {
    pub(crate) fn new(known: &'static [Key]) -> Self {
        Self { known, seen: Vec::new() }
    }

    /// Reads a key. `None` when it cannot be used, which has been reported.
    pub(crate) fn read(
        &mut self,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Option<&'static Key> {
        let Ok(ident) = input.call(Ident::parse_any) else {
            errors.add(input.error(messages::expected_key(self.examples())));
            return None;
        };
        let name = ident.unraw().to_string();
        let Some(key) = self.known.iter().find(|key| key.name == name) else {
            errors.push(ident, messages::unknown_key(&name, self.examples()));
            return None;
        };
        if self.seen.contains(&key.name) {
            errors.push(ident, messages::key_twice(&name));
            return None;
        }
        self.seen.push(key.name);
        Some(key)
    }

    fn examples(&self) -> String {
        let examples: Vec<_> = self.known.iter().map(|key| format!("`{}`", key.example)).collect();
        examples.join(", ")
    }
}

/// Reads `tokens` as a list of keys; `set` takes each key's value. Everything
/// that is wrong is reported, and reading goes on behind the next comma.
pub(crate) fn read_keys(
    tokens: TokenStream,
    mut keys: Keys,
    errors: &mut Errors,
    mut set: impl FnMut(&'static Key, ParseStream<'_>, &mut Errors) -> Result<()>,
) {
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match keys.read(input, errors).map(|key| set(key, input, errors)) {
                Some(Ok(())) => end_item(input, errors),
                Some(Err(error)) => {
                    errors.add(error);
                    skip_item(input);
                }
                None => skip_item(input),
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(tokens) {
        errors.add(error);
    }
}

/// Reads the comma between two items, or finds the end.
pub(crate) fn end_item(input: ParseStream<'_>, errors: &mut Errors) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    errors.add(input.error(messages::EXPECTED_COMMA));
    if !is_at_key(input) {
        skip_item(input);
    }
}

/// Whether a `key = value` comes next.
pub(crate) fn is_at_key(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Goes behind the next comma.
pub(crate) fn skip_item(input: ParseStream<'_>) {
    while !input.is_empty() {
        let at_comma = input.peek(Token![,]);
        // There is a token, for the input is not empty.
        let _ = input.parse::<TokenTree>();
        if at_comma {
            return;
        }
    }
}

/// Reads `= "text"`.
pub(crate) fn text(key: &Key, input: ParseStream<'_>) -> Result<LitStr> {
    value(key, input, <LitStr as Parse>::parse)
}

/// Reads `= path`, a path of plain names.
pub(crate) fn path(key: &Key, input: ParseStream<'_>) -> Result<Path> {
    value(key, input, Path::parse_mod_style)
}

/// Reads `= value`.
pub(crate) fn value<T>(
    key: &Key,
    input: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    let form = || messages::key_form(key.example);
    input.parse::<Token![=]>().map_err(|error| syn::Error::new(error.span(), form()))?;
    let fork = input.fork();
    let span = fork.parse::<TokenTree>().map_or(input.span(), |token| token.span());
    parse(input).map_err(|_| syn::Error::new(span, form()))
}
