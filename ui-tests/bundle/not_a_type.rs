use polyplug_guest::{bundle, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[contract(name = "text.count", version = "2.1")]
pub trait Count {
    fn count(&self, input: &str) -> usize;
}

#[derive(Default)]
pub struct Upper;

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

#[plugin]
impl Count for Upper {
    fn count(&self, input: &str) -> usize {
        input.len()
    }
}

#[derive(Default)]
pub struct Lower;

#[plugin]
impl Transform for Lower {
    fn transform(&self, input: &str) -> String {
        input.to_lowercase()
    }
}

bundle!("lower");

fn main() {}
