use polyplug_guest::contract;

#[contract(name = "counter", version = "1.0")]
pub trait Counter {
    fn total(&self) -> u64;

    fn add(&mut self, amount: u64) -> Result<u64, String>;
}

pub fn subtract(counter: &mut CounterProxy) {
    let _ = counter.subtract(1);
}

fn main() {}
