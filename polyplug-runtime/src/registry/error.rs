//! What the registry refuses.

use polyplug_guest::ContractId;

use super::ContractHandle;

/// Why a handle was not resolved, or a contract not registered.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The handle names a place that this registry never had.
    #[error("handle {handle} is not of this registry; use one that its lookups gave")]
    InvalidHandle {
        /// What was to be resolved.
        handle: ContractHandle,
    },
    /// The provider that the handle named is unloaded.
    #[error("the provider of handle {handle} was unloaded; look the contract up again")]
    StaleHandle {
        /// What was to be resolved.
        handle: ContractHandle,
    },
    /// A bundle registers one contract twice.
    #[error("bundle `{bundle}` already provides `{contract}`; let it register the contract once")]
    DuplicateProvider {
        /// The bundle's name.
        bundle: String,
        /// The contract's name.
        contract: String,
    },
    /// Two names of contracts have one id.
    #[error("contracts `{first}` and `{second}` share the id {id}; rename one of them")]
    IdCollision {
        /// The id of both.
        id: ContractId,
        /// The name that is registered.
        first: String,
        /// The name that was refused.
        second: String,
    },
    /// A provider was to be replaced by one of another contract.
    #[error(
        "handle {handle} is of contract {id}, not of `{contract}`; retire it, and register `{contract}` anew"
    )]
    OtherContract {
        /// Whose provider was to be replaced.
        handle: ContractHandle,
        /// The contract that the handle stands for.
        id: ContractId,
        /// The name of the other contract.
        contract: String,
    },
    /// Every place has been used up.
    #[error("the registry has no place left; make a new runtime")]
    Full,
}
