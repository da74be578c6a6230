//! The contracts that the host knows, because it named or asked for them.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use polyplug_guest::{Contract, ContractId};

use crate::error::BuildError;
use crate::hash::KeyMap;
use crate::schema::{Schema, both_forms, read_contract};

/// The contracts that the host knows.
#[derive(Default)]
pub(crate) struct Known {
    // No code of others runs under the lock, so a poisoned one guards whole data.
    forms: RwLock<Forms>,
}

#[derive(Default)]
struct Forms {
    longest: KeyMap<ContractId, Arc<Schema>>,
    /// The fingerprints of all that were compared, and agree.
    agreeing: BTreeSet<u64>,
}

impl Known {
    /// Makes a contract known. Of two forms that agree the longer one is kept.
    pub(crate) fn add<C: Contract + ?Sized>(&self) -> Result<(), BuildError> {
        if self.read().agreeing.contains(&C::SCHEMA.fingerprint) {
            return Ok(());
        }
        // SAFETY: the schema is a constant that the contract's macro made.
        let schema = unsafe { read_contract(C::SCHEMA) }
            .map_err(|source| BuildError::Schema { contract: C::NAME.to_owned(), source })?;
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        let longer = match forms.longest.get(&C::ID) {
            Some(known) => {
                check(known, &schema)?;
                known.methods.len() < schema.methods.len()
            }
            None => true,
        };
        forms.agreeing.insert(schema.fingerprint);
        if longer {
            forms.longest.insert(C::ID, Arc::new(schema));
        }
        Ok(())
    }

    /// All of them, as `name@major.minor`.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |schema: &Arc<Schema>| format!("{}@{}", schema.name, schema.version);
        self.read().longest.values().map(name).collect()
    }

    pub(crate) fn get(&self, id: ContractId) -> Option<Arc<Schema>> {
        self.read().longest.get(&id).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, Forms> {
        self.forms.read().unwrap_or_else(PoisonError::into_inner)
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
