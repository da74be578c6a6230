//! The cell behind a local proxy: the object that its references point at.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use super::client::Padded;
use super::record::{attend, enter, thread_record};
use crate::abi::{
    CallFrame, ContractClient, ErrorBuffer, ErrorKind, Phase, ProxyBinding, ProxyCell, ProxyVtable,
    RawPin, RawProxy, RawStr, Status, copy_table,
};
use crate::private::{Reach, SharedInstance, View};
use crate::sync::{AtomicPtr, AtomicU32, Ordering};

/// What callers see of a cell, and what it keeps for them.
///
/// # Invariants
///
/// `head.current` points at `binding`, or at [`POISONED`].
#[repr(C)]
struct Cell {
    /// First, because it is what callers know of a cell.
    head: ProxyCell,
    binding: ProxyBinding,
    /// What the binding points at, unless it is the instance's own table.
    _padded: Option<Padded>,
    /// Of the client.
    reach: Reach,
    /// None behind a proxy that has nothing to call.
    instance: Option<Arc<Instance>>,
}

/// An implementation, shared by cells for different clients.
struct Instance {
    shared: SharedInstance,
    client: &'static ContractClient,
    /// 1 once a `&mut self` method panicked.
    poisoned: AtomicU32,
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: nobody calls it any more, because no cell refers to it.
        unsafe { self.shared.destroy() }
    }
}

static POISONED: ProxyBinding = ProxyBinding::nothing(ErrorKind::Poisoned);

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

const _: () = assert!(std::mem::offset_of!(Cell, head) == 0);

/// A reference to a new cell over `shared`.
///
/// # Safety
///
/// `shared` serves the contract of `client`, and is handed over.
pub(super) unsafe fn make(client: &'static ContractClient, shared: SharedInstance) -> RawProxy {
    let binding = ProxyBinding::new(shared.functions, shared.instance);
    let instance = Instance { shared, client, poisoned: AtomicU32::new(0) };
    // SAFETY: the schema of a constant of a contract's macro.
    let reach = unsafe { Reach::of_own(&*client.schema) };
    into_raw(binding, None, reach, Some(Arc::new(instance)))
}

/// A reference to a new cell with nothing to call, because of `kind`.
pub(super) fn nothing(kind: ErrorKind) -> RawProxy {
    into_raw(ProxyBinding::nothing(kind), None, Reach::new(None), None)
}

/// Whether this is a cell of this file.
///
/// # Safety
///
/// A reference to the cell is held.
unsafe fn is_local(cell: *const ProxyCell) -> bool {
    // SAFETY: the caller's promise: the cell is alive.
    ptr::eq(unsafe { (*cell).vtable }, &VTABLE)
}

/// As [`implementation`](super::implementation).
///
/// # Safety
///
/// A reference to the cell is held for `'a`.
pub(super) unsafe fn implementation<'a>(
    cell: *const ProxyCell,
) -> Option<(&'static ContractClient, &'a SharedInstance, Reach)> {
    // SAFETY: the caller's promise; cells with our table are made by `into_raw` alone.
    let cell = unsafe { is_local(cell).then(|| borrow(cell))? };
    let instance = cell.instance.as_ref()?;
    Some((instance.client, &instance.shared, cell.reach))
}

/// As [`bind`](super::bind).
///
/// # Safety
///
/// A reference to the cell is held.
pub(super) unsafe fn bind_as_made(cell: *const ProxyCell, reach: Reach) -> Option<RawProxy> {
    // SAFETY: the caller's promise; cells with our table are made by `into_raw` alone.
    let cell = unsafe { is_local(cell).then(|| borrow(cell))? };
    let reach = cell.reach.passed_to(reach);
    let Some(instance) = &cell.instance else {
        return Some(into_raw(ProxyBinding::nothing(cell.binding.why_absent()), None, reach, None));
    };
    let SharedInstance { functions, instance: inner, .. } = instance.shared;
    let binding = ProxyBinding::new(functions, inner);
    Some(into_raw(binding, None, reach, Some(Arc::clone(instance))))
}

fn into_raw(
    binding: ProxyBinding,
    padded: Option<Padded>,
    reach: Reach,
    instance: Option<Arc<Instance>>,
) -> RawProxy {
    let head = ProxyCell {
        current: AtomicPtr::new(ptr::null_mut()),
        vtable: &VTABLE,
        thread_record,
        // No host's, so that callers always ask for the record.
        home: ptr::null(),
    };
    let cell = Arc::new(Cell { head, binding, _padded: padded, reach, instance });
    let poisoned = cell.instance.as_ref().is_some_and(|instance| instance.is_poisoned());
    let current = if poisoned { &POISONED } else { &cell.binding };
    // Relaxed: nobody else knows the cell yet.
    cell.head.current.store(ptr::from_ref(current).cast_mut(), Ordering::Relaxed);
    RawProxy { cell: Arc::into_raw(cell).cast() }
}

impl Instance {
    fn is_poisoned(&self) -> bool {
        // Acquire: what is behind it was left by the call that panicked.
        self.poisoned.load(Ordering::Acquire) == 1
    }
}

/// The cell that a proxy refers to.
///
/// # Safety
///
/// A reference to it, from [`into_raw`], is held for `'a`.
unsafe fn borrow<'a>(cell: *const ProxyCell) -> &'a Cell {
    // SAFETY: the caller's promise.
    unsafe { &*cell.cast::<Cell>() }
}

