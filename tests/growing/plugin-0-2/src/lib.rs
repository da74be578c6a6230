//! A plugin of the time of 0.2.
#![forbid(unsafe_code)]

use fixture_growing::v0_2::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> String {
        "0.2".to_owned()
    }

    fn add(&self, a: u16, b: u16) -> u16 {
        a.wrapping_add(b)
    }
}

bundle!(Plugin, name = "growing");
