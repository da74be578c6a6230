use polyplug_guest::{PluginError, contract};

/// Takes what plugins have to say.
#[contract(name = "app.log", version = "1.0")]
pub trait Log {
    fn write(&self, line: &str);
}

/// Transforms text twice, by whoever provides `text.transform`.
#[contract(name = "text.twice", version = "1.0")]
pub trait Twice {
    fn twice(&self, input: &str) -> Result<String, PluginError>;

    /// How often that was done so far.
    fn count(&self) -> u64;
}
