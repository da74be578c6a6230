//! What the host keeps for one loaded version of a bundle: what the bundle asks
//! things of.
//!
//! Each version has an object of its own, because what it may ask for is what that
//! version declared, and because implementations that it lends go with it. Versions of
//! one bundle share its [`Presence`]: calls that still run in one that was replaced ask
//! as before, until the bundle is unloaded.
//!
//! An object lives in the host's memory, as long as somebody holds a reference, and
//! keeps neither the bundle nor the runtime: both are asked for anew at each request.

#[cfg(feature = "lua")]
mod interpreter;
mod log;
mod object;
mod presence;
mod request;
mod values;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use polyplug_guest::abi::HostObject;

use crate::bundle::{Bundle, Needs};
use crate::instance::Instances;
use crate::runtime::Shared;

#[cfg(feature = "lua")]
pub(crate) use interpreter::write_for;
use log::Target;
pub(crate) use presence::Presence;
pub(crate) use request::{Asked, Refusal};
pub(crate) use values::{Open, Values};

/// What the host keeps for one loaded version of a bundle.
#[repr(C)]
pub(crate) struct Host {
    /// First, because it is what bundles know.
    head: HostObject,
    runtime: Weak<Shared>,
    presence: Arc<Presence>,
    name: String,
    /// Empty when the bundle came from no file.
    path: String,
    /// Set once the bundle has said all that it has to say.
    declared: OnceLock<(Bundle, Needs)>,
    /// What takes over the implementations that this version lends; set before any of
    /// its code runs.
    locals: OnceLock<Weak<Instances>>,
    log: Target,
    /// The owned values of this version that are not released yet.
    values: Values,
    /// Whether the bundle may use it without a reference of its own.
    is_lent: AtomicBool,
}

// SAFETY: the head points at a static; everything else can be shared.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    pub(crate) fn new(
        runtime: Weak<Shared>,
        presence: Arc<Presence>,
        name: &str,
        path: &Path,
    ) -> Arc<Self> {
        let path = path.to_str().unwrap_or_default().to_owned();
        Arc::new(Self {
            head: object::head(),
            runtime,
            presence,
            name: name.to_owned(),
            path,
            declared: OnceLock::new(),
            locals: OnceLock::new(),
            log: Target::default(),
            values: Values::default(),
            is_lent: AtomicBool::new(false),
        })
    }

    /// The object as bundles know it, good for as long as this is.
    pub(crate) fn object(self: &Arc<Self>) -> *const HostObject {
        Arc::as_ptr(self).cast()
    }

    /// The object, for the bundle to use for as long as any of its code runs.
    pub(crate) fn lend(self: &Arc<Self>) -> *const HostObject {
        // Relaxed: who closes the bundle has seen its entry return.
        self.is_lent.store(true, Ordering::Relaxed);
        self.object()
    }

    /// The bundle was closed, and its code stays: threads of its own may still ask for
    /// something, so what was lent to it stays too.
    pub(crate) fn outlive(self: &Arc<Self>) {
        if self.is_lent.load(Ordering::Relaxed) {
            std::mem::forget(Arc::clone(self));
        }
    }

    /// Says where implementations go that this version lends.
    pub(crate) fn lend_to(&self, locals: &Arc<Instances>) {
        // An object is made for one version, which has one such place.
        let _ = self.locals.set(Arc::downgrade(locals));
    }

    /// Says what the bundle is, and what it may ask for.
    pub(crate) fn declare(&self, bundle: Bundle, needs: Needs) {
        // As above.
        let _ = self.declared.set((bundle, needs));
    }

    /// What the bundle may ask for; none while it is initialised.
    pub(crate) fn needs(&self) -> Option<&Needs> {
        self.declared.get().map(|(_, needs)| needs)
    }

    /// The bundle; none while it is initialised.
    pub(crate) fn bundle(&self) -> Option<&Bundle> {
        self.declared.get().map(|(bundle, _)| bundle)
    }

    /// The owned values of this version that are not released yet.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Which bundle it is, over its versions.
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("bundle", &self.name).finish_non_exhaustive()
    }
}
