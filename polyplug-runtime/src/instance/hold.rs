//! Instances whose state is being carried over: calls wait, until each has a place in
//! the next version, or all go on as they were.
//!
//! A thread that is in a call in the same bundle does not wait, because its call may be
//! what is waited for. It is let through to the instance that is held; what was saved
//! of that is then saved again.

use std::sync::Arc;
use std::time::Instant;

use polyplug_guest::abi::{CallFrame, ProxyBinding};

use super::binding::Binding;
use super::cells::{CellRef, InstanceNumber};
use super::made::Made;
use super::replace::{Replaced, holders_of};
use super::set::{Instances, Owned};
use super::{Cell, MakeError};
use crate::inside::is_in_hook;
use crate::reclaim::{
    Absent, Bound, Held, Target, TurnSection, domain, look_again, named_by_this_thread, rename,
};

/// Releases what is held when it is dropped: if nothing took its place, all of it goes
/// on as it was.
pub(super) struct Holding<'a> {
    instances: &'a Instances,
    until: Instant,
}

impl<'a> Holding<'a> {
    pub(super) fn new(instances: &'a Instances, until: Instant) -> Self {
        Self { instances, until }
    }

    /// Makes calls of the instance of `cell` wait from now on.
    pub(super) fn hold(&self, cell: &Cell) {
        let (mut targets, mut replaced) = (Vec::new(), Vec::new());
        let mut owned = self.instances.lock();
        let others = owned.others(cell);
        let siblings = others.iter().filter(|other| other.instance() == cell.instance());
        for cell in siblings.map(|other| &**other).chain([cell]) {
            if cell.place.absent().is_some() {
                continue;
            }
            if let Some(before) = cell.place.swap(Bound::Absent(Absent::Held)) {
                targets.push((key(cell), before.target()));
                replaced.push(before);
            }
        }
        if !targets.is_empty() {
            owned.held.insert(cell.instance(), Held::new(targets));
        }
        drop(owned);
        drop(domain().retire(replaced));
    }

    /// Waits until nobody is in the instance, and saves it. `None` if it was poisoned, or
    /// is not held, or is saved already.
    pub(super) fn save(&self, instance: InstanceNumber) -> Result<Option<Vec<u8>>, SaveError> {
        let mut pause = std::time::Duration::from_micros(50);
        loop {
            let Some(made) = self.begin_saving(instance) else { return Ok(None) };
            if self.is_quiet(instance) {
                // SAFETY: nobody is in it, and `Saving` lets only those in that take
                // turns by themselves.
                let state = match unsafe { made.save() } {
                    Some(Ok(state)) => state,
                    Some(Err(error)) => return Err(SaveError::Plugin(error)),
                    None => return Ok(None),
                };
                if self.end_saving(instance) {
                    return Ok(Some(state));
                }
            }
            if Instant::now() >= self.until {
                return Err(SaveError::InUse(self.holders(instance)));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(std::time::Duration::from_millis(2));
        }
    }

    fn begin_saving(&self, instance: InstanceNumber) -> Option<Arc<Made>> {
        let mut owned = self.instances.lock();
        let held = owned.held.get_mut(&instance)?;
        let made = Arc::clone(held.any()?.made());
        held.begin_saving().then_some(made)
    }

    /// Whether no call and no pin is in what is held. If so it stays so until saving has
    /// ended; else calls are let through again.
    fn is_quiet(&self, instance: InstanceNumber) -> bool {
        let is_quiet = domain().are_idle(&self.targets(instance), Held::<Binding>::IDLE);
        if !is_quiet {
            if let Some(held) = self.instances.lock().held.get_mut(&instance) {
                held.drain();
            }
            self.instances.settled.notify_all();
        }
        is_quiet
    }

    /// Whether what was saved is all of it: nobody was let in meanwhile.
    fn end_saving(&self, instance: InstanceNumber) -> bool {
        let mut owned = self.instances.lock();
        let is_whole = owned.held.get_mut(&instance).is_some_and(Held::end_saving);
        drop(owned);
        self.instances.settled.notify_all();
        is_whole
    }

    fn holders(&self, instance: InstanceNumber) -> Vec<String> {
        let targets = self.targets(instance);
        let others =
            |target: &Arc<Target<Binding>>| Arc::strong_count(target) - Held::<Binding>::IDLE;
        let counts = targets.iter().map(|target| (target, others(target)));
        let held = counts.filter(|(_, others)| *others > 0);
        held.flat_map(|(target, others)| holders_of(target, others)).collect()
    }

    fn targets(&self, instance: InstanceNumber) -> Vec<Arc<Target<Binding>>> {
        let owned = self.instances.lock();
        owned.held.get(&instance).map(Held::targets).unwrap_or_default()
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        let mut replaced = Replaced::default();
        let mut owned = self.instances.lock();
        let mut all = std::mem::take(&mut owned.held);
        if all.is_empty() {
            return;
        }
        for cell in owned.live_cells() {
            if cell.place.absent() == Some(Absent::Held)
                && let Some(held) = all.get_mut(&cell.instance())
            {
                let is_poisoned = held.is_poisoned();
                let as_it_was = match held.target(key(&cell), |other| for_cell(other, &cell)) {
                    _ if is_poisoned => Bound::Absent(Absent::Poisoned),
                    Some(target) => Bound::To(Arc::clone(target)),
                    None => Bound::Absent(Absent::Unloaded),
                };
                replaced.put(&cell, as_it_was);
            }
            replaced.keep(cell);
        }
        drop(owned);
        self.instances.settled.notify_all();
        replaced.lease(all.into_values().flat_map(Held::into_targets));
        replaced.reclaim();
    }
}

/// Why a state was not saved.
#[derive(Debug)]
pub(super) enum SaveError {
    /// It is still being called, or pinned.
    InUse(Vec<String>),
    /// What the plugin said.
    Plugin(crate::entry::GuestError),
}

impl Instances {
    /// Waits until `cell` is not held any more, and names what is then present in
    /// `frame`; or lets the thread through to what is held.
    ///
    /// # Safety
    ///
    /// The frame is the calling thread's innermost, of a call through `cell`.
    pub(super) unsafe fn settle(
        &self,
        cell: &Cell,
        frame: &mut CallFrame,
    ) -> Result<(), MakeError> {
        loop {
            // SAFETY: the caller's promise. This runs under the lock, where what is held
            // has a reference of its own; that goes by way of the domain.
            let name = |target: &Arc<_>| unsafe { rename(frame, Target::binding(target)) };
            if self.wait(cell, Some(name))?.is_some() {
                break;
            }
            // SAFETY: the caller's promise.
            unsafe { look_again(std::ptr::from_ref(cell).cast(), frame) };
            if cell.place.absent() != Some(Absent::Held) {
                break;
            }
        }
        Ok(())
    }

