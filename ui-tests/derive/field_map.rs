use polyplug_guest::Abi;

use std::collections::HashMap;

#[derive(Abi)]
pub struct Shape {
    names: HashMap<String, u32>,
}

#[polyplug_guest::contract(name = "draw.shapes", version = "1.0")]
pub trait Shapes {
    fn largest(&self, shapes: Vec<Shape>) -> Option<Shape>;
}

fn main() {}
