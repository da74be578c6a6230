//! What keeps a version open for the owned values that it gave away.
//!
//! One count for all of them, so that a value costs one step of it when it is made and one
//! when it is released: the version counts as one while it is the present one, and whoever
//! brings the count to nothing gives up the lease that all of them share.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use polyplug_guest::abi::RawLease;

use crate::implementation::Lease;
use crate::reclaim;

/// The owned values of one version that are not released yet.
///
/// # Invariants
///
/// While the count is not 0 there is a lease here, which keeps the object that this is a
/// part of. It never leaves 0 but when the version begins.
#[repr(C)]
pub(crate) struct Values {
    /// First, because it is what values know.
    head: RawLease,
    holders: AtomicUsize,
    /// Whole at any time: it is put in once, and taken out once.
    lease: Mutex<Option<Arc<Lease>>>,
}

/// More values than this are not counted: they are copied.
const MAX_HOLDERS: usize = isize::MAX as usize;

impl Default for Values {
    fn default() -> Self {
        Self {
            head: RawLease { end: Some(end) },
            holders: AtomicUsize::new(0),
            lease: Mutex::default(),
        }
    }
}

impl Values {
    /// Counts one more value, and gives what stands for it; null when nothing keeps the
    /// version open any more.
    pub(super) fn lease(this: &Self) -> *const RawLease {
        let more = |holders| (1..MAX_HOLDERS).contains(&holders).then(|| holders + 1);
        // Relaxed: whoever calls this holds the version open by other means, or finds 0.
        match this.holders.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => std::ptr::from_ref(this).cast(),
            Err(_) => std::ptr::null(),
        }
    }

    /// How many there are, once the version is not the present one any more.
    pub(crate) fn count(&self) -> usize {
        self.holders.load(Ordering::Relaxed)
    }

    /// One holder less. Gives the lease that the last one leaves, after which this may be
    /// gone.
    fn leave(&self) -> Option<Arc<Lease>> {
        // Release, and Acquire for the last one: what others did with their values comes
        // before what the last one ends.
        if self.holders.fetch_sub(1, Ordering::AcqRel) > 1 {
            return None;
        }
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What kept the version goes now if nobody else keeps it, unless this thread is in the
/// middle of a load, a reload or an unload: then at its end.
unsafe extern "C" fn end(lease: *const RawLease) {
    // SAFETY: it came from `Values::lease`, and is ended once; the holder that it stands
    // for keeps it until then. The borrow ends before the lease does.
    let last = unsafe { (*lease.cast::<Values>()).leave() };
    if let Some(lease) = last {
        reclaim::let_go(lease);
    }
}

/// Says, while it lives, that a version may give values away that keep it.
pub(crate) struct Open {
    lease: Arc<Lease>,
}

impl Open {
    /// Of a version whose code did not run yet.
    pub(crate) fn new(lease: &Arc<Lease>) -> Self {
        let values = lease.host().values();
        *values.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(lease));
        // Release pairs with nothing: code of the version is called after this.
        values.holders.store(1, Ordering::Release);
        Self { lease: Arc::clone(lease) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.lease.host().values().leave());
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("holders", &self.holders).finish_non_exhaustive()
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").finish_non_exhaustive()
    }
}

const _: () = assert!(std::mem::offset_of!(Values, head) == 0);
