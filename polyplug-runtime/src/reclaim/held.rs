//! What was taken out of its places for a while, so that somebody has it alone.

use std::sync::Arc;

use polyplug_guest::abi::ProxyBinding;

use super::place::Target;

/// The targets of an instance whose state is being carried over. Callers who find nothing
/// in its places wait; one whom others may be waiting for is let through.
///
/// Whoever is let through names a target under the lock that this is kept behind.
///
/// # Invariants
///
/// Calls may be in the targets, whose names only a search finds: they go by way of the
/// domain.
#[derive(Debug)]
pub(crate) struct Held<T> {
    /// With the address of the place of each. Never empty: the last one stays when its
    /// place goes, for those that are bound to the instance meanwhile.
    targets: Vec<(usize, Arc<Target<T>>)>,
    phase: Phase,
    /// Whether a call was let through since saving began.
    is_touched: bool,
    is_poisoned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Calls and pins are waited for.
    Draining,
    /// Nobody is in it, and nobody may be.
    Saving,
    Saved,
}

/// The address of no place.
const NOWHERE: usize = 0;

impl<T> Held<T> {
    /// How many references there are to a target of which [`targets`](Self::targets) gave
    /// one, while nobody is in it.
    pub(crate) const IDLE: usize = 2;

    pub(crate) fn new(targets: Vec<(usize, Arc<Target<T>>)>) -> Self {
        Self { targets, phase: Phase::Draining, is_touched: false, is_poisoned: false }
    }

    /// From now on nobody is let through but who takes turns. False if there is nothing
    /// left to save.
    pub(crate) fn begin_saving(&mut self) -> bool {
        if self.is_settled() {
            return false;
        }
        (self.phase, self.is_touched) = (Phase::Saving, false);
        true
    }

    /// Somebody is in it still: callers are let through again.
    pub(crate) fn drain(&mut self) {
        self.phase = Phase::Draining;
    }

    /// Whether what was saved is all of it: nobody was let in meanwhile.
    pub(crate) fn end_saving(&mut self) -> bool {
        self.phase = if self.is_touched { Phase::Draining } else { Phase::Saved };
        !self.is_touched
    }

    /// Whether another version may take its place.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_poisoned || self.phase == Phase::Saved
    }

    /// Whether a caller can be let through; who `takes_turns` by a lock of the
    /// instance's own can be at all times.
    pub(crate) fn lets_through(&self, takes_turns: bool) -> bool {
        self.phase != Phase::Saving || takes_turns
    }

    /// What a caller who is let through calls: what the place at `key` had, or what
    /// `make` makes for one that is new. What was saved is to be saved again.
    pub(crate) fn let_through(
        &mut self,
        key: usize,
        make: impl FnOnce(&T) -> Option<Arc<Target<T>>>,
    ) -> Option<&Arc<Target<T>>> {
        if self.phase == Phase::Saved {
            self.phase = Phase::Draining;
        }
        self.is_touched = true;
        self.target(key, make)
    }

    /// What the place at `key` had, or what `make` makes for one that is new.
    pub(crate) fn target(
        &mut self,
        key: usize,
        make: impl FnOnce(&T) -> Option<Arc<Target<T>>>,
    ) -> Option<&Arc<Target<T>>> {
        let at = match self.targets.iter().position(|(of, _)| *of == key) {
            Some(at) => at,
            None => {
                let (_, other) = self.targets.first()?;
                let made = make(other.value())?;
                self.targets.push((key, made));
                self.targets.len() - 1
            }
        };
        Some(&self.targets[at].1)
    }

    /// Takes out what the place at `key` had, which goes now: another one may get its
    /// address. No call is in that, because each borrows a proxy of the place.
    pub(crate) fn forget(&mut self, key: usize) -> Option<Arc<Target<T>>> {
        let at = self.targets.iter().position(|(of, _)| *of == key)?;
        if self.targets.len() > 1 {
            return Some(self.targets.swap_remove(at).1);
        }
        self.targets[at].0 = NOWHERE;
        None
    }

    pub(crate) fn any(&self) -> Option<&T> {
        self.targets.first().map(|(_, target)| target.value())
    }

    pub(crate) fn has(&self, binding: *const ProxyBinding) -> bool {
        self.targets.iter().any(|(_, target)| std::ptr::eq(target.binding(), binding))
    }

    pub(crate) fn poison(&mut self) {
        self.is_poisoned = true;
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }

    /// One more reference to each.
    pub(crate) fn targets(&self) -> Vec<Arc<Target<T>>> {
        self.targets.iter().map(|(_, target)| Arc::clone(target)).collect()
    }

    pub(crate) fn into_targets(self) -> impl Iterator<Item = Arc<Target<T>>> {
        self.targets.into_iter().map(|(_, target)| target)
    }
}
