//! One version of a bundle in place of another, for all of its instances at once.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::binding::Binding;
use super::made::Made;
use super::set::{Current, Instances, bound};
use super::version::Version;
use super::{Cell, Instance};
use crate::entry::GuestError;
use crate::hash::KeyMap;
use crate::reclaim::{self, Absent, Bound, Swept, domain};
use crate::registry::RegistryError;

/// Why one version could not take the place of another.
#[derive(Debug)]
pub(crate) enum ReplaceError {
    /// It cannot make an instance that is in use.
    Create(GuestError),
    /// Its contracts cannot be registered.
    Registry(RegistryError),
}

/// What instances will be in the next version, by their addresses.
type Prepared = KeyMap<usize, (Arc<Instance>, Result<Arc<Made>, Absent>)>;

impl Instances {
    /// How many instances of each contract would lose their state when
    /// replaced by another version.
    pub(crate) fn stateful(&self) -> Vec<(String, usize)> {
        let mut seen = KeyMap::default();
        let mut counts: Vec<(String, usize)> = Vec::new();
        for cell in self.cells() {
            let is_new = seen.insert(address(&cell), ()).is_none();
            if is_new && cell.present().is_ok_and(|made| !made.is_stateless()) {
                match counts.iter_mut().find(|(name, _)| name == cell.client.name()) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((cell.client.name().to_owned(), 1)),
                }
            }
        }
        counts
    }

    /// Prepares all instances for `next`, then makes it the present version, for
    /// all of them at once: `publish` runs at that moment.
    ///
    /// Gives back what was replaced, for the caller to reclaim: that destroys the
    /// instances of the version before.
    pub(crate) fn replace(
        &self,
        next: Version,
        publish: impl FnOnce() -> Result<(), RegistryError>,
    ) -> Result<Replaced, ReplaceError> {
        let mut prepared = Prepared::default();
        loop {
            for cell in self.cells() {
                if let Entry::Vacant(entry) = prepared.entry(address(&cell)) {
                    let made = in_next(&cell, &next).map_err(ReplaceError::Create)?;
                    entry.insert((Arc::clone(&cell.instance), made));
                }
            }
            let mut owned = self.lock();
            let cells = owned.live_cells();
            if !cells.iter().all(|cell| prepared.contains_key(&address(cell))) {
                // One was made meanwhile, in the version before.
                drop(owned);
                continue;
            }
            if let Err(error) = publish() {
                drop(owned);
                return Err(ReplaceError::Registry(error));
            }
            let mut replaced = Replaced::of(owned.current.replace(Current::Version(next)));
            for cell in cells {
                let bound = match &prepared[&address(&cell)].1 {
                    Ok(made) => bound(made, &cell.client),
                    Err(absent) => Bound::Absent(*absent),
                };
                replaced.put(&cell, bound);
                replaced.keep(cell);
            }
            drop(owned);
            return Ok(replaced);
        }
    }
}

/// What stands for the instance of a cell.
fn address(cell: &Cell) -> usize {
    Arc::as_ptr(&cell.instance) as usize
}

/// What an instance will be in the next version.
fn in_next(cell: &Cell, next: &Version) -> Result<Result<Arc<Made>, Absent>, GuestError> {
    let now = cell.present();
    if let Err(Absent::Unloaded) = now {
        return Ok(Err(Absent::Unloaded));
    }
    let Some(implementation) = next.implementation(&cell.client) else {
        return Ok(Err(Absent::Unloaded));
    };
    let held_state = now.as_ref().is_ok_and(|made| !made.is_stateless());
    let config = match &cell.instance.config {
        Some(config) if !held_state && implementation.interface.is_stateless() => config,
        _ => return Ok(Err(now.err().unwrap_or(Absent::StateLost))),
    };
    Made::create(implementation, config).map(Ok)
}

/// What a reload or an unload replaced, until it is reclaimed.
#[derive(Debug, Default)]
#[must_use = "what was replaced is to be reclaimed"]
pub(crate) struct Replaced {
    bindings: Vec<reclaim::Replaced<Binding>>,
    current: Option<Current>,
    /// Kept so that no cell is dropped under a lock.
    cells: Vec<Arc<Cell>>,
}

impl Replaced {
    pub(super) fn of(current: Option<Current>) -> Self {
        Self { current, ..Self::default() }
    }

    pub(super) fn put(&mut self, cell: &Cell, bound: Bound<Binding>) {
        self.bindings.extend(cell.place.swap(bound));
    }

    pub(super) fn keep(&mut self, cell: Arc<Cell>) {
        self.cells.push(cell);
    }

    /// Destroys the instances that no call is in, and closes the version if there
    /// is none. Else the last call to leave does; gives the contracts that are
    /// being called.
    pub(crate) fn reclaim(self) -> Vec<String> {
        let Self { bindings, current, cells } = self;
        let swept: Swept<Binding> = domain().retire(bindings);
        let held = swept.held().flat_map(|(binding, count)| holders_of(binding, count));
        let mut holders: Vec<_> = held.collect();
        drop(swept);
        if let Some(Current::Version(version)) = &current {
            // After the instances, whose destructors may call what they handed over.
            holders.extend(version.locals.end());
        }
        drop(current);
        drop(cells);
        holders
    }
}

/// Who holds a binding, of which there are `count` references but ours.
fn holders_of(binding: &Binding, count: usize) -> impl Iterator<Item = String> + use<> {
    let contract = binding.made().contract();
    let pins = binding.pins.load(Ordering::Relaxed).min(count);
    let called = (count > pins).then(|| contract.to_owned());
    let plural = if pins == 1 { "" } else { "s" };
    let pinned = (pins > 0).then(|| format!("{contract} ({pins} pin{plural})"));
    called.into_iter().chain(pinned)
}
