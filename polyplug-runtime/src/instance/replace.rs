//! One version of a bundle in place of another, for all of its instances at once.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::binding::Binding;
use super::cells::{CellRef, InstanceNumber};
use super::hold::{Holding, SaveError};
use super::made::Made;
use super::set::{Current, Instances, bound};
use super::version::Version;
use super::{Cell, Client};
use crate::entry::GuestError;
use crate::hash::KeyMap;
use crate::implementation::Implementation;
use crate::inside::after;
use crate::interface::InstanceState;
use crate::reclaim::{self, Absent, Bound, Held, Swept, Target, domain};
use crate::registry::RegistryError;

/// Why one version could not take the place of another.
#[derive(Debug)]
pub(crate) enum ReplaceError {
    /// It cannot make an instance that is in use.
    Create(GuestError),
    /// The version before cannot save the state of an instance of this contract.
    Save { contract: String, source: GuestError },
    /// It cannot make an instance of this contract from the state that was saved.
    Restore { contract: String, source: GuestError },
    /// An instance whose state is to be carried over is still being called or pinned.
    InUse { holders: Vec<String> },
    /// Its contracts cannot be registered.
    Registry(RegistryError),
}

/// How often instances that appear meanwhile are prepared too.
const ROUNDS: usize = 100;

/// How often before those who make instances wait, if they may.
const FREE_ROUNDS: usize = 3;

/// Lets those go on who make instances.
struct MakersWait<'a>(&'a Instances);

impl Drop for MakersWait<'_> {
    fn drop(&mut self) {
        self.0.lock().makers_wait = false;
        self.0.settled.notify_all();
    }
}

/// How many instances there are of each contract.
type Counts = Vec<(String, usize)>;

/// What instances will be in the next version.
type Prepared = KeyMap<InstanceNumber, (CellRef, Next)>;

/// What an instance will be in the next version.
enum Next {
    Made(Arc<Made>),
    Absent(Absent),
    /// Made of the state that the version before saves, once that is done.
    Carried {
        implementation: Arc<Implementation>,
        state: InstanceState,
        made: Option<Arc<Made>>,
    },
}

impl Next {
    fn bound(&self, client: &Client) -> Bound<Binding> {
        match self {
            Self::Made(made) | Self::Carried { made: Some(made), .. } => bound(made, client),
            Self::Absent(absent) => Bound::Absent(*absent),
            // It was poisoned before it was saved.
            Self::Carried { made: None, .. } => Bound::Absent(Absent::Poisoned),
        }
    }
}

impl Instances {
    /// How many instances of each contract have state: that a reload loses, and that it
    /// carries over if the next version can restore it.
    pub(crate) fn stateful(&self) -> (Counts, Counts) {
        let mut seen = KeyMap::default();
        let (mut losing, mut keeping) = (Vec::new(), Vec::new());
        for cell in self.cells() {
            let is_new = seen.insert(cell.instance(), ()).is_none();
            let Ok(made) = cell.present() else { continue };
            if is_new && !made.is_stateless() {
                let counts: &mut Counts =
                    if made.state().is_some() { &mut keeping } else { &mut losing };
                match counts.iter_mut().find(|(name, _)| name == cell.client.name()) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((cell.client.name().to_owned(), 1)),
                }
            }
        }
        (losing, keeping)
    }

    /// Prepares all instances for `next`, then makes it the present version, for
    /// all of them at once: `publish` runs at that moment. Calls and pins of instances
    /// whose state is carried over are waited for no longer than `patience`.
    ///
    /// Gives back what was replaced, for the caller to reclaim: that destroys the
    /// instances of the version before. On failure all go on as they were.
    pub(crate) fn replace(
        &self,
        next: Version,
        patience: Duration,
        publish: impl FnOnce() -> Result<(), RegistryError>,
    ) -> Result<Replaced, ReplaceError> {
        self.lock().patience = patience;
        // What is dropped last outlives every lock, and is released before.
        let mut prepared = Prepared::default();
        let holding = Holding::new(self, after(patience));
        let makers = MakersWait(self);
        for round in 0..ROUNDS {
            makers.0.lock().makers_wait = round >= FREE_ROUNDS;
            self.prepare(&mut prepared, &next, &holding)?;
            carry(&mut prepared, &holding)?;
            let mut owned = self.lock();
            let cells = owned.live_cells();
            let is_prepared = cells.iter().all(|cell| prepared.contains_key(&cell.instance()));
            if !is_prepared || !owned.held.values().all(Held::is_settled) {
                // One was made meanwhile in the version before, or one that was saved
                // has been called by who may.
                drop(owned);
                continue;
            }
            if let Err(error) = publish() {
                drop(owned);
                return Err(ReplaceError::Registry(error));
            }
            let mut replaced = Replaced::of(owned.current.replace(Current::Version(next)));
            for cell in cells {
                let is_poisoned = owned.held.get(&cell.instance()).is_some_and(Held::is_poisoned);
                let bound = match is_poisoned {
                    true => Bound::Absent(Absent::Poisoned),
                    false => prepared[&cell.instance()].1.bound(&cell.client),
                };
                replaced.put(&cell, bound);
                replaced.keep(cell);
            }
            let held = std::mem::take(&mut owned.held);
            replaced.lease(held.into_values().flat_map(Held::into_targets));
            drop(owned);
            self.settled.notify_all();
            return Ok(replaced);
        }
        let holders = vec!["instances that are made faster than they can be prepared".to_owned()];
        Err(ReplaceError::InUse { holders })
    }

    fn prepare(
        &self,
        prepared: &mut Prepared,
        next: &Version,
        holding: &Holding<'_>,
    ) -> Result<(), ReplaceError> {
        for cell in self.cells() {
            if let Entry::Vacant(entry) = prepared.entry(cell.instance()) {
                let in_next = in_next(&cell, next).map_err(ReplaceError::Create)?;
                if let Next::Carried { .. } = in_next {
                    holding.hold(&cell);
                }
                entry.insert((cell, in_next));
            }
        }
        Ok(())
    }
}

