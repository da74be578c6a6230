//! Unloading with patience, and unloading everything.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::{Shared, Unloaded};
use crate::error::UnloadError;
use crate::inside::{after, may_wait};
use crate::loader::Closed;
use crate::reclaim::{self, TurnSection};

/// How long a wait looks away.
const PAUSE: Duration = Duration::from_millis(1);

impl Shared {
    pub(super) fn unload_within(
        &self,
        name: &str,
        patience: Duration,
    ) -> Result<Unloaded, UnloadError> {
        let until = after(patience);
        let (outcome, closed) = self.unload_version(name)?;
        Ok(settled(outcome, &closed, until))
    }

    pub(super) fn shutdown(&self, patience: Duration) -> Vec<(String, Unloaded)> {
        let until = after(patience);
        let mut unloaded = Vec::new();
        match self.lifecycle.begin() {
            Ok(turn) => {
                while let Some(last) = self.bundles.last() {
                    let (name, closed) = (last.bundle.name().to_owned(), Arc::clone(&last.closed));
                    unloaded.push((name, self.unload_told(last, || ()), closed));
                }
                drop(turn);
            }
            Err(_) => {
                let holder =
                    "another load, reload or unload, in the middle of which this was asked for";
                return self.bundles.names().map(|name| (name, pending(holder))).collect();
            }
        }
        let settle = |(name, outcome, closed): (_, _, Arc<OnceLock<Closed>>)| {
            (name, settled(outcome, &closed, until))
        };
        unloaded.into_iter().map(settle).collect()
    }
}

fn pending(holder: &str) -> Unloaded {
    Unloaded::Pending { holders: vec![holder.to_owned()] }
}

/// What has come of an unload by `until`. A thread that may be what is waited for does
/// not wait.
fn settled(outcome: Unloaded, closed: &OnceLock<Closed>, until: Instant) -> Unloaded {
    let may_wait = may_wait() && !TurnSection::is_begun();
    if !matches!(outcome, Unloaded::Pending { .. }) {
        return outcome;
    }
    loop {
        match closed.get() {
            Some(Closed::Reclaimed) => return Unloaded::Reclaimed,
            Some(Closed::StillMapped { why }) => return Unloaded::StillMapped { why: why.clone() },
            None if !may_wait || Instant::now() >= until => return outcome,
            None => {}
        }
        // What a thread left that has ended since is for anybody to find.
        reclaim::sweep();
        thread::sleep(PAUSE.min(until.saturating_duration_since(Instant::now())));
    }
}
