use polyplug_guest::contract;

#[contract(name = "text.transform")]
pub trait Transform {
    fn transform(&self, input: &str) -> String;
}

fn main() {}
