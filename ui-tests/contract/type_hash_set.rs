use polyplug_guest::contract;
use std::collections::HashSet;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &HashSet<String>) -> String;
}

fn main() {}
