//! A [`Cell`] as the object of a proxy: the only place where references to
//! cells and states travel as raw pointers.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use polyplug_guest::abi::{
    Entered, ErrorBuffer, ErrorKind, Phase, ProxyVtable, RawProxy, RawStr, Status,
};
use polyplug_guest::private::ProxyCore;
use polyplug_guest::{Contract, Proxy};

use super::{Cell, MakeError, State};
use crate::implementation::BindError;
use crate::inside::{begin_call, end_call};

/// The proxy over `cell`.
///
/// # Safety
///
/// The cell was made for `Client::of::<C>()`.
pub(super) unsafe fn into_proxy<C: Contract + ?Sized>(cell: Arc<Cell>) -> C::Proxy {
    let raw = RawProxy { object: Arc::into_raw(cell).cast(), vtable: &VTABLE };
    // SAFETY: the reference of `cell` goes into the proxy. The cell's bindings
    // have a function table as long as the client's contract, whose functions
    // fit its fingerprints. The functions below may be called from any thread.
    C::Proxy::from_core(unsafe { ProxyCore::from_raw(raw) })
}

static VTABLE: ProxyVtable = ProxyVtable {
    size: size_of::<ProxyVtable>(),
    enter,
    leave,
    poison,
    renew,
    retain,
    release,
    bundle_name,
};

unsafe extern "C" fn enter(
    object: *const c_void,
    entered: *mut Entered,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: a proxy holds a reference to its object.
    let cell = unsafe { &*object.cast::<Cell>() };
    let state = cell.state.load_full();
    let kind = match &*state {
        State::Bound(binding) => {
            begin_call();
            let (functions, instance) = (binding.functions(), binding.instance());
            let lease = Arc::into_raw(state).cast();
            // SAFETY: the proxy lends the place for this call.
            unsafe { entered.write(Entered { functions, instance, lease }) };
            return Status::Ok as u32;
        }
        State::Unloaded => ErrorKind::Unloaded,
        State::Lost => ErrorKind::StateLost,
        State::Poisoned => ErrorKind::Poisoned,
    };
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { ErrorBuffer::write(error, Phase::Call, kind, 0, "", String::new()) };
    Status::Failed as u32
}

unsafe extern "C" fn leave(lease: *const c_void) {
    end_call();
    // SAFETY: `enter` turned the reference into this pointer, and a proxy leaves
    // once for each time that it entered.
    drop(unsafe { Arc::from_raw(lease.cast::<State>()) });
}

unsafe extern "C" fn poison(object: *const c_void, lease: *const c_void) {
    // SAFETY: a proxy holds a reference to its object, and the lease of the call
    // that it is in.
    let (cell, state) = unsafe { (&*object.cast::<Cell>(), borrow(lease.cast::<State>())) };
    // If a reload replaced the instance meanwhile, the new one is sound.
    cell.state.compare_and_swap(&*state, Arc::new(State::Poisoned));
}

unsafe extern "C" fn renew(object: *const c_void, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: a proxy holds a reference to its object.
    let cell = unsafe { borrow(object.cast::<Cell>()) };
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

unsafe extern "C" fn retain(object: *const c_void) {
    // SAFETY: a proxy holds a reference to its object, from `into_proxy`.
    unsafe { Arc::increment_strong_count(object.cast::<Cell>()) }
}

unsafe extern "C" fn release(object: *const c_void) {
    // SAFETY: a proxy gives its reference back once.
    drop(unsafe { Arc::from_raw(object.cast::<Cell>()) });
}

unsafe extern "C" fn bundle_name(object: *const c_void) -> RawStr {
    // SAFETY: a proxy holds a reference to its object.
    RawStr::new(unsafe { &(*object.cast::<Cell>()).bundle_name })
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
