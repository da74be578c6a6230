//! What the calling thread is in the middle of.
//!
//! A thread that runs code of a bundle, or a handler of the host's, never waits
//! for a load, a reload or an unload: it may be what those wait for. And a panic
//! in code of a bundle is known to be caught, so the bundle need not print it.

use std::cell::Cell;
use std::thread::LocalKey;
use std::time::{Duration, Instant};

use crate::reclaim::is_inside_call;

thread_local! {
    /// Entries, hooks and the like: calls through proxies are counted in the
    /// thread's record.
    static GUEST_DEPTH: Cell<u32> = const { Cell::new(0) };
    static HANDLER_DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Says, while it lives, that the thread runs code of a bundle.
pub(crate) fn guest_section() -> Section {
    Section::begin(&GUEST_DEPTH)
}

/// Says, while it lives, that the thread runs a handler of the host's.
pub(crate) fn handler_section() -> Section {
    Section::begin(&HANDLER_DEPTH)
}

/// Whether the thread runs code of a bundle.
pub(crate) fn is_inside_guest() -> bool {
    is_in_hook() || is_inside_call()
}

/// Whether the thread runs code of a bundle that is not a call through a proxy: an entry,
/// a hook, a constructor.
pub(crate) fn is_in_hook() -> bool {
    GUEST_DEPTH.get() > 0
}

/// Whether the thread may wait for another one's load, reload or unload.
pub(crate) fn may_wait() -> bool {
    !is_inside_guest() && HANDLER_DEPTH.get() == 0
}

/// When `patience` ends: one that is longer than the clock goes lasts for years.
pub(crate) fn after(patience: Duration) -> Instant {
    const YEARS: Duration = Duration::from_secs(1 << 30);
    let now = Instant::now();
    now.checked_add(patience).unwrap_or_else(|| now + YEARS)
}

pub(crate) struct Section {
    depth: &'static LocalKey<Cell<u32>>,
}

impl Section {
    fn begin(depth: &'static LocalKey<Cell<u32>>) -> Self {
        depth.set(depth.get() + 1);
        Self { depth }
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        self.depth.set(self.depth.get() - 1);
    }
}
