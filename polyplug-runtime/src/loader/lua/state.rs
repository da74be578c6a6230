//! The state of an instance, written down and made an instance again.

use std::ffi::{c_int, c_void};

use mlua::ffi;
use polyplug_guest::abi::{CreateContext, ErrorBuffer, ErrorKind, Phase, RawSlice, RawVec, Status};

use super::dispatch::WAITS;
use super::instance::{Instance, create_from};
use super::traceback::{self, Failure};
use super::vm::Entered;

const SLOTS: c_int = 16;

/// The function of
/// [`save_instance`](polyplug_guest::abi::GuestContractInterface).
pub(super) unsafe extern "C" fn save(
    instance: *mut c_void,
    state: *mut RawVec<u8>,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends what `create` or `restore` made, and the rest for the call.
    unsafe {
        let instance = &*instance.cast::<Instance>();
        let saved = match instance.class().vm().enter() {
            Ok(entered) => ask(&entered, instance),
            Err(_) => Err(Failure::new(ErrorKind::Reentrant, WAITS)),
        };
        match saved {
            Ok(saved) => {
                state.write(RawVec::new(saved));
                Status::Ok as u32
            }
            Err(failure) => failure.report(error, Phase::Save),
        }
    }
}

/// The function of
/// [`restore_instance`](polyplug_guest::abi::GuestContractInterface).
pub(super) unsafe extern "C" fn restore(
    context: *const CreateContext,
    state: RawSlice<u8>,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends all of it for the call.
    unsafe { create_from(context, Some(state), instance, error) }
}

/// Calls `save`, which gives a string, or nil and why there is none.
///
/// # Safety
///
/// The instance is of the interpreter that the thread is in.
unsafe fn ask(entered: &Entered<'_>, instance: &Instance) -> Result<Vec<u8>, Failure> {
    let Some(save) = instance.class().save else {
        return Err(Failure::new(ErrorKind::InvalidReply, "the class has no `save`"));
    };
    let state = entered.state();
    // SAFETY: the thread is in the interpreter, whose stack has room; what can raise is
    // inside the protected call.
    unsafe {
        if ffi::lua_checkstack(state, SLOTS) == 0 {
            return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
        }
        let top = ffi::lua_gettop(state);
        traceback::push_handler(state);
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, save);
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, instance.object);
        let saved = entered.call(1, 2, top + 1).and_then(|()| {
            let (first, second) = (ffi::lua_gettop(state) - 1, ffi::lua_gettop(state));
            if ffi::lua_type(state, first) == ffi::LUA_TSTRING {
                let mut len = 0;
                let start = ffi::lua_tolstring(state, first, &mut len);
                return Ok(std::slice::from_raw_parts(start.cast::<u8>(), len).to_vec());
            }
            if ffi::lua_type(state, second) == ffi::LUA_TNIL {
                let message = "`save` must return a string, or nil and why there is none";
                return Err(Failure::new(ErrorKind::InvalidReply, message));
            }
            let (message, code) = traceback::described(state, second);
            Err(Failure::new(ErrorKind::Plugin, message).with_code(code))
        });
        ffi::lua_settop(state, top);
        saved
    }
}
