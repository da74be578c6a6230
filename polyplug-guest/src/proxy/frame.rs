//! The caller's half of the protocol by which nothing is taken apart that a call
//! is in. The other half is `reclaim` of polyplug-runtime.
//!
//! # The protocol
//!
//! | the caller | whoever replaces a binding |
//! | --- | --- |
//! | raise the depth, name the binding in the slot | store the new one in `current` |
//! | **fence** | set `attention` of every record |
//! | look at `current` again: if it moved, name that one | **barrier** |
//! | call through the binding | look at all slots |
//! | clear the slot, lower the depth | free what none of them names |
//! | **fence** | |
//! | look at `attention` | |
//!
//! Each pair of a fence and the barrier is a store buffer (Dekker's): of the two
//! stores before them, at least one is seen by the load behind the other. So
//! either the reclaiming side sees the name, or the caller sees that `current`
//! moved; and either the reclaiming side sees the slot cleared, or the caller sees
//! that somebody waits for it.
//!
//! The barrier makes every running thread of the process execute a full fence, so
//! the caller's two are left to the compiler. Where there is no such barrier the
//! host gives out records with a limit of 0, and calls begin and end in the host's
//! functions, which hold real fences.

use std::marker::PhantomData;
use std::ptr;

use super::record::thread_record;
use crate::abi::{
    CallFrame, ErrorBuffer, ProxyBinding, ProxyCell, ProxyVtable, Status, ThreadRecord,
};
use crate::sync::{CallFence, Ordering, light_fence};

/// A call that has begun, and ends when this is dropped.
///
/// # Invariants
///
/// The frame is the innermost of `record`, which is the thread's own; the slot at
/// `depth`, which is below `FRAMES`, names `binding`. The cell outlives the frame.
/// Stays on its thread: raw pointers are not [`Send`].
#[derive(Debug)]
pub struct Frame<'a> {
    cell: *const ProxyCell,
    record: *const ThreadRecord,
    binding: *const ProxyBinding,
    depth: u32,
    borrowed: PhantomData<&'a ProxyCell>,
}

impl Frame<'_> {
    /// Begins a call.
    ///
    /// # Safety
    ///
    /// `cell` points at a host's cell, which outlives the result. Frames of one
    /// thread end in the opposite order of their beginnings.
    #[inline(always)]
    pub unsafe fn enter(cell: *const ProxyCell) -> Self {
        // SAFETY: the caller's promise; the record is good for this call.
        unsafe { Self::enter_in(cell, thread_record(cell)) }
    }

    /// Begins a call that is named in `record`.
    ///
    /// # Safety
    ///
    /// As for [`Frame::enter`], and `record` is the thread's own.
    #[inline(always)]
    pub unsafe fn enter_in(cell: *const ProxyCell, record: *const ThreadRecord) -> Self {
        // SAFETY: records live as long as the process.
        let ThreadRecord { limit, depth, .. } = unsafe { &*record };
        // Relaxed: nobody else writes it.
        let depth = depth.load(Ordering::Relaxed);
        if depth < *limit {
            // SAFETY: the caller's promise, and the limit is at most `FRAMES`.
            let binding = unsafe { name(cell, record, depth, || light_fence(CallFence::Enter)) };
            return Self { cell, record, binding, depth, borrowed: PhantomData };
        }
        // SAFETY: the caller's promise.
        let CallFrame { record, binding, depth, .. } = unsafe { enter_out_of_line(cell, record) };
        Self { cell, record, binding, depth, borrowed: PhantomData }
    }

    /// Begins a call through `binding`, which something else keeps: it is named so that
    /// others know of the call, but need not be looked at again.
    ///
    /// # Safety
    ///
    /// As for [`Frame::enter`], and `binding` stays for as long as the result lives.
    #[inline(always)]
    pub(super) unsafe fn enter_pinned(
        cell: *const ProxyCell,
        binding: *const ProxyBinding,
    ) -> Self {
        // SAFETY: the caller's promise; the record is good for this call.
        let record = unsafe { thread_record(cell) };
        // SAFETY: records live as long as the process.
        let shared = unsafe { &*record };
        // Relaxed: nobody else writes it.
        let depth = shared.depth.load(Ordering::Relaxed);
        if depth < shared.limit {
            shared.depth.store(depth + 1, Ordering::Relaxed);
            // SAFETY: the limit is at most `FRAMES`.
            let slot = unsafe { shared.slots.get_unchecked(depth as usize) };
            // Release, as in `name`. No fence: nobody takes the binding apart because
            // they do not see this.
            slot.store(binding.cast_mut(), Ordering::Release);
            return Self { cell, record, binding, depth, borrowed: PhantomData };
        }
        // SAFETY: the caller's promise.
        let CallFrame { record, depth, .. } = unsafe { enter_out_of_line(cell, record) };
        // SAFETY: records live as long as the process, and the depth is below `FRAMES`.
        let slot = unsafe { (*record).slots.get_unchecked(depth as usize) };
        // As above: in place of what is present, which is not called.
        slot.store(binding.cast_mut(), Ordering::Release);
        Self { cell, record, binding, depth, borrowed: PhantomData }
    }

    /// What to call through: it is not taken apart while the frame lives.
    #[inline(always)]
    pub fn binding(&self) -> &ProxyBinding {
        // SAFETY: by the type's invariant, and the protocol above.
        unsafe { &*self.binding }
    }

    /// Waits until there is something to call, or a reason why there is not. On failure
    /// `error` is written, unless the host's table has no such function.
    ///
    /// # Safety
    ///
    /// `error` is a buffer that may be written to.
    #[cold]
    #[inline(never)]
    pub unsafe fn settle(&mut self, error: *mut ErrorBuffer) -> Option<bool> {
        // SAFETY: the cell is alive, and the size of a host's table is true.
        let settle = unsafe { ProxyVtable::settle((*self.cell).vtable) }?;
        let Self { cell, record, binding, depth, .. } = *self;
        let mut frame = CallFrame { record, binding, depth, reserved: 0 };
        // SAFETY: the frame is the innermost of the thread's record, and a call through
        // the cell; the buffer is the caller's.
        let status = unsafe { settle(cell, &mut frame, error) };
        self.binding = frame.binding;
        Some(status == Status::Ok as u32)
    }

    /// Makes the instance refuse later calls.
    #[inline(always)]
    pub(crate) fn poison(&self) {
        // SAFETY: the cell is alive, and this thread is in the binding.
        unsafe { ((*(*self.cell).vtable).poison)(self.cell, self.binding) }
    }
}

