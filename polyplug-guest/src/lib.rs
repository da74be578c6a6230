//! Contracts and plugins for polyplug.
pub mod identity;

pub use identity::{BundleId, ContractId, ContractVersion};
