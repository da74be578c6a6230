use polyplug_guest::contract;
use std::num::Wrapping;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, Wrapping(input): Wrapping<u32>) -> u32 {
        input
    }
}

fn main() {}
