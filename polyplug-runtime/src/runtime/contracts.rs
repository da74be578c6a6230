//! The contracts that loaders may ask for: those that the host knows, and those
//! that loaded bundles describe.

use std::sync::Arc;

use polyplug_guest::ContractId;

use super::Shared;
use crate::loader::Contracts;
use crate::schema::Schema;

impl Contracts for Shared {
    fn contract(&self, id: ContractId) -> Option<Arc<Schema>> {
        self.known.get(id).or_else(|| self.described(id))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.known.names();
        for bundle in self.bundles.snapshots() {
            names.extend(bundle.provides().map(|(name, version)| format!("{name}@{version}")));
        }
        names
    }
}

impl Shared {
    /// The contract as the newest of its loaded providers has it.
    fn described(&self, id: ContractId) -> Option<Arc<Schema>> {
        let providers = self.registry.all(id).into_iter();
        let implementations = providers.filter_map(|(_, payload)| payload.implementation.upgrade());
        let newest =
            implementations.max_by_key(|implementation| implementation.interface.version());
        newest.map(|implementation| Arc::new(implementation.interface.schema.clone()))
    }
}
