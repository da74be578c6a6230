use polyplug_guest::contract;
use std::sync::Arc;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> Arc<String>;
}

fn main() {}
