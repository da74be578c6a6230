use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self) -> &dyn Fn(u32) -> u32;
}

fn main() {}
