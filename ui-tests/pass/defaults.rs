//! Methods with a body in the trait.

use polyplug_guest::{contract, plugin};

/// Greets.
#[contract(name = "defaults", version = "1.1")]
pub trait Defaults: Send + Sync + 'static {
    /// Has none.
    fn name(&self) -> String;

    /// Calls the other, and changes its argument.
    #[since("1.1")]
    fn greeting(&self, mut name: String) -> String {
        name.push_str(&self.name());
        name
    }

    /// Ignores its argument.
    #[since("1.1")]
    fn ignore(&mut self, _name: &str) {}
}

/// The plugin.
#[derive(Default)]
pub struct Plain;

#[plugin]
impl Defaults for Plain {
    fn name(&self) -> String {
        "world".to_owned()
    }
}
