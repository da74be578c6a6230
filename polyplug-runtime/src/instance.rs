//! The object behind a proxy: which instance it stands for at the moment.
//!
//! A proxy holds a counted reference to a [`Cell`]. The cell points at a
//! [`State`], which a reload or an unload replaces. A call counts itself into
//! the state that it finds and out again when it returns, so it finishes in the
//! version in which it began; whoever counts the last one out of a replaced
//! state destroys its instance, and with the last instance and call the version
//! is closed.

mod object;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use polyplug_guest::Contract;

use crate::config::Config;
use crate::entry::GuestError;
use crate::implementation::{BindError, Binding, Client, Implementation, Lease};
use crate::registry::RegistryError;

/// What a proxy stands for at the moment.
#[derive(Debug)]
pub(crate) enum State {
    /// An instance that can be called.
    Bound(Binding),
    /// The bundle is not loaded any more. Final.
    Unloaded,
    /// A reload could not carry the state of the instance over.
    Lost,
    /// A `&mut self` call panicked.
    Poisoned,
}

/// The object behind a proxy and its clones.
#[derive(Debug)]
pub(crate) struct Cell {
    state: ArcSwap<State>,
    client: Client,
    config: Config,
    bundle_name: String,
    owner: Arc<Instances>,
}

impl Cell {
    fn renew(self: &Arc<Self>) -> Result<(), MakeError> {
        loop {
            if matches!(**self.state.load(), State::Unloaded) {
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
    cells: HashMap<usize, Weak<Cell>>,
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
        let state = Owned { current: Some(version), cells: HashMap::new() };
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
        let bundle_name = binding.implementation().bundle.name.clone();
        let mut owned = self.lock();
        if !owned.is_current(&binding) {
            return Err(binding);
        }
        let state = ArcSwap::from_pointee(State::Bound(binding));
        let cell = Arc::new(Cell { state, client, config, bundle_name, owner: Arc::clone(self) });
        owned.cells.insert(Arc::as_ptr(&cell) as usize, Arc::downgrade(&cell));
        Ok(cell)
    }

    /// How many instances of each contract would lose their state when
    /// `replaced` by another version.
    pub(crate) fn stateful(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for cell in self.cells() {
            if let State::Bound(binding) = &**cell.state.load()
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
    /// Gives back what was replaced, to be dropped by the caller: that destroys
    /// the instances of the version before.
    pub(crate) fn replace(
        &self,
        next: Version,
        publish: impl FnOnce() -> Result<(), RegistryError>,
    ) -> Result<Replaced, ReplaceError> {
        let mut prepared: HashMap<usize, (Arc<Cell>, Arc<State>)> = HashMap::new();
        loop {
            for cell in self.cells() {
                if let Entry::Vacant(entry) = prepared.entry(Arc::as_ptr(&cell) as usize) {
                    let state = next_state(&cell, &next).map_err(ReplaceError::Create)?;
                    entry.insert((cell, Arc::new(state)));
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
            let states = prepared.values().map(|(cell, state)| cell.state.swap(Arc::clone(state)));
            let states = states.collect();
            drop(owned);
            let cells = prepared.into_values().map(|(cell, _)| cell).collect();
            return Ok(Replaced { states, _version: version, _cells: cells });
        }
    }

    /// Ends the last version: all proxies say so from now on. Gives back what
    /// was replaced, to be dropped by the caller.
    pub(crate) fn end(&self) -> Replaced {
        let cells;
        let mut owned = self.lock();
        cells = owned.live_cells();
        let unloaded = Arc::new(State::Unloaded);
        let states = cells.iter().map(|cell| cell.state.swap(Arc::clone(&unloaded))).collect();
        let version = owned.current.take();
        owned.cells.clear();
        drop(owned);
        Replaced { states, _version: version, _cells: cells }
    }

    fn implementation(&self, client: &Client) -> Option<Arc<Implementation>> {
        self.lock().current.as_ref()?.implementation(client)
    }

    fn rebind(&self, cell: &Cell, binding: Binding) -> Result<(), Binding> {
        let owned = self.lock();
        if !owned.is_current(&binding) || matches!(**cell.state.load(), State::Unloaded) {
            return Err(binding);
        }
        let before = cell.state.swap(Arc::new(State::Bound(binding)));
        drop(owned);
        drop(before);
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

/// What a reload or an unload replaced: dropping it destroys the instances that
/// no call is in, and closes the version when no call is left.
#[derive(Debug)]
pub(crate) struct Replaced {
    states: Vec<Arc<State>>,
    _version: Option<Version>,
    /// Kept so that no cell is dropped under a lock.
    _cells: Vec<Arc<Cell>>,
}

impl Replaced {
    /// The contracts of instances that a call is in at the moment.
    pub(crate) fn running(&self) -> Vec<String> {
        let in_call = |state: &&Arc<State>| Arc::strong_count(state) > 1;
        let contract = |state: &Arc<State>| match &**state {
            State::Bound(binding) => Some(binding.implementation().interface.schema.name.clone()),
            _ => None,
        };
        self.states.iter().filter(in_call).filter_map(contract).collect()
    }
}

/// What a proxy will stand for in the next version.
fn next_state(cell: &Cell, next: &Version) -> Result<State, GuestError> {
    let now = cell.state.load_full();
    let binding = match &*now {
        State::Bound(binding) => binding,
        State::Unloaded => return Ok(State::Unloaded),
        State::Lost => return Ok(State::Lost),
        State::Poisoned => return Ok(State::Poisoned),
    };
    let Some(implementation) = next.implementation(&cell.client) else {
        return Ok(State::Unloaded);
    };
    if !(binding.implementation().interface.is_stateless()
        && implementation.interface.is_stateless())
    {
        return Ok(State::Lost);
    }
    match Binding::new(implementation, &cell.client, &cell.config) {
        Ok(binding) => Ok(State::Bound(binding)),
        Err(BindError::Incompatible) => Ok(State::Unloaded),
        Err(BindError::Create(error)) => Err(error),
    }
}
