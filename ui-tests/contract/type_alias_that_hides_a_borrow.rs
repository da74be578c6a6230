use polyplug_guest::contract;

pub type Text = &'static str;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, input: Text) -> String;
}

fn main() {}
