use polyplug_guest::contract;
use std::sync::Mutex;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &Mutex<u32>) -> String;
}

fn main() {}
