use polyplug_guest::{contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

pub struct Upper;

#[plugin]
impl !Transform for Upper {}

fn main() {}
