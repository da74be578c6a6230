use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    unsafe extern "C" fn transform(&self, input: ...) -> String;
}

fn main() {}
