//! The hook that stops a script which hit a limit.
//!
//! It does not raise an ordinary error: the handler of an `xpcall` would run
//! inside the hook, where hooks are off, and could go on forever. It lets an
//! allocation fail instead, for which LuaJIT runs no handler.

use std::{ffi::c_int, ptr, sync::PoisonError};

use mlua::ffi;

use super::{super::stack, Limits, memory::GRACE_REQUEST};

/// How many instructions pass between two looks at the clock: some microseconds.
const SELDOM: c_int = 1_000;

/// How much of a traceback is kept.
const MAX_TRACEBACK: usize = 8 << 10;

/// When the hook runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Interrupt {
    Never,
    /// To look at the clock.
    Seldom,
    /// Before every instruction.
    Always,
}

impl Interrupt {
    /// Sets when the hook runs; from within the hook and the allocator too.
    ///
    /// # Safety
    ///
    /// `state` belongs to a live VM.
    pub(super) unsafe fn set(self, state: *mut ffi::lua_State) {
        let (hook, mask, count) = match self {
            Self::Never => (None, 0, 0),
            Self::Seldom => (Some(hook as ffi::lua_Hook), ffi::LUA_MASKCOUNT, SELDOM),
            Self::Always => (Some(hook as ffi::lua_Hook), ffi::LUA_MASKCOUNT, 1),
        };
        // SAFETY: passed on; LuaJIT allows this at any moment.
        unsafe { ffi::lua_sethook(state, hook, mask, count) };
    }
}

/// # Safety
///
/// LuaJIT calls this as a hook of a VM that `open` made.
unsafe extern "C-unwind" fn hook(state: *mut ffi::lua_State, _: *mut ffi::lua_Debug) {
    // SAFETY: a state of a VM of ours; nothing that needs dropping is alive
    // when the allocation, which has to fail by now, raises.
    unsafe {
        if must_stop(state) {
            ffi::lua_newuserdata(state, 2 * GRACE_REQUEST);
            ffi::lua_pushnil(state);
            ffi::lua_error(state);
        }
    }
}

/// # Safety
///
/// `state` belongs to a VM that `open` made.
unsafe fn must_stop(state: *mut ffi::lua_State) -> bool {
    // SAFETY: passed on.
    let Some(shared) = (unsafe { stack::shared(state) }) else { return false };
    let limits = &shared.limits;
    if !limits.is_in_force() {
        return false;
    }
    if limits.hit().is_none() {
        if !limits.is_late() {
            return false;
        }
        // SAFETY: passed on.
        unsafe { keep_traceback(state, limits) };
    }
    true
}

/// # Safety
///
/// `state` is running a hook of the VM of `limits`.
#[cold]
unsafe fn keep_traceback(state: *mut ffi::lua_State, limits: &Limits) {
    let _host = limits.host_section();
    // SAFETY: in the host's section nothing here raises, and a hook has the
    // slots that a traceback needs.
    let text = unsafe {
        ffi::luaL_traceback(state, state, ptr::null(), 0);
        let bytes = stack::bytes_at(state, -1).unwrap_or_default();
        let kept = &bytes[..bytes.len().min(MAX_TRACEBACK)];
        let text = String::from_utf8_lossy(kept).into_owned();
        ffi::lua_settop(state, -2);
        text
    };
    *limits.traceback.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}
