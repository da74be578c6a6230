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
use super::made::Made;
use super::replace::{Replaced, address, holders_of};
use super::set::{Instances, Owned, bound};
use super::{Cell, MakeError};
use crate::inside::is_in_hook;
use crate::reclaim::{
    Absent, Bound, Target, TurnSection, domain, look_again, named_by_this_thread, rename,
};

/// An instance that is held.
///
/// # Invariants
///
/// Calls may be in the targets, whose names only a search finds: they go by way of the
/// domain.
#[derive(Debug)]
pub(super) struct Held {
    made: Arc<Made>,
    /// With the address of the cell of each.
    targets: Vec<(usize, Arc<Target<Binding>>)>,
    phase: Phase,
    /// Whether a call was let through since saving began.
    is_touched: bool,
    pub(super) is_poisoned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Calls and pins are waited for.
    Draining,
    /// Nobody is in it, and nobody may be.
    Saving,
    Saved,
}

impl Held {
    pub(super) fn into_targets(self) -> impl Iterator<Item = Arc<Target<Binding>>> {
        self.targets.into_iter().map(|(_, target)| target)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.is_poisoned || self.phase == Phase::Saved
    }

    pub(super) fn has(&self, binding: *const ProxyBinding) -> bool {
        self.targets.iter().any(|(_, target)| std::ptr::eq(target.binding(), binding))
    }

    /// Takes out what `cell` has, which goes now: another one may get its address. No call
    /// is in that, because each borrows a proxy of the cell.
    pub(super) fn forget(&mut self, cell: &Cell) -> Option<Arc<Target<Binding>>> {
        let key = std::ptr::from_ref(cell) as usize;
        let at = self.targets.iter().position(|(of, _)| *of == key)?;
        Some(self.targets.swap_remove(at).1)
    }