    /// Waits until `cell` is not held any more: `None`. A thread that is in a call in the
    /// same bundle does not wait: `let_in` gets what is held, under the lock. Without it
    /// such a thread is turned away. One that is in other code of a bundle does not wait for
    /// ever, because it may keep what saving or restoring needs, such as the lock of an
    /// interpreter.
    pub(super) fn wait<T>(
        &self,
        cell: &Cell,
        mut let_in: Option<impl FnOnce(&Arc<Target<Binding>>) -> T>,
    ) -> Result<Option<T>, MakeError> {
        let named = named_by_this_thread();
        let is_in_guest = is_in_hook() || named.iter().any(|named| Absent::of(*named).is_none());
        let begun = Instant::now();
        // Dropped after the lock.
        let mut cells = Vec::new();
        let mut owned = self.lock();
        while owned.held.contains_key(&cell.instance()) {
            if TurnSection::is_begun() {
                return Err(MakeError::Held);
            }
            cells.append(&mut owned.live_cells());
            let is_inside = owned.is_inside(&cells, &named);
            if is_inside && let_in.is_none() {
                return Err(MakeError::Held);
            }
            let patience = owned.patience;
            if let Some(held) = owned.held.get_mut(&cell.instance()).filter(|_| is_inside)
                && held.lets_through(held.any().is_some_and(|any| any.made().takes_turns()))
            {
                if held.is_poisoned() {
                    // It is done with, and may go at any time.
                    return Err(MakeError::Poisoned);
                }
                let target = held.let_through(key(cell), |other| for_cell(other, cell));
                let target = target.ok_or(MakeError::Incompatible)?;
                return Ok(let_in.take().map(|let_in| let_in(target)));
            }
            let waited = self.settled.wait_timeout(owned, patience);
            owned = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            if is_in_guest && begun.elapsed() > patience {
                // What holds it may wait for this very thread.
                return Err(MakeError::Held);
            }
        }
        Ok(None)
    }
}

/// What stands for a cell among those of an instance that is held.
pub(super) fn key(cell: &Cell) -> usize {
    std::ptr::from_ref(cell) as usize
}

/// What `cell`, which was bound to the instance meanwhile, has of it.
fn for_cell(other: &Binding, cell: &Cell) -> Option<Arc<Target<Binding>>> {
    Binding::of(Arc::clone(other.made()), &cell.client).map(Binding::into_target)
}

impl Owned {
    /// Whether one of `named` is called in this bundle.
    fn is_inside(&self, cells: &[CellRef], named: &[*const ProxyBinding]) -> bool {
        named.iter().any(|named| {
            Absent::of(*named).is_none()
                && (cells.iter().any(|cell| cell.place.is_at(*named))
                    || self.held.values().any(|held| held.has(*named)))
        })
    }
}
