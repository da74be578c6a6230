//! A plugin of the time of 0.1.
#![forbid(unsafe_code)]

use fixture_growing::v0_1::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> u32 {
        1
    }

    fn add(&self, a: u8, b: u8) -> u8 {
        a.wrapping_add(b)
    }
}

bundle!(Plugin, name = "growing");
