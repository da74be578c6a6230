use polyplug_guest::contract;
use std::collections::VecDeque;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: VecDeque<u8>) -> String;
}

fn main() {}
