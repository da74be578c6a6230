//! A [`Cell`] as the object of a proxy: the only place where references to cells
//! travel as raw pointers.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use polyplug_guest::abi::{
    CallFrame, ContractClient, ErrorBuffer, ErrorKind, Phase, ProxyBinding, ProxyCell, ProxyVtable,
    RawPin, RawProxy, RawStr, Status, UniformCall,
};
use polyplug_guest::private::ProxyCore;
use polyplug_guest::{Contract, Proxy};

use super::binding::Binding;
use super::cells::CellRef;
use super::{Cell, Client, MakeError};
use crate::reclaim::{self, Absent, Bound, Place, Target, attend, domain, enter, thread_record};

/// The place of a new cell.
#[inline]
pub(super) fn place(bound: Bound<Binding>) -> Place<Binding> {
    Place::new(bound, &VTABLE, thread_record)
}

/// The proxy over `cell`.
///
/// # Safety
///
/// The cell was made for `Client::of::<C>()`.
pub(super) unsafe fn into_proxy<C: Contract + ?Sized>(cell: CellRef) -> C::Proxy {
    // SAFETY: the reference of `cell` goes into the proxy. The cell's bindings
    // have a function table as long as the client's contract, whose functions
    // fit its fingerprints. The functions below may be called from any thread.
    C::Proxy::from_core(unsafe { ProxyCore::from_raw(cell.into_raw()) })
}

/// Whether a cell is the host's.
///
/// # Safety
///
/// A reference to the cell is held.
#[cfg(feature = "lua")]
#[inline]
pub(crate) unsafe fn is_own(cell: *const ProxyCell) -> bool {
    // SAFETY: the caller's promise: the cell is alive.
    std::ptr::eq(unsafe { (*cell).vtable }, &VTABLE)
}

/// The adapter for the function of method `number`, where the provider brings one. None
/// either for a cell that is not the host's.
///
/// # Safety
///
/// The thread is in a call of `cell` through `binding`, which has functions, and whose
/// provider has the method.
#[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
#[inline]
pub(crate) unsafe fn uniform(
    cell: *const ProxyCell,
    binding: &ProxyBinding,
    number: u32,
) -> Option<UniformCall> {
    // SAFETY: the caller's promise: the cell is alive.
    if !std::ptr::eq(unsafe { (*cell).vtable }, &VTABLE) {
        return None;
    }
    // SAFETY: the host's cells have targets for their bindings, at whose head each
    // binding stands; the call keeps it.
    let target = unsafe { &*std::ptr::from_ref(binding).cast::<Target<Binding>>() };
    let adapters = target.made().uniform();
    // SAFETY: there are as many as the provider has methods.
    (!adapters.is_null()).then(|| unsafe { adapters.add(number as usize).read() })
}

/// Another cell for the instance of `cell`, for `client`. None for a cell that is not the
/// host's.
///
/// # Safety
///
/// A reference to the cell is held.
#[cfg(feature = "lua")]
pub(crate) unsafe fn bind(
    cell: *const ProxyCell,
    client: &Client,
) -> Option<Result<RawProxy, MakeError>> {
    // SAFETY: the caller's promise: the cell is alive.
    if !std::ptr::eq(unsafe { (*cell).vtable }, &VTABLE) {
        return None;
    }
    // SAFETY: cells with that table are the host's.
    let cell = unsafe { &*cell.cast::<Cell>() };
    Some(cell.bind(client.clone()).map(CellRef::into_raw))
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
    settle,
};

const _: () = assert!(std::mem::offset_of!(Cell, place) == 0);

unsafe extern "C" fn poison(cell: *const ProxyCell, binding: *const ProxyBinding) {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    cell.owner.poison(cell, binding);
}

unsafe extern "C" fn renew(cell: *const ProxyCell, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    let Err(refused) = cell.renew() else { return Status::Ok as u32 };
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { write(error, &refused, cell) }
}

unsafe extern "C" fn retain(cell: *const ProxyCell) {
    // SAFETY: a proxy holds a reference to its cell.
    CellRef::retain(unsafe { &*cell.cast::<Cell>() });
}

unsafe extern "C" fn release(cell: *const ProxyCell) {
    // SAFETY: a proxy gives its reference back once.
    drop(unsafe { CellRef::from_raw(cell.cast()) });
}

unsafe extern "C" fn bundle_name(cell: *const ProxyCell) -> RawStr {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    RawStr::new(cell.bundle_name())
}

