use polyplug_guest::contract;

#[contract(name = "counter", version = "1.0")]
pub trait Counter {
    fn total(&self) -> u64;

    fn add(&mut self, amount: u64) -> Result<u64, String>;
}

pub fn name<C: polyplug_guest::Contract + ?Sized>() -> &'static str {
    C::NAME
}

pub fn counter() -> &'static str {
    name::<String>()
}

fn main() {}
