use std::cell::RefCell;

use polyplug_guest::{contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, each: &dyn Fn(u32));
}

thread_local! {
    static KEPT: RefCell<Vec<&'static dyn Fn(u32)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
pub struct Keeper;

#[plugin]
impl Transform for Keeper {
    fn transform(&self, each: &dyn Fn(u32)) {
        KEPT.with_borrow_mut(|kept| kept.push(each));
    }
}

fn main() {}
