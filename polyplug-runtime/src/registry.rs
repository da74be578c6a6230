//! Which bundles provide which contracts.
//!
//! # States
//!
//! The registry is a line of immutable views, of which one is the present one. A
//! lookup pins an epoch and reads that one; a change makes the next from it and puts
//! it in its place, so everybody sees the whole change or nothing of it. A view is
//! two persistent tries, from handle to entry and from contract to handles, so that
//! a change costs the paths that it touches, and leaves all other entries where
//! they are.
//!
//! # Parts
//!
//! `trie` knows the nodes and who frees them, `published` knows epochs and when a
//! view may go; the other parts are safe code on top of these two, but for the one
//! promise that `change` gives to `trie`.

mod bundle_query;
mod change;
mod descriptor;
mod error;
mod handle;
mod published;
mod store;
mod trie;
mod view;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use polyplug_guest::ContractId;

pub(crate) use change::Change;
pub(crate) use descriptor::BundleDescription;
pub use descriptor::Descriptor;
pub use error::RegistryError;
pub use handle::ContractHandle;
pub(crate) use view::Entry;

use store::Store;

use crate::implementation::Implementation;
use crate::instance::Instances;
use crate::schema::Schema;

/// What the runtime keeps with each entry, all of it owned by the loaded bundle.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// The number of the bundle among those of its runtime.
    pub(crate) serial: u64,
    pub(crate) implementation: Weak<Implementation>,
    pub(crate) instances: Weak<Instances>,
}

/// What instances are made from. What is gone already is left out.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) implementation: Option<Arc<Implementation>>,
    pub(crate) instances: Option<Arc<Instances>>,
}

impl Payload {
    /// What is still there. The last reference to it may go with the result, which runs
    /// code of bundles: not to be dropped where a view is pinned.
    fn present(&self) -> Present {
        let (implementation, instances) = (self.implementation.upgrade(), self.instances.upgrade());
        Present { implementation, instances }
    }
}

/// The contracts that are registered with a runtime, and who provides them.
///
/// Lookups take no lock, and each sees one state of the registry: all of a load,
/// reload or unload, or nothing of it.
pub struct Registry {
    store: Store<Payload>,
}

impl Registry {
    /// The first loaded provider of `contract`.
    #[inline]
    pub fn find(&self, contract: ContractId) -> Option<ContractHandle> {
        self.store.find(contract)
    }

    /// The provider of `contract` in one bundle.
    ///
    /// `bundle` is `name@version`, or `name` for the first loaded bundle of that name
    /// that provides the contract.
    pub fn find_in_bundle(&self, bundle: &str, contract: ContractId) -> Option<ContractHandle> {
        self.store.view().find_in_bundle(bundle, contract).map(|(handle, _)| handle)
    }

    /// All providers of `contract`, in the order of their loading.
    pub fn find_all(&self, contract: ContractId) -> Vec<ContractHandle> {
        self.store.view().providers(contract).map(|(handle, _)| handle).collect()
    }

    /// How many providers are registered, counting each contract of each bundle.
    pub fn count(&self) -> usize {
        self.store.view().count()
    }

    /// What `handle` names, to be read in place.
    ///
    /// The result keeps memory of unloaded bundles' descriptions from being freed, so
    /// it is for a short look; [`describe`](Self::describe) gives what can be kept.
    ///
    /// # Errors
    ///
    /// [`StaleHandle`](RegistryError::StaleHandle) if the provider was unloaded,
    /// [`InvalidHandle`](RegistryError::InvalidHandle) if the registry never gave
    /// such a handle.
    #[inline]
    pub fn resolve(&self, handle: ContractHandle) -> Result<Resolved<'_>, RegistryError> {
        Ok(Resolved { descriptor: self.store.resolve(handle)? })
    }

    /// What `handle` names, to be kept.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve).
    pub fn describe(&self, handle: ContractHandle) -> Result<Arc<Descriptor>, RegistryError> {
        self.store.describe(handle)
    }

    /// The contract that the provider `handle` implements, as the provider describes it.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve).
    pub fn schema(&self, handle: ContractHandle) -> Result<Schema, RegistryError> {
        let implementation = self.store.payload(handle)?.implementation.upgrade();
        // What goes at this moment is as good as gone.
        let implementation = implementation.ok_or(RegistryError::StaleHandle { handle })?;
        Ok(implementation.interface.schema.clone())
    }

    /// How many times the registry has changed. Grows with each load, reload and
    /// unload that succeeds.
    pub fn revision(&self) -> u64 {
        self.store.view().revision()
    }

    pub(crate) fn new() -> Self {
        Self { store: Store::new() }
    }

    /// Begins a change; waits for the one before to be published or dropped.
    pub(crate) fn change(&self) -> Change<'_, Payload> {
        self.store.change()
    }

    /// What instances of `handle` are made from.
    pub(crate) fn present(&self, handle: ContractHandle) -> Result<Present, RegistryError> {
        Ok(self.store.view().entry(handle)?.payload.present())
    }

    /// What instances of the first loaded provider of `contract` are made from.
    pub(crate) fn first(&self, contract: ContractId) -> Option<Present> {
        let view = self.store.view();
        let handle = view.find(contract)?;
        // A listed handle is live in the same view.
        Some(view.entry(handle).ok()?.payload.present())
    }

    /// As [`first`](Self::first), of the provider that
    /// [`find_in_bundle`](Self::find_in_bundle) finds.
    pub(crate) fn in_bundle(&self, bundle: &str, contract: ContractId) -> Option<Present> {
        let view = self.store.view();
        let (_, entry) = view.find_in_bundle(bundle, contract)?;
        Some(entry.payload.present())
    }

    /// All providers of `contract` in the order of their loading, of one state, with
    /// what the runtime keeps for each.
    pub(crate) fn all(&self, contract: ContractId) -> Vec<(ContractHandle, Payload)> {
        let view = self.store.view();
        view.providers(contract).map(|(handle, entry)| (handle, entry.payload.clone())).collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.store.view();
        f.debug_struct("Registry")
            .field("count", &view.count())
            .field("revision", &view.revision())
            .finish()
    }
}

/// A provider's descriptor, as it was when it was resolved.
///
/// Stays readable when the provider is unloaded meanwhile. Cannot be sent to another
/// thread.
pub struct Resolved<'r> {
    descriptor: published::Pinned<'r, Descriptor>,
}

impl Deref for Resolved<'_> {
    type Target = Descriptor;

    #[inline]
    fn deref(&self) -> &Descriptor {
        &self.descriptor
    }
}

impl fmt::Debug for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resolved").field(&**self).finish()
    }
}

#[cfg(test)]
mod tests;
