//! Implementations that are not the host's, for callers that interpret the schema.

use std::ffi::c_void;

use super::{Reach, View};
use crate::abi::{
    ContractClient, Function, LentObject, ProxyCell, RawProxy, RawSlice, UniformCall, copy_table,
};
use crate::convert::Invalid;
use crate::identity::ContractId;
use crate::local;

/// An implementation, and the adapters to call it by.
///
/// # Invariants
///
/// `functions`, and `uniform` where it is not null, are as long as `fingerprints`.
#[derive(Clone, Copy, Debug)]
pub struct Adapted {
    /// The contract.
    pub id: ContractId,
    /// The view of the contract of whoever implements it.
    pub client: *const ContractClient,
    fingerprints: RawSlice<u64>,
    functions: *const Function,
    /// What the functions take.
    pub instance: *mut c_void,
    uniform: *const UniformCall,
    /// How many methods may be called.
    limit: usize,
}

impl Adapted {
    /// What was lent for a call.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with its tables.
    ///
    /// # Safety
    ///
    /// If `passed` is neither null nor misaligned, it points at a table which is lent,
    /// with all that it points at, and whose functions are what its schema says. The
    /// result is used while that is so.
    pub unsafe fn lent(passed: *const LentObject) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise.
        unsafe {
            let object = copy_table(passed)?;
            if object.functions.is_null() || object.instance.is_null() {
                return Err(Invalid::Null);
            }
            if !object.functions.is_aligned() {
                return Err(Invalid::Alignment);
            }
            let client: ContractClient = copy_table(object.client)?;
            let adapted = Self::of(&client, object.functions, object.instance);
            let adapted = adapted.ok_or(Invalid::Contract)?;
            Ok(Self { client: object.client, ..adapted })
        }
    }

    /// What is behind the cell of a local proxy of this program's. `None` for any other
    /// cell, and for one that has nothing to call.
    ///
    /// # Safety
    ///
    /// A reference to the cell is held for as long as the result is used.
    pub unsafe fn local(cell: *const ProxyCell) -> Option<Self> {
        // SAFETY: the caller's promise; the tables of this program are constants.
        unsafe {
            let (client, shared, reach) = local::implementation(cell)?;
            let all = Self::of(client, shared.functions, shared.instance)?;
            Some(Self { limit: reach.limit(), ..all })
        }
    }

    /// Another cell for the implementation behind a local proxy of this program's, for
    /// somebody with this reach who calls by [`local`](Self::local) alone. `None` for any
    /// other cell.
    ///
    /// # Safety
    ///
    /// A reference to the cell is held.
    pub unsafe fn bind_local(cell: *const ProxyCell, reach: Reach) -> Option<RawProxy> {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { local::bind(cell, reach) }
    }

    /// # Safety
    ///
    /// As for [`View::read`], and the tables are as long as the contract.
    unsafe fn of(
        client: &ContractClient,
        functions: *const Function,
        instance: *mut c_void,
    ) -> Option<Self> {
        // SAFETY: the caller's promise.
        let view = unsafe { View::read(client)? };
        let (id, fingerprints) = (view.id(), RawSlice::new(view.fingerprints));
        let uniform = client.uniform;
        let limit = usize::MAX;
        Some(Self { id, client, fingerprints, functions, instance, uniform, limit })
    }

    /// The fingerprints of the methods, one for each.
    ///
    /// # Safety
    ///
    /// What was found is still there.
    pub unsafe fn fingerprints(&self) -> &[u64] {
        // SAFETY: the caller's promise; it was read whole before.
        unsafe { self.fingerprints.as_slice() }.unwrap_or_default()
    }

    /// How many methods may be called, from the first one on.
    pub fn count(&self) -> usize {
        self.fingerprints.len.min(self.limit)
    }

    /// The function of a method and its adapter, where its side brings adapters.
    ///
    /// # Safety
    ///
    /// What was found is still there, and has the method.
    pub unsafe fn method(&self, number: usize) -> Option<(Function, UniformCall)> {
        if self.uniform.is_null() || !self.uniform.is_aligned() {
            return None;
        }
        // SAFETY: the caller's promise, and the type's invariant. An adapter that is null
        // is read as the absent one.
        unsafe {
            let adapter = self.uniform.cast::<Option<UniformCall>>().add(number).read()?;
            let function = self.functions.cast::<Option<Function>>().add(number).read()?;
            Some((function, adapter))
        }
    }
}
