//! A plugin for forms of 1.0 that no host knows.
#![forbid(unsafe_code)]

use fixture_growing::changed::{Growing, Measuring, Reading};
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

#[plugin]
impl Measuring for Plugin {
    fn readings(&self) -> Vec<Reading> {
        vec![Reading { at: 1, value: 0.5, unit: "m".to_owned() }]
    }
}

bundle!(Plugin: Growing + Measuring, name = "growing");
