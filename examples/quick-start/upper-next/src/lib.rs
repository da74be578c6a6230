//! The next version of `upper`: it capitalizes words instead.
#![forbid(unsafe_code)]

use polyplug_guest::{bundle, plugin};
use text_contract::Transform;

/// An upper-case letter at the beginning of each word.
#[derive(Default)]
pub struct Capitals;

#[plugin]
impl Transform for Capitals {
    fn transform(&self, input: &str) -> String {
        let mut text = String::with_capacity(input.len());
        let mut in_word = false;
        for letter in input.chars() {
            match in_word {
                true => text.push(letter),
                false => text.extend(letter.to_uppercase()),
            }
            in_word = letter.is_alphanumeric();
        }
        text
    }
}

bundle!(Capitals, name = "upper", version = "0.2.0");
