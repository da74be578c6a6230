//! Every message has a case that shows it.

use std::fs;

use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

use crate::output;

/// Messages that depend on the package, and so cannot have a case: unit tests
/// of polyplug-macros show them.
const WITHOUT_A_CASE: [&str; 3] =
    ["the package is named", "no package name is known", "no package version is known"];

#[test]
fn every_message_of_the_macros_has_a_case() {
    for file in ["messages.rs", "messages/derive.rs", "messages/types.rs"] {
        let messages = literals(source(&format!("polyplug-macros/src/{file}")));
        assert!(!messages.is_empty(), "{file}");
        assert_shown(messages);
    }
}

#[test]
fn every_answer_about_a_missing_implementation_has_a_case() {
    for file in ["contract.rs", "plugin.rs", "private/bounds.rs"] {
        let messages = answers(source(&format!("polyplug-guest/src/{file}")));
        assert!(!messages.is_empty(), "{file}");
        assert_shown(messages);
    }
}

fn assert_shown(messages: Vec<String>) {
    let outputs = output::all();
    let is_shown = |message: &String| {
        outputs.iter().flat_map(|output| output.text.lines()).any(|line| shows(line, message))
    };
    let is_without = |message: &String| WITHOUT_A_CASE.iter().any(|text| message.starts_with(text));
    let missing: Vec<_> =
        messages.iter().filter(|message| is_shown(message) == is_without(message)).collect();
    assert!(missing.is_empty(), "messages without a case: {missing:#?}");
}

/// Whether `line` holds the fixed parts of `message`, in order.
fn shows(line: &str, message: &str) -> bool {
    let mut rest = line;
    fixed_parts(message).iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// What stands around the placeholders of a format string.
fn fixed_parts(message: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for character in message.chars() {
        match character {
            '{' => inside = true,
            '}' => {
                inside = false;
                parts.push(String::new());
            }
            other if !inside => parts.iter_mut().last().unwrap().push(other),
            _ => {}
        }
    }
    parts
}

fn source(path: &str) -> TokenStream {
    fs::read_to_string(output::root().join("..").join(path)).unwrap().parse().unwrap()
}

/// The text literals in `tokens`, without attributes and doc comments.
fn literals(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(_)));
                tokens.next();
            }
            TokenTree::Group(group) => found.extend(literals(group.stream())),
            literal @ TokenTree::Literal(_) => {
                found.extend(syn::parse2::<LitStr>(literal.into()).map(|text| text.value()));
            }
            _ => {}
        }
    }
    found
}

/// The text literals in `on_unimplemented`.
fn answers(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_next = false;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let stream = group.stream();
            found.extend(if is_next { literals(stream) } else { answers(stream) });
        }
        is_next = matches!(&token, TokenTree::Ident(ident) if *ident == "on_unimplemented");
    }
    found
}

#[test]
fn a_message_is_found_by_its_fixed_parts() {
    assert_eq!(fixed_parts("`{a}` is {b}."), ["`", "` is ", "."]);
    assert!(shows("error: `x` is bad.", "`{a}` is {b}."));
    assert!(!shows("error: `x` was bad.", "`{a}` is {b}."));
}
