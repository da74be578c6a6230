//! Functions of the environment that are written in Rust.
//!
//! A function of C leaves by a jump when it raises, over whatever Rust frames
//! stand between. So each runs in two parts: [`Builtin::call`] works in the
//! host's section, where nothing raises, and says what came of it; [`entry`],
//! which has nothing left to drop by then, raises.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
};

use mlua::ffi;

use super::{
    Shared,
    stack::{self, Raised, Stack},
};

/// A function of the environment.
pub(super) trait Builtin {
    /// Runs the function, and says how many values on top of the stack it returns.
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised>;
}

/// What a [`Builtin`] is for LuaJIT.
///
/// # Safety
///
/// To be called by LuaJIT, in a VM that `open` made.
pub(super) unsafe extern "C-unwind" fn entry<B: Builtin>(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: passed on; nothing that needs dropping is alive when this raises.
    unsafe {
        match run::<B>(state) {
            Ok(results) => results,
            Err(Raised) => ffi::lua_error(state),
        }
    }
}

/// # Safety
///
/// As for [`entry`].
unsafe fn run<B: Builtin>(state: *mut ffi::lua_State) -> Result<c_int, Raised> {
    // SAFETY: a function of C has slots to spare.
    let Some(shared) = (unsafe { stack::shared(state) }) else { return Err(Raised) };
    // SAFETY: passed on.
    unsafe { run_contained(state, shared, B::call) }
}

/// Runs a function that plugin code called, in the host's section, and says how many
/// values on top of the stack it returns.
///
/// # Safety
///
/// To be called by a function of C that LuaJIT calls, in the VM of `shared`.
#[inline]
pub(in super::super) unsafe fn run_contained(
    state: *mut ffi::lua_State,
    shared: &Shared,
    code: impl FnOnce(&Stack<'_>) -> Result<c_int, Raised>,
) -> Result<c_int, Raised> {
    let _host = shared.limits.host_section();
    // SAFETY: this is the host's section of that VM.
    let stack = unsafe { Stack::new(state, shared) };
    if !shared.limits.has_stack() {
        return Err(stack.raise("stack overflow"));
    }
    match catch_unwind(AssertUnwindSafe(|| code(&stack))) {
        Ok(result) => result,
        Err(panic) => {
            // A payload may panic when it is dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
            Err(stack.raise("internal error of the sandbox"))
        }
    }
}

/// Calls the function in its upvalue, if the thread's stack has room for it:
/// what stands in for each function of LuaJIT that runs Lua code from C.
///
/// # Safety
///
/// As for [`entry`].
pub(super) unsafe extern "C-unwind" fn guarded(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the upvalue is a function, and nothing here needs dropping.
    unsafe {
        if stack::shared(state).is_none_or(|shared| !shared.limits.has_stack()) {
            return ffi::luaL_error(state, c"stack overflow".as_ptr());
        }
        ffi::lua_pushvalue(state, ffi::lua_upvalueindex(1));
        ffi::lua_insert(state, 1);
        ffi::lua_call(state, ffi::lua_gettop(state) - 1, ffi::LUA_MULTRET);
        ffi::lua_gettop(state)
    }
}

/// `coroutine.wrap`, whose function is in the upvalue: what it makes is [`guarded`].
///
/// # Safety
///
/// As for [`entry`].
pub(super) unsafe extern "C-unwind" fn guarded_wrap(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: as in `guarded`.
    unsafe {
        ffi::lua_pushvalue(state, ffi::lua_upvalueindex(1));
        ffi::lua_insert(state, 1);
        ffi::lua_call(state, ffi::lua_gettop(state) - 1, 1);
        ffi::lua_pushcclosure(state, guarded, 1);
        1
    }
}
