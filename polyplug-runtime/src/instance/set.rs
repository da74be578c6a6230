//! All instances of a bundle, or of whoever else handed some over.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polyplug_guest::Contract;
use polyplug_guest::abi::{LocalInstance, ProxyBinding};

use super::binding::Binding;
use super::cells::{CellRef, Cells, InstanceNumber};
use super::hold::key;
use super::made::{Made, Maker};
use super::replace::Replaced;
use super::version::Version;
use super::{Cell, Client, object};
use crate::config::Config;
use crate::entry::GuestError;
use crate::hash::KeyMap;
use crate::host::Presence;
use crate::implementation::{Implementation, Lease};
use crate::inside::may_wait;
use crate::reclaim::{Absent, Bound, Held, TurnSection, domain};

/// All instances of one loaded bundle, over its reloads; or those that one version of a
/// bundle, or the host, handed over.
///
/// What a cell's place holds changes only under the lock of its set. No code of others
/// runs under it: what is dropped where it is held is never the last to hold something.
#[derive(Debug)]
pub(crate) struct Instances {
    name: Arc<str>,
    /// Of implementations that are handed over; none for the instances of plugins.
    maker: Option<Maker>,
    /// What proxies say after the end.
    ends_as: Absent,
    state: Mutex<Owned>,
    /// Something was held, and is not any more, or may be entered again.
    pub(super) settled: Condvar,
}

#[derive(Debug)]
pub(super) struct Owned {
    /// What new instances are of; none after the end.
    pub(super) current: Option<Current>,
    /// Those whose state is being carried over.
    pub(super) held: KeyMap<InstanceNumber, Held<Binding>>,
    /// How long what cannot be otherwise is waited for.
    pub(super) patience: Duration,
    /// Whether who makes an instance waits until the version was replaced.
    pub(super) makers_wait: bool,
    cells: Cells,
}

/// What new instances are of.
#[derive(Debug)]
pub(super) enum Current {
    /// The version that calls run in.
    Version(Version),
    /// What is handed over, with what keeps its code.
    Handed(Option<Arc<Lease>>),
}

/// Why there is no instance, or no cell for it.
#[derive(Debug)]
pub(crate) enum MakeError {
    /// The bundle, or this contract of it, is not loaded any more.
    Unloaded,
    /// The provider's version is not the present one any more.
    Stale,
    /// The client's methods are not the provider's.
    Incompatible,
    /// They are not those of this plugin.
    Unfit(Arc<Implementation>),
    /// A plugin could not make an instance.
    Create { bundle: String, source: GuestError },
    /// Its state is being carried over, and this thread must not wait for that.
    Held,
    /// A call panicked in it while its state is being carried over.
    Poisoned,
    /// It was handed over, so nobody knows how to make it anew.
    HandedOver,
}

impl Instances {
    /// Those of a bundle, in its first version.
    pub(crate) fn begin(bundle: &str, version: Version) -> Arc<Self> {
        Self::new(bundle.into(), None, Absent::Unloaded, Current::Version(version))
    }

    /// Those that `maker` hands over, until [`end`](Self::end).
    pub(crate) fn of_maker(maker: Maker) -> Arc<Self> {
        let current = Current::Handed(maker.lease.clone());
        // The lease is the state's, which is emptied at the end.
        let ends_as = if maker.lease.is_some() { Absent::Unloaded } else { Absent::Withdrawn };
        let kept = Maker { lease: None, ..maker };
        Self::new(Arc::clone(&kept.name), Some(kept), ends_as, current)
    }

    fn new(name: Arc<str>, maker: Option<Maker>, ends_as: Absent, current: Current) -> Arc<Self> {
        let state = Owned {
            current: Some(current),
            held: KeyMap::default(),
            patience: Duration::ZERO,
            makers_wait: false,
            cells: Cells::default(),
        };
        let (state, settled) = (Mutex::new(state), Condvar::new());
        Arc::new(Self { name, maker, ends_as, state, settled })
    }

    /// Whose instances these are: the name of the bundle.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes an instance, and a proxy over it for the host's own code.
    pub(crate) fn make<C: Contract + ?Sized>(
        self: Arc<Self>,
        implementation: Arc<Implementation>,
        config: Config,
    ) -> Result<C::Proxy, MakeError> {
        let cell = self.make_for(implementation, Client::of::<C>(), config, None)?;
        // SAFETY: the cell was made for a client of `C`.
        Ok(unsafe { object::into_proxy::<C>(cell) })
    }

