//! The time limit.
//!
//! LuaJIT runs hooks neither in compiled code, so compilation is off, nor in
//! functions of C, so those that may take long are replaced (see `library`).

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use mlua::Lua;

/// The time limit of one VM.
#[derive(Debug)]
pub(super) struct Time {
    limit: Duration,
    origin: Instant,
    /// Nanoseconds after `origin`.
    deadline: AtomicU64,
}

impl Time {
    pub(super) fn new(lua: &Lua, limit: Duration) -> mlua::Result<Self> {
        lua.load("jit.off()").exec()?;
        Ok(Self { limit, origin: Instant::now(), deadline: AtomicU64::new(u64::MAX) })
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    #[inline(never)]
    pub(super) fn begin(&self) {
        self.deadline.store(nanos(self.origin.elapsed().saturating_add(self.limit)), Relaxed);
    }

    pub(super) fn is_late(&self) -> bool {
        nanos(self.origin.elapsed()) >= self.deadline.load(Relaxed)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
