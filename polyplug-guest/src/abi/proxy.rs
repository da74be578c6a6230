//! How a proxy reaches the instance that it stands for.
//!
//! A proxy is a counted reference to a [`ProxyCell`] in the host's memory, whose
//! `current` points at an immutable [`ProxyBinding`]. Callers name the binding
//! that they use in a slot of their thread's [`ThreadRecord`]: whoever replaces
//! it looks there before it is taken apart. The protocol stands in `proxy::frame`;
//! it is compiled into every caller, so these layouts are part of the ABI.

use std::ffi::c_void;

use super::{ContractClient, ErrorBuffer, ErrorKind, Function, InterfaceFlags, RawStr};
use crate::convert::Texts;
use crate::sync::{AtomicPtr, AtomicU32};

/// One counted reference to a cell.
#[repr(C)]
#[derive(Debug)]
pub struct RawProxy {
    /// The cell, which lives at least as long as the reference.
    pub cell: *const ProxyCell,
}

/// What proxies of one instance share. Whatever else the host keeps for them
/// lies behind it.
#[repr(C)]
#[derive(Debug)]
pub struct ProxyCell {
    /// What a call is made through at the moment. Never null; written by the
    /// host alone.
    pub current: AtomicPtr<ProxyBinding>,
    /// What can be done with the cell.
    pub vtable: *const ProxyVtable,
    /// Gives the record of the calling thread, good for one call.
    pub thread_record: unsafe extern "C" fn() -> *const ThreadRecord,
    /// Tells callers that were compiled into the host from all others: they find
    /// the record without asking.
    pub home: *const c_void,
}

// SAFETY: the host's functions may be called from any thread, `current` is
// atomic, and nobody writes the rest.
unsafe impl Sync for ProxyCell {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for ProxyCell {}

/// An instance and the functions to call it with, or the reason why there is
/// none. Never changes.
#[repr(C)]
#[derive(Debug)]
pub struct ProxyBinding {
    /// A function table as long as the caller's contract. Null when there is
    /// nothing to call.
    pub functions: *const Function,
    /// The instance, handed to each function.
    pub instance: *mut c_void,
    /// When `functions` is null, the [`ErrorKind`] that says why; else bits of
    /// [`InterfaceFlags`] that hold for all of the functions:
    /// [`UTF8_TEXTS`](InterfaceFlags::UTF8_TEXTS), or none.
    pub absent: u32,
    /// 1 when a caller is to wait by [`ProxyVtable::settle`], else 0.
    pub waits: u32,
}

impl ProxyBinding {
    /// Something to call.
    pub const fn new(functions: *const Function, instance: *mut c_void) -> Self {
        Self { functions, instance, absent: 0, waits: 0 }
    }

    /// The same, where all texts that the functions return are UTF-8 by their types.
    ///
    /// # Safety
    ///
    /// That is so. `functions` is not null.
    pub const unsafe fn with_utf8_texts(self) -> Self {
        Self { absent: InterfaceFlags::UTF8_TEXTS.bits(), ..self }
    }

    /// How the texts are to be taken that the functions return, which are not null.
    #[inline(always)]
    pub fn texts(&self) -> Texts {
        match InterfaceFlags::from_bits(self.absent).contains(InterfaceFlags::UTF8_TEXTS) {
            true => Texts::Vouched,
            false => Texts::Checked,
        }
    }

    /// Nothing to call, and why.
    pub const fn nothing(kind: ErrorKind) -> Self {
        let (functions, instance) = (std::ptr::null(), std::ptr::null_mut());
        Self { functions, instance, absent: kind as u32, waits: 0 }
    }

    /// Nothing to call for the moment. Callers that cannot wait are turned away.
    pub const fn held() -> Self {
        let (functions, instance) = (std::ptr::null(), std::ptr::null_mut());
        Self { functions, instance, absent: ErrorKind::Reentrant as u32, waits: 1 }
    }

    /// Why there is nothing to call, when there is not.
    pub fn why_absent(&self) -> ErrorKind {
        ErrorKind::from_u32(self.absent).unwrap_or(ErrorKind::InvalidReply)
    }
}

// SAFETY: the functions may be called from any thread with the instance, and
// nobody writes a binding.
unsafe impl Sync for ProxyBinding {}
// SAFETY: as above.
unsafe impl Send for ProxyBinding {}

/// How many calls of one thread a record names.
pub const FRAMES: usize = 28;

/// Which bindings a thread is calling through. Lives in the host's memory, is
/// handed from thread to thread and never freed.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct ThreadRecord {
    /// The size of what the host made, in bytes.
    pub size: u32,
    /// Calls from this depth on are begun by [`ProxyVtable::enter`]. At most
    /// [`FRAMES`], and always the same for one record.
    pub limit: u32,
    /// How many calls the thread is in. Written by that thread alone.
    pub depth: AtomicU32,
    /// Whoever leaves a call to a depth below this goes through
    /// [`ProxyVtable::attend`].
    pub attention: AtomicU32,
    /// The binding of each call, outermost first; null where there is none.
    /// Written by the thread alone, read by whoever reclaims.
    pub slots: [AtomicPtr<ProxyBinding>; FRAMES],
}

