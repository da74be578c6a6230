use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform<T> {
    fn transform(&self, input: T) -> String;
}

fn main() {}
