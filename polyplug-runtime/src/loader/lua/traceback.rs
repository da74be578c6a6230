//! What Lua code raised: its message and where it happened.

use std::ffi::{CStr, c_int};
use std::ops::Deref;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{ErrorBuffer, ErrorKind, Phase, Status};

use super::sandbox::{self, LimitHit};

/// A failure, on its way to the caller. Of one word: results with one go through each
/// call that succeeds.
#[derive(Debug)]
pub(super) struct Failure(Box<Details>);

/// What there is to say of a [`Failure`].
#[derive(Debug)]
pub(super) struct Details {
    pub(super) kind: ErrorKind,
    pub(super) code: u16,
    pub(super) message: String,
    pub(super) traceback: String,
}

impl Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl From<Details> for Failure {
    fn from(details: Details) -> Self {
        Self(Box::new(details))
    }
}

impl Failure {
    #[cold]
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Details { kind, code: 0, message: message.into(), traceback: String::new() }.into()
    }

    pub(super) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(super) fn with_code(mut self, code: u16) -> Self {
        self.0.code = code;
        self
    }

    pub(super) fn with_traceback(mut self, traceback: String) -> Self {
        self.0.traceback = traceback;
        self
    }

    pub(super) fn into_details(self) -> Details {
        *self.0
    }

    /// That a limit was hit.
    #[cold]
    pub(super) fn limit(hit: &LimitHit) -> Self {
        Self::new(ErrorKind::Limit, hit.to_string())
    }

    /// Describes the failure to the caller, and gives the status to return.
    ///
    /// # Safety
    ///
    /// `error` points at an error buffer lent for this call.
    #[cold]
    pub(super) unsafe fn report(self, error: *mut ErrorBuffer, phase: Phase) -> u32 {
        let Details { kind, code, message, traceback } = self.into_details();
        // SAFETY: the caller's promise.
        unsafe { ErrorBuffer::write(error, phase, kind, code, &message, traceback) };
        Status::Failed as u32
    }
}

/// Pushes the message handler of protected calls. It leaves the traceback in its
/// only upvalue, and the error as it was.
///
/// # Safety
///
/// The stack has room for two values, and the memory limit is suspended.
pub(super) unsafe fn push_handler(state: *mut lua_State) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::lua_pushnil(state);
        ffi::lua_pushcclosure(state, handle, 1);
    }
}

unsafe extern "C-unwind" fn handle(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with the error, protected; this frame has nothing
    // to drop.
    unsafe {
        ffi::lua_settop(state, 1);
        ffi::luaL_traceback(state, state, std::ptr::null(), 1);
        ffi::lua_replace(state, ffi::lua_upvalueindex(1));
        1
    }
}

/// Takes what a protected call raised: the error lies on top of the stack, and
/// stays there.
///
/// # Safety
///
/// A protected call just returned `status`, which is no success, with the handler
/// at the absolute index `handler`. The stack has room for four values, and the
/// memory limit is suspended.
#[cold]
pub(super) unsafe fn taken(state: *mut lua_State, status: c_int, handler: c_int) -> Failure {
    // SAFETY: the caller's promise.
    unsafe {
        let error = ffi::lua_gettop(state);
        let traceback = take_traceback(state, handler);
        let (kind, (message, code)) = match status {
            ffi::LUA_ERRMEM => (ErrorKind::Limit, ("not enough memory".to_owned(), 0)),
            _ => (ErrorKind::Plugin, described(state, error)),
        };
        ffi::lua_settop(state, error);
        Details { kind, code, message, traceback }.into()
    }
}

/// # Safety
///
/// As for [`taken`].
unsafe fn take_traceback(state: *mut lua_State, handler: c_int) -> String {
    // SAFETY: the caller's promise: the handler has one upvalue.
    unsafe {
        if ffi::lua_getupvalue(state, handler, 1).is_null() {
            return String::new();
        }
        let text = text(state, -1).unwrap_or_default();
        ffi::lua_settop(state, -2);
        ffi::lua_pushnil(state);
        ffi::lua_setupvalue(state, handler, 1);
        text
    }
}

/// An error as text, and the kind that it gives itself: a text is its own, a
/// table has it in its fields `message` and `kind`, and anything else may be
/// asked.
///
/// # Safety
///
/// As for [`taken`]; `index` is absolute.
pub(super) unsafe fn described(state: *mut lua_State, index: c_int) -> (String, u16) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(text) = text(state, index) {
            return (text, 0);
        }
        if let Some(found) = fields(state, index) {
            return found;
        }
        let kind = ffi::lua_type(state, index);
        if kind == ffi::LUA_TNIL {
            return ("the error is nil".to_owned(), 0);
        }
        if let Some(text) = asked(state, index) {
            return (text, 0);
        }
        let name = CStr::from_ptr(ffi::lua_typename(state, kind)).to_string_lossy();
        (format!("the error is a {name}"), 0)
    }
}

/// # Safety
///
/// As for [`described`].
unsafe fn fields(state: *mut lua_State, index: c_int) -> Option<(String, u16)> {
    // SAFETY: the caller's promise; the fields are read without metamethods.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TTABLE {
            return None;
        }
        ffi::lua_pushlstring_(state, c"message".as_ptr(), 7);
        ffi::lua_rawget_(state, index);
        let message = text(state, -1)?;
        ffi::lua_pushlstring_(state, c"kind".as_ptr(), 4);
        ffi::lua_rawget_(state, index);
        let code = ffi::lua_tonumber(state, -1);
        let code = if code == f64::from(code as u16) { code as u16 } else { 0 };
        Some((message, code))
    }
}

/// The text at `index`: nothing else is converted, but for numbers, which are
/// texts to Lua.
///
/// # Safety
///
/// `index` is on the stack.
pub(super) unsafe fn text(state: *mut lua_State, index: c_int) -> Option<String> {
    // SAFETY: the caller's promise; converting a copy leaves the value alone.
    unsafe {
        match ffi::lua_type(state, index) {
            ffi::LUA_TSTRING => {
                let mut len = 0;
                let start = ffi::lua_tolstring(state, index, &mut len);
                let bytes = std::slice::from_raw_parts(start.cast::<u8>(), len);
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
            ffi::LUA_TNUMBER => Some(ffi::lua_tonumber(state, index).to_string()),
            _ => None,
        }
    }
}

/// What the value says of itself, with the limits of its bundle in force.
///
/// # Safety
///
/// As for [`described`].
unsafe fn asked(state: *mut lua_State, index: c_int) -> Option<String> {
    // SAFETY: the caller's promise; the interpreter outlives this call.
    unsafe {
        let call = sandbox::limits_of(state)?.enter().ok()?;
        ffi::lua_pushcclosure(state, ask, 0);
        ffi::lua_pushvalue(state, index);
        let status = ffi::lua_pcall(state, 1, 1, 0);
        let hit = call.leave();
        if status == ffi::LUA_OK && hit.is_none() { text(state, -1) } else { None }
    }
}

/// What the value's `__tostring` says, or nothing.
unsafe extern "C-unwind" fn ask(state: *mut lua_State) -> c_int {
    // SAFETY: called protected, with one value; this frame has nothing to drop.
    unsafe { ffi::luaL_callmeta(state, 1, c"__tostring".as_ptr()) }
}
