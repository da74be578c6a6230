use polyplug_guest::contract;

#[contract(name = "app.store", version = "1.0")]
pub trait Store {
    fn size(&self) -> u64;
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, stores: Vec<&dyn Store>) -> String;
}

fn main() {}
