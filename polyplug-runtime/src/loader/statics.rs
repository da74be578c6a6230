//! Bundles that are linked into the host.

use polyplug_guest::abi::{BundleEntry, StaticBundle};

use super::{Closed, LoaderError, Module, PreparedBundle, Registrar};
use crate::bundle::{Description, EmbeddedManifest};
use crate::entry::call_entry;

/// The name that stands for bundles which are linked in.
pub(crate) const NAME: &str = "static";

/// Checks what a linked-in bundle says of itself.
pub(crate) fn prepare(bundle: &StaticBundle) -> Result<Box<dyn PreparedBundle>, LoaderError> {
    let manifest = EmbeddedManifest::parse(bundle.manifest().as_bytes())?;
    Ok(Box::new(Prepared { description: manifest.into(), entry: bundle.entry() }))
}

struct Prepared {
    description: Description,
    entry: BundleEntry,
}

impl PreparedBundle for Prepared {
    fn description(&self) -> Option<&Description> {
        Some(&self.description)
    }

    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError> {
        Ok(Box::new(Linked { entry: self.entry }))
    }
}

struct Linked {
    entry: BundleEntry,
}

// SAFETY: the functions are the program's own.
unsafe impl Module for Linked {
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError> {
        // SAFETY: whoever made the `StaticBundle` vouched for its entry.
        unsafe { call_entry(self.entry, registrar) }.map_err(Into::into)
    }

    fn close(self: Box<Self>) -> Closed {
        Closed::StillMapped { why: "the bundle is linked into the host".to_owned() }
    }
}
