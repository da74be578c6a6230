//! A [`Host`] as bundles see it: the only place where references to it travel as raw
//! pointers.
//!
//! A thread of a bundle's own may be in no call. Code of the host's that runs because it
//! asks for something, or logs, waits for no load, reload or unload all the same: that
//! may wait for the thread.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use polyplug_guest::abi::{
    ContractClient, ErrorBuffer, HostObject, HostVtable, LocalInstance, LogLevel, LogRecord, Phase,
    ProxyRequest, RawLease, RawProxy, RawStr, Status, copy_table,
};
use polyplug_guest::private::contain;

use super::Host;
use super::Values;
use super::request::Refusal;
use crate::inside::handler_section;

/// The head of a new object.
pub(super) fn head() -> HostObject {
    HostObject { vtable: &VTABLE }
}

static VTABLE: HostVtable = HostVtable {
    size: size_of::<HostVtable>(),
    retain,
    release,
    bundle_name,
    path,
    request,
    make_local,
    is_enabled,
    log,
    lease,
};

const _: () = assert!(std::mem::offset_of!(Host, head) == 0);

unsafe extern "C" fn retain(object: *const HostObject) {
    // SAFETY: the caller holds a reference, which came from an `Arc`.
    unsafe { Arc::increment_strong_count(object.cast::<Host>()) }
}

unsafe extern "C" fn release(object: *const HostObject) {
    // SAFETY: the caller gives back a reference that it got from `retain`.
    drop(unsafe { Arc::from_raw(object.cast::<Host>()) });
}

unsafe extern "C" fn bundle_name(object: *const HostObject) -> RawStr {
    // SAFETY: the caller holds a reference.
    RawStr::new(&unsafe { borrow(object) }.name)
}

unsafe extern "C" fn path(object: *const HostObject) -> RawStr {
    // SAFETY: the caller holds a reference.
    RawStr::new(&unsafe { borrow(object) }.path)
}

unsafe extern "C" fn request(
    object: *const HostObject,
    request: *const ProxyRequest,
    proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller holds a reference, and lends the rest for this call.
    unsafe {
        let host = borrow(object);
        answer(proxy, error, || host.request(request))
    }
}

unsafe extern "C" fn make_local(
    object: *const HostObject,
    client: *const ContractClient,
    local: *const LocalInstance,
    proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller holds a reference, and lends the rest for this call.
    unsafe {
        let host = borrow(object);
        answer(proxy, error, || host.make_local(client, local))
    }
}

unsafe extern "C" fn is_enabled(object: *const HostObject, level: u32, target: RawStr) -> u32 {
    // SAFETY: the caller holds a reference, and lends the target for this call.
    let (host, target) = unsafe { (borrow(object), target.as_str()) };
    let Some(level) = LogLevel::from_u32(level) else { return 0 };
    let target = target.unwrap_or_default();
    let _inside = handler_section();
    // What the host subscribes with may panic.
    contain(|| host.log.is_enabled(&host.name, level, target)).unwrap_or(false).into()
}

unsafe extern "C" fn log(object: *const HostObject, record: *const LogRecord) {
    // SAFETY: the caller holds a reference, and lends the record for this call.
    let (host, Ok(record)) = (unsafe { (borrow(object), copy_table(record)) }) else { return };
    // SAFETY: as above.
    let texts = unsafe { (record.target.as_str(), record.message.as_str(), record.file.as_str()) };
    let (Ok(target), Ok(message), Ok(file)) = texts else { return };
    let Some(level) = LogLevel::from_u32(record.level) else { return };
    let place = (!file.is_empty()).then_some((file, record.line));
    let _inside = handler_section();
    // What the host subscribes with may panic: the record is then lost.
    let _ = contain(|| host.log.write(&host.name, level, target, message, place));
}

unsafe extern "C" fn lease(object: *const HostObject) -> *const RawLease {
    // SAFETY: the caller holds a reference.
    Values::lease(&unsafe { borrow(object) }.values)
}

/// Writes what `make` gives to `proxy`, or why not to `error`.
///
/// # Safety
///
/// `proxy` and `error` are the caller's for this call.
unsafe fn answer(
    proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
    make: impl FnOnce() -> Result<RawProxy, Refusal>,
) -> u32 {
    let _inside = handler_section();
    let refusal = match contain(make) {
        Ok(Ok(made)) => {
            // SAFETY: the place is the caller's.
            unsafe { proxy.write(made) };
            return Status::Ok as u32;
        }
        Ok(Err(refusal)) => refusal,
        Err(panic) => Refusal::panicked(&panic),
    };
    let Refusal { kind, message } = refusal;
    // What does not fit into the message is told whole in the detail.
    let detail = match message.len() > polyplug_guest::abi::MESSAGE_CAPACITY {
        true => message.clone(),
        false => String::new(),
    };
    // SAFETY: the buffer is the caller's.
    unsafe { ErrorBuffer::write(error, Phase::Create, kind, 0, &message, detail) };
    Status::Failed as u32
}

/// A reference that somebody else gives back.
///
/// # Safety
///
/// `object` is that of a [`Host`], and a reference is held for as long as the result
/// is used.
unsafe fn borrow(object: *const HostObject) -> ManuallyDrop<Arc<Host>> {
    // SAFETY: the caller's promise; the count is left as it is.
    ManuallyDrop::new(unsafe { Arc::from_raw(object.cast()) })
}
