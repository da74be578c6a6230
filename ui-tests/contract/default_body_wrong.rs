use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;

    fn twice(&self, input: &str) -> String {
        self.transform(input.len())
    }
}

fn main() {}
