use polyplug_guest::{contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

pub struct Upper<'a>(&'a str);

#[plugin]
impl Transform for Upper<'_> {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
