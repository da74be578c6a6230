//! What stands for the host in instances that were made by one which is older than
//! this: it answers requests with that, and nobody reads its log.

use crate::abi::{
    ContractClient, ErrorBuffer, ErrorKind, HostObject, HostVtable, LocalInstance, LogRecord,
    Phase, ProxyRequest, RawLease, RawProxy, RawStr, Status,
};

/// The object of such a host. It stays for as long as this code does.
pub(super) fn object() -> *const HostObject {
    &OBJECT.0
}

struct Shared(HostObject);

// SAFETY: its table is a constant, whose functions may be called from any thread.
unsafe impl Sync for Shared {}

static OBJECT: Shared = Shared(HostObject { vtable: &VTABLE });

static VTABLE: HostVtable = HostVtable {
    size: size_of::<HostVtable>(),
    retain,
    release: retain,
    bundle_name: no_text,
    path: no_text,
    request,
    make_local,
    is_enabled,
    log,
    lease,
};

unsafe extern "C" fn retain(_: *const HostObject) {}

unsafe extern "C" fn no_text(_: *const HostObject) -> RawStr {
    RawStr::new("")
}

unsafe extern "C" fn request(
    _: *const HostObject,
    _: *const ProxyRequest,
    _: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller lends the buffer for this call.
    unsafe { older(error) }
}

unsafe extern "C" fn make_local(
    _: *const HostObject,
    _: *const ContractClient,
    _: *const LocalInstance,
    _: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller lends the buffer for this call.
    unsafe { older(error) }
}

unsafe extern "C" fn is_enabled(_: *const HostObject, _: u32, _: RawStr) -> u32 {
    0
}

unsafe extern "C" fn log(_: *const HostObject, _: *const LogRecord) {}

unsafe extern "C" fn lease(_: *const HostObject) -> *const RawLease {
    std::ptr::null()
}

/// # Safety
///
/// As for [`ErrorBuffer::write`].
unsafe fn older(error: *mut ErrorBuffer) -> u32 {
    let message = "the host is older than requests of plugins; update the host";
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe {
        ErrorBuffer::write(error, Phase::Create, ErrorKind::NotFound, 0, message, String::new());
    }
    Status::Failed as u32
}
