use polyplug_guest::contract;
use std::rc::Rc;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Rc<str>) -> String;
}

fn main() {}
