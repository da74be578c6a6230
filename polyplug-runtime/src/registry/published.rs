//! One value that many threads read without a lock while one at a time replaces it.
//!
//! # Retiring
//!
//! A reader pins an epoch, so a replaced value is kept until every reader that may
//! have seen it has unpinned. crossbeam-epoch knows when that is and tells it by
//! running a deferred closure, on whichever thread happens to collect: often a
//! reader. Values must not be destroyed there, so the closure raises a counter and
//! nothing else. Replaced values wait in a queue of the writers', and a writer takes
//! out those that the counter has passed and drops them on its own thread, after it
//! has released the lock.
//!
//! The collector belongs to this module and not to the process, so a reader never
//! runs what another crate deferred, and no other crate's pin delays the queue.
//!
//! # Bound
//!
//! Deferred closures run when somebody collects. Writers do it themselves, so the
//! queue does not depend on readers: while no reader stays pinned, fewer than
//! [`COLLECT_EVERY`] replaced values wait after a replacement. A reader that stays
//! pinned keeps every value replaced since, and the first writers after it free them.

mod collector;

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use crossbeam_epoch::{Atomic, Guard, Owned};

#[cfg(loom)]
pub(super) use self::collector::leave_out_waiting;
use self::collector::pin;
use crate::sync::{AtomicU64, Mutex, MutexGuard};

/// How many replaced values may wait before a writer collects.
const COLLECT_EVERY: usize = 32;

/// The present value, and those that it replaced while readers may still see them.
///
/// With each replaced value goes an `L`, the leftovers: what the value refers to, and
/// what must live as long.
pub(super) struct Published<T, L> {
    /// Never null.
    present: Atomic<T>,
    retired: Mutex<Retired<T, L>>,
}

impl<T: Send + Sync, L: Send> Published<T, L> {
    pub(super) fn new(value: T) -> Self {
        let retired = Retired {
            waiting: VecDeque::new(),
            replaced: 0,
            passed: Arc::new(AtomicU64::new(0)),
            collect_at: COLLECT_EVERY,
        };
        Self { present: Atomic::new(value), retired: Mutex::new(retired) }
    }

    /// The present value, which stays whole and alive while the result does.
    #[inline]
    pub(super) fn read(&self) -> Pinned<'_, T> {
        let guard = pin();
        // Acquire pairs with the Release in `replace`: what the writer put into the
        // value is seen with it.
        let present = self.present.load(Ordering::Acquire, &guard);
        // SAFETY: never null, so this is where the value stands.
        let value = unsafe { NonNull::new_unchecked(present.as_raw().cast_mut()) };
        Pinned { value, _guard: guard, _of: PhantomData }
    }

    /// Keeps other writers out. Waits for the one before.
    ///
    /// A writer that panicked changed nothing that a later one sees half done, so
    /// the lock's poison is ignored.
    pub(super) fn write(&self) -> Writer<'_, T, L> {
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        Writer { published: self, retired }
    }
}

impl<T, L> Drop for Published<T, L> {
    fn drop(&mut self) {
        let retired = self.retired.get_mut().unwrap_or_else(PoisonError::into_inner);
        retired.waiting.clear();
        // SAFETY: readers borrow `self`, so there are none; never null.
        drop(unsafe { std::mem::take(&mut self.present).into_owned() });
    }
}

/// The right to replace the value; held by one at a time.
pub(super) struct Writer<'p, T, L> {
    published: &'p Published<T, L>,
    retired: MutexGuard<'p, Retired<T, L>>,
}

