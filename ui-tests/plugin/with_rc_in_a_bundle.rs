use std::rc::Rc;

use polyplug_guest::{bundle, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Upper {
    words: Rc<u32>,
}

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

bundle!(Upper);

fn main() {}
