//! The bundles that are loaded, in the order of loading.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use polyplug_guest::ContractId;
use semver::Version;

use crate::bundle::{Bundle, Needs, Origin};
use crate::error::{ReloadError, UnloadError};
use crate::host::{Host, Presence};
use crate::instance::Instances;
use crate::loader::Closed;
use crate::registry::ContractHandle;

/// A loaded bundle. Its present version is in the care of its instances.
#[derive(Clone)]
pub(super) struct Loaded {
    /// Stays the same over reloads.
    pub(super) serial: u64,
    pub(super) bundle: Bundle,
    pub(super) origin: Origin,
    pub(super) needs: Needs,
    pub(super) presence: Arc<Presence>,
    pub(super) instances: Arc<Instances>,
    pub(super) handles: Vec<(ContractId, ContractHandle)>,
    /// Where it will be said what came of closing the present version.
    pub(super) closed: Arc<OnceLock<Closed>>,
    /// What the host keeps for the present version.
    pub(super) host: Weak<Host>,
}

impl Loaded {
    fn key(&self) -> String {
        format!("{}@{}", self.bundle.name(), self.bundle.version())
    }
}

/// The loaded bundles of a runtime. Changed only by whoever has the turn.
#[derive(Default)]
pub(super) struct Bundles {
    // No code of others runs under the lock, so a poisoned one guards whole data.
    state: Mutex<State>,
    next_serial: AtomicU64,
}

#[derive(Default)]
struct State {
    /// By serial, which grows: in the order of loading.
    loaded: BTreeMap<u64, Loaded>,
    /// The serials of each name, in the order of loading; never none.
    by_name: HashMap<String, Vec<u64>>,
    /// The serials of those that need others.
    needy: BTreeSet<u64>,
}

impl State {
    /// The bundles of the name, in the order of loading.
    fn named(&self, name: &str) -> impl Iterator<Item = &Loaded> {
        let serials = self.by_name.get(name).into_iter().flatten();
        serials.filter_map(|serial| self.loaded.get(serial))
    }

    /// Puts the bundle where one of the same serial was, if one was.
    fn put(&mut self, bundle: Loaded) -> Option<Loaded> {
        match bundle.needs.dependencies().is_empty() {
            true => self.needy.remove(&bundle.serial),
            false => self.needy.insert(bundle.serial),
        };
        self.loaded.insert(bundle.serial, bundle)
    }

    fn remove(&mut self, serial: u64) -> Option<Loaded> {
        let removed = self.loaded.remove(&serial)?;
        self.needy.remove(&serial);
        if let Some(serials) = self.by_name.get_mut(removed.bundle.name()) {
            serials.retain(|other| *other != serial);
            if serials.is_empty() {
                self.by_name.remove(removed.bundle.name());
            }
        }
        Some(removed)
    }
}

impl Bundles {
    pub(super) fn new_serial(&self) -> u64 {
        self.next_serial.fetch_add(1, Ordering::Relaxed)
    }

    /// The bundle that `name` or `name@version` names.
    pub(super) fn find(&self, query: &str) -> Result<Loaded, FindError> {
        let (name, version) = split(query);
        let state = self.lock();
        let is_asked_for = |loaded: &&Loaded| {
            version.is_none_or(|version| version == loaded.bundle.version().to_string())
        };
        let mut matching = state.named(name).filter(is_asked_for);
        match (matching.next(), matching.next()) {
            (Some(bundle), None) => Ok(bundle.clone()),
            (Some(first), Some(second)) => {
                let mut keys = vec![first.key(), second.key()];
                keys.extend(matching.map(Loaded::key));
                Err(FindError::Ambiguous { bundle: query.to_owned(), loaded: keys.join(", ") })
            }
            _ => {
                let loaded = list(state.loaded.values().map(Loaded::key));
                Err(FindError::NotLoaded { bundle: query.to_owned(), loaded })
            }
        }
    }

    pub(super) fn contains(&self, name: &str, version: &Version) -> bool {
        self.lock().named(name).any(|loaded| loaded.bundle.version() == version)
    }

    pub(super) fn push(&self, bundle: Loaded) {
        let mut state = self.lock();
        let name = bundle.bundle.name().to_owned();
        state.by_name.entry(name).or_default().push(bundle.serial);
        state.put(bundle);
    }

    /// Replaces the bundle of the same serial, which has the same name. Gives
    /// back the one before, for the caller to drop where it holds no lock.
    #[must_use = "it is to be dropped outside of locks"]
    pub(super) fn replace(&self, bundle: Loaded) -> Option<Loaded> {
        self.lock().put(bundle)
    }

    pub(super) fn remove(&self, serial: u64) {
        let removed = self.lock().remove(serial);
        drop(removed);
    }

    /// The one that was loaded last.
    pub(super) fn last(&self) -> Option<Loaded> {
        self.lock().loaded.values().next_back().cloned()
    }

    /// The names, the last loaded first.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + use<> {
        let state = self.lock();
        let names = state.loaded.values().rev().map(|loaded| loaded.bundle.name().to_owned());
        names.collect::<Vec<_>>().into_iter()
    }

    /// All bundles, in the order of loading.
    pub(super) fn take_all(&self) -> Vec<Loaded> {
        let state = std::mem::take(&mut *self.lock());
        state.loaded.into_values().collect()
    }

    /// All bundles, in the order of loading.
    pub(super) fn all(&self) -> Vec<Loaded> {
        self.lock().loaded.values().cloned().collect()
    }

    /// Those that need others, in the order of loading.
    pub(super) fn needy(&self) -> Vec<Loaded> {
        let state = self.lock();
        state.needy.iter().filter_map(|serial| state.loaded.get(serial).cloned()).collect()
    }

    pub(super) fn snapshots(&self) -> Vec<Bundle> {
        self.lock().loaded.values().map(|loaded| loaded.bundle.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a name names no bundle; each with the names that there are.
pub(super) enum FindError {
    NotLoaded { bundle: String, loaded: String },
    Ambiguous { bundle: String, loaded: String },
}

macro_rules! from_find_error {
    ($($error:ty),*) => {$(
        impl From<FindError> for $error {
            fn from(error: FindError) -> Self {
                match error {
                    FindError::NotLoaded { bundle, loaded } => Self::NotLoaded { bundle, loaded },
                    FindError::Ambiguous { bundle, loaded } => Self::Ambiguous { bundle, loaded },
                }
            }
        }
    )*};
}

from_find_error!(ReloadError, UnloadError);

/// `name@version`, or a name alone.
fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('@').map_or((name, None), |(name, version)| (name, Some(version)))
}

/// `a, b`, or `none`.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
