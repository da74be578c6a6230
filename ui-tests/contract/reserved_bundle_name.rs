use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn bundle_name(&self);
}

fn main() {}
