use polyplug_guest::contract;

/// Turns text into other text.
#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}
