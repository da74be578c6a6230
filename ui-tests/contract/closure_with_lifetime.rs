use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform<'a>(&self, text: &'a str, each: &mut dyn FnMut(&'a str));
}

fn main() {}
