//! The life of an instance: made from a config, told to go, destroyed.

use std::ffi::c_void;

use super::{ErrorBuffer, HostObject, RawSlice, RawStr, RawVec};

/// What the maker of an instance is told, lent for the call.
#[repr(C)]
#[derive(Debug)]
pub struct CreateContext {
    /// The size of this table in bytes.
    pub size: usize,
    /// The config that the host gave, as bytes.
    pub config: RawSlice<u8>,
    /// The name of the bundle.
    pub bundle_name: RawStr,
    /// Where the bundle was loaded from. Empty when that is no file.
    pub path: RawStr,
    /// What the interface's VM dispatch has as its loader data; null for a
    /// native one.
    pub loader_data: *mut c_void,
    /// What the host keeps for the bundle, lent for the call.
    pub host: *const HostObject,
}

/// Makes an instance and writes it to `instance`. Returns a
/// [`Status`](super::Status); on failure `instance` is left alone.
pub type CreateInstance = unsafe extern "C" fn(
    context: *const CreateContext,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32;

/// Destroys an instance that [`CreateInstance`] made. It is gone whatever the
/// returned [`Status`](super::Status) is.
pub type DestroyInstance =
    unsafe extern "C" fn(instance: *mut c_void, error: *mut ErrorBuffer) -> u32;

/// Tells an instance that it is about to be destroyed. Returns a
/// [`Status`](super::Status), which is reported and never a veto.
pub type UnloadInstance =
    unsafe extern "C" fn(instance: *mut c_void, error: *mut ErrorBuffer) -> u32;

/// Writes down the state of an instance, in which no call is, for
/// [`RestoreInstance`]. Returns a [`Status`](super::Status); on failure `state` is
/// left alone.
pub type SaveInstance = unsafe extern "C" fn(
    instance: *mut c_void,
    state: *mut RawVec<u8>,
    error: *mut ErrorBuffer,
) -> u32;

/// Makes an instance from a state, perhaps of another version, which is lent, and
/// writes it to `instance`. Returns a [`Status`](super::Status); on failure
/// `instance` is left alone.
pub type RestoreInstance = unsafe extern "C" fn(
    context: *const CreateContext,
    state: RawSlice<u8>,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32;

const WORD: usize = size_of::<usize>();
const _: () = assert!(size_of::<CreateContext>() == 9 * WORD);
