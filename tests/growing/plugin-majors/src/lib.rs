//! A plugin for hosts of the time of 1.2 and for those of 2.0.
#![forbid(unsafe_code)]

use fixture_growing::{v1_2, v2_0};
use polyplug_guest::{bundle, plugin};

#[derive(Default)]
struct Plugin;

#[plugin]
impl v1_2::Growing for Plugin {
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

#[plugin]
impl v2_0::Growing for Plugin {
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

bundle!(Plugin: v1_2::Growing + v2_0::Growing, name = "growing");
