//! The lock of an interpreter.
//!
//! The thread that has it may take it again: a call that comes back works. A
//! thread that has to wait first looks along the chain of who waits for whom. If
//! that chain leads back to itself it gives way at once, and the others go on.
//! What must never wait is left with the holder, who does it before it lets go.
//!
//! The chain is read under one process-wide mutex, which only waiting threads
//! and those that wake them take. A thread that is found waiting there cannot
//! run without that mutex, so it still has what it had: a cycle that is seen is
//! one, and the last thread of a cycle sees it.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

/// In the word of a lock: somebody waits.
const WAITERS: usize = 1;
/// In the word of a lock: the holder has work left with it.
const WORK: usize = 2;
const HOLDER: usize = !(WAITERS | WORK);

/// A lock that its holder may take again.
pub(super) struct VmLock {
    /// The holder's token or 0, with the two bits above.
    word: AtomicUsize,
    /// How often the holder has it; written by the holder alone.
    depth: AtomicUsize,
    freed: Condvar,
}

/// The thread waits for nobody who does not wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cycle;

/// Which lock each waiting thread waits for, by the threads' tokens.
static WAITING: LazyLock<Mutex<HashMap<usize, LockAddress>>> = LazyLock::new(Mutex::default);

#[derive(Clone, Copy)]
struct LockAddress(*const VmLock);

// SAFETY: the address is followed only while a thread waits for the lock, which
// that thread borrows.
unsafe impl Send for LockAddress {}

impl VmLock {
    pub(super) const fn new() -> Self {
        Self { word: AtomicUsize::new(0), depth: AtomicUsize::new(0), freed: Condvar::new() }
    }

    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// [`Cycle`] at once, when waiting for it would be waiting for itself.
    #[inline]
    pub(super) fn acquire(&self) -> Result<(), Cycle> {
        let me = token();
        if !self.try_acquire_as(me) {
            self.wait(me)?;
        }
        self.enter();
        Ok(())
    }

    /// Takes the lock if that needs no waiting. Returns whether it did.
    pub(super) fn try_acquire(&self) -> bool {
        let acquired = self.try_acquire_as(token());
        if acquired {
            self.enter();
        }
        acquired
    }

    /// Gives the lock back, once for each time that it was taken. True when the
    /// last time is over and work was left: the caller then does it, by taking
    /// the lock anew if that needs no waiting.
    #[inline]
    pub(super) fn release(&self) -> bool {
        let depth = self.depth.load(Ordering::Relaxed) - 1;
        self.depth.store(depth, Ordering::Relaxed);
        if depth > 0 {
            return false;
        }
        // Release: the next holder sees what this one did.
        let word = self.word.swap(0, Ordering::AcqRel);
        if word & WAITERS != 0 {
            // Whoever set the bit holds the mutex until it waits, so it hears this.
            let _waiting = waiting();
            self.freed.notify_all();
        }
        word & WORK != 0
    }

    /// Tells the holder that there is work. False when there is no holder: then
    /// the caller does it itself.
    pub(super) fn leave_work(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & HOLDER != 0 {
            // Release: the holder sees the work that was queued before.
            match self.word.compare_exchange_weak(
                word,
                word | WORK,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    #[inline]
    fn try_acquire_as(&self, me: usize) -> bool {
        match self.word.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => true,
            Err(word) => word & HOLDER == me,
        }
    }

    #[inline]
    fn enter(&self) {
        let depth = self.depth.load(Ordering::Relaxed);
        self.depth.store(depth + 1, Ordering::Relaxed);
    }

    #[cold]
    fn wait(&self, me: usize) -> Result<(), Cycle> {
        let mut waiting = waiting();
        loop {
            if self.try_acquire_as(me) {
                return Ok(());
            }
            if self.leads_to(me, &waiting) {
                return Err(Cycle);
            }
            let word = self.word.load(Ordering::Relaxed);
            let marked = word | WAITERS;
            if word == 0
                || self
                    .word
                    .compare_exchange(word, marked, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            waiting.insert(me, LockAddress(self));
            waiting = self.freed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.remove(&me);
        }
    }

    /// Whether this lock's holder waits, by way of others, for `me`.
    fn leads_to(&self, me: usize, waiting: &HashMap<usize, LockAddress>) -> bool {
        let mut holder = self.word.load(Ordering::Relaxed) & HOLDER;
        // No chain is longer than the number of those who wait.
        for _ in 0..=waiting.len() {
            let Some(next) = waiting.get(&holder) else { return false };
            // SAFETY: a thread that waits borrows the lock that it waits for,
            // and leaves the map before that ends.
            holder = unsafe { &*next.0 }.word.load(Ordering::Relaxed) & HOLDER;
            if holder == me {
                return true;
            }
        }
        false
    }
}

impl fmt::Debug for VmLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.word.load(Ordering::Relaxed) & HOLDER != 0;
        f.debug_struct("VmLock").field("held", &held).finish_non_exhaustive()
    }
}

fn waiting() -> MutexGuard<'static, HashMap<usize, LockAddress>> {
    // No code of others runs under the mutex, so its map is whole.
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that no other living thread has, with the low bits clear.
#[inline]
fn token() -> usize {
    #[repr(align(8))]
    struct Place(#[allow(dead_code, reason = "only its address matters")] u8);
    thread_local! {
        static PLACE: Place = const { Place(0) };
    }
    PLACE.with(|place| std::ptr::from_ref(place) as usize)
}

#[cfg(test)]
mod tests;
