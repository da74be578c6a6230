//! Atomics and fences of the call protocol: the standard ones, or loom's, so
//! that loom runs the code that everybody runs.

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};

/// The two places of a call that the reclaiming side's barrier pairs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallFence {
    /// Between naming the binding and looking whether it still is the present one.
    Enter,
    /// Between clearing the name and looking whether somebody waits for that.
    Leave,
}

/// Keeps the compiler from moving memory accesses across; the processor is kept
/// from it by the barrier that the reclaiming side issues for all threads.
#[cfg(not(loom))]
#[inline(always)]
pub fn light_fence(_: CallFence) {
    std::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// loom knows no barrier for all threads: each side has a fence of its own.
#[cfg(loom)]
pub fn light_fence(place: CallFence) {
    if WITHOUT.get() != Some(place) {
        fence(Ordering::SeqCst);
    }
}

#[cfg(loom)]
std::thread_local! {
    /// The fence that a model leaves out, to see that it is needed. loom runs all
    /// threads of a model on the thread that began it.
    static WITHOUT: std::cell::Cell<Option<CallFence>> = const { std::cell::Cell::new(None) };
}

/// Leaves a fence, or none, out of the models that this thread runs from now on.
#[cfg(loom)]
pub fn leave_out(fence: Option<CallFence>) {
    WITHOUT.set(fence);
}
