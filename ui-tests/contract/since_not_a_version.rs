use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.2")]
pub trait Transform {
    #[since("1")]
    fn transform(&self, input: &str) -> String;
}

fn main() {}
