use polyplug_guest::contract;

macro_rules! text {
    () => { String };
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: text!()) -> String;
}

fn main() {}