unsafe extern "C" fn poison(cell: *const ProxyCell, _: *const ProxyBinding) {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { borrow(cell) };
    if let Some(instance) = &cell.instance {
        instance.poisoned.store(1, Ordering::Release);
    }
    // Release: as any binding that becomes the present one.
    cell.head.current.store(ptr::from_ref(&POISONED).cast_mut(), Ordering::Release);
}

unsafe extern "C" fn renew(_: *const ProxyCell, error: *mut ErrorBuffer) -> u32 {
    let message = "it was made from a value of the program's own, so it cannot be made anew; make another one with `local`";
    // SAFETY: the proxy lends the buffer for this call.
    unsafe { refuse(error, ErrorKind::Unavailable, message) }
}

unsafe extern "C" fn retain(cell: *const ProxyCell) {
    // SAFETY: a proxy holds a reference to its cell, from `into_raw`.
    unsafe { Arc::increment_strong_count(cell.cast::<Cell>()) }
}

unsafe extern "C" fn release(cell: *const ProxyCell) {
    // SAFETY: a proxy gives its reference back once. Destroying the implementation
    // stops its panics.
    drop(unsafe { Arc::from_raw(cell.cast::<Cell>()) });
}

unsafe extern "C" fn bundle_name(_: *const ProxyCell) -> RawStr {
    RawStr::new("local")
}

unsafe extern "C" fn rebind(
    cell: *const ProxyCell,
    client: *const ContractClient,
    proxy: *mut RawProxy,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: a proxy holds a reference to its cell.
    let cell = unsafe { borrow(cell) };
    let Some(instance) = &cell.instance else {
        // SAFETY: the receiver lends the buffer for this call.
        return unsafe { refuse(error, cell.binding.why_absent(), "") };
    };
    // SAFETY: the receiver lends its tables for this call; ours are constants.
    let bound = unsafe {
        let theirs: Option<ContractClient> = copy_table(client).ok();
        theirs.as_ref().and_then(|theirs| bind(instance, cell.reach, theirs))
    };
    let Some(bound) = bound else {
        let message = "the receiver knows another contract, or other methods of it, than the program that made the proxy; build both with the same version of the contract";
        // SAFETY: the receiver lends the buffer for this call.
        return unsafe { refuse(error, ErrorKind::Unavailable, message) };
    };
    // SAFETY: the receiver lends the place for this call.
    unsafe { proxy.write(bound) };
    Status::Ok as u32
}

/// Another cell for the same instance, whose functions fit `client`, which gets it from
/// a proxy with this `reach`.
///
/// # Safety
///
/// As for [`View::read`], and the tables of `client` are as long as its contract.
unsafe fn bind(
    instance: &Arc<Instance>,
    reach: Reach,
    client: &ContractClient,
) -> Option<RawProxy> {
    // SAFETY: the caller's promise; ours are constants.
    let (ours, theirs) = unsafe { (View::read(instance.client)?, View::read(client)?) };
    if !ours.agrees(&theirs) {
        return None;
    }
    let SharedInstance { functions, instance: inner, .. } = instance.shared;
    let reach = reach.passed_to(theirs.reach());
    let (count, wanted) = (ours.fingerprints.len().min(reach.limit()), theirs.fingerprints.len());
    if wanted <= count {
        let binding = ProxyBinding::new(functions, inner);
        return Some(into_raw(binding, None, reach, Some(Arc::clone(instance))));
    }
    // SAFETY: the tables are as long as the contracts that they are for.
    let padded = unsafe { Padded::new(functions, inner, count, client, wanted) };
    let (functions, forward) = padded.parts();
    let binding = ProxyBinding::new(functions, forward.unwrap_or(inner));
    Some(into_raw(binding, Some(padded), reach, Some(Arc::clone(instance))))
}

unsafe extern "C" fn pin(cell: *const ProxyCell, pin: *mut RawPin, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: a proxy holds a reference to its cell; bindings stay with it.
    let (current, binding) = unsafe {
        // Acquire: the binding was written before it became the present one.
        let current = borrow(cell).head.current.load(Ordering::Acquire);
        (current.cast_const(), &*current)
    };
    if binding.functions.is_null() {
        // SAFETY: the proxy lends the buffer for this call.
        return unsafe { refuse(error, binding.why_absent(), "") };
    }
    // SAFETY: the reference that the pin gets is given back by `unpin`; the proxy lends
    // the place for this call.
    unsafe {
        retain(cell);
        pin.write(RawPin { binding: current, lease: cell.cast(), release: unpin });
    }
    Status::Ok as u32
}

/// Nothing is ever held: what the frame names is as good as it gets.
unsafe extern "C" fn settle(_: *const ProxyCell, _: *mut CallFrame, _: *mut ErrorBuffer) -> u32 {
    Status::Ok as u32
}

unsafe extern "C" fn unpin(lease: *const c_void) {
    // SAFETY: it came from `pin`, and is given back once.
    unsafe { release(lease.cast()) }
}

/// # Safety
///
/// As for [`ErrorBuffer::write`].
unsafe fn refuse(error: *mut ErrorBuffer, kind: ErrorKind, message: &str) -> u32 {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { ErrorBuffer::write(error, Phase::Create, kind, 0, message, String::new()) };
    Status::Failed as u32
}
