use polyplug_guest::contract;
use std::num::NonZeroU32;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: NonZeroU32) -> String;
}

fn main() {}
