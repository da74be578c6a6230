//! Turns text into upper case.
#![forbid(unsafe_code)]

use polyplug_guest::{bundle, plugin};
use text_contract::Transform;

/// Upper case, letter by letter.
#[derive(Default)]
pub struct Upper;

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

bundle!(Upper);
