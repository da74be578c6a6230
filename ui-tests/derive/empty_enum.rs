use polyplug_guest::Abi;

#[derive(Abi)]
pub enum Shape {}

#[polyplug_guest::contract(name = "draw.shapes", version = "1.0")]
pub trait Shapes {
    fn largest(&self, shapes: Vec<Shape>) -> Option<Shape>;
}

fn main() {}
