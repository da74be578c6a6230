use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &mut dyn for<'a> FnMut(&'a str));
}

fn main() {}
