//! A plugin of the time of 1.0.
#![forbid(unsafe_code)]

use fixture_growing::v1_0::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> String {
        "1.0".to_owned()
    }

    fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }
}

bundle!(Plugin, name = "growing");
