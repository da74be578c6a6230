use polyplug_guest::contract;

pub struct Query<'a>(&'a str);

#[contract(name = "text.search", version = "1.0")]
pub trait Search {
    fn find(&self, query: Query<'_>) -> String;
}

fn main() {}
