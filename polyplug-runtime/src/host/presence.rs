//! Whether a bundle is loaded.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a bundle is loaded, asked over all of its versions.
#[derive(Debug)]
pub(crate) struct Presence {
    serial: u64,
    ended: AtomicBool,
}

impl Presence {
    /// Of the bundle that has this number among those of its runtime.
    pub(crate) fn new(serial: u64) -> Self {
        Self { serial, ended: AtomicBool::new(false) }
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// The bundle is not loaded any more.
    pub(crate) fn end(&self) {
        // Relaxed: a request that runs at the same time may see either, and reads
        // nothing that was written before.
        self.ended.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}
