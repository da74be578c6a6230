use polyplug_guest::{Abi, contract};

#[derive(Abi)]
#[repr(C)]
pub struct Colour {
    name: String,
}

#[contract(name = "text.colours", version = "1.0")]
pub trait Colours {
    fn mix(&self, colours: &[Colour]) -> String;
}

fn main() {}
