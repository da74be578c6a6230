//! What the reclaim protocol and the registry's publish are made of: the standard
//! locks and atomics, or loom's, so that loom runs the code that everybody runs.

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic::AtomicU64};
#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic::AtomicU64};
