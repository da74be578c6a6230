use polyplug_guest::{Context, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Upper;

impl Upper {
    fn create(_: &Context<'_>) -> Self {
        Self
    }
}

#[plugin(create = Upper::create)]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
