use polyplug_guest::contract;

pub struct Colour;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: [Colour; 3]) -> String;
}

fn main() {}
