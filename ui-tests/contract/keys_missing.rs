use polyplug_guest::contract;

#[contract]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

fn main() {}
