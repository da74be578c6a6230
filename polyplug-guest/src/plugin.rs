//! What `#[plugin]` makes of an implementation, and what a plugin is told.

mod config;
mod context;

pub use config::{ConfigError, ConfigRef};
pub use context::Context;

use crate::contract::Contract;
use crate::error::PluginError;
use crate::private::AnyThread;

/// A type that implements the contract `C` for hosts:
/// [`#[plugin]`](crate::plugin) implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin for this contract",
    label = "no `#[plugin]` found",
    note = "put `#[plugin]` on the `impl` block of the contract for this type"
)]
pub trait Plugin<C: Contract + ?Sized>: AnyThread + Sized {
    /// Whether making an instance anew loses nothing.
    const STATELESS: bool = size_of::<Self>() == 0;

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// Why there can be none, for whoever asked for it.
    fn create(cx: &Context<'_>) -> Result<Self, PluginError>;

    /// Is told that the instance is about to be destroyed.
    ///
    /// # Errors
    ///
    /// Reported to the host, and never a veto.
    fn on_unload(&mut self) -> Result<(), PluginError> {
        Ok(())
    }
}
