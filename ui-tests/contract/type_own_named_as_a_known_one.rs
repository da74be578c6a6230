use polyplug_guest::contract;

pub struct Vec<T, const N: usize>([T; N]);

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Vec<u8, 4>) -> String;
}

fn main() {}
