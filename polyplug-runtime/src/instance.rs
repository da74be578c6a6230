//! The object behind a proxy: which instance it stands for at the moment.
//!
//! A proxy holds a counted reference to a [`Cell`], at whose head is the
//! [`Place`] where callers find their binding. A reload or an unload replaces what
//! is there; a call finishes in the version in which it began. What was replaced
//! is destroyed when no call is in it any more, and with the last binding the
//! version is closed; [`reclaim`](crate::reclaim) knows when that is.

mod object;

use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use polyplug_guest::Contract;

use crate::config::Config;
use crate::entry::GuestError;
use crate::hash::KeyMap;
use crate::implementation::{BindError, Binding, Client, Implementation, Lease};
use crate::reclaim::{self, Absent, Bound, Place, Swept, domain};
use crate::registry::{BundleDescription, RegistryError};

/// The object behind a proxy and its clones.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Cell {
    /// First, because it is what callers know of a cell.
    place: Place<Binding>,
    client: Client,
    config: Config,
    bundle: Arc<BundleDescription>,
    owner: Arc<Instances>,
}

impl Cell {
    fn renew(self: &Arc<Self>) -> Result<(), MakeError> {
        loop {
            if self.place.absent() == Some(Absent::Unloaded) {
                return Err(MakeError::Unloaded);
            }
            let implementation =
                self.owner.implementation(&self.client).ok_or(MakeError::Unloaded)?;
            let binding = Binding::new(implementation, &self.client, &self.config)?;
            match self.owner.rebind(self, binding) {
                Ok(()) => return Ok(()),
                // The bundle was reloaded or unloaded meanwhile.
                Err(stale) => drop(stale),
            }
        }
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.owner.forget(self);
    }
}

/// Why an instance could not be made.
#[derive(Debug)]
pub(crate) enum MakeError {
    /// The bundle, or this contract of it, is not loaded any more.
    Unloaded,
    /// The provider's version is not the present one any more.
    Stale,
    Bind(BindError),
}

impl From<BindError> for MakeError {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

/// Why one version could not take the place of another.
#[derive(Debug)]
pub(crate) enum ReplaceError {
    /// It cannot make an instance that is in use.
    Create(GuestError),
    /// Its contracts cannot be registered.
    Registry(RegistryError),
}

/// All instances of one loaded bundle, over its reloads.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    state: Mutex<Owned>,
}

#[derive(Debug, Default)]
struct Owned {
    /// The version that calls run in; none before the first and after the last.
    current: Option<Version>,
    /// By the address of the cell.
    cells: KeyMap<usize, Weak<Cell>>,
}

/// One loaded version of a bundle: what it provides, and the lease on its code.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) implementations: Vec<Arc<Implementation>>,
    pub(crate) lease: Arc<Lease>,
}

impl Version {
    fn implementation(&self, client: &Client) -> Option<Arc<Implementation>> {
        self.implementations.iter().find(|one| client.fits(&one.interface)).cloned()
    }
}

