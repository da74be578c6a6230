use polyplug_guest::{Abi, contract};

#[derive(Abi)]
pub struct Query<'a> {
    text: &'a str,
}

#[contract(name = "text.search", version = "1.0")]
pub trait Search {
    fn find(&self, query: Query<'static>) -> String;
}

fn main() {}
