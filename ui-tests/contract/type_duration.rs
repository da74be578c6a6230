use polyplug_guest::contract;
use std::time::Duration;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Duration) -> String;
}

fn main() {}
