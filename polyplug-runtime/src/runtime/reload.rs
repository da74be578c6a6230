//! Reloading a bundle: the new version is made whole beside the old one, and
//! takes its place in one step.

use std::sync::Arc;

use polyplug_guest::ContractId;

use super::Shared;
use super::bundles::Loaded;
use super::dependencies::names;
use super::load::{entries, registry_error};
use super::stages::Opened;
use crate::bundle::{Bundle, Origin, Source};
use crate::error::{LoadError, ReloadError, chain};
use crate::events::Event;
use crate::instance::{ReplaceError, Replaced};
use crate::registry::{Change, ContractHandle, Payload, RegistryError};

impl Shared {
    pub(super) fn reload_source(&self, name: &str, source: Source) -> Result<Bundle, ReloadError> {
        let loaded = self.bundles.find(name)?;
        let Some(origin) = loaded.origin.with_source(source) else {
            return Err(ReloadError::NotFromMemory { bundle: name.to_owned() });
        };
        self.reload(name, Some(origin))
    }

    pub(super) fn reload(&self, name: &str, origin: Option<Origin>) -> Result<Bundle, ReloadError> {
        let Ok(_turn) = self.lifecycle.begin() else {
            return Err(ReloadError::Busy { bundle: name.to_owned(), holders: String::new() });
        };
        let loaded = self.bundles.find(name)?;
        let origin = origin.unwrap_or_else(|| loaded.origin.clone());
        let dependents = || self.reload_dependents(&loaded);
        self.reload_told(loaded.clone(), origin, dependents)
    }

    /// Reloads those that are to be reloaded after `first` was, once each. One that
    /// fails goes on as it was; so do those that need nothing else that was reloaded.
    fn reload_dependents(&self, first: &Loaded) {
        let mut reloaded = vec![first.clone()];
        for dependent in self.to_reload_after(first) {
            let needs_one = reloaded.iter().any(|one| dependent.depends_on(one));
            let origin = dependent.origin.clone();
            if needs_one && self.reload_told(dependent.clone(), origin, || ()).is_ok() {
                reloaded.push(dependent);
            }
        }
    }

    /// Reloads a bundle, and tells of it. Whatever `then` does is told in between.
    fn reload_told(
        &self,
        loaded: Loaded,
        origin: Origin,
        then: impl FnOnce(),
    ) -> Result<Bundle, ReloadError> {
        let bundle = loaded.bundle.name().to_owned();
        let (losing_state, keeping_state) = loaded.instances.stateful();
        self.listeners.emit(&Event::Preparing {
            bundle: bundle.clone(),
            losing_state,
            keeping_state,
        });
        let result = self.reload_in_turn(loaded, origin);
        match result {
            Ok((reloaded, replaced)) => {
                // Destroys what the version before had made, here on this thread.
                replaced.reclaim();
                then();
                self.listeners.emit(&Event::Reloaded { bundle: reloaded.clone() });
                Ok(reloaded)
            }
            Err(error) => {
                self.listeners.emit(&Event::Failed { bundle, error: chain(&error) });
                Err(error)
            }
        }
    }

    fn reload_in_turn(
        &self,
        loaded: Loaded,
        origin: Origin,
    ) -> Result<(Bundle, Replaced), ReloadError> {
        let bundle = loaded.bundle.name().to_owned();
        let load_error =
            |source| ReloadError::Load { bundle: bundle.clone(), source: Box::new(source) };
        let prepared = self.prepare(&origin).map_err(load_error)?;
        let (name, version) = (&prepared.description.name, &prepared.description.version);
        if *name != bundle {
            let (path, found) = (origin.path().to_owned(), name.clone());
            return Err(ReloadError::OtherBundle { bundle, path, found });
        }
        if version != loaded.bundle.version() && self.bundles.contains(name, version) {
            let (version, path) = (version.clone(), origin.path().to_owned());
            let bundle = name.clone();
            return Err(load_error(LoadError::AlreadyLoaded { bundle, version, path }));
        }
        let opened =
            self.open(prepared, &loaded.presence, Some(&loaded.instances)).map_err(load_error)?;
        let dependents = self.dependents_lost(&loaded, &opened.bundle);
        if !dependents.is_empty() {
            let (path, dependents) = (origin.path().to_owned(), names(&dependents));
            return Err(ReloadError::Dependents { bundle, path, dependents });
        }
        let refused = |source| load_error(registry_error(&origin, &opened.bundle, source));
        // Whether the registry will take it is asked before any instance is made.
        stage(&mut self.registry.change(), &loaded, &opened).map_err(refused)?;
        let mut next = loaded.clone();
        next.bundle = opened.bundle.clone();
        next.closed = opened.version.lease.outcome();
        next.host = Arc::downgrade(opened.version.lease.host());
        next.origin = origin.clone();
        next.needs = opened.needs.clone();
        // Dropped once the instances are unlocked.
        let mut before = None;
        let replaced = loaded.instances.replace(opened.version.clone(), self.state_timeout, || {
            let mut change = self.registry.change();
            next.handles = stage(&mut change, &loaded, &opened)?;
            before = self.bundles.replace(next);
            change.publish();
            Ok(())
        });
        let replaced = replaced.map_err(|error| match error {
            ReplaceError::Registry(source) => refused(source),
            ReplaceError::Create(source) => {
                let (bundle, path) = (bundle.clone(), origin.path().to_owned());
                ReloadError::Create { bundle, path, source }
            }
            ReplaceError::Save { contract, source } => {
                let source = Box::new(source);
                ReloadError::Save { bundle: bundle.clone(), contract, source }
            }
            ReplaceError::Restore { contract, source } => {
                let (bundle, path) = (bundle.clone(), origin.path().to_owned());
                ReloadError::Restore { bundle, path, contract, source: Box::new(source) }
            }
            ReplaceError::InUse { holders } => {
                ReloadError::Busy { bundle: bundle.clone(), holders: holders.join(", ") }
            }
        })?;
        drop(before);
        Ok((opened.bundle, replaced))
    }
}

/// Collects what a reload changes: surviving contracts keep their handles,
/// dropped ones are retired, new ones appear.
fn stage(
    change: &mut Change<'_, Payload>,
    loaded: &Loaded,
    opened: &Opened,
) -> Result<Vec<(ContractId, ContractHandle)>, RegistryError> {
    let is_kept = |id: ContractId| opened.descriptors.iter().any(|new| new.contract_id() == id);
    for (id, handle) in &loaded.handles {
        if !is_kept(*id) {
            change.retire(*handle)?;
        }
    }
    let mut handles = Vec::new();
    for entry in entries(loaded.serial, opened, &loaded.instances) {
        let id = entry.descriptor.contract_id();
        let taken = handles.iter().any(|(other, _)| *other == id);
        let kept = loaded.handles.iter().find(|(other, _)| *other == id && !taken);
        let handle = match kept {
            Some((_, handle)) => {
                change.replace(*handle, entry)?;
                *handle
            }
            None => change.insert(entry)?,
        };
        handles.push((id, handle));
    }
    Ok(handles)
}
