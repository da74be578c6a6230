//! A LuaJIT VM that plugin code cannot get out of.
//!
//! # What plugin code can reach
//!
//! The environment is an allow-list (`environment.rs`): a new table of globals
//! holds copies of what is named there, and nothing else survives. The
//! libraries that LuaJIT brings are never handed out, so a function that a
//! later LuaJIT adds is not reachable by accident. The FFI library is opened
//! once, because a literal such as `1LL` would open it anyway, and its table
//! is put where only the host gets: 64-bit integers work, and nothing leads
//! from them to it.
//!
//! # What plugin code can use up
//!
//! [`Limits`] bound a call's memory, its time, and how deep host and VM call
//! into each other. None of them can be caught by the script: once a limit is
//! hit, every allocation fails, and under a time limit every instruction
//! raises, until the call is left.
//!
//! The C stack is bounded too, and always: LuaJIT puts no limit on how often
//! a C function may run Lua code that calls a C function again, so that a
//! callback of `string.gsub` which calls `string.gsub` would end the process.
//! Every function through which that can happen looks at the stack first.
//!
//! # What each limit costs
//!
//! Without a limit a call pays for a counter and the stack's position. A
//! memory limit swaps the allocator around each call, which takes some ten
//! nanoseconds, and makes the collector run earlier; since LuaJIT does not
//! collect when an allocation fails, garbage counts until it is collected, and
//! a limit wants about twice what the script keeps.
//!
//! A time limit turns compilation off, counts instructions, and replaces the
//! functions of C that may take more than linear time by slower ones that look
//! at the clock. Tight loops take several times as long, or far longer where
//! the compiler had removed their work. The other functions of C take time with
//! the size of what they work on, so it implies a memory limit of
//! [`TIMED_MEMORY_LIMIT`] where none was set.
//!
//! # What stays
//!
//! The VM shares the process: a fault in LuaJIT itself is not contained.
//! `tostring` shows addresses, which lead to nothing without such a fault.
//! Three things are not interrupted halfway by the time limit: one linear
//! operation on a large value, the rehash of a table whose number keys were
//! chosen to collide, and the compilation of a file of the bundle, which can
//! take time with the square of its length. Without a time limit a script that
//! ran out of memory goes on in compiled code until that needs memory or ends.

mod builtin;
mod environment;
mod library;
mod limits;
mod modules;
mod pattern;
mod stack;

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use mlua::{Lua, LuaOptions, StdLib, ffi};
use polyplug_guest::abi::LogLevel;

use super::{VmOptions, caller::Released};
use crate::host::{self, Host};

pub(super) use builtin::run_contained;
pub(super) use limits::{LimitHit, Limits};
use modules::Modules;
pub(super) use stack::{Raised, Stack};

/// The memory that a VM may use when its time is limited and its memory is not.
pub(super) const TIMED_MEMORY_LIMIT: usize = 256 << 20;

/// A VM could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The folder of the bundle cannot be resolved.
    #[error("the bundle's folder cannot be resolved")]
    Root(#[source] std::io::Error),
    /// LuaJIT refused to set the VM up.
    #[error("the VM cannot be set up")]
    Vm(#[from] mlua::Error),
}

/// What the functions of one VM share: reachable from each `lua_State` of it.
pub(super) struct Shared {
    pub(super) limits: Arc<Limits>,
    bundle: String,
    modules: Modules,
    /// What the host keeps for the bundle, once that is initialised.
    pub(super) host: OnceLock<Arc<Host>>,
    pub(super) released: Released,
}

/// Makes a VM in which the plugin code of one bundle is contained.
///
/// `bundle_root` is the folder below which `require` looks for modules, if
/// there is one.
///
/// No limit is in force until [`Limits::enter`], to be called around every
/// protected call of plugin code, the first included: what runs in the VM
/// without it is the host's own code.
///
/// # Errors
///
/// [`SandboxError`] if the folder is not there or the VM cannot be made.
pub(super) fn open(
    options: &VmOptions,
    bundle_root: Option<&Path>,
    bundle_name: &str,
) -> Result<Lua, SandboxError> {
    let modules = Modules::new(bundle_root).map_err(SandboxError::Root)?;
    // The JIT library has to be opened for the compiler to start at all.
    let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::OS;
    let lua = bare_vm()?;
    lua.load_std_libs(libraries | StdLib::BIT | StdLib::JIT)?;
    let limits = Limits::new(&lua, options)?;
    let shared = Arc::new(Shared {
        limits,
        bundle: bundle_name.to_owned(),
        modules,
        host: OnceLock::new(),
        released: Released::default(),
    });
    stack::attach(&lua, shared)?;
    environment::install(&lua, options.time_limit.is_some())?;
    Ok(lua)
}

impl Shared {
    /// Whether somebody wants records of this level.
    fn is_enabled(&self, level: LogLevel) -> bool {
        self.host.get().is_none_or(|host| host.is_enabled(level))
    }

    /// Writes a record to the host's log.
    fn log(&self, level: LogLevel, message: &str) {
        match self.host.get() {
            Some(host) => host.write(level, message),
            // The source runs before the bundle is initialised.
            None => host::write_for(&self.bundle, level, message),
        }
    }
}

/// A VM without libraries. The first handle to one collects all garbage when it
/// goes, so it goes while there is none.
fn bare_vm() -> mlua::Result<Lua> {
    let first = Lua::new_with(StdLib::NONE, LuaOptions::new())?;
    Ok(first.clone())
}

/// What the functions of a VM share that [`open`] made; to be kept beside it, since
/// finding it costs more than entering its limits.
pub(super) fn shared(lua: &Lua) -> Option<Arc<Shared>> {
    lua.app_data_ref::<Arc<Shared>>().map(|shared| Arc::clone(&shared))
}

/// What the functions of the VM of `state` share, for a function that plugin code called.
///
/// # Safety
///
/// As for [`limits_of`].
pub(super) unsafe fn shared_of<'a>(state: *mut ffi::lua_State) -> Option<&'a Shared> {
    // SAFETY: passed on.
    unsafe { stack::shared(state) }
}

/// The limits of the VM of `state`, for a function that plugin code called.
///
/// # Safety
///
/// `state` is a live state whose stack has a free slot, of a VM that outlives
/// the result.
pub(super) unsafe fn limits_of<'a>(state: *mut ffi::lua_State) -> Option<&'a Limits> {
    // SAFETY: passed on.
    unsafe { stack::shared(state).map(|shared| &*shared.limits) }
}

#[cfg(test)]
mod tests;
