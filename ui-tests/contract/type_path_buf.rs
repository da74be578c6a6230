use polyplug_guest::contract;
use std::path::PathBuf;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> PathBuf;
}

fn main() {}
