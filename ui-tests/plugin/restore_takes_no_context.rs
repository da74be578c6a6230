use polyplug_guest::{PluginError, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Upper {
    /// How often.
    pub count: u32,
}

impl Upper {
    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(vec![self.count as u8])
    }

    fn restore(state: &[u8]) -> Result<Self, PluginError> {
        Ok(Self { count: state.len() as u32 })
    }
}

#[plugin(save = Self::save, restore = Self::restore)]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
