use std::sync::Mutex;

use polyplug_guest::{contract, plugin};

#[contract(name = "app.store", version = "1.0")]
pub trait Store: Send + Sync {
    fn size(&self) -> u64;
}

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    fn transform(&self, store: &dyn Store);
}

#[derive(Default)]
pub struct Keeper {
    kept: Mutex<Vec<&'static dyn Store>>,
}

#[plugin]
impl Transform for Keeper {
    fn transform(&self, store: &dyn Store) {
        self.kept.lock().unwrap().push(store);
    }
}

fn main() {}
