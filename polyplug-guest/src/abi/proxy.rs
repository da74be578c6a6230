//! How a proxy reaches the instance that it stands for.
//!
//! A proxy is a counted reference to an object of the host, and all that can be
//! done with it goes through the object's function table: a proxy therefore
//! works the same in a host and in a plugin with statics of its own.

use std::ffi::c_void;

use super::{ErrorBuffer, Function, RawStr};

/// One counted reference to the host's object.
#[repr(C)]
#[derive(Debug)]
pub struct RawProxy {
    /// The object, handed to every function of `vtable`.
    pub object: *const c_void,
    /// What can be done with it.
    pub vtable: *const ProxyVtable,
}

/// What can be done with the object behind a proxy, from any thread.
#[repr(C)]
#[derive(Debug)]
pub struct ProxyVtable {
    /// The size of this table in bytes.
    pub size: usize,
    /// Begins a call: writes `entered` and returns 0, or describes in `error`
    /// why there is nothing to call.
    pub enter: unsafe extern "C" fn(
        object: *const c_void,
        entered: *mut Entered,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// Ends a call, with the lease that `enter` gave.
    pub leave: unsafe extern "C" fn(lease: *const c_void),
    /// Makes the lease of a call that panicked in a `&mut self` method refuse
    /// every later call to that instance.
    pub poison: unsafe extern "C" fn(object: *const c_void, lease: *const c_void),
    /// Makes a new instance from the kept config, in the present version.
    pub renew: unsafe extern "C" fn(object: *const c_void, error: *mut ErrorBuffer) -> u32,
    /// Counts one more reference.
    pub retain: unsafe extern "C" fn(object: *const c_void),
    /// Gives one reference back.
    pub release: unsafe extern "C" fn(object: *const c_void),
    /// The name of the bundle, valid while a reference is held.
    pub bundle_name: unsafe extern "C" fn(object: *const c_void) -> RawStr,
}

/// What a call needs of the version in which it runs.
#[repr(C)]
#[derive(Debug)]
pub struct Entered {
    /// The function table, as long as the caller's contract.
    pub functions: *const Function,
    /// The instance, handed to each function.
    pub instance: *mut c_void,
    /// Keeps the version mapped and the instance alive until `leave`.
    pub lease: *const c_void,
}

const _: () = assert!(size_of::<RawProxy>() == 2 * size_of::<usize>());
const _: () = assert!(size_of::<Entered>() == 3 * size_of::<usize>());
const _: () = assert!(size_of::<ProxyVtable>() == size_of::<[usize; 8]>());
