//! One load, reload or unload of a runtime at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::inside::may_wait;
use crate::reclaim::TurnSection;

/// Hands out turns.
///
/// A turn is no lock: code of bundles runs during it, and what that code asks
/// for is refused rather than made to wait.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    taken: Mutex<bool>,
    freed: Condvar,
}

/// Somebody else has the turn, and this thread may not wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Busy;

impl Lifecycle {
    /// Waits for a turn, unless the thread is inside a call, a hook or a handler,
    /// or has a turn already: then this one must be free.
    pub(crate) fn begin(&self) -> Result<Turn<'_>, Busy> {
        let mut taken = self.lock();
        while *taken {
            if !may_wait() || TurnSection::is_begun() {
                return Err(Busy);
            }
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        drop(taken);
        Ok(Turn { _freed: Freed { lifecycle: self }, _section: TurnSection::begin() })
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // A single flag is whole at any time.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn, which ends when this is dropped. What calls of this thread were the last
/// ones in meanwhile is taken apart then, after the next one may begin.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    // Dropped in this order.
    _freed: Freed<'a>,
    _section: TurnSection,
}

#[derive(Debug)]
struct Freed<'a> {
    lifecycle: &'a Lifecycle,
}

impl Drop for Freed<'_> {
    fn drop(&mut self) {
        *self.lifecycle.lock() = false;
        self.lifecycle.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::inside::handler_section;

    #[test]
    fn turns_do_not_overlap() {
        let lifecycle = Lifecycle::default();
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let _turn = lifecycle.begin().unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
    }

    #[test]
    fn a_handler_never_waits() {
        let lifecycle = Lifecycle::default();
        let turn = lifecycle.begin().unwrap();
        let _handler = handler_section();
        assert_eq!(lifecycle.begin().unwrap_err(), Busy);
        drop(turn);
        assert!(lifecycle.begin().is_ok());
    }
}
