//! What a thread would take apart in the middle of a load, a reload or an unload
//! waits for the end of that.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::domain::Free;
use super::place::Replaced;
use super::thread::domain;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Free> = const { RefCell::new(Free::NONE) };
}

/// Says, while it lives, that the thread is in the middle of a load, a reload or an
/// unload. Stays on its thread.
#[derive(Debug)]
pub(crate) struct TurnSection(());

impl TurnSection {
    /// Whether the thread is in the middle of one.
    pub(crate) fn is_begun() -> bool {
        DEPTH.get() > 0
    }

    pub(crate) fn begin() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }
}

impl Drop for TurnSection {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if DEPTH.get() == 0 {
            // Taken out first: what is destroyed may call, and come back here.
            drop(WAITING.try_with(RefCell::take));
        }
    }
}

/// Drops a lease on what calls were made through, as if a call had left it.
pub(crate) fn let_go(lease: Arc<dyn Send + Sync>) {
    at_the_end_of_turns(Free::of(lease));
}

/// Looks for what no call is in any more, and no thread is left to notice.
pub(crate) fn sweep() {
    drop(domain().retire(std::iter::empty::<Replaced<()>>()));
}

/// Drops `free`: now, unless the thread is in the middle of something.
pub(super) fn at_the_end_of_turns(free: Free) {
    if DEPTH.get() == 0 {
        return drop(free);
    }
    let mut free = Some(free);
    // A thread that is past its thread-locals drops it now, with `free`.
    let _ = WAITING.try_with(|waiting| {
        if let Some(free) = free.take() {
            waiting.borrow_mut().append(free);
        }
    });
}
