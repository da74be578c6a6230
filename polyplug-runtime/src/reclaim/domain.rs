//! All records of the process, and what waits until none of them names it.

use std::fmt;
use std::mem;
use std::ptr;
use std::sync::{Arc, PoisonError};

use polyplug_guest::abi::ProxyBinding;
use polyplug_guest::private::sync::{Ordering, fence};

use super::barrier::Barrier;
use super::place::{Replaced, Target};
use super::record::Record;
use crate::sync::{Mutex, MutexGuard};

/// All records, and what waits until none of them names it.
pub(crate) struct Domain {
    barrier: Barrier,
    limit: u32,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    records: Vec<&'static Record>,
    /// Those that no thread has.
    idle: Vec<&'static Record>,
    retired: Vec<Retired>,
}

/// A target that was replaced.
///
/// # Invariants
///
/// `address` is where its binding lies, which callers name. The reference is
/// dropped when no slot names it any more, and leaked rather than dropped before.
pub(super) struct Retired {
    address: *const ProxyBinding,
    lease: mem::ManuallyDrop<Arc<dyn Send + Sync>>,
    /// The record of the thread that takes it out; null while that is for the
    /// thread which replaced it.
    waits_for: *const Record,
    /// Whether the last search found it in a slot.
    is_named: bool,
}

// SAFETY: the pointers are compared and not followed; the rest is `Send`.
unsafe impl Send for Retired {}

impl Retired {
    pub(super) fn new(address: *const ProxyBinding, lease: Arc<dyn Send + Sync>) -> Self {
        let lease = mem::ManuallyDrop::new(lease);
        Self { address, lease, waits_for: ptr::null(), is_named: false }
    }
}

/// References that no call needs any more: dropping them destroys what nobody else
/// holds.
#[must_use = "dropping this may run code of bundles"]
#[derive(Default)]
pub(super) struct Free {
    leases: Vec<Arc<dyn Send + Sync>>,
}

impl Free {
    pub(super) const NONE: Self = Self { leases: Vec::new() };

    pub(super) fn of(lease: Arc<dyn Send + Sync>) -> Self {
        Self { leases: vec![lease] }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.leases.extend(other.leases);
    }
}

/// What was replaced together. Dropping it destroys what nobody else holds.
#[must_use = "dropping this may run code of bundles"]
pub(crate) struct Swept<T> {
    targets: Vec<Arc<Target<T>>>,
}

impl<T> Swept<T> {
    pub(crate) fn append(&mut self, mut other: Self) {
        self.targets.append(&mut other.targets);
    }

    /// Those that somebody is in, or has a lease on, with the number of leases and
    /// one more if somebody is in it.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&T, usize)> {
        let held = |target: &Arc<Target<T>>| Arc::strong_count(target) - 1;
        let all = self.targets.iter().map(move |target| (target.value(), held(target)));
        all.filter(|(_, count)| *count > 0)
    }
}

impl Domain {
    /// A domain whose records have room for `limit` calls on the inlined path.
    pub(crate) fn new(barrier: Barrier, limit: u32) -> Self {
        Self { barrier, limit, state: Mutex::new(State::default()) }
    }

    /// Who pays for the order between callers and this.
    #[cfg(feature = "lua")]
    pub(crate) fn barrier(&self) -> Barrier {
        self.barrier
    }

