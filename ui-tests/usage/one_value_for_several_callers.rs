use polyplug_guest::contract;
use polyplug_guest::private::SharedContract;

#[contract(name = "ui.counter", version = "1.0")]
pub trait Counter {
    fn add(&mut self, amount: u64);
}

/// As a runtime takes what a host provides.
fn provide<C: SharedContract + ?Sized>() {}

fn main() {
    provide::<dyn Counter>();
}
