use polyplug_guest::plugin;

pub struct Upper;

#[plugin]
impl Upper {
    pub fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }
}

fn main() {}
