//! The bundles that are loaded, in the order of loading.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use polyplug_guest::ContractId;
use semver::Version;

use crate::bundle::{Bundle, Origin};
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
    pub(super) instances: Arc<Instances>,
    pub(super) handles: Vec<(ContractId, ContractHandle)>,
    /// Where it will be said what came of closing the present version.
    pub(super) closed: Arc<OnceLock<Closed>>,
}

impl Loaded {
    fn is_called(&self, name: &str) -> bool {
        let (name, version) = split(name);
        self.bundle.name() == name
            && version.is_none_or(|version| version == self.bundle.version().to_string())
    }

    fn key(&self) -> String {
        format!("{}@{}", self.bundle.name(), self.bundle.version())
    }
}

/// The loaded bundles of a runtime. Changed only by whoever has the turn.
#[derive(Default)]
pub(super) struct Bundles {
    // No code of others runs under the lock, so a poisoned one guards whole data.
    loaded: Mutex<Vec<Loaded>>,
    next_serial: AtomicU64,
}

impl Bundles {
    pub(super) fn new_serial(&self) -> u64 {
        self.next_serial.fetch_add(1, Ordering::Relaxed)
    }

    /// The bundle that `name` or `name@version` names.
    pub(super) fn find(&self, name: &str) -> Result<Loaded, FindError> {
        let loaded = self.lock();
        let mut matching = loaded.iter().filter(|bundle| bundle.is_called(name));
        match (matching.next(), matching.next()) {
            (Some(bundle), None) => Ok(bundle.clone()),
            (Some(first), Some(second)) => {
                let mut keys = vec![first.key(), second.key()];
                keys.extend(matching.map(Loaded::key));
                Err(FindError::Ambiguous(keys.join(", ")))
            }
            _ => Err(FindError::NotLoaded(list(loaded.iter().map(Loaded::key)))),
        }
    }

    pub(super) fn contains(&self, name: &str, version: &Version) -> bool {
        let is_it =
            |loaded: &Loaded| loaded.bundle.name() == name && loaded.bundle.version() == version;
        self.lock().iter().any(is_it)
    }

    pub(super) fn push(&self, bundle: Loaded) {
        self.lock().push(bundle);
    }

    /// Replaces the bundle of the same serial.
    pub(super) fn replace(&self, bundle: Loaded) {
        let mut loaded = self.lock();
        if let Some(place) = loaded.iter_mut().find(|other| other.serial == bundle.serial) {
            let before = std::mem::replace(place, bundle);
            drop(loaded);
            drop(before);
        }
    }

    pub(super) fn remove(&self, serial: u64) {
        let mut loaded = self.lock();
        let at = loaded.iter().position(|other| other.serial == serial);
        let removed = at.map(|at| loaded.remove(at));
        drop(loaded);
        drop(removed);
    }

    pub(super) fn take_all(&self) -> Vec<Loaded> {
        std::mem::take(&mut *self.lock())
    }

    pub(super) fn snapshots(&self) -> Vec<Bundle> {
        self.lock().iter().map(|loaded| loaded.bundle.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a name names no bundle; each with the names that there are.
pub(super) enum FindError {
    NotLoaded(String),
    Ambiguous(String),
}

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
