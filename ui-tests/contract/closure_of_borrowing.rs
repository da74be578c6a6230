use polyplug_guest::{Abi, contract};

#[derive(Abi)]
pub struct Query<'a> {
    pub text: &'a str,
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &dyn Fn(Query<'_>));
}

fn main() {}
