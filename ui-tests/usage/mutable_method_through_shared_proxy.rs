use polyplug_guest::contract;

#[contract(name = "counter", version = "1.0")]
pub trait Counter {
    fn total(&self) -> u64;

    fn add(&mut self, amount: u64) -> Result<u64, String>;
}

pub fn add(counter: &CounterProxy) {
    let _ = counter.add(1);
}

fn main() {}