impl Drop for Frame<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let Self { cell, record, depth, .. } = *self;
        // SAFETY: records live as long as the process.
        let shared = unsafe { &*record };
        // SAFETY: a frame's depth is below `FRAMES`.
        let slot = unsafe { shared.slots.get_unchecked(depth as usize) };
        // Release: whoever sees that the name is gone comes after all that the
        // call did.
        slot.store(ptr::null_mut(), Ordering::Release);
        // Relaxed: for this thread alone.
        shared.depth.store(depth, Ordering::Relaxed);
        light_fence(CallFence::Leave);
        // Relaxed: a flag; what it stands for lies behind the reclaiming side's lock.
        if shared.attention.load(Ordering::Relaxed) > depth {
            // SAFETY: the cell is alive, and the record the thread's own.
            unsafe { attend(cell, record) }
        }
    }
}

/// Begins a call in the slot at `depth`, and gives what to call through. `fence`
/// pairs with the barrier of the reclaiming side.
///
/// # Safety
///
/// As for [`Frame::enter_in`], and `depth` is that of `record`, below `FRAMES`.
#[inline(always)]
pub unsafe fn name(
    cell: *const ProxyCell,
    record: *const ThreadRecord,
    depth: u32,
    fence: impl Fn(),
) -> *const ProxyBinding {
    // SAFETY: the caller's promise; records live as long as the process.
    let (current, shared) = unsafe { (&(*cell).current, &*record) };
    // Before the slot is written: a signal handler that calls in between takes the
    // next one.
    shared.depth.store(depth + 1, Ordering::Relaxed);
    // SAFETY: the caller's promise about the depth.
    let slot = unsafe { shared.slots.get_unchecked(depth as usize) };
    // Relaxed: this is a guess, which is not followed before it is confirmed.
    let mut named = current.load(Ordering::Relaxed);
    loop {
        // Release: whoever sees this name instead of the one before it comes after
        // all that the call before did.
        slot.store(named, Ordering::Release);
        fence();
        // Acquire: the binding was written before it became the present one.
        let present = current.load(Ordering::Acquire);
        if present == named {
            return named;
        }
        named = present;
    }
}

/// # Safety
///
/// As for [`Frame::enter_in`].
#[cold]
#[inline(never)]
unsafe fn enter_out_of_line(cell: *const ProxyCell, record: *const ThreadRecord) -> CallFrame {
    let (binding, depth) = (ptr::null(), 0);
    let mut frame = CallFrame { record, binding, depth, reserved: 0 };
    // SAFETY: the caller's promise; the host writes the frame.
    unsafe { ((*(*cell).vtable).enter)(cell, record, &mut frame) };
    frame
}

/// # Safety
///
/// `cell` points at a host's cell, and `record` is the thread's own.
#[cold]
#[inline(never)]
unsafe fn attend(cell: *const ProxyCell, record: *const ThreadRecord) {
    // SAFETY: the caller's promise.
    unsafe { ((*(*cell).vtable).attend)(record) }
}
