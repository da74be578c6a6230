use polyplug_guest::{Abi, contract};

#[contract(name = "text.log", version = "1.0")]
pub trait Log {
    fn write(&self, text: &str);
}

#[derive(Abi)]
pub struct Query<'a> {
    log: &'a dyn Log,
}

fn main() {}
