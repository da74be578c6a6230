//! Why there is no proxy for a contract.

use polyplug_guest::ContractVersion;

use crate::entry::GuestError;

/// Why there is no proxy for a contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No loaded bundle provides the contract in this major version.
    #[error("no loaded bundle provides `{contract}@{version}`; {hint}")]
    NotFound {
        /// The contract.
        contract: String,
        /// The version that was asked for.
        version: ContractVersion,
        /// What there is instead.
        hint: String,
    },
    /// The bundle that was asked for does not provide the contract, or is not
    /// loaded.
    #[error("bundle `{bundle}` does not provide `{contract}@{version}`; {hint}")]
    NotInBundle {
        /// The bundle that was asked for.
        bundle: String,
        /// The contract.
        contract: String,
        /// The version that was asked for.
        version: ContractVersion,
        /// What there is instead.
        hint: String,
    },
    /// A method of the provider is not the one that the caller knows.
    #[error(
        "bundle `{bundle}` implements another form of contract `{contract}`: the host has `{host}`, the plugin `{plugin}`; build both against one version of the contract"
    )]
    Incompatible {
        /// The bundle.
        bundle: String,
        /// The contract.
        contract: String,
        /// The method as the caller knows it.
        host: String,
        /// The method as the bundle has it.
        plugin: String,
    },
    /// The provider could not make an instance.
    #[error("bundle `{bundle}` cannot make an instance for contract `{contract}`")]
    Create {
        /// The bundle.
        bundle: String,
        /// The contract.
        contract: String,
        /// What the plugin said.
        #[source]
        source: GuestError,
    },
    /// The service was withdrawn, or its runtime is gone.
    #[error("the service `{contract}` was withdrawn, or its runtime is gone")]
    Withdrawn {
        /// The contract.
        contract: String,
    },
    /// Each bundle has an implementation of its own, and the host has none.
    #[error(
        "the service `{contract}` is made for each bundle that asks, so there is none for the host; keep what `provide_each` makes"
    )]
    OnlyForBundles {
        /// The contract.
        contract: String,
    },
    /// The bundle was unloaded meanwhile.
    #[error("bundle `{bundle}`, which provides contract `{contract}`, was unloaded meanwhile")]
    Unloaded {
        /// The bundle.
        bundle: String,
        /// The contract.
        contract: String,
    },
}

impl LookupError {
    /// The bundle, as it was asked for or by its name; none when none was asked
    /// for and none provides the contract.
    pub fn bundle(&self) -> Option<&str> {
        match self {
            Self::NotFound { .. } | Self::Withdrawn { .. } | Self::OnlyForBundles { .. } => None,
            Self::NotInBundle { bundle, .. }
            | Self::Incompatible { bundle, .. }
            | Self::Create { bundle, .. }
            | Self::Unloaded { bundle, .. } => Some(bundle),
        }
    }
}
