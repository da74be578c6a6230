//! Unloading a bundle.

use std::sync::{Arc, OnceLock};

use super::Shared;
use super::bundles::Loaded;
use super::dependencies::names;
use crate::error::UnloadError;
use crate::events::Event;
use crate::loader::Closed;

/// What came of an unload. The bundle is gone from the registry in any case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unloaded {
    /// Its code is no longer mapped, which was verified.
    Reclaimed,
    /// Calls are still running in it, or values of it are still owned; the last one closes
    /// it when it returns, or is dropped.
    Pending {
        /// What is being called, or owned.
        holders: Vec<String>,
    },
    /// Its instances are destroyed, but its code stays mapped.
    StillMapped {
        /// The likely reason.
        why: String,
    },
}

impl Shared {
    pub(super) fn unload(&self, name: &str) -> Result<Unloaded, UnloadError> {
        Ok(self.unload_version(name)?.0)
    }

    /// Unloads a bundle. Also gives the place where it will be said what came of closing
    /// the version that was unloaded.
    pub(super) fn unload_version(
        &self,
        name: &str,
    ) -> Result<(Unloaded, Arc<OnceLock<Closed>>), UnloadError> {
        let Ok(_turn) = self.lifecycle.begin() else {
            return Err(UnloadError::Busy { bundle: name.to_owned() });
        };
        let loaded = self.bundles.find(name)?;
        let dependents = self.dependents_of(std::slice::from_ref(&loaded));
        if !dependents.is_empty() {
            let (bundle, dependents) = (loaded.bundle.name().to_owned(), names(&dependents));
            return Err(UnloadError::Dependents { bundle, dependents });
        }
        let closed = Arc::clone(&loaded.closed);
        Ok((self.unload_told(loaded, || ()), closed))
    }

    /// Unloads a bundle, after all that could not go on without it.
    pub(super) fn unload_cascade(
        &self,
        name: &str,
    ) -> Result<Vec<(String, Unloaded)>, UnloadError> {
        let Ok(_turn) = self.lifecycle.begin() else {
            return Err(UnloadError::Busy { bundle: name.to_owned() });
        };
        let first = self.bundles.find(name)?;
        let mut leaving = self.in_order_of_leaving(first.clone());
        leaving.retain(|bundle| bundle.serial != first.serial);
        let mut outcomes = Vec::new();
        let bundle = first.bundle.name().to_owned();
        let outcome = self.unload_told(first, || {
            for dependent in leaving {
                let bundle = dependent.bundle.name().to_owned();
                let outcome = self.unload_told(dependent, || ());
                outcomes.push((bundle, outcome));
            }
        });
        outcomes.push((bundle, outcome));
        Ok(outcomes)
    }

    /// Unloads a bundle, and tells of it. Whatever `first` does is told in between.
    pub(super) fn unload_told(&self, loaded: Loaded, first: impl FnOnce()) -> Unloaded {
        let bundle = loaded.bundle.name().to_owned();
        self.listeners.emit(&Event::Unloading { bundle: bundle.clone() });
        first();
        self.bundles.remove(loaded.serial);
        let outcome = self.end(loaded);
        self.listeners.emit(&Event::Unloaded { bundle, outcome: outcome.clone() });
        outcome
    }

    /// Takes a bundle out of the registry, tells its proxies, and destroys what
    /// no call is in.
    pub(super) fn end(&self, loaded: Loaded) -> Unloaded {
        loaded.presence.end();
        let mut change = self.registry.change();
        for (_, handle) in &loaded.handles {
            // A handle that is stale already needs no retiring.
            let _ = change.retire(*handle);
        }
        change.publish();
        let mut holders = loaded.instances.end().reclaim();
        self.services.forget(loaded.serial);
        // Before it is asked whether the version is closed, which the last of them does.
        let values = loaded.host.upgrade().map_or(0, |host| host.values().count());
        let bundle = loaded.bundle.name();
        match loaded.closed.get() {
            Some(Closed::Reclaimed) => Unloaded::Reclaimed,
            Some(Closed::StillMapped { why }) => Unloaded::StillMapped { why: why.clone() },
            None if holders.is_empty() && values == 0 => {
                let held = format!("an instance of `{bundle}` that is being made or destroyed");
                Unloaded::Pending { holders: vec![held] }
            }
            None => {
                match values {
                    0 => {}
                    1 => holders.push(format!("an owned value of `{bundle}`")),
                    many => holders.push(format!("{many} owned values of `{bundle}`")),
                }
                Unloaded::Pending { holders }
            }
        }
    }
}
