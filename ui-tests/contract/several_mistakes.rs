use std::collections::HashMap;

use polyplug_guest::contract;

#[contract(name = "Text", version = "1", proxi = Client)]
pub trait Transform: Clone {
    const LIMIT: usize;

    async fn transform(&self, input: &String) -> &str;

    fn count<T>(self, words: HashMap<String, Option<u32>>) -> u128;
}

fn main() {}
