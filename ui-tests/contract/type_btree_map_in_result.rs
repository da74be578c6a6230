use polyplug_guest::contract;
use std::collections::BTreeMap;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> Result<BTreeMap<String, u32>, String>;
}

fn main() {}
