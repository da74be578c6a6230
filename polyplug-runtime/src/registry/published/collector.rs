//! The collector of this module, and each thread's place in it.

use crossbeam_epoch::{Collector, Guard, LocalHandle};

#[cfg(not(loom))]
mod statics {
    use super::{Collector, LocalHandle};
    use std::sync::LazyLock;

    pub(super) static COLLECTOR: LazyLock<Collector> = LazyLock::new(Collector::new);

    std::thread_local! {
        pub(super) static LOCAL: LocalHandle = COLLECTOR.register();
    }
}

/// loom makes them anew for each interleaving.
#[cfg(loom)]
mod statics {
    use super::{Collector, LocalHandle};

    loom::lazy_static! {
        pub(super) static ref COLLECTOR: Collector = Collector::new();
    }

    loom::thread_local! {
        pub(super) static LOCAL: LocalHandle = COLLECTOR.register();
    }
}

use statics::{COLLECTOR, LOCAL};

#[inline]
pub(super) fn pin() -> Guard {
    // A thread that is past its thread-locals registers anew for one pin.
    LOCAL.try_with(LocalHandle::pin).unwrap_or_else(|_| COLLECTOR.register().pin())
}

#[cfg(loom)]
std::thread_local! {
    /// Whether a model drops what was replaced at once, to see that it must wait. loom
    /// runs all threads of a model on the thread that began it.
    static WITHOUT_WAITING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// The models that this thread runs from now on do not wait for readers.
#[cfg(loom)]
pub(in crate::registry) fn leave_out_waiting() {
    WITHOUT_WAITING.set(true);
}

#[cfg(loom)]
pub(super) fn without_waiting(replaced: u64) -> Option<u64> {
    WITHOUT_WAITING.get().then_some(replaced)
}
