//! The function table of a local instance for one client.

use crate::abi::{ContractClient, ForwardInstance, Function};

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