impl Instances {
    /// The first version.
    pub(crate) fn begin(version: Version) -> Arc<Self> {
        let state = Owned { current: Some(version), cells: KeyMap::default() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Makes an instance and a proxy over it.
    pub(crate) fn make<C: Contract + ?Sized>(
        self: &Arc<Self>,
        implementation: Arc<Implementation>,
        config: Config,
    ) -> Result<C::Proxy, MakeError> {
        let client = Client::of::<C>();
        let binding = Binding::new(implementation, &client, &config)?;
        let cell = self.adopt(binding, client, config).map_err(|stale| {
            drop(stale);
            MakeError::Stale
        })?;
        // SAFETY: the cell was made for a client of `C`.
        Ok(unsafe { object::into_proxy::<C>(cell) })
    }

    fn adopt(
        self: &Arc<Self>,
        binding: Binding,
        client: Client,
        config: Config,
    ) -> Result<Arc<Cell>, Binding> {
        let bundle = Arc::clone(&binding.implementation().bundle);
        let mut owned = self.lock();
        if !owned.is_current(&binding) {
            return Err(binding);
        }
        let place = object::place(Bound::To(binding.into_target()));
        let cell = Arc::new(Cell { place, client, config, bundle, owner: Arc::clone(self) });
        owned.cells.insert(Arc::as_ptr(&cell) as usize, Arc::downgrade(&cell));
        Ok(cell)
    }

    /// How many instances of each contract would lose their state when
    /// `replaced` by another version.
    pub(crate) fn stateful(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for cell in self.cells() {
            if let Bound::To(binding) = cell.place.lease(domain())
                && !binding.implementation().interface.is_stateless()
            {
                match counts.iter_mut().find(|(name, _)| name == cell.client.name) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((cell.client.name.to_owned(), 1)),
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
        let mut prepared: KeyMap<usize, (Arc<Cell>, Bound<Binding>)> = KeyMap::default();
        loop {
            for cell in self.cells() {
                if let Entry::Vacant(entry) = prepared.entry(Arc::as_ptr(&cell) as usize) {
                    let bound = next_bound(&cell, &next).map_err(ReplaceError::Create)?;
                    entry.insert((cell, bound));
                }
            }
            let mut owned = self.lock();
            let is_prepared = |(address, cell): (&usize, &Weak<Cell>)| {
                prepared.contains_key(address) || cell.strong_count() == 0
            };
            if !owned.cells.iter().all(is_prepared) {
                // One was made meanwhile, in the version before.
                continue;
            }
            publish().map_err(ReplaceError::Registry)?;
            let version = owned.current.replace(next);
            let mut replaced = Replaced::of(version);
            for (cell, bound) in prepared.into_values() {
                replaced.take(cell, bound);
            }
            drop(owned);
            return Ok(replaced);
        }
    }

    /// Ends the last version: all proxies say so from now on. Gives back what was
    /// replaced, for the caller to reclaim.
    pub(crate) fn end(&self) -> Replaced {
        let mut owned = self.lock();
        let mut replaced = Replaced::of(owned.current.take());
        for cell in owned.live_cells() {
            replaced.take(cell, Bound::Absent(Absent::Unloaded));
        }
        owned.cells.clear();
        drop(owned);
        replaced
    }

    fn implementation(&self, client: &Client) -> Option<Arc<Implementation>> {
        self.lock().current.as_ref()?.implementation(client)
    }

    /// Whether a bundle holds a proxy that it got from here.
    pub(crate) fn is_used_by(&self, _bundle: &crate::host::Presence) -> bool {
        false
    }

    fn rebind(&self, cell: &Cell, binding: Binding) -> Result<(), Binding> {
        let owned = self.lock();
        if !owned.is_current(&binding) || cell.place.absent() == Some(Absent::Unloaded) {
            return Err(binding);
        }
        let before = cell.place.swap(Bound::To(binding.into_target()));
        drop(owned);
        drop(domain().retire(before));
        Ok(())
    }

    fn forget(&self, cell: &Cell) {
        self.lock().cells.remove(&(std::ptr::from_ref(cell) as usize));
    }

    fn cells(&self) -> Vec<Arc<Cell>> {
        self.lock().live_cells()
    }

    fn lock(&self) -> MutexGuard<'_, Owned> {
        // No code of others runs under the lock, so its state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owned {
    fn is_current(&self, binding: &Binding) -> bool {
        self.current.as_ref().is_some_and(|version| binding.implementation().is_of(&version.lease))
    }

    /// What is given out must outlive the lock: the last reference to a cell
    /// takes the lock when it goes.
    fn live_cells(&self) -> Vec<Arc<Cell>> {
        self.cells.values().filter_map(Weak::upgrade).collect()
    }
}

/// What a reload or an unload replaced, until it is reclaimed.
#[derive(Debug)]
#[must_use = "what was replaced is to be reclaimed"]
pub(crate) struct Replaced {
    bindings: Vec<reclaim::Replaced<Binding>>,
    version: Option<Version>,
    /// Kept so that no cell is dropped under a lock.
    cells: Vec<Arc<Cell>>,
}

impl Replaced {
    fn of(version: Option<Version>) -> Self {
        Self { bindings: Vec::new(), version, cells: Vec::new() }
    }

    fn take(&mut self, cell: Arc<Cell>, bound: Bound<Binding>) {
        self.bindings.extend(cell.place.swap(bound));
        self.cells.push(cell);
    }

    /// Destroys the instances that no call is in, and closes the version if there
    /// is none. Else the last call to leave does; gives the contracts that are
    /// being called.
    pub(crate) fn reclaim(self) -> Vec<String> {
        let Self { bindings, version, cells } = self;
        let swept: Swept<Binding> = domain().retire(bindings);
        let contract = |held: &Binding| held.implementation().interface.schema.name.clone();
        let holders = swept.held().map(contract).collect();
        drop(swept);
        drop(version);
        drop(cells);
        holders
    }
}

/// What a proxy will stand for in the next version.
fn next_bound(cell: &Cell, next: &Version) -> Result<Bound<Binding>, GuestError> {
    let now = cell.place.lease(domain());
    if let Bound::Absent(Absent::Unloaded) = now {
        return Ok(now);
    }
    let Some(implementation) = next.implementation(&cell.client) else {
        return Ok(Bound::Absent(Absent::Unloaded));
    };
    let held_state = match &now {
        Bound::To(binding) => !binding.implementation().interface.is_stateless(),
        Bound::Absent(_) => false,
    };
    if held_state || !implementation.interface.is_stateless() {
        return Ok(Bound::Absent(match now {
            Bound::Absent(absent) => absent,
            Bound::To(_) => Absent::StateLost,
        }));
    }
    match Binding::new(implementation, &cell.client, &cell.config) {
        Ok(binding) => Ok(Bound::To(binding.into_target())),
        Err(BindError::Incompatible) => Ok(Bound::Absent(Absent::Unloaded)),
        Err(BindError::Create(error)) => Err(error),
    }
}
