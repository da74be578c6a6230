use polyplug_guest::contract;

#[contract(name = "text.store", version = "1.0")]
pub trait Store {
    fn get(&self) -> u32;
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &dyn Fn(&dyn Store));
}

fn main() {}
