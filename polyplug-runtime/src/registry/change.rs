//! A change of the registry that shows at once or not at all.

use polyplug_guest::ContractId;

use super::published::Writer;
use super::trie::Edit;
use super::view::{Leftovers, Providers, Slot, Totals, View, slot_key};
use super::{ContractHandle, Entry, RegistryError};

/// Collects what is to change, out of everybody's sight until it is published.
///
/// Dropped before that, it leaves nothing behind; so does an operation that fails.
/// It keeps other writers waiting, so a thread must not begin a second one.
#[must_use = "nothing changes until it is published"]
pub(crate) struct Change<'s, P> {
    // First, so that entries of a dropped change go when the lock is released.
    writer: Writer<'s, View<P>, Leftovers<P>>,
    slots: Edit<Slot<P>>,
    contracts: Edit<Providers>,
    totals: Totals,
    /// Whether entries went, whose memory should go soon.
    drops_entries: bool,
}

impl<'s, P: Send + Sync> Change<'s, P> {
    pub(super) fn new(writer: Writer<'s, View<P>, Leftovers<P>>) -> Self {
        let view = writer.present();
        let totals = view.totals;
        // SAFETY: `writer` keeps the present view in its place until the change is
        // published or dropped, and keeps other edits out. `publish` alone commits,
        // and at once replaces the view, which `Published` then drops when no reader
        // holds it or an older one.
        let (slots, contracts) = unsafe { (view.slots.edit(), view.contracts.edit()) };
        Self { writer, slots, contracts, totals, drops_entries: false }
    }

    /// Registers a provider behind the others of its contract.
    ///
    /// # Errors
    ///
    /// `DuplicateProvider` if the bundle provides the contract already,
    /// `IdCollision` if the id is another name's, `Full` if no place is left.
    pub(crate) fn insert(&mut self, entry: Entry<P>) -> Result<ContractHandle, RegistryError> {
        self.check(&entry, None)?;
        let contract = entry.descriptor.contract_id();
        let handle = self.take_place()?;
        self.put(handle, entry);
        self.list(contract, handle);
        self.totals.live += 1;
        Ok(handle)
    }

    /// Puts `entry` in the place of the provider that `handle` names: the handle
    /// stays good, and the order of the providers the same.
    ///
    /// # Errors
    ///
    /// `InvalidHandle`, `StaleHandle`, `OtherContract` if the entry is of another
    /// contract, and as for `insert`.
    pub(crate) fn replace(
        &mut self,
        handle: ContractHandle,
        entry: Entry<P>,
    ) -> Result<(), RegistryError> {
        let id = self.entry(handle)?.descriptor.contract_id();
        if entry.descriptor.contract_id() != id {
            let contract = entry.descriptor.contract_name().to_owned();
            return Err(RegistryError::OtherContract { handle, id, contract });
        }
        self.check(&entry, Some(handle))?;
        self.put(handle, entry);
        self.drops_entries = true;
        Ok(())
    }

    /// Takes a provider out; its handle is stale from then on.
    ///
    /// # Errors
    ///
    /// `InvalidHandle`, `StaleHandle`.
    pub(crate) fn retire(&mut self, handle: ContractHandle) -> Result<(), RegistryError> {
        let contract = self.entry(handle)?.descriptor.contract_id();
        self.unlist(contract, handle);
        self.give_place(handle);
        self.totals.live -= 1;
        self.drops_entries = true;
        Ok(())
    }

    /// Shows the whole change to everybody, at one moment.
    pub(crate) fn publish(self) {
        let Self { writer, slots, contracts, mut totals, drops_entries } = self;
        totals.revision += 1;
        let (slots, old_slots) = slots.commit();
        let (contracts, old_contracts) = contracts.commit();
        let next = View { slots, contracts, totals };
        writer.replace(next, (old_slots, old_contracts), drops_entries);
    }

    /// What `handle` names, as changed so far.
    pub(crate) fn entry(&self, handle: ContractHandle) -> Result<&Entry<P>, RegistryError> {
        let Some(slot) = self.slots.get(slot_key(handle.index())) else {
            return Err(RegistryError::InvalidHandle { handle });
        };
        slot.entry(handle)
    }

    /// Whether `entry` gets on with the providers of its contract, `except` aside.
    fn check(&self, entry: &Entry<P>, except: Option<ContractHandle>) -> Result<(), RegistryError> {
        let new = &entry.descriptor;
        let id = new.contract_id();
        let handles = self.contracts.get(id.to_u64()).into_iter().flat_map(Providers::iter);
        for handle in handles.filter(|handle| Some(*handle) != except) {
            let present = self.entry(handle)?;
            let first = present.descriptor.contract_name();
            if first != new.contract_name() {
                let (first, second) = (first.to_owned(), new.contract_name().to_owned());
                return Err(RegistryError::IdCollision { id, first, second });
            }
            if present.serial == entry.serial {
                let bundle = new.bundle_name().to_owned();
                return Err(RegistryError::DuplicateProvider {
                    bundle,
                    contract: first.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn put(&mut self, handle: ContractHandle, entry: Entry<P>) {
        let slot = Slot::Live { generation: handle.generation(), entry };
        self.slots.insert(slot_key(handle.index()), slot);
    }

    /// A vacant place, else a fresh one.
    fn take_place(&mut self) -> Result<ContractHandle, RegistryError> {
        if let Some(index) = self.totals.vacant
            && let Some(&Slot::Vacant { generation, next }) = self.slots.get(slot_key(index))
        {
            self.totals.vacant = next;
            return Ok(ContractHandle::new(index, generation));
        }
        let index = self.totals.slots;
        self.totals.slots = index.checked_add(1).ok_or(RegistryError::Full)?;
        Ok(ContractHandle::new(index, ContractHandle::FIRST_GENERATION))
    }

    /// Makes the place of `handle` vacant, unless that was its last generation.
    fn give_place(&mut self, handle: ContractHandle) {
        let slot = match handle.generation().checked_add(1) {
            None => Slot::Spent,
            Some(generation) => {
                let next = self.totals.vacant.replace(handle.index());
                Slot::Vacant { generation, next }
            }
        };
        self.slots.insert(slot_key(handle.index()), slot);
    }

    fn list(&mut self, contract: ContractId, handle: ContractHandle) {
        let key = contract.to_u64();
        let providers = match self.contracts.get(key) {
            None => Providers::new(handle),
            Some(providers) => providers.with(handle),
        };
        self.contracts.insert(key, providers);
    }

    fn unlist(&mut self, contract: ContractId, handle: ContractHandle) {
        let key = contract.to_u64();
        match self.contracts.get(key).and_then(|providers| providers.without(handle)) {
            None => self.contracts.remove(key),
            Some(providers) => self.contracts.insert(key, providers),
        }
    }

    /// Leaves no fresh place: from now on only vacant ones can be had.
    #[cfg(all(test, feature = "native", not(loom)))]
    pub(crate) fn take_fresh_places(&mut self) {
        self.totals.slots = u32::MAX;
    }

    #[cfg(test)]
    pub(super) fn set_slot(&mut self, index: u32, slot: Slot<P>) {
        self.slots.insert(slot_key(index), slot);
    }
}