    /// Makes an instance for `client`, in the present version.
    pub(crate) fn make_for(
        self: Arc<Self>,
        implementation: Arc<Implementation>,
        client: Client,
        config: Config,
        user: Option<Arc<Presence>>,
    ) -> Result<CellRef, MakeError> {
        if !client.fits(&implementation.interface) {
            return Err(MakeError::Unfit(implementation));
        }
        // To be compared: what is made keeps it.
        let lease = Arc::as_ptr(implementation.lease());
        let made = Made::create(implementation, &config)
            .map_err(|source| MakeError::Create { bundle: self.name.to_string(), source })?;
        // SAFETY: it fits.
        let binding = unsafe { Binding::of_fitting(made, &client) };
        let bound = Bound::To(binding.into_target());
        let cell = Cell::create(bound, client, Some(config), self, user);
        let mut owned = cell.owner.lock();
        while owned.makers_wait && may_wait() && !TurnSection::is_begun() {
            let patience = owned.patience;
            let waited = cell.owner.settled.wait_timeout(owned, patience);
            let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            owned = again;
            if timeout.timed_out() {
                break;
            }
        }
        if !owned.is_current(Some(lease)) {
            // It takes the lock when it goes.
            drop(owned);
            return Err(MakeError::Stale);
        }
        // SAFETY: it is new, and this is its owner's list.
        unsafe { owned.cells.add(&cell) };
        drop(owned);
        Ok(cell)
    }

    /// Takes `local` over, and makes a cell for `client`, which is its maker's. It is
    /// destroyed once, by its own function: when the last cell goes, or after the
    /// [`end`](Self::end). On failure it is still the caller's.
    ///
    /// # Safety
    ///
    /// `local` has a function table as long as the contract of `client`, whose schema
    /// its functions keep to. They take its instance, from any thread, for as long as
    /// the maker's lease is held.
    pub(crate) unsafe fn hand_over(
        self: &Arc<Self>,
        client: Client,
        local: &LocalInstance,
    ) -> Result<CellRef, MakeError> {
        let maker = self.maker.as_ref().ok_or(MakeError::Unloaded)?;
        let mut owned = self.lock();
        let Some(Current::Handed(lease)) = &owned.current else {
            drop(owned);
            return Err(MakeError::Unloaded);
        };
        let maker = Maker { lease: lease.clone(), ..maker.clone() };
        // SAFETY: the caller's promise; from here on it is destroyed by what was made.
        let made = unsafe { Made::hand_over(client.clone(), local, maker) };
        // SAFETY: it is the maker's own client.
        let binding = unsafe { Binding::of_fitting(made, &client) };
        let bound = Bound::To(binding.into_target());
        let cell = Cell::create(bound, client, None, Arc::clone(self), None);
        // SAFETY: it is new, and this is its owner's list.
        unsafe { owned.cells.add(&cell) };
        Ok(cell)
    }

    /// Another cell for the instance of `cell`, for `client`.
    pub(crate) fn bind(cell: &Cell, client: Client) -> Result<CellRef, MakeError> {
        if client.id() != cell.client.id() {
            return Err(MakeError::Incompatible);
        }
        let client = client.receiving_from(&cell.client);
        let mut owned = cell.owner.lock();
        let bound = match cell.present() {
            Err(absent) => Bound::Absent(absent),
            Ok(made) => match Binding::of(made, &client) {
                Some(binding) => Bound::To(binding.into_target()),
                None => return Err(MakeError::Incompatible),
            },
        };
        let owner = Arc::clone(&cell.owner);
        let sibling = Cell::create(bound, client, cell.config.clone(), owner, None);
        // SAFETY: it is new, and this is its owner's list.
        unsafe { owned.cells.add_sibling(&sibling, cell) };
        Ok(sibling)
    }