unsafe extern "C" fn rebind(
    cell: *const ProxyCell,
    client: *const ContractClient,
    proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    // SAFETY: the receiver lends its table for this call.
    let client = match unsafe { Client::read(client) } {
        Ok(client) => client,
        Err(refused) => {
            // SAFETY: the receiver lends the buffer for this call.
            return unsafe { refuse(error, ErrorKind::InvalidArgument, &refused.to_string()) };
        }
    };
    match cell.bind(client) {
        Ok(bound) => {
            // SAFETY: the receiver lends the place for this call.
            unsafe { proxy.write(bound.into_raw()) }
            Status::Ok as u32
        }
        // SAFETY: the receiver lends the buffer for this call.
        Err(refused) => unsafe { write(error, &refused, cell) },
    }
}

unsafe extern "C" fn pin(cell: *const ProxyCell, pin: *mut RawPin, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { &*cell.cast::<Cell>() };
    let present = loop {
        match cell.place.lease(domain()) {
            Bound::Absent(Absent::Held) => match cell.owner.wait(cell, Some(Arc::clone)) {
                Ok(Some(held)) => break Bound::To(held),
                Ok(None) => {}
                // SAFETY: the proxy lends the buffer for this call.
                Err(refused) => return unsafe { write(error, &refused, cell) },
            },
            other => break other,
        }
    };
    match present {
        Bound::To(target) => {
            target.pins.fetch_add(1, Ordering::Relaxed);
            let lease = Arc::into_raw(target);
            // SAFETY: the proxy lends the place for this call.
            unsafe {
                pin.write(RawPin { binding: lease.cast(), lease: lease.cast(), release: unpin })
            }
            Status::Ok as u32
        }
        // SAFETY: the proxy lends the buffer for this call.
        Bound::Absent(absent) => unsafe { refuse(error, absent.kind(), "") },
    }
}

unsafe extern "C" fn settle(
    cell: *const ProxyCell,
    frame: *mut CallFrame,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: a proxy holds a reference to its cell, and lends its frame.
    let (cell, frame) = unsafe { (&*cell.cast::<Cell>(), &mut *frame) };
    // SAFETY: the caller's frame is its innermost, of a call through the cell.
    match unsafe { cell.owner.settle(cell, frame) } {
        Ok(()) => Status::Ok as u32,
        // SAFETY: the caller lends the buffer for this call.
        Err(refused) => unsafe { write(error, &refused, cell) },
    }
}

/// What a pin kept goes now if nobody else keeps it, unless this thread is in the middle
/// of a load, a reload or an unload: then at its end.
unsafe extern "C" fn unpin(lease: *const c_void) {
    // SAFETY: it came from `pin`, and is given back once.
    let target = unsafe { Arc::from_raw(lease.cast::<Target<Binding>>()) };
    target.pins.fetch_sub(1, Ordering::Relaxed);
    reclaim::let_go(target);
}

/// Describes why there is no instance, or no cell, for a proxy.
///
/// # Safety
///
/// As for [`ErrorBuffer::write`].
unsafe fn write(error: *mut ErrorBuffer, refused: &MakeError, cell: &Cell) -> u32 {
    let contract = cell.client.name();
    let (kind, message) = match refused {
        MakeError::Create { source, .. } => {
            let kind = if source.is_panic() { ErrorKind::Panicked } else { ErrorKind::Plugin };
            let (message, detail) = (source.message(), source.location().to_owned());
            // SAFETY: the caller's promise is the one that is asked for.
            unsafe {
                ErrorBuffer::write(error, Phase::Create, kind, source.kind(), message, detail);
            }
            return Status::Failed as u32;
        }
        MakeError::Held => {
            let message = format!(
                "`{contract}` is being carried over to the next version of `{}`, which this thread must not wait for; call it afterwards",
                cell.bundle_name()
            );
            (ErrorKind::Reentrant, message)
        }
        MakeError::Poisoned => (ErrorKind::Poisoned, String::new()),
        MakeError::Unloaded | MakeError::Stale => (ErrorKind::Unloaded, String::new()),
        MakeError::HandedOver => {
            let message = "it was handed over as a value, so it cannot be made anew; ask whoever handed it over for another one";
            (ErrorKind::Unavailable, message.to_owned())
        }
        MakeError::Incompatible | MakeError::Unfit(_) => {
            let message = format!(
                "the receiver knows other methods of `{contract}` than the provider in `{}`; build both with the same version of the contract",
                cell.bundle_name()
            );
            (ErrorKind::Unavailable, message)
        }
    };
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { refuse(error, kind, &message) }
}

/// # Safety
///
/// As for [`ErrorBuffer::write`].
unsafe fn refuse(error: *mut ErrorBuffer, kind: ErrorKind, message: &str) -> u32 {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { ErrorBuffer::write(error, Phase::Create, kind, 0, message, String::new()) };
    Status::Failed as u32
}
