use polyplug_guest::{Contract, bundle, contract, plugin};

pub struct Colour;

#[contract(name = "paint", version = "1.0")]
pub trait Paint {
    fn paint(&self, colour: Colour) -> Colour;

    fn mix(&mut self, colours: Vec<Colour>) -> Result<Colour, String>;
}

#[derive(Default)]
pub struct Painter;

#[plugin]
impl Paint for Painter {
    fn paint(&self, colour: Colour) -> Colour {
        colour
    }

    fn mix(&mut self, _: Vec<Colour>) -> Result<Colour, String> {
        Err(<dyn Paint as Contract>::NAME.to_owned())
    }
}

bundle!(Painter);

pub fn use_it(proxy: &mut PaintProxy) -> Option<Colour> {
    proxy.paint(Colour).ok()?;
    proxy.mix(Vec::new()).ok()
}

fn main() {}
