//! The function table of a local instance for one client.

use crate::abi::{ContractClient, ContractSchema, ForwardInstance, Function, RawSlice, copy_table};
use crate::identity::ContractId;

/// What a side knows of a contract, lent.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    id: ContractId,
    pub(super) fingerprints: &'a [u64],
}

impl<'a> View<'a> {
    /// `None` when the tables are not as they should be.
    ///
    /// # Safety
    ///
    /// If `client` is not null and aligned it points at a table of which every pointer
    /// that is not null points at what its type says, unchanged during `'a`.
    pub(super) unsafe fn read(client: &ContractClient) -> Option<Self> {
        // SAFETY: the caller's promise.
        let (id, fingerprints) = unsafe {
            let schema: ContractSchema = copy_table(client.schema).ok()?;
            let id = ContractId::of_version(schema.name.as_str().ok()?, schema.version);
            let count = schema.methods.len;
            (id, RawSlice { ptr: client.method_fingerprints, len: count }.as_slice().ok()?)
        };
        Some(Self { id, fingerprints })
    }

    /// Whether both mean the same contract, and the same by the methods that both know.
    pub(super) fn agrees(&self, other: &View<'_>) -> bool {
        let mut both = self.fingerprints.iter().zip(other.fingerprints);
        self.id == other.id && both.all(|(ours, theirs)| ours == theirs)
    }
}

/// The functions that a client calls, and what they take instead of the instance.
///
/// # Invariants
///
/// As long as the client's contract.
pub(super) struct Padded {
    functions: Box<[Function]>,
    /// For a client that has default bodies for what is missing.
    forward: Option<Box<ForwardInstance>>,
}

impl Padded {
    /// Fills `present`, which has functions for `count` methods, up with those of
    /// `client`, which knows `wanted`.
    ///
    /// # Safety
    ///
    /// `present` and the tables of `client` are as long as is said, and the first
    /// takes `inner`.
    pub(super) unsafe fn new(
        present: *const Function,
        inner: *mut std::ffi::c_void,
        count: usize,
        client: &ContractClient,
        wanted: usize,
    ) -> Self {
        let first = if client.forwards.is_null() { present } else { client.forwards };
        let at = |i| {
            let table = if i < count { first } else { client.absent };
            // SAFETY: the caller's promise about the lengths.
            unsafe { table.add(i).read() }
        };
        let functions: Box<[_]> = (0..wanted).map(at).collect();
        let forward = (!client.forwards.is_null()).then(|| {
            let (functions, inner_functions) = (functions.as_ptr(), present);
            Box::new(ForwardInstance { functions, inner_functions, inner })
        });
        Self { functions, forward }
    }

    /// The table, and what its functions take if that is not the instance itself.
    pub(super) fn parts(&self) -> (*const Function, Option<*mut std::ffi::c_void>) {
        let forward = self.forward.as_deref();
        let instance = forward.map(|forward| std::ptr::from_ref(forward).cast_mut().cast());
        (self.functions.as_ptr(), instance)
    }
}
