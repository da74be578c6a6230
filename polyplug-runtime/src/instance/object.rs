//! A [`Cell`] as the object of a proxy: the only place where references to cells
//! travel as raw pointers.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use polyplug_guest::abi::{
    ContractClient, ErrorBuffer, ErrorKind, Phase, ProxyBinding, ProxyCell, ProxyVtable, RawPin,
    RawProxy, RawStr, Status,
};
use polyplug_guest::private::ProxyCore;
use polyplug_guest::{Contract, Proxy};

use super::{Cell, MakeError};
use crate::implementation::{BindError, Binding};
use crate::reclaim::{Absent, Bound, Place, attend, domain, enter, thread_record};

/// The place of a new cell.
pub(super) fn place(bound: Bound<Binding>) -> Place<Binding> {
    Place::new(bound, &VTABLE, thread_record)
}

/// The proxy over `cell`.
///
/// # Safety
///
/// The cell was made for `Client::of::<C>()`.
pub(super) unsafe fn into_proxy<C: Contract + ?Sized>(cell: Arc<Cell>) -> C::Proxy {
    let raw = RawProxy { cell: Arc::into_raw(cell).cast() };
    // SAFETY: the reference of `cell` goes into the proxy. The cell's bindings
    // have a function table as long as the client's contract, whose functions
    // fit its fingerprints. The functions below may be called from any thread.
    C::Proxy::from_core(unsafe { ProxyCore::from_raw(raw) })
}

static VTABLE: ProxyVtable = ProxyVtable {
    size: size_of::<ProxyVtable>(),
    enter,
    attend,
    poison,
    renew,
    retain,
    release,
    bundle_name,
    rebind,
    pin,
};

const _: () = assert!(std::mem::offset_of!(Cell, place) == 0);

unsafe extern "C" fn poison(cell: *const ProxyCell, binding: *const ProxyBinding) {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    // If a reload replaced the instance meanwhile, the new one is sound. The call
    // is still in the binding, so nothing else can have its address.
    let poisoned = cell.place.end(binding, Absent::Poisoned);
    drop(domain().retire(poisoned));
}

unsafe extern "C" fn renew(cell: *const ProxyCell, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { borrow(cell.cast::<Cell>()) };
    let (kind, code, message, detail) = match cell.renew() {
        Ok(()) => return Status::Ok as u32,
        Err(MakeError::Bind(BindError::Create(error))) => {
            let kind = if error.is_panic() { ErrorKind::Panicked } else { ErrorKind::Plugin };
            (kind, error.kind(), error.message().to_owned(), error.location().to_owned())
        }
        Err(_) => (ErrorKind::Unloaded, 0, String::new(), String::new()),
    };
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { ErrorBuffer::write(error, Phase::Create, kind, code, &message, detail) };
    Status::Failed as u32
}

unsafe extern "C" fn retain(cell: *const ProxyCell) {
    // SAFETY: a proxy holds a reference to its cell, from `into_proxy`.
    unsafe { Arc::increment_strong_count(cell.cast::<Cell>()) }
}

unsafe extern "C" fn release(cell: *const ProxyCell) {
    // SAFETY: a proxy gives its reference back once.
    drop(unsafe { Arc::from_raw(cell.cast::<Cell>()) });
}

unsafe extern "C" fn bundle_name(cell: *const ProxyCell) -> RawStr {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    RawStr::new(&cell.bundle.name)
}

unsafe extern "C" fn rebind(
    _cell: *const ProxyCell,
    _client: *const ContractClient,
    _proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { not_yet(error) }
}

unsafe extern "C" fn pin(
    _cell: *const ProxyCell,
    _pin: *mut RawPin,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { not_yet(error) }
}

/// # Safety
///
/// As for [`ErrorBuffer::write`].
unsafe fn not_yet(error: *mut ErrorBuffer) -> u32 {
    let kind = ErrorKind::Unavailable;
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { ErrorBuffer::write(error, Phase::Create, kind, 0, "not yet", String::new()) };
    Status::Failed as u32
}

/// A reference that somebody else gives back.
///
/// # Safety
///
/// `pointer` came from [`Arc::into_raw`] and its reference is held for as long
/// as the result is used.
unsafe fn borrow<T>(pointer: *const T) -> ManuallyDrop<Arc<T>> {
    // SAFETY: the caller's promise; the count is left as it is.
    ManuallyDrop::new(unsafe { Arc::from_raw(pointer) })
}
