//! The barrier that replaces the callers' fences.

use polyplug_guest::private::sync::{Ordering, fence};

/// Who pays for the order between a caller and whoever reclaims.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Barrier {
    /// Whoever reclaims makes all threads of the process execute a full fence.
    Process,
    /// Both sides execute a full fence.
    Fences,
}

impl Barrier {
    /// What this system can do. `POLYPLUG_BARRIER=fences` asks for fences, where
    /// a system says that it can and cannot.
    pub(crate) fn choose() -> Self {
        let fences = std::env::var_os("POLYPLUG_BARRIER").is_some_and(|asked| asked == "fences");
        if !fences && system::register() { Self::Process } else { Self::Fences }
    }

    /// What was chosen for the process.
    #[cfg(feature = "lua")]
    pub(crate) fn of_process() -> Self {
        super::domain().barrier()
    }

    /// Orders what this thread did before it against what every caller does around
    /// its fence. Returns whether that succeeded: if not, nothing is known.
    pub(crate) fn issue(self) -> bool {
        if cfg!(polyplug_without = "barrier") {
            return true;
        }
        match self {
            Self::Process => system::issue(),
            Self::Fences => {
                fence(Ordering::SeqCst);
                true
            }
        }
    }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom), not(miri)))]
mod system {
    use libc::{SYS_membarrier, c_int, syscall};

    // From <linux/membarrier.h>.
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

    /// Must precede the first barrier. Kernels before 4.14 and some sandboxes refuse.
    pub(super) fn register() -> bool {
        membarrier(REGISTER_PRIVATE_EXPEDITED)
    }

    pub(super) fn issue() -> bool {
        // A process that was forked off is not registered any more.
        membarrier(PRIVATE_EXPEDITED) || (register() && membarrier(PRIVATE_EXPEDITED))
    }

    fn membarrier(command: c_int) -> bool {
        let (flags, cpu): (c_int, c_int) = (0, 0);
        // SAFETY: the call takes three numbers and touches no memory of ours.
        unsafe { syscall(SYS_membarrier, command, flags, cpu) == 0 }
    }
}

#[cfg(all(windows, not(loom), not(miri)))]
mod system {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn FlushProcessWriteBuffers();
    }

    pub(super) fn register() -> bool {
        true
    }

    pub(super) fn issue() -> bool {
        // SAFETY: takes nothing, and cannot fail.
        unsafe { FlushProcessWriteBuffers() };
        true
    }
}

/// What pairs with the fences that callers have under loom.
#[cfg(loom)]
mod system {
    use super::{Ordering, fence};

    pub(super) fn register() -> bool {
        true
    }

    pub(super) fn issue() -> bool {
        fence(Ordering::SeqCst);
        true
    }
}

#[cfg(all(not(loom), any(miri, not(any(target_os = "linux", target_os = "android", windows)))))]
mod system {
    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn issue() -> bool {
        false
    }
}
