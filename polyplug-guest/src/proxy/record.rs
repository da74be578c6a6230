//! Where a caller finds its thread's record.
//!
//! The host keeps it in a thread-local of its own copy of this crate. Callers in
//! that copy read it there. Every other library has a copy of the variable that
//! nobody fills, and asks the host by the function in the cell: a record that it
//! kept would outlive the host's knowledge of the thread.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use crate::abi::{ProxyCell, ThreadRecord};

thread_local! {
    // Needs no destructor, so it can be read for as long as the thread runs.
    static PRESENT: Cell<*const ThreadRecord> = const { Cell::new(ptr::null()) };
}

/// Its address stands for this copy of the crate.
static HOME: u8 = 0;

/// What a host writes into [`ProxyCell::home`].
pub fn home() -> *const c_void {
    (&raw const HOME).cast()
}

/// The record that the host gave this thread, or null.
#[inline]
pub fn present_record() -> *const ThreadRecord {
    PRESENT.get()
}

/// Makes `record` the one that callers of this copy find.
///
/// # Safety
///
/// `record` is null, or lives as long as the process, and no other thread uses
/// it until this thread was given another one.
#[inline]
pub unsafe fn set_present_record(record: *const ThreadRecord) {
    PRESENT.set(record);
}

/// The calling thread's record, never null.
///
/// # Safety
///
/// `cell` points at a host's cell.
#[inline(always)]
pub(super) unsafe fn thread_record(cell: *const ProxyCell) -> *const ThreadRecord {
    // SAFETY: the caller's promise.
    let cell = unsafe { &*cell };
    // A cell of another host has another home: its records are not ours.
    if cell.home == home() {
        let present = PRESENT.get();
        if !present.is_null() {
            return present;
        }
    }
    // SAFETY: a host's function, which lives as long as the cell.
    unsafe { (cell.thread_record)() }
}