impl ThreadRecord {
    /// A record that names nothing.
    pub fn new(size: u32, limit: u32) -> Self {
        Self {
            size,
            limit,
            depth: AtomicU32::new(0),
            attention: AtomicU32::new(0),
            slots: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
        }
    }
}

/// A call that has begun: the binding stays while its slot names it.
#[repr(C)]
#[derive(Debug)]
pub struct CallFrame {
    /// The record in which the call is named.
    pub record: *const ThreadRecord,
    /// What to call through.
    pub binding: *const ProxyBinding,
    /// The slot, below [`FRAMES`].
    pub depth: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
}

/// What can be done with a cell, from any thread.
#[repr(C)]
#[derive(Debug)]
pub struct ProxyVtable {
    /// The size of this table in bytes.
    pub size: usize,
    /// Begins a call for which the inlined path has no room in `record`, which is
    /// the calling thread's; writes `frame`.
    pub enter: unsafe extern "C" fn(
        cell: *const ProxyCell,
        record: *const ThreadRecord,
        frame: *mut CallFrame,
    ),
    /// Does what the thread was asked to do when it left a call of `record`.
    pub attend: unsafe extern "C" fn(record: *const ThreadRecord),
    /// Makes the instance of `binding`, in which the calling thread is, refuse
    /// every later call.
    pub poison: unsafe extern "C" fn(cell: *const ProxyCell, binding: *const ProxyBinding),
    /// Makes a new instance from the kept config, in the present version.
    pub renew: unsafe extern "C" fn(cell: *const ProxyCell, error: *mut ErrorBuffer) -> u32,
    /// Counts one more reference.
    pub retain: unsafe extern "C" fn(cell: *const ProxyCell),
    /// Gives one reference back.
    pub release: unsafe extern "C" fn(cell: *const ProxyCell),
    /// The name of the bundle, valid while a reference is held.
    pub bundle_name: unsafe extern "C" fn(cell: *const ProxyCell) -> RawStr,
    /// Makes another cell for the same instance, for `client`, which is lent, and
    /// writes a reference to it to `proxy`. Returns a [`Status`](super::Status).
    pub rebind: unsafe extern "C" fn(
        cell: *const ProxyCell,
        client: *const ContractClient,
        proxy: *mut RawProxy,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// Keeps what is present for as long as the pin is held, and writes `pin`.
    /// Returns a [`Status`](super::Status).
    pub pin: unsafe extern "C" fn(
        cell: *const ProxyCell,
        pin: *mut RawPin,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// Waits until there is something to call through, or a reason why there is not, and
    /// writes it to `frame`, the calling thread's innermost, whose binding says that
    /// callers wait. Returns a [`Status`](super::Status).
    pub settle: unsafe extern "C" fn(
        cell: *const ProxyCell,
        frame: *mut CallFrame,
        error: *mut ErrorBuffer,
    ) -> u32,
}

/// One version of an instance, kept until it is released: it stays callable, also
/// after a reload or an unload.
#[repr(C)]
#[derive(Debug)]
pub struct RawPin {
    /// What to call through. Its `functions` are not null.
    pub binding: *const ProxyBinding,
    /// Given to `release`.
    pub lease: *const c_void,
    /// Gives the lease back, once.
    pub release: unsafe extern "C" fn(lease: *const c_void),
}

#[cfg(all(not(loom), target_pointer_width = "64"))]
const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<RawProxy>() == 8);
    assert!(offset_of!(ProxyCell, current) == 0);
    assert!(offset_of!(ProxyCell, vtable) == 8);
    assert!(offset_of!(ProxyCell, thread_record) == 16);
    assert!(offset_of!(ProxyCell, home) == 24);
    assert!(size_of::<ProxyCell>() == 32);
    assert!(offset_of!(ProxyBinding, functions) == 0);
    assert!(offset_of!(ProxyBinding, instance) == 8);
    assert!(offset_of!(ProxyBinding, absent) == 16);
    assert!(size_of::<ProxyBinding>() == 24);
    assert!(offset_of!(ThreadRecord, limit) == 4);
    assert!(offset_of!(ThreadRecord, depth) == 8);
    assert!(offset_of!(ThreadRecord, attention) == 12);
    assert!(offset_of!(ThreadRecord, slots) == 16);
    assert!(size_of::<ThreadRecord>() == 256);
    assert!(size_of::<CallFrame>() == 24);
    assert!(size_of::<ProxyVtable>() == 88);
    assert!(size_of::<RawPin>() == 24);
};