/// Saves what is held and has not been saved, and restores it in the next version.
fn carry(prepared: &mut Prepared, holding: &Holding<'_>) -> Result<(), ReplaceError> {
    for (instance, (cell, next)) in prepared {
        let Next::Carried { implementation, state, made } = next else { continue };
        let contract = || cell.client.name().to_owned();
        let saved = holding.save(*instance).map_err(|error| match error {
            SaveError::InUse(holders) => ReplaceError::InUse { holders },
            SaveError::Plugin(source) => ReplaceError::Save { contract: contract(), source },
        })?;
        if let (Some(saved), Some(config)) = (saved, &cell.config) {
            // What was made of a state that is not the last one goes first.
            *made = None;
            let implementation = Arc::clone(implementation);
            let restored = Made::restore(implementation, state.restore, config, &saved);
            let failed = |source| ReplaceError::Restore { contract: contract(), source };
            *made = Some(restored.map_err(failed)?);
        }
    }
    Ok(())
}

/// What an instance will be in the next version.
fn in_next(cell: &Cell, next: &Version) -> Result<Next, GuestError> {
    let now = match cell.present() {
        Err(Absent::Unloaded) => return Ok(Next::Absent(Absent::Unloaded)),
        now => now,
    };
    let Some(implementation) = next.implementation(&cell.client) else {
        return Ok(Next::Absent(Absent::Unloaded));
    };
    let Some(config) = &cell.config else { return Ok(Next::Absent(Absent::Unloaded)) };
    let is_stateless = implementation.interface.is_stateless();
    match now {
        Ok(made) if made.is_stateless() && is_stateless => {}
        Err(_) if is_stateless => {}
        Ok(made) => {
            return Ok(match implementation.interface.state.filter(|_| made.state().is_some()) {
                Some(state) => Next::Carried { implementation, state, made: None },
                None => Next::Absent(Absent::StateLost),
            });
        }
        Err(absent) => return Ok(Next::Absent(absent)),
    }
    Made::create(implementation, config).map(Next::Made)
}

/// What a reload or an unload replaced, until it is reclaimed.
#[derive(Debug, Default)]
#[must_use = "what was replaced is to be reclaimed"]
pub(crate) struct Replaced {
    bindings: Vec<reclaim::Replaced<Binding>>,
    current: Option<Current>,
    /// Further references to what calls may be in.
    leases: Vec<Arc<Target<Binding>>>,
    /// Kept so that no cell is dropped under a lock.
    cells: Vec<CellRef>,
}

impl Replaced {
    pub(super) fn of(current: Option<Current>) -> Self {
        Self { current, ..Self::default() }
    }

    pub(super) fn put(&mut self, cell: &Cell, bound: Bound<Binding>) {
        self.bindings.extend(cell.place.swap(bound));
    }

    pub(super) fn keep(&mut self, cell: CellRef) {
        self.cells.push(cell);
    }

    pub(super) fn lease(&mut self, targets: impl Iterator<Item = Arc<Target<Binding>>>) {
        self.leases.extend(targets);
    }

    /// Destroys the instances that no call is in, and closes the version if there
    /// is none. Else the last call to leave does; gives the contracts that are
    /// being called.
    pub(crate) fn reclaim(self) -> Vec<String> {
        let Self { bindings, current, leases, cells } = self;
        let mut swept: Swept<Binding> = domain().retire(bindings);
        swept.append(domain().retire_leases(leases));
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
pub(super) fn holders_of(binding: &Binding, count: usize) -> impl Iterator<Item = String> + use<> {
    let contract = binding.made().contract();
    let pins = binding.pins.load(Ordering::Relaxed).min(count);
    let called = (count > pins).then(|| contract.to_owned());
    let plural = if pins == 1 { "" } else { "s" };
    let pinned = (pins > 0).then(|| format!("{contract} ({pins} pin{plural})"));
    called.into_iter().chain(pinned)
}
