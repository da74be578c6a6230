//! What can be said about a plugin.

use polyplug_guest::{Context, PluginError, contract, plugin};

/// Counts.
#[contract(name = "plugins.counter", version = "1.0")]
pub trait Counter {
    /// Counts one more.
    fn next(&mut self) -> u64;
}

/// Made from a config, and told when it ends.
pub struct Configured {
    count: u64,
}

impl Configured {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let count = cx.config().text()?.trim().parse()?;
        Ok(Self { count })
    }

    fn on_unload(&mut self) -> Result<(), PluginError> {
        self.count = 0;
        Ok(())
    }
}

#[plugin(create = Self::create, on_unload = Configured::on_unload)]
impl Counter for Configured {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

/// Says that it keeps nothing.
#[derive(Default)]
pub struct Forgetful {
    calls: u64,
}

#[plugin(stateless, crate = polyplug_guest)]
impl Counter for Forgetful {
    fn next(&mut self) -> u64 {
        self.calls += 1;
        0
    }
}

/// Of a generic type, but one of its own.
pub struct Stepping<T>(T);

impl<T: From<u8>> Stepping<T> {
    fn make(_: &Context<'_>) -> Result<Self, PluginError> {
        Ok(Self(T::from(2)))
    }
}

#[plugin(create = Stepping::<u64>::make,)]
impl Counter for Stepping<u64> {
    fn next(&mut self) -> u64 {
        self.0 += 2;
        self.0
    }
}

/// Makes instances of any type.
pub fn make<T: Default>(_: &Context<'_>) -> Result<T, PluginError> {
    Ok(T::default())
}

#[plugin(create = make::<Self>)]
impl Counter for u64 {
    fn next(&mut self) -> u64 {
        *self += 1;
        *self
    }
}
