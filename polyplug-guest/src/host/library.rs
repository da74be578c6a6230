//! What one loaded copy of a library knows of its host.
//!
//! Each copy has statics of its own. The exported entry alone sets this one, so a
//! bundle that is linked into a program leaves what belongs to that program alone:
//! its loggers, and its proxies over implementations of its own.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use super::HostRef;
use crate::abi::{ErrorBuffer, HostObject, HostTable, HostVtable, RawLease, size_of_table};
use crate::private::{Provided, enter_bundle};

/// What the host keeps for the bundle of this library. Borrowed: the host keeps it
/// for as long as any code of the library may run.
static HOST: AtomicPtr<HostObject> = AtomicPtr::new(ptr::null_mut());

/// Whether this copy is that of a library which a host may close.
static IS_LIBRARY: AtomicBool = AtomicBool::new(false);

/// The lease on the code of a program, which nobody closes.
static PROGRAM: RawLease = RawLease { end: Some(stay) };

unsafe extern "C" fn stay(_: *const RawLease) {}

/// What keeps the code of this copy until it is ended; null when nothing does but the
/// running call.
pub(crate) fn lease() -> *const RawLease {
    let Some(host) = library_host() else {
        // A host that is older than what it keeps for a bundle has no leases either.
        return if IS_LIBRARY.load(Ordering::Relaxed) { ptr::null() } else { &PROGRAM };
    };
    // SAFETY: the host's object and its table stay for as long as code of the library runs.
    match unsafe { HostVtable::lease(host.vtable()) } {
        // SAFETY: as above.
        Some(lease) => unsafe { lease(host.object()) },
        None => ptr::null(),
    }
}

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
    // Relaxed: what runs in the library was begun by the host after this.
    IS_LIBRARY.store(true, Ordering::Relaxed);
    // SAFETY: the caller's promise. A host that is older than this has no such object,
    // and one whose table is no table is refused below.
    let bundle = unsafe { size_of_table(host).ok().and_then(|_| HostTable::bundle(host)) };
    if let Some(bundle) = bundle {
        // SAFETY: the registrar is the one of this call.
        HOST.store(unsafe { bundle(registrar) }.cast_mut(), Ordering::Release);
    }
    #[cfg(feature = "log")]
    super::route_log::install();
    #[cfg(feature = "tracing")]
    super::route_tracing::install();
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { enter_bundle(host, registrar, error, provided) }
}
