use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn pin(&self);
}

fn main() {}
