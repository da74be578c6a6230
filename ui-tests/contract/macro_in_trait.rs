use polyplug_guest::contract;

macro_rules! method {
    () => {};
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    method!();
}

fn main() {}
