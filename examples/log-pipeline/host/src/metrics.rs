//! What plugins count.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use log_contracts::Metrics;

/// Numbers by their names.
#[derive(Default)]
pub(crate) struct Counters {
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Metrics for Counters {
    fn count(&self, name: &str, by: u64) {
        let mut counts = self.lock();
        let count = counts.entry(name.to_owned()).or_default();
        *count = count.saturating_add(by);
    }
}

impl Counters {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        // The map is whole whenever somebody who holds the lock may panic.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.lock();
        counts.iter().try_for_each(|(name, count)| writeln!(f, "{name}: {count}"))
    }
}
