use polyplug_guest::{contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[plugin]
impl Transform for dyn Sync {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
