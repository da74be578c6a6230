use polyplug_guest::contract;
use std::borrow::Cow;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Cow<'_, str>) -> String;
}

fn main() {}
