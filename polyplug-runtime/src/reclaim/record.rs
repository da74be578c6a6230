//! The records in which threads name what they call through.

use std::ptr;

use polyplug_guest::abi::{FRAMES, ProxyBinding, ThreadRecord};
use polyplug_guest::private::sync::{AtomicPtr, AtomicU32, Ordering};

use super::barrier::Barrier;

/// A [`ThreadRecord`], and what its callers need not know.
///
/// # Invariants
///
/// Lives as long as the process. `shared` stands first, and every pointer to it
/// that is given out may be used for the whole record.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Record {
    shared: ThreadRecord,
    barrier: Barrier,
    /// What the attention would be if nothing else needed the callers' ear:
    /// whoever leaves a call to a depth below this searches.
    wanted: AtomicU32,
    /// 1 if the record goes back when its outermost call is left, else 0.
    temporary: AtomicU32,
    /// The record of the calls outside of this one's, or null. For the thread alone.
    outer: AtomicPtr<Record>,
}

impl Record {
    pub(super) fn new(barrier: Barrier, limit: u32) -> &'static Self {
        // Where callers need fences, the inlined path has room for nothing.
        let limit = if barrier == Barrier::Fences { 0 } else { limit.min(FRAMES as u32) };
        let record = Self {
            shared: ThreadRecord::new(size_of::<ThreadRecord>() as u32, limit),
            barrier,
            wanted: AtomicU32::new(0),
            temporary: AtomicU32::new(0),
            outer: AtomicPtr::new(ptr::null_mut()),
        };
        let record = Box::leak(Box::new(record));
        record.settle(0);
        record
    }

    /// The record whose callers' part `shared` is.
    ///
    /// # Safety
    ///
    /// `shared` came from [`Record::shared`].
    pub(super) unsafe fn of(shared: *const ThreadRecord) -> &'static Self {
        // SAFETY: by the type's invariants.
        unsafe { &*shared.cast() }
    }

    pub(super) fn shared(&'static self) -> *const ThreadRecord {
        ptr::from_ref(self).cast()
    }

    pub(super) fn depth(&self) -> u32 {
        // Relaxed: asked by the thread whose record it is, or about a record that
        // no thread has.
        self.shared.depth.load(Ordering::Relaxed)
    }

    /// Whether whoever left a call to this depth is to search.
    pub(super) fn is_wanted(&self, depth: u32) -> bool {
        // Relaxed: as for the attention, in `proxy::frame`.
        self.wanted.load(Ordering::Relaxed) > depth
    }

    /// Calls for a search from whoever leaves a call from now on.
    pub(super) fn summon(&self) {
        // Relaxed: the barrier orders this against the callers.
        self.wanted.store(u32::MAX, Ordering::Relaxed);
        self.shared.attention.store(u32::MAX, Ordering::Relaxed);
    }

    /// Calls for a search only from whoever leaves a call to a depth below `wanted`.
    /// Under the domain's lock.
    pub(super) fn settle(&self, wanted: u32) {
        self.wanted.store(wanted, Ordering::Relaxed);
        let attention = match self.barrier {
            // Each call is left through the host, which has the fence.
            Barrier::Fences => u32::MAX,
            Barrier::Process => wanted.max(self.temporary.load(Ordering::Relaxed)),
        };
        self.shared.attention.store(attention, Ordering::Relaxed);
    }

    /// The bindings that are named, with the depth of each.
    pub(super) fn named(&self) -> impl Iterator<Item = (u32, *const ProxyBinding)> {
        (0..).zip(&self.shared.slots).filter_map(|(depth, slot)| {
            // Acquire pairs with the Release of the caller: what it did in a
            // binding that is not named any more has happened.
            let named = slot.load(Ordering::Acquire);
            (!named.is_null()).then_some((depth, named.cast_const()))
        })
    }

    /// Says what becomes of the record when its outermost call is left. Under the
    /// domain's lock.
    pub(super) fn set_temporary(&self, temporary: bool, outer: *const Self) {
        self.temporary.store(temporary.into(), Ordering::Relaxed);
        self.outer.store(outer.cast_mut(), Ordering::Relaxed);
        self.settle(self.wanted.load(Ordering::Relaxed));
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary.load(Ordering::Relaxed) == 1
    }

    pub(super) fn outer(&self) -> *const Self {
        self.outer.load(Ordering::Relaxed)
    }

    pub(super) fn barrier(&self) -> Barrier {
        self.barrier
    }
}
