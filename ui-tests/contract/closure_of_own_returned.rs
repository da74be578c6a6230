use polyplug_guest::contract;

pub struct Colour;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &dyn Fn(u8) -> Vec<Colour>);
}

fn main() {}
