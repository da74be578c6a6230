//! A plugin of the time of 2.0.
#![forbid(unsafe_code)]

use fixture_growing::v2_0::Growing;
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl Growing for Plugin {
    fn version(&self) -> String {
        "2.0".to_owned()
    }

    fn add(&self, a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }

    fn subtract(&self, a: u64, b: u64) -> Result<u64, String> {
        a.checked_sub(b).ok_or_else(|| format!("{b} is more than {a}"))
    }
}

bundle!(Plugin, name = "growing");
