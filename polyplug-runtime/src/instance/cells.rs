//! Counted references to cells, and the list of them that a set has.
//!
//! A set must find its cells without keeping them. So whoever gives up the last
//! reference takes the cell out of the list, under the lock of the set, before it goes;
//! under that lock every cell in the list is there, if only to be left alone. That is
//! what `Arc` and `Weak` do as well, with several times as many atomic operations.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::process::abort;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use polyplug_guest::abi::RawProxy;

use super::Cell;

/// A counted reference to a cell.
///
/// # Invariants
///
/// It is one of those that the cell's `standing` counts, and the cell is there until that
/// comes to nothing.
pub(crate) struct CellRef {
    cell: NonNull<Cell>,
}

// SAFETY: like an `Arc` of what threads may share, which is asserted below.
unsafe impl Send for CellRef {}
// SAFETY: as above.
unsafe impl Sync for CellRef {}

const _: () = {
    const fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<Cell>();
};

impl CellRef {
    /// The first reference to a cell, which is in no list yet.
    #[inline]
    pub(super) fn new(cell: impl FnOnce() -> Cell) -> Self {
        // Memory first: the cell is then made where it stays.
        let place = Box::new_uninit();
        Self { cell: NonNull::from(Box::leak(Box::write(place, cell()))) }
    }

    /// This reference, for a proxy of the cell's client.
    pub(crate) fn into_raw(self) -> RawProxy {
        RawProxy { cell: ManuallyDrop::new(self).cell.as_ptr().cast_const().cast() }
    }

    /// # Safety
    ///
    /// `cell` came from [`into_raw`](Self::into_raw), and comes back once for each time
    /// and each [`retain`](Self::retain).
    pub(super) unsafe fn from_raw(cell: *const Cell) -> Self {
        // SAFETY: the caller's promise: never null.
        Self { cell: unsafe { NonNull::new_unchecked(cell.cast_mut()) } }
    }

    /// Counts one more reference, for somebody else to give up.
    pub(super) fn retain(cell: &Cell) {
        // Relaxed: whoever has a reference may give another one away (as in `Arc`).
        let before = cell.standing.references.fetch_add(1, Ordering::Relaxed);
        if before > isize::MAX as usize {
            // So many were leaked; the count must not come round to nothing.
            abort();
        }
    }
}

impl Clone for CellRef {
    fn clone(&self) -> Self {
        Self::retain(self);
        Self { cell: self.cell }
    }
}

impl Drop for CellRef {
    fn drop(&mut self) {
        // Release: what was done by this reference comes before the end. Acquire: whoever
        // ends the cell comes after what all others did.
        if self.standing.references.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        self.owner.forget(self);
        // SAFETY: it came from a `Box`. The last reference goes here, and the list from
        // which others could have got one does not have the cell any more.
        drop(unsafe { Box::from_raw(self.cell.as_ptr()) });
    }
}

impl Deref for CellRef {
    type Target = Cell;

    fn deref(&self) -> &Cell {
        // SAFETY: by the invariant it is there.
        unsafe { self.cell.as_ref() }
    }
}

impl fmt::Debug for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// How often a cell is referred to, and what its set knows of it.
#[derive(Debug)]
pub(super) struct Standing {
    references: AtomicUsize,
    /// The rest is written under the lock of the set alone, and so needs no order of its
    /// own: where the cell is in the list.
    place: AtomicUsize,
    instance: AtomicU64,
    has_siblings: AtomicBool,
}

/// The place of a cell that is in no list.
const NOWHERE: usize = usize::MAX;

impl Standing {
    /// Of a new cell, with its first reference.
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            references: AtomicUsize::new(1),
            place: AtomicUsize::new(NOWHERE),
            instance: AtomicU64::new(0),
            has_siblings: AtomicBool::new(false),
        }
    }

    /// Which instance of its set the cell stands for.
    pub(super) fn instance(&self) -> InstanceNumber {
        InstanceNumber(self.instance.load(Ordering::Relaxed))
    }

    /// Whether the last reference is gone, and the cell about to follow.
    #[cfg(test)]
    pub(super) fn is_going(&self) -> bool {
        self.references.load(Ordering::Relaxed) == 0
    }

    /// Whether another cell stands for the same instance, or did.
    pub(super) fn has_siblings(&self) -> bool {
        self.has_siblings.load(Ordering::Relaxed)
    }
}

/// Tells the instances of one set apart. Never used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct InstanceNumber(u64);

/// The cells of a set, to be kept under its lock.
///
/// # Invariants
///
/// Each cell in it knows its place, and is there: it is taken out before it goes.
#[derive(Default)]
pub(super) struct Cells {
    list: Vec<NonNull<Cell>>,
    /// How many instances there were.
    instances: u64,
}

// SAFETY: it is used like a list of `Weak`, of what threads may share.
unsafe impl Send for Cells {}

impl Cells {
    /// Takes in the first cell of an instance.
    ///
    /// # Safety
    ///
    /// The cell is in no list yet, and this is that of its owner.
    #[inline]
    pub(super) unsafe fn add(&mut self, cell: &CellRef) {
        self.instances += 1;
        cell.standing.instance.store(self.instances, Ordering::Relaxed);
        self.push(cell);
    }

    /// Takes in another cell for the instance of `sibling`, a cell of the same set.
    ///
    /// # Safety
    ///
    /// As for [`add`](Self::add).
    pub(super) unsafe fn add_sibling(&mut self, cell: &CellRef, sibling: &Cell) {
        let InstanceNumber(instance) = sibling.standing.instance();
        cell.standing.instance.store(instance, Ordering::Relaxed);
        cell.standing.has_siblings.store(true, Ordering::Relaxed);
        sibling.standing.has_siblings.store(true, Ordering::Relaxed);
        self.push(cell);
    }

    #[inline]
    fn push(&mut self, cell: &CellRef) {
        cell.standing.place.store(self.list.len(), Ordering::Relaxed);
        self.list.push(cell.cell);
    }

    /// Takes out a cell that goes, if it is in here.
    pub(super) fn remove(&mut self, cell: &Cell) {
        let place = cell.standing.place.load(Ordering::Relaxed);
        if place == NOWHERE {
            return;
        }
        cell.standing.place.store(NOWHERE, Ordering::Relaxed);
        self.list.swap_remove(place);
        if let Some(moved) = self.list.get(place) {
            // SAFETY: by the invariant.
            unsafe { moved.as_ref() }.standing.place.store(place, Ordering::Relaxed);
        }
    }

    /// Those that do not go at this moment. They must outlive the lock, which the last
    /// reference to a cell takes when it goes.
    pub(super) fn live(&self) -> Vec<CellRef> {
        let counted = |cell: &NonNull<Cell>| {
            // SAFETY: by the invariant it is there, and nobody takes it out meanwhile.
            let references = &unsafe { cell.as_ref() }.standing.references;
            let one_more = |count| (count > 0).then(|| count + 1);
            // Relaxed: the lock orders this after all that was done to the cell before it
            // was taken in; what comes after its end is nobody's.
            references.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
            Some(CellRef { cell: *cell })
        };
        self.list.iter().filter_map(counted).collect()
    }

    /// Forgets all of them. They do without being taken out.
    pub(super) fn clear(&mut self) {
        for cell in self.list.drain(..) {
            // SAFETY: by the invariant.
            unsafe { cell.as_ref() }.standing.place.store(NOWHERE, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cells").field("count", &self.list.len()).finish_non_exhaustive()
    }
}
