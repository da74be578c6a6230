use polyplug_guest::contract;

pub struct Colour;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &mut dyn FnMut(Colour, &[u8]) -> u32);
}

fn main() {}