    /// Puts `made` behind all cells of the instance of `cell`.
    pub(super) fn renew(&self, cell: &Cell, made: &Arc<Made>) -> Result<(), MakeError> {
        let owned = self.lock();
        if !owned.is_current(made.lease().map(Arc::as_ptr))
            || owned.held.contains_key(&cell.instance())
        {
            return Err(MakeError::Stale);
        }
        if cell.place.absent().is_some_and(Absent::is_final) {
            return Err(MakeError::Unloaded);
        }
        let mut replaced = Replaced::default();
        replaced.put(cell, bound(made, &cell.client));
        for other in owned.others(cell) {
            if other.instance() == cell.instance() {
                replaced.put(&other, bound(made, &other.client));
            }
            replaced.keep(other);
        }
        drop(owned);
        replaced.reclaim();
        Ok(())
    }

    /// Makes all cells of the instance refuse every later call, if `binding` is what
    /// `cell` has.
    pub(super) fn poison(&self, cell: &Cell, binding: *const ProxyBinding) {
        let mut owned = self.lock();
        if let Some(held) = owned.held.get_mut(&cell.instance()).filter(|held| held.has(binding)) {
            held.poison();
            return;
        }
        // If a reload replaced the instance meanwhile, the new one is sound. The call
        // is still in the binding, so nothing else can have its address.
        let Some(poisoned) = cell.place.end(binding, Absent::Poisoned) else { return };
        let mut replaced = Replaced::default();
        for other in owned.others(cell) {
            let is_sibling = other.instance() == cell.instance();
            if is_sibling && other.place.absent().is_none() {
                replaced.put(&other, Bound::Absent(Absent::Poisoned));
            }
            replaced.keep(other);
        }
        drop(owned);
        drop(domain().retire([poisoned]));
        replaced.reclaim();
    }

    /// Ends all instances: all proxies say so from now on. Gives back what was
    /// replaced, for the caller to reclaim.
    pub(crate) fn end(&self) -> Replaced {
        let mut owned = self.lock();
        let mut replaced = Replaced::of(owned.current.take());
        for cell in owned.live_cells() {
            replaced.put(&cell, Bound::Absent(self.ends_as));
            replaced.keep(cell);
        }
        owned.cells.clear();
        drop(owned);
        replaced
    }

    pub(super) fn implementation(&self, client: &Client) -> Option<Arc<Implementation>> {
        match self.lock().current.as_ref()? {
            Current::Version(version) => version.implementation(client),
            Current::Handed(_) => None,
        }
    }

    /// Whether `bundle` holds a proxy that it asked for here.
    pub(crate) fn is_used_by(&self, bundle: &Presence) -> bool {
        let is_user = |user: &Arc<Presence>| std::ptr::eq(&**user, bundle);
        self.cells().iter().any(|cell| cell.user.as_ref().is_some_and(is_user))
    }

    pub(super) fn forget(&self, cell: &Cell) {
        let mut owned = self.lock();
        owned.cells.remove(cell);
        let held = owned.held.get_mut(&cell.instance()).and_then(|held| held.forget(key(cell)));
        drop(owned);
        drop(held);
    }

    pub(super) fn cells(&self) -> Vec<CellRef> {
        self.lock().live_cells()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Owned> {
        // No code of others runs under the lock, so its state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owned {
    /// Whether what keeps the code of new instances is `lease`.
    fn is_current(&self, lease: Option<*const Lease>) -> bool {
        let current = match &self.current {
            Some(Current::Version(version)) => Some(&version.lease),
            Some(Current::Handed(lease)) => lease.as_ref(),
            None => return false,
        };
        current.map(Arc::as_ptr) == lease
    }

    /// What is given out must outlive the lock: the last reference to a cell
    /// takes the lock when it goes.
    pub(super) fn live_cells(&self) -> Vec<CellRef> {
        self.cells.live()
    }

    /// All cells but `cell`, when there are any for the same instance. To be kept as
    /// [`live_cells`](Self::live_cells) are.
    pub(super) fn others(&self, cell: &Cell) -> Vec<CellRef> {
        if !cell.standing.has_siblings() {
            return Vec::new();
        }
        let mut cells = self.live_cells();
        // The caller borrows this one, so it is not the last reference that goes here.
        cells.retain(|other| !std::ptr::eq(&**other, cell));
        cells
    }
}

/// What a cell for `client` has of what was made.
pub(super) fn bound(made: &Arc<Made>, client: &Client) -> Bound<Binding> {
    match Binding::of(Arc::clone(made), client) {
        Some(binding) => Bound::To(binding.into_target()),
        None => Bound::Absent(Absent::Unloaded),
    }
}
