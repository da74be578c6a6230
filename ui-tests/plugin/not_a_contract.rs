use polyplug_guest::plugin;

pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

#[derive(Default)]
pub struct Upper;

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
