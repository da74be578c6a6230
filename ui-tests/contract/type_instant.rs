use polyplug_guest::contract;
use std::time::Instant;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Instant) -> String;
}

fn main() {}
