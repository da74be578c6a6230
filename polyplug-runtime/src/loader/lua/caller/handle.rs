//! References to cells, and those that collected objects leave behind.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use polyplug_guest::abi::{ProxyCell, ProxyVtable, RawProxy};

/// One counted reference to a cell.
///
/// # Invariants
///
/// The cell is alive while this is.
#[derive(Debug)]
pub(in super::super) struct Handle(NonNull<ProxyCell>);

// SAFETY: cells may be used from any thread.
unsafe impl Send for Handle {}

impl Handle {
    /// Takes one reference over.
    ///
    /// # Safety
    ///
    /// `raw` holds a reference to a cell.
    pub(in super::super) unsafe fn new(raw: RawProxy) -> Self {
        // SAFETY: the caller's promise: there is a cell.
        Self(unsafe { NonNull::new_unchecked(raw.cell.cast_mut()) })
    }

    fn vtable(&self) -> &ProxyVtable {
        // SAFETY: by the type's invariant, and a cell keeps its table.
        unsafe { &*(*self.0.as_ptr()).vtable }
    }

    /// One more reference to `cell`.
    ///
    /// # Safety
    ///
    /// A reference to the cell is held.
    pub(super) unsafe fn share(cell: NonNull<ProxyCell>) -> Self {
        let handle = Self(cell);
        // SAFETY: the caller's promise; what is counted here is what `handle` gives back.
        unsafe { (handle.vtable().retain)(cell.as_ptr()) };
        handle
    }

    /// Takes over the reference that an object held.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    pub(super) unsafe fn of_cell(cell: NonNull<ProxyCell>) -> Self {
        Self(cell)
    }

    /// Gives the reference to somebody else.
    pub(super) fn into_cell(self) -> NonNull<ProxyCell> {
        ManuallyDrop::new(self).0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the reference is given back once, here.
        unsafe { (self.vtable().release)(self.0.as_ptr()) }
    }
}

/// References of objects that were collected. They are given back outside of the
/// interpreter: by the thread that leaves it, or when it was closed.
#[derive(Debug, Default)]
pub(in super::super) struct Released {
    any: AtomicBool,
    handles: Mutex<Vec<Handle>>,
}

impl Released {
    pub(super) fn leave(&self, handle: Handle) {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        // Relaxed: whoever leaves the interpreter next is this thread, or comes after
        // it by way of the lock.
        self.any.store(true, Ordering::Relaxed);
    }

    /// Gives back what was left. Not to be called from inside of the interpreter.
    #[inline]
    pub(in super::super) fn give_back(&self) {
        if self.any.load(Ordering::Relaxed) {
            self.give_all_back();
        }
    }

    #[cold]
    fn give_all_back(&self) {
        self.any.store(false, Ordering::Relaxed);
        let handles =
            std::mem::take(&mut *self.handles.lock().unwrap_or_else(PoisonError::into_inner));
        drop(handles);
    }
}
