use polyplug_guest::contract;

#[contract(name = "text.transform", version = "0.2")]
pub trait Transform {
    #[since("0.1")]
    fn transform(&self, input: &str) -> String;
}

fn main() {}
