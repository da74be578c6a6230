//! One immutable state of the registry.

use std::sync::Arc;

use polyplug_guest::ContractId;

use super::bundle_query::BundleQuery;
use super::trie::{Superseded, Trie};
use super::{ContractHandle, Descriptor, RegistryError};

/// All that is registered at one time.
pub(super) struct View<P> {
    /// Every place that was ever used, by index.
    pub(super) slots: Trie<Slot<P>>,
    /// The providers of every contract that has any, by id.
    pub(super) contracts: Trie<Providers>,
    pub(super) totals: Totals,
}

/// What a view held and the next one does not.
pub(super) type Leftovers<P> = (Superseded<Slot<P>>, Superseded<Providers>);

/// What a view holds besides its tries.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    /// How many places were ever used; the next fresh index.
    pub(super) slots: u32,
    /// The vacant place to use next.
    pub(super) vacant: Option<u32>,
    /// How many providers are registered.
    pub(super) live: usize,
    /// How many changes were published.
    pub(super) revision: u64,
}

/// A place in the registry.
pub(super) enum Slot<P> {
    /// A provider.
    Live { generation: u32, entry: Entry<P> },
    /// Free for use, with the generation of its next user and the next free place.
    Vacant { generation: u32, next: Option<u32> },
    /// Its generations are used up.
    Spent,
}

/// One provider of one contract.
#[derive(Clone, Debug)]
pub(crate) struct Entry<P> {
    /// Stands for the loaded bundle, and stays the same over its reloads.
    pub(crate) serial: u64,
    pub(crate) descriptor: Arc<Descriptor>,
    /// What the runtime keeps with it. Dropped by writers only, outside their lock.
    pub(crate) payload: P,
}

/// The providers of one contract, in the order of their loading; never none.
pub(super) struct Providers {
    /// Beside the rest and not in it: a lookup mostly wants the first alone.
    first: ContractHandle,
    rest: Vec<ContractHandle>,
}

impl Providers {
    pub(super) fn new(first: ContractHandle) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// These, and `last` behind them.
    pub(super) fn with(&self, last: ContractHandle) -> Self {
        Self { first: self.first, rest: self.rest.iter().copied().chain([last]).collect() }
    }

    /// These without `gone`, if any are left.
    pub(super) fn without(&self, gone: ContractHandle) -> Option<Self> {
        let mut left = self.iter().filter(|handle| *handle != gone);
        Some(Self { first: left.next()?, rest: left.collect() })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ContractHandle> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }
}

impl<P> Slot<P> {
    /// The entry, if it is what `handle` means.
    pub(super) fn entry(&self, handle: ContractHandle) -> Result<&Entry<P>, RegistryError> {
        match self {
            Self::Live { generation, entry } if *generation == handle.generation() => Ok(entry),
            _ => Err(RegistryError::StaleHandle { handle }),
        }
    }
}

/// Where a place stands in the trie of places.
///
/// Tries take digits from the low end. With the low half's bits reversed, neighbours
/// share their path to the last node: fewer nodes, and a place is mostly registered
/// where the one before was, in warm memory.
#[inline]
pub(super) fn slot_key(index: u32) -> u64 {
    let low = (index as u16).reverse_bits();
    u64::from(index & !0xffff | u32::from(low))
}

impl<P> View<P> {
    pub(super) fn new() -> Self {
        Self { slots: Trie::new(), contracts: Trie::new(), totals: Totals::default() }
    }

    pub(super) fn count(&self) -> usize {
        self.totals.live
    }

    pub(super) fn revision(&self) -> u64 {
        self.totals.revision
    }

    #[inline]
    pub(super) fn entry(&self, handle: ContractHandle) -> Result<&Entry<P>, RegistryError> {
        let Some(slot) = self.slots.get(slot_key(handle.index())) else {
            return Err(RegistryError::InvalidHandle { handle });
        };
        slot.entry(handle)
    }

    #[inline]
    pub(super) fn find(&self, contract: ContractId) -> Option<ContractHandle> {
        self.contracts.get(contract.to_u64()).map(|providers| providers.first)
    }

    /// The providers of `contract`, in the order of their loading.
    pub(super) fn providers(
        &self,
        contract: ContractId,
    ) -> impl Iterator<Item = (ContractHandle, &Entry<P>)> {
        let handles = self.contracts.get(contract.to_u64()).into_iter().flat_map(Providers::iter);
        // A listed handle is live in the same view, so none is left out.
        handles.filter_map(|handle| Some((handle, self.entry(handle).ok()?)))
    }

    /// The first provider of `contract` in the bundle that is meant by `bundle`.
    pub(super) fn find_in_bundle(
        &self,
        bundle: &str,
        contract: ContractId,
    ) -> Option<(ContractHandle, &Entry<P>)> {
        let query = BundleQuery::parse(bundle)?;
        self.providers(contract).find(|(_, entry)| query.matches(&entry.descriptor))
    }
}
