//! What is lent for a call: an implementation of a contract, or a closure.

use std::ffi::c_void;

use super::{ContractClient, Function, UniformCall};

/// An implementation that a caller lends to the function that it calls. Everything
/// behind it is gone when that function has returned. Its functions may be called on
/// the thread of the call alone, unless the lender says otherwise.
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
    /// What threads other than that of the call may do: [`SEND`](Self::SEND) and
    /// [`SYNC`](Self::SYNC). Nothing in a table that is older than this.
    pub threads: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
}

impl LentObject {
    /// Another thread may call, when no other one does.
    pub const SEND: u32 = 1;

    /// Several threads may call `&self` methods at once.
    pub const SYNC: u32 = 2;
}

// SAFETY: plain data. Rust code reaches the functions through `dyn Trait` alone, which
// is as much for one thread as the trait says; what is lent for one thread is refused
// where the trait says more.
unsafe impl Send for LentObject {}
// SAFETY: as above.
unsafe impl Sync for LentObject {}

const _: () = assert!(size_of::<LentObject>() == 4 * size_of::<usize>() + 8);

/// A closure that a caller lends to the function that it calls. It is gone when that
/// function has returned, and is called on the thread of the call alone.
#[repr(C)]
#[derive(Debug)]
pub struct LentClosure {
    /// The size of this table in bytes.
    pub size: usize,
    /// The typed function: it takes `context`, the parameters and an error buffer, as a
    /// method's function does. Never null.
    pub function: Option<Function>,
    /// An adapter by which `function` is called uniformly. May be null.
    pub uniform: Option<UniformCall>,
    /// What `function` takes first.
    pub context: *mut c_void,
}

const _: () = assert!(size_of::<LentClosure>() == 4 * size_of::<usize>());
