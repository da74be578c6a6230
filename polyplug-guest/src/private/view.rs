//! What the other side knows of a contract, read and compared.

use super::Reach;
use crate::abi::{ContractClient, ContractSchema, RawSlice, copy_table};
use crate::identity::ContractId;

/// What a side knows of a contract, lent.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    id: ContractId,
    pub(crate) fingerprints: &'a [u64],
    schema: *const ContractSchema,
}

impl<'a> View<'a> {
    /// `None` when the tables are not as they should be.
    ///
    /// # Safety
    ///
    /// If `client` is not null and aligned it points at a table of which every pointer
    /// that is not null points at what its type says, unchanged during `'a`.
    pub(crate) unsafe fn read(client: &ContractClient) -> Option<Self> {
        // SAFETY: the caller's promise.
        let (id, fingerprints) = unsafe {
            let schema: ContractSchema = copy_table(client.schema).ok()?;
            let id = ContractId::of_version(schema.name.as_str().ok()?, schema.version);
            let count = schema.methods.len;
            (id, RawSlice { ptr: client.method_fingerprints, len: count }.as_slice().ok()?)
        };
        Some(Self { id, fingerprints, schema: client.schema })
    }

    /// For a proxy of this side.
    pub(crate) fn reach(&self) -> Reach {
        // SAFETY: it was copied when this was read, from memory that is lent for `'a`.
        match unsafe { copy_table(self.schema) } {
            // SAFETY: all that it points at is what its types say, for `'a`.
            Ok(schema) => unsafe { Reach::of(&schema) },
            Err(_) => Reach::new(Some(0)),
        }
    }

    pub(crate) fn id(&self) -> ContractId {
        self.id
    }

    /// Whether both mean the same contract, and the same by the methods that both know.
    pub(crate) fn agrees(&self, other: &View<'_>) -> bool {
        let mut both = self.fingerprints.iter().zip(other.fingerprints);
        self.id == other.id && both.all(|(ours, theirs)| ours == theirs)
    }
}
