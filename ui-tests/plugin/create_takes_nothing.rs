use polyplug_guest::{PluginError, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Upper;

impl Upper {
    fn create() -> Result<Self, PluginError> {
        Ok(Self)
    }
}

#[plugin(create = Self::create)]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
