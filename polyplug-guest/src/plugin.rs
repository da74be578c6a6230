//! What `#[plugin]` makes of an implementation, and what a plugin is told.

mod config;
mod context;

pub use config::{ConfigError, ConfigRef};
pub use context::Context;

use crate::contract::Served;
use crate::error::PluginError;

/// A type that implements the contract `C` for hosts:
/// [`#[plugin]`](crate::plugin) implements this.
///
/// # Safety
///
/// Only the macro implements this: it has asked whether the type is
/// `Send + Sync + 'static`, and the functions serve `C` for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin for this contract",
    label = "no `#[plugin]` found",
    note = "put `#[plugin]` on the `impl` block of the contract for this type"
)]
pub unsafe trait Plugin<C: ?Sized>: Sized + 'static {
    /// Whether making an instance anew loses nothing.
    const STATELESS: bool = size_of::<Self>() == 0 && !Self::SAVES;

    /// Whether `save_instance` and `restore_instance` carry state over a reload.
    const SAVES: bool = false;

    /// Whether `unload_instance` does anything.
    const HAS_ON_UNLOAD: bool = false;

    /// Whether hosts may use the type from any thread.
    #[doc(hidden)]
    type IsAnyThread;

    /// The contract, and the functions that serve it.
    #[doc(hidden)]
    const SERVED: Served;

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// Why there can be none, for whoever asked for it.
    fn create_instance(cx: &Context<'_>) -> Result<Self, PluginError>;

    /// Is told that the instance is about to be destroyed.
    ///
    /// # Errors
    ///
    /// Reported to the host, and never a veto.
    fn unload_instance(&mut self) -> Result<(), PluginError> {
        Ok(())
    }

    /// Writes the state down, for a reload.
    ///
    /// # Errors
    ///
    /// Why it cannot be saved. The reload then fails.
    fn save_instance(&self) -> Result<Vec<u8>, PluginError> {
        Err(PluginError::msg("this plugin saves nothing"))
    }

    /// Makes an instance from a state that another version may have written down.
    ///
    /// # Errors
    ///
    /// Why there can be none. The reload then fails.
    fn restore_instance(cx: &Context<'_>, state: &[u8]) -> Result<Self, PluginError> {
        let _ = (cx, state);
        Err(PluginError::msg("this plugin restores nothing"))
    }
}