    /// What `cell` has of the instance.
    fn target(&mut self, cell: &Cell) -> Option<Arc<Target<Binding>>> {
        let key = std::ptr::from_ref(cell) as usize;
        if let Some((_, target)) = self.targets.iter().find(|(of, _)| *of == key) {
            return Some(Arc::clone(target));
        }
        // It was bound to the instance meanwhile.
        let target = Binding::of(Arc::clone(&self.made), &cell.client)?.into_target();
        self.targets.push((key, Arc::clone(&target)));
        Some(target)
    }
}

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
        let cells = owned.live_cells();
        let mut made = None;
        for other in cells.iter().filter(|other| Arc::ptr_eq(&other.instance, &cell.instance)) {
            if other.place.absent().is_some() {
                continue;
            }
            if let Some(before) = other.place.swap(Bound::Absent(Absent::Held)) {
                let target = before.target();
                made.get_or_insert_with(|| Arc::clone(target.made()));
                targets.push((Arc::as_ptr(other) as usize, target));
                replaced.push(before);
            }
        }
        if let Some(made) = made {
            let (phase, is_touched, is_poisoned) = (Phase::Draining, false, false);
            let held = Held { made, targets, phase, is_touched, is_poisoned };
            owned.held.insert(address(cell), held);
        }
        drop(owned);
        drop(domain().retire(replaced));
    }

    /// Waits until nobody is in the instance, and saves it. `None` if it was poisoned, or
    /// is not held, or is saved already.
    pub(super) fn save(&self, instance: usize) -> Result<Option<Vec<u8>>, SaveError> {
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

    fn begin_saving(&self, instance: usize) -> Option<Arc<Made>> {
        let mut owned = self.instances.lock();
        let held = owned.held.get_mut(&instance).filter(|held| !held.is_settled())?;
        (held.phase, held.is_touched) = (Phase::Saving, false);
        Some(Arc::clone(&held.made))
    }

    /// Whether no call and no pin is in what is held. If so it stays so until saving has
    /// ended; else calls are let through again.
    fn is_quiet(&self, instance: usize) -> bool {
        let targets = self.targets(instance);
        // Ours, and that of what is held.
        let is_idle = |target: &&Arc<_>| Arc::strong_count(target) == 2;
        let idle: Vec<_> = targets.iter().filter(is_idle).cloned().collect();
        // Who was let through is named in a slot alone: the search finds it.
        drop(domain().retire_leases(idle));
        let is_quiet = targets.iter().all(|target| is_idle(&target));
        if !is_quiet && let Some(held) = self.instances.lock().held.get_mut(&instance) {
            held.phase = Phase::Draining;
        }
        if !is_quiet {
            self.instances.settled.notify_all();
        }
        is_quiet
    }

    /// Whether what was saved is all of it: nobody was let in meanwhile.
    fn end_saving(&self, instance: usize) -> bool {
        let mut owned = self.instances.lock();
        let is_whole = owned.held.get_mut(&instance).is_some_and(|held| {
            held.phase = if held.is_touched { Phase::Draining } else { Phase::Saved };
            !held.is_touched
        });
        drop(owned);
        self.instances.settled.notify_all();
        is_whole
    }

    fn holders(&self, instance: usize) -> Vec<String> {
        let targets = self.targets(instance);
        let others = |target: &Arc<Target<Binding>>| Arc::strong_count(target) - 2;
        let held = targets.iter().filter(|target| others(target) > 0);
        held.flat_map(|target| holders_of(target, others(target))).collect()
    }

    fn targets(&self, instance: usize) -> Vec<Arc<Target<Binding>>> {
        let owned = self.instances.lock();
        let held = owned.held.get(&instance);
        held.into_iter().flat_map(|held| &held.targets).map(|(_, one)| Arc::clone(one)).collect()
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
                && let Some(held) = all.get_mut(&address(&cell))
            {
                let as_it_was = match held.target(&cell) {
                    _ if held.is_poisoned => Bound::Absent(Absent::Poisoned),
                    Some(target) => Bound::To(target),
                    None => bound(&held.made, &cell.client),
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
            if let Some(target) = self.wait(cell, true)? {
                // SAFETY: the caller's promise. What is held keeps another reference, and
                // goes by way of the domain.
                unsafe { rename(frame, target.binding()) };
                return Ok(());
            }
            // SAFETY: the caller's promise.
            unsafe { look_again(std::ptr::from_ref(cell).cast(), frame) };
            if cell.place.absent() != Some(Absent::Held) {
                return Ok(());
            }
        }
    }

    /// Waits until `cell` is not held any more: `None`. A thread that is in a call in the
    /// same bundle does not wait, and gets what is held, if it `may_pass`. One that is in
    /// other code of a bundle does not wait for ever, because it may keep what saving or
    /// restoring needs, such as the lock of an interpreter.
    pub(super) fn wait(
        &self,
        cell: &Cell,
        may_pass: bool,
    ) -> Result<Option<Arc<Target<Binding>>>, MakeError> {
        let named = named_by_this_thread();
        let is_in_guest = is_in_hook() || named.iter().any(|named| Absent::of(*named).is_none());
        let begun = Instant::now();
        // Both are dropped after the lock.
        let (mut cells, mut passed) = (Vec::new(), None);
        let mut owned = self.lock();
        while owned.held.contains_key(&address(cell)) {
            if TurnSection::is_begun() {
                return Err(MakeError::Held);
            }
            cells.append(&mut owned.live_cells());
            let is_inside = owned.is_inside(&cells, &named);
            if is_inside && !may_pass {
                return Err(MakeError::Held);
            }
            let patience = owned.patience;
            if let Some(held) = owned.held.get_mut(&address(cell)).filter(|_| is_inside)
                && (held.phase != Phase::Saving || held.made.takes_turns())
            {
                if held.is_poisoned {
                    // It is done with, and may go at any time.
                    return Err(MakeError::Poisoned);
                }
                if held.phase == Phase::Saved {
                    held.phase = Phase::Draining;
                }
                held.is_touched = true;
                passed = Some(held.target(cell).ok_or(MakeError::Incompatible)?);
                break;
            }
            let waited = self.settled.wait_timeout(owned, patience);
            owned = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            if is_in_guest && begun.elapsed() > patience {
                // What holds it may wait for this very thread.
                return Err(MakeError::Held);
            }
        }
        drop(owned);
        Ok(passed)
    }
}

impl Owned {
    /// Whether one of `named` is called in this bundle.
    fn is_inside(&self, cells: &[Arc<Cell>], named: &[*const ProxyBinding]) -> bool {
        named.iter().any(|named| {
            Absent::of(*named).is_none()
                && (cells.iter().any(|cell| cell.place.is_at(*named))
                    || self.held.values().any(|held| held.has(*named)))
        })
    }
}
