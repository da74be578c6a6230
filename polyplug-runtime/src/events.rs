//! What a host is told while bundles come and go.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use polyplug_guest::private::contain;

use crate::bundle::Bundle;
use crate::entry::GuestError;
use crate::inside::handler_section;
use crate::runtime::Unloaded;

/// Something that happened to a bundle.
///
/// A load tells `Loading` once the bundle was checked, and ends in `Loaded` or
/// `LoadFailed`; a reload begins with `Preparing` and ends in `Reloaded` or `Failed`;
/// an unload is `Unloading` and `Unloaded`. What is refused because it would have to
/// wait, or because there is no such bundle to reload or unload, tells nothing.
/// Dropping the last [`Runtime`](crate::Runtime) tells no `Unloading` and no
/// `Unloaded`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A bundle was checked and is about to be opened.
    Loading {
        /// The bundle.
        bundle: String,
        /// Where it comes from; empty when that is no file.
        path: PathBuf,
    },
    /// A bundle can be called.
    Loaded {
        /// The bundle.
        bundle: Bundle,
    },
    /// A bundle could not be loaded.
    LoadFailed {
        /// The bundle, or its file's name when it did not get so far as to say.
        bundle: String,
        /// Where it comes from; empty when that is no file.
        path: PathBuf,
        /// Why, with all sources, in one line.
        error: String,
    },
    /// A reload was asked for.
    Preparing {
        /// The bundle.
        bundle: String,
        /// How many instances would lose their state if the reload succeeds, for
        /// each contract that has such instances.
        losing_state: Vec<(String, usize)>,
        /// How many instances save their state, for the next version to restore it, for
        /// each contract that has such instances.
        keeping_state: Vec<(String, usize)>,
    },
    /// A bundle was reloaded; calls run the new version.
    Reloaded {
        /// The bundle.
        bundle: Bundle,
    },
    /// A reload failed; the version before goes on.
    Failed {
        /// The bundle.
        bundle: String,
        /// Why, with all sources, in one line.
        error: String,
    },
    /// A bundle is about to be unloaded.
    Unloading {
        /// The bundle.
        bundle: String,
    },
    /// A bundle was unloaded.
    Unloaded {
        /// The bundle.
        bundle: String,
        /// What came of it.
        outcome: Unloaded,
    },
    /// An instance failed when it was told to go, or destroyed. It is gone all
    /// the same.
    InstanceFailed {
        /// The bundle.
        bundle: String,
        /// The contract that the instance served.
        contract: String,
        /// What the plugin said.
        error: GuestError,
    },
}

impl Event {
    /// The name of the bundle.
    pub fn bundle(&self) -> &str {
        match self {
            Self::Loaded { bundle } | Self::Reloaded { bundle } => bundle.name(),
            Self::Loading { bundle, .. }
            | Self::LoadFailed { bundle, .. }
            | Self::Preparing { bundle, .. }
            | Self::Failed { bundle, .. }
            | Self::Unloading { bundle }
            | Self::Unloaded { bundle, .. }
            | Self::InstanceFailed { bundle, .. } => bundle,
        }
    }
}

/// Names a handler, so that it can be removed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ListenerId(u64);

type Handler = Arc<dyn Fn(&Event) + Send + Sync>;

/// The handlers of one runtime, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Listeners {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    handlers: Vec<(ListenerId, Handler)>,
}

impl Listeners {
    pub(crate) fn add(&self, handler: Handler) -> ListenerId {
        let mut state = self.lock();
        let id = ListenerId(state.next);
        state.next += 1;
        state.handlers.push((id, handler));
        id
    }

    pub(crate) fn remove(&self, id: ListenerId) -> bool {
        let mut state = self.lock();
        let Some(at) = state.handlers.iter().position(|(other, _)| *other == id) else {
            return false;
        };
        let removed = state.handlers.remove(at);
        drop(state);
        // What the handler captured may call back.
        drop(removed);
        true
    }

    /// Tells all handlers that there are now, on this thread, except for those that are
    /// removed before it is their turn. A handler that panics is contained and reported.
    pub(crate) fn emit(&self, event: &Event) {
        let handlers = self.lock().handlers.clone();
        let _inside = handler_section();
        for (id, handler) in handlers {
            let told = contain(move || {
                if self.has(id) {
                    handler(event);
                }
                // Here the handler goes, which may be the last to hold what it captured.
            });
            if let Err(panic) = told {
                tracing::error!(bundle = event.bundle(), %panic, "an event handler panicked");
            }
        }
    }

    fn has(&self, id: ListenerId) -> bool {
        self.lock().handlers.iter().any(|(other, _)| *other == id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code of others runs under the lock, so its state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listeners").field("count", &self.lock().handlers.len()).finish()
    }
}
