//! Loading a bundle.

use std::sync::Arc;

use super::Shared;
use super::bundles::Loaded;
use super::stages::{Opened, guess_name};
use crate::bundle::{Bundle, Origin};
use crate::error::{LoadError, chain};
use crate::events::Event;
use crate::host::Presence;
use crate::instance::Instances;
use crate::lifecycle::Busy;
use crate::registry::{Entry, Payload, RegistryError};

impl Shared {
    pub(super) fn load(&self, origin: Origin) -> Result<Bundle, LoadError> {
        let path = origin.path().to_owned();
        let Ok(_turn) = self.lifecycle.begin().map_err(|Busy| ()) else {
            return Err(LoadError::Busy { bundle: guess_name(&path), path });
        };
        let result = self.load_in_turn(origin);
        self.listeners.emit(&match &result {
            Ok(bundle) => Event::Loaded { bundle: bundle.clone() },
            Err(error) => {
                let bundle = error.bundle().to_owned();
                Event::LoadFailed { bundle, path, error: chain(error) }
            }
        });
        result
    }

    fn load_in_turn(&self, origin: Origin) -> Result<Bundle, LoadError> {
        let prepared = self.prepare(&origin)?;
        let (name, version) = (&prepared.description.name, &prepared.description.version);
        let path = origin.path().to_owned();
        if self.bundles.contains(name, version) {
            let (bundle, version) = (name.clone(), version.clone());
            return Err(LoadError::AlreadyLoaded { bundle, version, path });
        }
        self.listeners.emit(&Event::Loading { bundle: name.clone(), path });
        let presence = Arc::new(Presence::new(self.bundles.new_serial()));
        let opened = self.open(prepared, &presence, None)?;
        self.publish(origin, presence, opened)
    }

    /// Makes a new bundle visible: all of its contracts at once, or none.
    fn publish(
        &self,
        origin: Origin,
        presence: Arc<Presence>,
        opened: Opened,
    ) -> Result<Bundle, LoadError> {
        let serial = presence.serial();
        let closed = opened.version.lease.outcome();
        let host = Arc::downgrade(opened.version.lease.host());
        let instances = Instances::begin(opened.bundle.name(), opened.version.clone());
        let mut handles = Vec::new();
        let mut change = self.registry.change();
        for entry in entries(serial, &opened, &instances) {
            let id = entry.descriptor.contract_id();
            match change.insert(entry) {
                Ok(handle) => handles.push((id, handle)),
                Err(source) => {
                    // Closing runs the bundle's code, which needs no lock of ours.
                    drop(change);
                    return Err(registry_error(&origin, &opened.bundle, source));
                }
            }
        }
        let (bundle, needs) = (opened.bundle.clone(), opened.needs.clone());
        let loaded =
            Loaded { serial, bundle, origin, needs, presence, instances, handles, closed, host };
        self.bundles.push(loaded);
        change.publish();
        Ok(opened.bundle)
    }
}

/// What the registry is told of a bundle.
pub(super) fn entries<'a>(
    serial: u64,
    opened: &'a Opened,
    instances: &'a Arc<Instances>,
) -> impl Iterator<Item = Entry<Payload>> + 'a {
    opened.descriptors.iter().zip(&opened.version.implementations).map(
        move |(descriptor, implementation)| Entry {
            serial,
            descriptor: Arc::clone(descriptor),
            payload: Payload {
                serial,
                implementation: Arc::downgrade(implementation),
                instances: Arc::downgrade(instances),
            },
        },
    )
}

pub(super) fn registry_error(origin: &Origin, bundle: &Bundle, source: RegistryError) -> LoadError {
    let (bundle, path) = (bundle.name().to_owned(), origin.path().to_owned());
    LoadError::Registry { bundle, path, source }
}
