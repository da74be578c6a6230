use polyplug_guest::{bundle, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Lower;

#[plugin]
impl Transform for Lower {
    fn transform(&self, input: &str) -> String {
        input.to_lowercase()
    }
}

bundle!(Lower, depends = ["text.other@0"]);

fn main() {}
