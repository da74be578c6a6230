//! Every form of `bundle!`.

use polyplug_guest::{contract, plugin};

/// Has two implementations.
#[contract(name = "bundles.checked", version = "1.0")]
pub trait Checked {
    /// Checks.
    fn check(&self, input: &str) -> Result<(), String>;
}

/// Has one.
#[contract(name = "bundles.stats", version = "2.3")]
pub trait Stats {
    /// Counts.
    fn count(&self, input: &str) -> u64;
}

/// A plugin for one contract.
#[derive(Default)]
pub struct Upper;

#[plugin]
impl Checked for Upper {
    fn check(&self, input: &str) -> Result<(), String> {
        if input.is_empty() { Err("empty".to_owned()) } else { Ok(()) }
    }
}

/// A plugin for two.
#[derive(Default)]
pub struct Sums {
    /// A plugin may have a state.
    pub offset: u64,
}

#[plugin]
impl Checked for Sums {
    fn check(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

#[plugin]
impl Stats for Sums {
    fn count(&self, input: &str) -> u64 {
        input.len() as u64 + self.offset
    }
}

/// A lone type, with the name and the version of the package.
pub mod lone {
    use super::Upper;

    polyplug_guest::bundle!(Upper);
}

/// A type with two contracts.
pub mod both {
    polyplug_guest::bundle!(super::Sums: super::Checked + super::Stats, name = "both");
}

/// Everything at once, keys first.
pub mod everything {
    use super::{Checked, Stats, Sums, Upper};

    polyplug_guest::bundle! {
        name = "every.thing-1",
        version = "1.2.3-rc.1+build.5",
        crate = guest,
        Upper: Checked,
        Sums: Stats,
    }

    use polyplug_guest as guest;
}

/// What needs others.
pub mod needy {
    use super::Upper;

    polyplug_guest::bundle!(
        Upper,
        name = "needy",
        depends = ["bundles.stats@2.1", "a.b@1", { bundle = "upper" }, { bundle = "c", version = "^1.2, <2" }],
        reload_with_dependencies,
    );
}

/// What says that it needs nobody.
pub mod alone {
    use super::Upper;

    polyplug_guest::bundle!(reload_with_dependencies, depends = [], Upper, name = "alone");
}
