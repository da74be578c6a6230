//! The contract that the quick start's host and plugins share.
#![forbid(unsafe_code)]

use polyplug_guest::contract;

/// Turns text into other text.
#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    /// The text that `input` becomes.
    fn transform(&self, input: &str) -> String;
}
