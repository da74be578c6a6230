//! A plugin of the time of 1.2.
#![forbid(unsafe_code)]

use fixture_growing::v1_2::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> String {
        "1.2".to_owned()
    }

    fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn subtract(&self, a: u32, b: u32) -> Result<u32, String> {
        a.checked_sub(b).ok_or_else(|| format!("{b} is more than {a}"))
    }

    fn double(&self, a: u32) -> String {
        format!("{} by the plugin", a.wrapping_mul(2))
    }
}

bundle!(Plugin, name = "growing");
