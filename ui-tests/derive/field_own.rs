use polyplug_guest::Abi;

pub struct Colour;

#[derive(Abi)]
pub struct Shape {
    fill: Colour,
    border: Option<Colour>,
}

#[polyplug_guest::contract(name = "draw.shapes", version = "1.0")]
pub trait Shapes {
    fn largest(&self, shapes: Vec<Shape>) -> Option<Shape>;
}

fn main() {}
