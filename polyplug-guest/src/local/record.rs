//! The records that calls of local cells are named in. Nobody reclaims what they name:
//! a binding goes with its cell, which a caller keeps.

use std::sync::LazyLock;

use crate::abi::{CallFrame, FRAMES, ProxyCell, ThreadRecord};
use crate::sync::Ordering;

const SIZE: u32 = size_of::<ThreadRecord>() as u32;

thread_local! {
    // Has no destructor, so it can be used for as long as the thread runs.
    static RECORD: ThreadRecord = ThreadRecord::new(SIZE, FRAMES as u32);
}

/// Where calls are named that nest beyond the thread's own record. What is written
/// there means nothing.
static BEYOND: LazyLock<ThreadRecord> = LazyLock::new(|| ThreadRecord::new(SIZE, 0));

pub(super) unsafe extern "C" fn thread_record() -> *const ThreadRecord {
    RECORD.with(std::ptr::from_ref)
}

pub(super) unsafe extern "C" fn enter(
    cell: *const ProxyCell,
    _record: *const ThreadRecord,
    frame: *mut CallFrame,
) {
    // Acquire: the binding was written before it became the present one.
    // SAFETY: the caller keeps the cell, and lends the frame.
    unsafe {
        let binding = (*cell).current.load(Ordering::Acquire);
        frame.write(CallFrame { record: &raw const *BEYOND, binding, depth: 0, reserved: 0 });
    }
}

/// Nobody asks a thread for anything.
pub(super) unsafe extern "C" fn attend(_record: *const ThreadRecord) {}
