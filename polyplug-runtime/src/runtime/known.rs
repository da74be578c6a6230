//! The contracts that the host knows, because it named or asked for them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use polyplug_guest::{Contract, ContractId};

use crate::error::BuildError;
use crate::hash::KeyMap;
use crate::schema::{Schema, both_forms, read_contract};

/// The contracts that the host knows.
#[derive(Default)]
pub(crate) struct Known {
    // No code of others runs under the lock, so a poisoned one guards whole data.
    schemas: RwLock<Schemas>,
}

type Schemas = KeyMap<ContractId, Arc<Schema>>;

impl Known {
    /// Makes a contract known. Of two forms that agree the longer one is kept.
    pub(crate) fn add<C: Contract + ?Sized>(&self) -> Result<(), BuildError> {
        let is_known = |known: &Arc<Schema>| known.fingerprint == C::SCHEMA.fingerprint;
        if self.read().get(&C::ID).is_some_and(is_known) {
            return Ok(());
        }
        // SAFETY: the schema is a constant that the contract's macro made.
        let schema = unsafe { read_contract(C::SCHEMA) }
            .map_err(|source| BuildError::Schema { contract: C::NAME.to_owned(), source })?;
        let mut schemas = self.schemas.write().unwrap_or_else(PoisonError::into_inner);
        let longer = match schemas.get(&C::ID) {
            Some(known) => {
                check(known, &schema)?;
                known.methods.len() < schema.methods.len()
            }
            None => true,
        };
        if longer {
            schemas.insert(C::ID, Arc::new(schema));
        }
        Ok(())
    }

    /// All of them, as `name@major.minor`.
    pub(crate) fn names(&self) -> Vec<String> {
        let schemas = self.schemas.read().unwrap_or_else(PoisonError::into_inner);
        schemas.values().map(|schema| format!("{}@{}", schema.name, schema.version)).collect()
    }

    pub(crate) fn get(&self, id: ContractId) -> Option<Arc<Schema>> {
        self.read().get(&id).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, Schemas> {
        self.schemas.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(known: &Schema, other: &Schema) -> Result<(), BuildError> {
    if known.name != other.name {
        let (first, second) = (known.name.clone(), other.name.clone());
        return Err(BuildError::IdCollision { first, second });
    }
    match known.first_difference(other) {
        None => Ok(()),
        Some((first, second)) => {
            let (first, second) = both_forms(first, second);
            Err(BuildError::Contradiction { contract: known.name.clone(), first, second })
        }
    }
}
