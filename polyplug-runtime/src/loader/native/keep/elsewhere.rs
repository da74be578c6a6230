//! Where threads of libraries are not followed: a plugin must see a thread that it starts
//! running before it returns.

use polyplug_guest::abi::BundleEntry;

use super::library::Mapping;
use crate::loader::Closed;

/// Nothing.
pub(super) struct Imports;

impl Imports {
    pub(super) fn of(_: &[u8]) -> Self {
        Self
    }
}

/// A bundle's library.
pub(super) struct Kept(Mapping);

impl Kept {
    /// # Safety
    ///
    /// None is needed here.
    pub(super) unsafe fn new(mapping: Mapping, _: BundleEntry, _: &Imports) -> Self {
        Self(mapping)
    }

    pub(super) fn close(self) -> Closed {
        self.0.close()
    }
}
