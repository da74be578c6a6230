use polyplug_guest::contract;
use std::fmt::Display;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform: Send + Display + Sync {
    fn transform(&self, input: &str) -> String;
}

fn main() {}
