use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Vec<Option<u32>>) -> String;
}

fn main() {}
