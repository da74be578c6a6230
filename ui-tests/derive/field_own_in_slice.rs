use polyplug_guest::Abi;

pub struct Colour;

#[derive(Abi)]
pub struct Query<'a> {
    colours: &'a [Colour],
}

fn main() {}
