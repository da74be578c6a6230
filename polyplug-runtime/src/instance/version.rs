//! A loaded version of a bundle, and what it handed over.

use std::sync::Arc;

use super::set::Instances;
use super::{Client, Maker};
use crate::events::Listeners;
use crate::host;
use crate::implementation::{Implementation, Lease};

/// One loaded version of a bundle: what it provides, the lease on its code, and the
/// implementations that it handed over.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) implementations: Vec<Arc<Implementation>>,
    pub(crate) lease: Arc<Lease>,
    pub(crate) locals: Arc<Locals>,
}

impl Version {
    pub(super) fn implementation(&self, client: &Client) -> Option<Arc<Implementation>> {
        self.implementations.iter().find(|one| client.fits(&one.interface)).cloned()
    }
}

/// The implementations that one version of a bundle handed over, which end with it, at the
/// latest when this is dropped; and the leave to give values away that outlive it.
#[derive(Debug)]
pub(crate) struct Locals {
    instances: Arc<Instances>,
    /// Goes last: values that are given away until then keep the version open.
    _values: host::Open,
}

impl Locals {
    /// None yet, of the version that `lease` keeps open.
    pub(crate) fn new(bundle: &str, listeners: Arc<Listeners>, lease: Arc<Lease>) -> Self {
        let values = host::Open::new(&lease);
        let maker = Maker { name: bundle.into(), listeners, lease: Some(lease) };
        Self { instances: Instances::of_maker(maker), _values: values }
    }

    /// What [`Instances::hand_over`] is asked of.
    pub(crate) fn instances(&self) -> &Arc<Instances> {
        &self.instances
    }

    /// Ends them. Gives the contracts that are being called.
    pub(super) fn end(&self) -> Vec<String> {
        self.instances.end().reclaim()
    }
}

impl Drop for Locals {
    fn drop(&mut self) {
        // Whoever still is in one leaves it at its end.
        let _ = self.end();
    }
}
