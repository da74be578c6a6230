//! What keeps a library open besides its bundle: its threads, and what it left to threads
//! to do when they end.
//!
//! A plugin may start a thread, or use a thread-local with a destructor, and its bundle may
//! be unloaded at once. Neither is known to the system early enough, or at all: a new thread
//! is nobody's before it runs, and the destructor of a POSIX key, which Rust's standard
//! library uses for `thread::current()`, is called wherever it was. So a library calls the
//! functions here instead of the system's, which is seen to before its entry is called:
//!
//! - `imports` finds in the file where the addresses of the system's functions will be,
//!   and `slots` writes ours there once the library is open.
//! - `threads` and `locals` ask the system, and `keys` does as the system would; each gives
//!   what it is to have run a counted reference to the library that it lies in.
//!
//! Whoever gives up the last reference closes the library. No code of the library is below
//! it on the stack, because each of these ends in code of ours.

mod imports;
mod keys;
mod locals;
mod slots;
mod threads;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use polyplug_guest::abi::BundleEntry;

pub(super) use imports::Imports;

use super::library::Mapping;
use crate::inside::guest_section;
use crate::loader::Closed;

/// The libraries that are open, by where they are. Locked for moments, in which nothing
/// is called.
static OPEN: RwLock<Vec<(Range<usize>, Weak<Open>)>> = RwLock::new(Vec::new());

/// A bundle's reference to its library.
pub(super) struct Kept(Arc<Open>);

impl Kept {
    /// Sees to it that what was opened stays for whom it must.
    ///
    /// # Safety
    ///
    /// `imports` are those of the file that was opened, and `entry` is a function in it.
    pub(super) unsafe fn new(mapping: Mapping, entry: BundleEntry, imports: &Imports) -> Self {
        static OPENED: AtomicU64 = AtomicU64::new(0);

        let base = slots::base_of(entry, mapping.path(), imports);
        let range = |base| base + imports.image.start..base + imports.image.end;
        let open = Arc::new(Open {
            range: base.map(range).unwrap_or_default(),
            mapping: Some(mapping),
            // Only that each one gets another number matters.
            id: OPENED.fetch_add(1, Ordering::Relaxed),
            threads: AtomicUsize::new(0),
            destructors: AtomicUsize::new(0),
        });
        let Some(base) = base else {
            tracing::warn!("where the library is cannot be found: its threads are not followed");
            return Self(open);
        };
        let entry = (open.range.clone(), Arc::downgrade(&open));
        OPEN.write().unwrap_or_else(PoisonError::into_inner).push(entry);
        // SAFETY: this is where the library with these imports is.
        if let Err(error) = unsafe { slots::redirect(base, imports) } {
            tracing::warn!(%error, "the library's threads are not followed");
        }
        Self(open)
    }

    /// Closes the library, unless it is kept.
    pub(super) fn close(self) -> Closed {
        let why = self.0.why();
        match Arc::into_inner(self.0) {
            Some(mut open) => open.close(),
            None => Closed::StillMapped { why },
        }
    }
}

/// An open library, closed when this is dropped.
struct Open {
    mapping: Option<Mapping>,
    range: Range<usize>,
    /// Another one for each, as ranges are used again.
    id: u64,
    threads: AtomicUsize,
    destructors: AtomicUsize,
}

impl Open {
    fn close(&mut self) -> Closed {
        let Some(mapping) = self.mapping.take() else { return Closed::Reclaimed };
        // Its finalizers run here, also on a thread that ends.
        let _inside = guest_section();
        // Before its range can become another one's.
        OPEN.write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(range, _)| *range != self.range);
        let closed = mapping.close();
        if closed == Closed::Reclaimed {
            keys::forget(self.id);
        }
        closed
    }

    fn count(&self, reason: Reason) -> &AtomicUsize {
        match reason {
            Reason::Thread => &self.threads,
            Reason::Destructor => &self.destructors,
        }
    }

    /// Who keeps it.
    fn why(&self) -> String {
        let count = |reason| self.count(reason).load(Ordering::Relaxed);
        let threads = match count(Reason::Thread) {
            0 => None,
            1 => Some("1 thread of the library runs".to_owned()),
            threads => Some(format!("{threads} threads of the library run")),
        };
        let destructors = match count(Reason::Destructor) {
            0 => None,
            1 => Some("1 thread-local destructor of it waits for its thread's end".to_owned()),
            some => Some(format!("{some} thread-local destructors of it wait for threads' ends")),
        };
        match (threads, destructors) {
            (Some(threads), Some(destructors)) => format!("{threads}, and {destructors}"),
            (Some(why), None) | (None, Some(why)) => why,
            (None, None) => "a thread of the library is just ending".to_owned(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // On whatever thread it is, nobody is left who could be told.
        self.close();
    }
}

/// Why a library is kept.
#[derive(Clone, Copy)]
enum Reason {
    /// A thread of its own.
    Thread,
    /// What it has a thread do at its end.
    Destructor,
}

/// A counted reference to an open library.
struct Keeper {
    open: Arc<Open>,
    reason: Reason,
}

impl Keeper {
    /// Keeps the library that has code at `address`, if we opened one there.
    fn of(address: usize, reason: Reason) -> Option<Self> {
        Self::upgrade(&library_at(address)?, reason)
    }

    fn upgrade(library: &Weak<Open>, reason: Reason) -> Option<Self> {
        let open = library.upgrade()?;
        // For who asks why alone.
        open.count(reason).fetch_add(1, Ordering::Relaxed);
        Some(Self { open, reason })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.open.count(self.reason).fetch_sub(1, Ordering::Relaxed);
    }
}

/// The library that has code at `address`, if we opened one there and have not closed it.
///
/// Takes no lock of the dynamic loader's, so that nobody waits for a constructor.
fn library_at(address: usize) -> Option<Weak<Open>> {
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    open.iter().find(|(range, _)| range.contains(&address)).map(|(_, library)| library.clone())
}

#[cfg(test)]
mod tests;
