//! An implementation of a contract that is lent for a call.

use std::ffi::c_void;

use super::{ContractClient, Function};

/// An implementation that a caller lends to the function that it calls. Everything
/// behind it is gone when that function has returned. Its functions may be called on
/// the thread of the call alone, unless the contract says that implementations can be
/// shared between threads.
#[repr(C)]
#[derive(Debug)]
pub struct LentObject {
    /// The size of this table in bytes.
    pub size: usize,
    /// The lender's own view of the contract.
    pub client: *const ContractClient,
    /// A function table as long as the lender's contract, which takes `instance`.
    pub functions: *const Function,
    /// The implementation.
    pub instance: *mut c_void,
}

// SAFETY: plain data. Rust code reaches the functions through `dyn Trait` alone, which
// is as much for one thread as the trait says.
unsafe impl Send for LentObject {}
// SAFETY: as above.
unsafe impl Sync for LentObject {}

const _: () = assert!(size_of::<LentObject>() == 4 * size_of::<usize>());
