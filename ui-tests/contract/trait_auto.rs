use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub auto trait Transform {}

fn main() {}
