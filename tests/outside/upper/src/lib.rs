use polyplug_guest::{bundle, plugin};
use text_contract::Transform;

#[derive(Default)]
pub struct Upper;

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

bundle!(Upper);
