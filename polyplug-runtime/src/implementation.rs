//! One implementation of one contract in one loaded version of a bundle, and the
//! lease that keeps that open.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use polyplug_guest::private::contain;

use crate::events::Listeners;
use crate::host::Host;
use crate::interface::Interface;
use crate::loader::{Closed, Module};
use crate::registry::BundleDescription;

/// The lease on one open version of a bundle: the last one to go closes it, on
/// its own thread.
pub(crate) struct Lease {
    module: Option<Box<dyn Module>>,
    /// The bundle may use it without a reference of its own for as long as its code
    /// runs.
    host: Arc<Host>,
    closed: Arc<OnceLock<Closed>>,
}

impl Lease {
    pub(crate) fn new(module: Box<dyn Module>, host: Arc<Host>) -> Self {
        Self { module: Some(module), host, closed: Arc::default() }
    }

    /// What the host keeps for this version.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    pub(crate) fn module(&self) -> Option<&dyn Module> {
        self.module.as_deref()
    }

    /// Where it will be said what came of closing.
    pub(crate) fn outcome(&self) -> Arc<OnceLock<Closed>> {
        Arc::clone(&self.closed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            let _inside = crate::inside::guest_section();
            let closed = contain(|| module.close()).unwrap_or_else(|panic| Closed::StillMapped {
                why: format!("closing it panicked: {panic}"),
            });
            if closed != Closed::Reclaimed {
                self.host.outlive();
            }
            let _ = self.closed.set(closed);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

/// One implementation of one contract, open for as long as this lives.
#[derive(Debug)]
pub(crate) struct Implementation {
    pub(crate) interface: Interface,
    pub(crate) bundle: Arc<BundleDescription>,
    pub(crate) listeners: Arc<Listeners>,
    lease: Arc<Lease>,
    /// Whether the runtime knows the contract in just this form.
    is_known: AtomicBool,
}

impl Implementation {
    pub(crate) fn new(
        interface: Interface,
        bundle: Arc<BundleDescription>,
        listeners: Arc<Listeners>,
        lease: Arc<Lease>,
    ) -> Self {
        Self { interface, bundle, listeners, lease, is_known: AtomicBool::new(false) }
    }

    /// Lets `learn` make the contract known to the runtime, in the form that has this
    /// `fingerprint`; does without where that is this provider's, and was known before.
    pub(crate) fn make_known(&self, fingerprint: u64, learn: impl FnOnce() -> bool) {
        let is_own = self.interface.schema.fingerprint == fingerprint;
        // Relaxed: what is known is behind a lock of its own, and stays known.
        if is_own && self.is_known.load(Ordering::Relaxed) {
            return;
        }
        if learn() && is_own {
            self.is_known.store(true, Ordering::Relaxed);
        }
    }

    /// What keeps its version open.
    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }
}
