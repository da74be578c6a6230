//! The registry proper: lookups in the present view, and changes of it.

use std::sync::Arc;

use polyplug_guest::ContractId;

use super::change::Change;
use super::published::{Pinned, Published};
use super::view::{Leftovers, View};
use super::{ContractHandle, Descriptor, RegistryError};

/// Providers with a payload `P` each. Lookups take no lock.
///
/// Payloads and descriptors are dropped by threads that publish, or by the one that
/// drops the store; never by one that looks up.
pub(super) struct Store<P> {
    view: Published<View<P>, Leftovers<P>>,
}

impl<P: Clone + Send + Sync + 'static> Store<P> {
    pub(super) fn new() -> Self {
        Self { view: Published::new(View::new()) }
    }

    /// Begins a change; waits for the one before to be published or dropped.
    pub(super) fn change(&self) -> Change<'_, P> {
        Change::new(self.view.write())
    }

    /// The present view, for several lookups in one state.
    #[inline]
    pub(super) fn view(&self) -> Pinned<'_, View<P>> {
        self.view.read()
    }

    #[inline]
    pub(super) fn find(&self, contract: ContractId) -> Option<ContractHandle> {
        self.view().find(contract)
    }

    #[inline]
    pub(super) fn resolve(
        &self,
        handle: ContractHandle,
    ) -> Result<Pinned<'_, Descriptor>, RegistryError> {
        self.view().try_map(|view| Ok(view.entry(handle)?.descriptor.as_ref()))
    }

    pub(super) fn describe(
        &self,
        handle: ContractHandle,
    ) -> Result<Arc<Descriptor>, RegistryError> {
        Ok(Arc::clone(&self.view().entry(handle)?.descriptor))
    }

    pub(super) fn payload(&self, handle: ContractHandle) -> Result<P, RegistryError> {
        Ok(self.view().entry(handle)?.payload.clone())
    }
}
