use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform<'a, 'b: 'a>(&self, input: &'a str, other: &'b str) -> String;
}

fn main() {}