impl<T: Send + Sync, L: Send> Writer<'_, T, L> {
    /// The present value.
    pub(super) fn present(&self) -> &T {
        // SAFETY: only `replace` ends the value's time as the present one, only
        // through a writer, and this is the only writer, until it is consumed.
        let guard = unsafe { crossbeam_epoch::unprotected() };
        // Relaxed: the lock orders this after the last replacement.
        let present = self.published.present.load(Ordering::Relaxed, guard);
        // SAFETY: as above; never null.
        unsafe { present.deref() }
    }

    /// Puts `next` in the present value's place, for all readers at once. The
    /// `leftovers` are dropped with the value that it replaces.
    ///
    /// With `collect`, replaced values that no reader holds are dropped now, else
    /// when enough of them wait.
    pub(super) fn replace(self, next: T, leftovers: L, collect: bool) {
        let Self { published, mut retired } = self;
        let guard = pin();
        // Release pairs with the Acquire in `read`. The value taken out came from a
        // writer before, ordered by the lock.
        let old = published.present.swap(Owned::new(next), Ordering::Release, &guard);
        // SAFETY: never null.
        let old = unsafe { NonNull::new_unchecked(old.as_raw().cast_mut()) };
        retired.push(old, leftovers, &guard);
        drop(guard);

        if collect || retired.waiting.len() >= retired.collect_at {
            advance();
        }
        let passed = retired.take_passed();
        drop(retired);
        // Outside the lock: what drops may be slow, or come back here.
        drop(passed);
    }
}

/// A value and the pin that keeps it alive. Stays on the thread that pinned.
pub(super) struct Pinned<'p, T> {
    value: NonNull<T>,
    _guard: Guard,
    _of: PhantomData<&'p T>,
}

impl<'p, T> Pinned<'p, T> {
    /// A part of the value, or the error for its absence.
    #[inline]
    pub(super) fn try_map<U, E>(
        self,
        part: impl FnOnce(&T) -> Result<&U, E>,
    ) -> Result<Pinned<'p, U>, E> {
        let value = NonNull::from(part(&self)?);
        Ok(Pinned { value, _guard: self._guard, _of: PhantomData })
    }
}

impl<T> Deref for Pinned<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: `value` is a published value that was read under this pin, or a
        // part of one; it is dropped only when the pins of its time are gone.
        unsafe { self.value.as_ref() }
    }
}

/// What was replaced, oldest first.
struct Retired<T, L> {
    waiting: VecDeque<Waiting<T, L>>,
    /// How many values were replaced so far; gives each its number, from 1.
    replaced: u64,
    /// The highest number of which a deferred closure said that its time is over.
    passed: Arc<AtomicU64>,
    /// How long the queue gets before the next collection.
    collect_at: usize,
}

impl<T, L> Retired<T, L> {
    fn push(&mut self, value: NonNull<T>, leftovers: L, guard: &Guard) {
        self.replaced += 1;
        let number = self.replaced;
        self.waiting.push_back(Waiting { number, value, _leftovers: leftovers });
        let passed = Arc::clone(&self.passed);
        // Release: whoever reads the number frees the value, and must come after
        // the readers whose unpinning let this closure run.
        guard.defer(move || passed.fetch_max(number, Ordering::Release));
    }

    /// Takes out what no reader can hold any more.
    ///
    /// A number that has passed vouches for all below it: whoever could hold an
    /// older value had pinned before this one was replaced.
    fn take_passed(&mut self) -> Vec<Waiting<T, L>> {
        // Acquire pairs with the Release in `push`.
        let passed = self.passed.load(Ordering::Acquire);
        #[cfg(loom)]
        let passed = collector::without_waiting(self.replaced).unwrap_or(passed);
        let count = self.waiting.partition_point(|waiting| waiting.number <= passed);
        let taken = self.waiting.drain(..count).collect();
        self.collect_at = self.waiting.len() + COLLECT_EVERY;
        taken
    }
}

/// A replaced value, dropped with this.
///
/// # Invariants
///
/// `value` came from an `Owned`. While readers may hold it, it is only moved about;
/// it is dropped when they are gone.
struct Waiting<T, L> {
    number: u64,
    value: NonNull<T>,
    _leftovers: L,
}

// SAFETY: owns a `T`, of which readers on other threads may hold references, and an `L`.
unsafe impl<T: Send + Sync, L: Send> Send for Waiting<T, L> {}

impl<T, L> Drop for Waiting<T, L> {
    fn drop(&mut self) {
        // SAFETY: it came from an `Owned`, and by the invariant it is unshared now.
        drop(unsafe { Owned::from_raw(self.value.as_ptr()) });
    }
}

/// Runs what was deferred before, unless a reader that pinned earlier holds it up.
fn advance() {
    // A closure runs two epochs after the one in which it was handed over, and a
    // fresh pin moves the epoch by one.
    for _ in 0..2 {
        pin().flush();
    }
}
