//! What can be asked about a provider; plain data of the host's own.

use std::path::Path;
use std::sync::Arc;

use polyplug_guest::{BundleId, ContractId, ContractVersion};
use semver::Version;

/// Describes one provider of one contract.
#[derive(Clone, Debug)]
pub struct Descriptor {
    pub(crate) contract_name: String,
    pub(crate) contract_id: ContractId,
    pub(crate) contract_version: ContractVersion,
    pub(crate) fingerprint: u64,
    pub(crate) method_count: u32,
    pub(crate) bundle: Arc<BundleDescription>,
}

/// What all contracts of one bundle share.
#[derive(Clone, Debug)]
pub(crate) struct BundleDescription {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) loader: String,
    /// Empty where there is none. As text, because that is how instances are told it.
    pub(crate) path: String,
    pub(crate) dependencies: Vec<String>,
    pub(crate) capabilities: Vec<String>,
}

impl BundleDescription {
    pub(crate) fn path(&self) -> Option<&Path> {
        (!self.path.is_empty()).then(|| Path::new(&self.path))
    }
}

impl Descriptor {
    /// The contract's name.
    pub fn contract_name(&self) -> &str {
        &self.contract_name
    }

    /// The contract's id.
    pub fn contract_id(&self) -> ContractId {
        self.contract_id
    }

    /// The version of the contract that the provider was built with.
    pub fn contract_version(&self) -> ContractVersion {
        self.contract_version
    }

    /// The fingerprint of the contract that the provider was built with.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// How many of the contract's methods the provider has.
    pub fn method_count(&self) -> u32 {
        self.method_count
    }

    /// The bundle's name.
    pub fn bundle_name(&self) -> &str {
        &self.bundle.name
    }

    /// The bundle's version.
    pub fn bundle_version(&self) -> &Version {
        &self.bundle.version
    }

    /// The bundle's id.
    pub fn bundle_id(&self) -> BundleId {
        BundleId::of(&self.bundle.name)
    }

    /// The name of the loader that loaded the bundle, such as `native`.
    pub fn loader(&self) -> &str {
        &self.bundle.loader
    }

    /// Where the bundle was loaded from; `None` if it came from memory or is linked in.
    pub fn path(&self) -> Option<&Path> {
        self.bundle.path()
    }

    /// What the bundle declared that it needs.
    pub fn dependencies(&self) -> &[String] {
        &self.bundle.dependencies
    }
}