    /// Takes over what was replaced. What no call is in goes when the result is
    /// dropped, the rest when the last call leaves it, on that call's thread.
    pub(crate) fn retire<T: Send + Sync + 'static>(
        &self,
        replaced: impl IntoIterator<Item = Replaced<T>>,
    ) -> Swept<T> {
        let (targets, mut retired): (Vec<_>, Vec<_>) =
            replaced.into_iter().map(Replaced::into_retired).unzip();
        let mut state = self.lock();
        state.retired.append(&mut retired);
        let free = self.search(&mut state, ptr::null());
        drop(state);
        // `targets` keeps what it would destroy.
        drop(free);
        Swept { targets }
    }

    /// Takes over further references to what calls may be in, as [`retire`](Self::retire)
    /// does.
    pub(crate) fn retire_leases<T: Send + Sync + 'static>(
        &self,
        targets: impl IntoIterator<Item = Arc<Target<T>>>,
    ) -> Swept<T> {
        self.retire(targets.into_iter().map(Replaced::of_lease))
    }

    /// Whether no call is in one of `targets`, and nobody has more references to one than
    /// the `known`. If nobody can get one meanwhile, it stays so.
    pub(crate) fn are_idle<T: Send + Sync + 'static>(
        &self,
        targets: &[Arc<Target<T>>],
        known: usize,
    ) -> bool {
        let are_known = || targets.iter().all(|target| Arc::strong_count(target) == known);
        // First: who has a reference may be about to name it instead.
        if !are_known() {
            return false;
        }
        // After what those did who gave theirs up: the count is read without an order.
        fence(Ordering::Acquire);
        // A name counts like a reference from here on, until it is cleared.
        drop(self.retire_leases(targets.iter().cloned()));
        are_known()
    }

    /// Gives out what waits for the thread of `record`, and no call is in any more.
    pub(super) fn collect(&self, record: &Record) -> Free {
        self.search(&mut self.lock(), record)
    }

    /// Keeps retired targets from being given back while the result lives: whatever
    /// is found to be present under it can be counted.
    pub(super) fn hold(&self) -> MutexGuard<'_, State> {
        self.lock()
    }

    /// A record for a thread, which is its own until it is given back.
    pub(super) fn acquire(&self) -> &'static Record {
        let mut state = self.lock();
        state.idle.pop().unwrap_or_else(|| {
            let record = Record::new(self.barrier, self.limit);
            state.records.push(record);
            record
        })
    }

    /// Takes back a record that names nothing.
    pub(super) fn give_back(&self, record: &'static Record) {
        let mut state = self.lock();
        record.set_temporary(false, ptr::null());
        // Its thread will not search again: whoever replaces something next does.
        for retired in &mut state.retired {
            if ptr::eq(retired.waits_for, record) {
                retired.waits_for = ptr::null();
            }
        }
        state.idle.push(record);
    }

    /// See [`Record::set_temporary`].
    pub(super) fn make_temporary(&self, record: &Record, outer: *const Record) {
        let _state = self.lock();
        record.set_temporary(true, outer);
    }

    /// Takes out what waits for the thread of `record` and no slot names, and asks
    /// the threads that name the rest to search again.
    ///
    /// What others wait for stays: they have left, and are about to search, so
    /// nothing is taken apart by a thread that never had to do with it.
    fn search(&self, state: &mut State, own: *const Record) -> Free {
        let State { records, retired, .. } = state;
        if retired.is_empty() {
            return Free::default();
        }
        for record in &*records {
            record.summon();
        }
        if !self.barrier.issue() {
            // Nothing is known: all wait for a later search.
            return Free::default();
        }
        for retired in &mut *retired {
            retired.is_named = false;
        }
        let mut wanted = vec![0; records.len()];
        for (record, wanted) in records.iter().zip(&mut wanted) {
            for (depth, address) in record.named() {
                for retired in retired.iter_mut().filter(|retired| retired.address == address) {
                    retired.is_named = true;
                    retired.waits_for = *record;
                    *wanted = depth + 1;
                }
            }
        }
        for (record, wanted) in records.iter().zip(wanted) {
            // Its thread has left, and may not have looked at its attention yet: that
            // never falls in between.
            let is_leaving =
                |retired: &Retired| !retired.is_named && ptr::eq(retired.waits_for, *record);
            let is_searching = ptr::eq(*record, own);
            let summoned = !is_searching && retired.iter().any(is_leaving);
            record.settle(if summoned { u32::MAX } else { wanted });
        }
        let is_free = |retired: &mut Retired| !retired.is_named && ptr::eq(retired.waits_for, own);
        let free = retired.extract_if(.., is_free);
        let free = free.map(|free| mem::ManuallyDrop::into_inner(free.lease)).collect();
        Free { leases: free }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so its state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain").field("barrier", &self.barrier).finish_non_exhaustive()
    }
}
