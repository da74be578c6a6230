//! What one loaded copy of a library knows of its host.
//!
//! Each copy has statics of its own. The exported entry alone sets this one, so a
//! bundle that is linked into a program leaves what belongs to that program alone:
//! its loggers, and its proxies over implementations of its own.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::HostRef;
use crate::abi::{ErrorBuffer, HostObject, HostTable, Status};
use crate::private::{Provided, enter_bundle};

/// What the host keeps for the bundle of this library. Borrowed: the host keeps it
/// for as long as any code of the library may run.
static HOST: AtomicPtr<HostObject> = AtomicPtr::new(ptr::null_mut());

/// What the host keeps for the bundle of this library, if it is a loaded library.
pub(crate) fn library_host() -> Option<HostRef<'static>> {
    // Acquire pairs with the Release of the entry, which got it from the host.
    let object = HOST.load(Ordering::Acquire);
    // SAFETY: the host keeps the object for as long as code of the library runs.
    unsafe { HostRef::new(object) }
}

/// The body of the entry that a library exports: what
/// [`enter_bundle`] does, for a copy of the library that one host has to itself.
///
/// # Safety
///
/// As for [`enter_bundle`]; this copy of the library is entered once.
pub unsafe fn enter_library(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
    provided: &[Provided],
) -> u32 {
    // SAFETY: the host's table stays for the life of the process.
    let Some(table) = (unsafe { host.as_ref() }) else {
        return Status::Failed as u32;
    };
    // SAFETY: the registrar is the one of this call.
    let object = unsafe { (table.bundle)(registrar) };
    HOST.store(object.cast_mut(), Ordering::Release);
    #[cfg(feature = "log")]
    super::route_log::install();
    #[cfg(feature = "tracing")]
    super::route_tracing::install();
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { enter_bundle(host, registrar, error, provided) }
}
