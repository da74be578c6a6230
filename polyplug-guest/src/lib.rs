//! Contracts and plugins for polyplug.

pub mod abi;
mod contract;
mod convert;
mod error;
mod fingerprint;
pub mod identity;
mod panic;
mod plugin;
#[doc(hidden)]
pub mod private;
mod proxy;
#[doc(hidden)]
pub mod sync;

pub use contract::Contract;
pub use error::{CallError, Failure, PluginError};
pub use identity::{BundleId, ContractId, ContractVersion};
pub use plugin::{ConfigError, ConfigRef, Context, Plugin};
pub use polyplug_macros::{bundle, contract, plugin};
pub use proxy::Proxy;
