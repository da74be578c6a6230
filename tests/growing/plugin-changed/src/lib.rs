//! A plugin for a form of 1.0 that no host knows.
#![forbid(unsafe_code)]

use fixture_growing::changed::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> String {
        "changed".to_owned()
    }

    fn add(&self, numbers: Vec<u32>) -> u64 {
        numbers.into_iter().map(u64::from).sum()
    }
}

bundle!(Plugin, name = "growing");
