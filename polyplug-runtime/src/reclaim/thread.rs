//! The domain of this process, and which of its records is the calling thread's.
//!
//! A thread gets a record with its first call, and a guard gives it back when the
//! thread ends. Destructors of thread-locals may call after that: then a record
//! serves one call, with all that are nested in it. A thread that is in more calls
//! than its record has room for gets a further one in the same way, linked to the
//! one before.

use std::cell::Cell;
use std::ptr;
use std::sync::LazyLock;

use polyplug_guest::abi::{CallFrame, FRAMES, ProxyBinding, ProxyCell, ThreadRecord};
use polyplug_guest::private::sync::{CallFence, Ordering, fence, light_fence};
use polyplug_guest::private::{name, present_record, set_present_record};

use super::barrier::Barrier;
use super::domain::Domain;
use super::record::Record;
use super::turn::at_the_end_of_turns;

static DOMAIN: LazyLock<Domain> = LazyLock::new(|| {
    // Fewer frames, so that tests reach the paths beyond them.
    let frames = std::env::var("POLYPLUG_FRAMES").ok().and_then(|frames| frames.parse().ok());
    Domain::new(Barrier::choose(), frames.unwrap_or(FRAMES as u32))
});

/// The domain of this process.
pub(crate) fn domain() -> &'static Domain {
    &DOMAIN
}

/// Whether the calling thread is inside a call.
pub(crate) fn is_inside_call() -> bool {
    let present = present_record();
    // SAFETY: records live as long as the process.
    !present.is_null() && unsafe { Record::of(present) }.depth() > 0
}

/// What the calling thread is calling through, innermost record first.
pub(crate) fn named_by_this_thread() -> Vec<*const ProxyBinding> {
    let mut all = Vec::new();
    let mut record = present_record().cast::<Record>();
    // SAFETY: records live as long as the process.
    while let Some(present) = unsafe { record.as_ref() } {
        all.extend(present.named().map(|(_, named)| named));
        record = present.outer();
    }
    all
}

/// Names `binding` in the slot of a call that has begun, in place of what it named.
///
/// # Safety
///
/// The frame is the calling thread's innermost. Until this returns, something else keeps
/// the binding, and whoever gives that up looks at all slots first.
pub(crate) unsafe fn rename(frame: &mut CallFrame, binding: *const ProxyBinding) {
    // SAFETY: records live as long as the process, and a frame's depth is below `FRAMES`.
    let slot = unsafe { (*frame.record).slots.get_unchecked(frame.depth as usize) };
    // Release, as in `proxy::frame`.
    slot.store(binding.cast_mut(), Ordering::Release);
    frame.binding = binding;
}

/// Names what is present now in the slot of a call that has begun.
///
/// # Safety
///
/// The frame is the calling thread's innermost, and of a call through `cell`.
pub(crate) unsafe fn look_again(cell: *const ProxyCell, frame: &mut CallFrame) {
    // SAFETY: callers pass the record that they were given.
    let barrier = unsafe { Record::of(frame.record) }.barrier();
    let fence = || match barrier {
        Barrier::Fences => fence(Ordering::SeqCst),
        Barrier::Process => light_fence(CallFence::Enter),
    };
    // SAFETY: the caller's promise: the slot at the frame's depth is this call's.
    frame.binding = unsafe { name(cell, frame.record, frame.depth, fence) };
}

/// The calling thread's record, good for one call.
pub(crate) unsafe extern "C" fn thread_record() -> *const ThreadRecord {
    let present = present_record();
    if present.is_null() { first_record() } else { present }
}

#[cold]
fn first_record() -> *const ThreadRecord {
    let record = domain().acquire();
    if GUARD.try_with(|guard| guard.record.set(Some(record))).is_err() {
        domain().make_temporary(record, ptr::null());
    }
    // SAFETY: the record is this thread's until it is given back, and then it is
    // not the present one any more.
    unsafe { set_present_record(record.shared()) }
    record.shared()
}

thread_local! {
    static GUARD: Guard = const { Guard { record: Cell::new(None) } };
}

/// Gives the thread's record back when the thread ends.
struct Guard {
    record: Cell<Option<&'static Record>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(record) = self.record.take() else { return };
        if record.depth() > 0 {
            // The process is told to end from inside a call.
            domain().make_temporary(record, ptr::null());
            return;
        }
        // SAFETY: a null is none.
        unsafe { set_present_record(ptr::null()) }
        domain().give_back(record);
    }
}

/// [`ProxyVtable::enter`](polyplug_guest::abi::ProxyVtable): begins a call with a
/// fence where callers need one, and in a further record where there is no room.
pub(crate) unsafe extern "C" fn enter(
    cell: *const ProxyCell,
    record: *const ThreadRecord,
    frame: *mut CallFrame,
) {
    // SAFETY: callers pass the record that they were given.
    let record = unsafe { Record::of(record) };
    let entered = match record.barrier() {
        Barrier::Fences if record.depth() < FRAMES as u32 => record,
        _ => further_record(record),
    };
    let fence = || match record.barrier() {
        Barrier::Fences => fence(Ordering::SeqCst),
        Barrier::Process => light_fence(CallFence::Enter),
    };
    let (record, depth) = (entered.shared(), entered.depth());
    // SAFETY: the cell is the caller's, the record the thread's own, with room.
    let binding = unsafe { name(cell, record, depth, fence) };
    // SAFETY: the caller lends the place.
    unsafe { frame.write(CallFrame { record, binding, depth, reserved: 0 }) }
}

fn further_record(outer: &'static Record) -> &'static Record {
    let record = domain().acquire();
    domain().make_temporary(record, outer);
    // SAFETY: as in `first_record`.
    unsafe { set_present_record(record.shared()) }
    record
}

/// [`ProxyVtable::attend`](polyplug_guest::abi::ProxyVtable): gives a record back
/// that was for the call which was left, and takes apart what the thread was the
/// last one in.
pub(crate) unsafe extern "C" fn attend(record: *const ThreadRecord) {
    // SAFETY: callers pass the record of the call that they left.
    let record = unsafe { Record::of(record) };
    let depth = record.depth();
    if record.barrier() == Barrier::Fences {
        // Between the slot and the attention, where callers have none.
        fence(Ordering::SeqCst);
    }
    let free = record.is_wanted(depth).then(|| domain().collect(record));
    give_back_unused(record);
    if let Some(free) = free {
        at_the_end_of_turns(free);
    }
}

/// Gives `record`, and those outside of it, back as far as they were for calls that
/// are over. One outside has seen no call of its own where it had room for none.
fn give_back_unused(mut record: &'static Record) {
    while record.is_temporary() && record.depth() == 0 {
        let outer = record.outer();
        // SAFETY: null, or the record of the calls outside, which is this thread's.
        unsafe { set_present_record(outer.cast()) }
        domain().give_back(record);
        // SAFETY: records live as long as the process.
        let Some(outer) = (unsafe { outer.as_ref() }) else { return };
        record = outer;
    }
}
