use polyplug_guest::contract;
use std::collections::HashMap;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: HashMap<String, u32>) -> String;
}

fn main() {}
