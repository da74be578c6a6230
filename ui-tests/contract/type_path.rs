use polyplug_guest::contract;
use std::path::Path;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &Path) -> String;
}

fn main() {}
