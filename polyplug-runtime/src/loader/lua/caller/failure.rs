//! A call that failed, as a Lua error.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{ErrorBuffer, ErrorKind, ErrorReport};

use super::super::sandbox::{Raised, Stack};
use super::super::traceback::{Details, Failure};
use super::contract::{Called, CalledMethod};
use super::object::Object;

/// What a provider, or the host, wrote to the buffer that it was lent.
///
/// # Safety
///
/// As for [`ErrorBuffer::take`].
pub(in super::super) unsafe fn taken(error: *mut ErrorBuffer) -> Failure {
    // SAFETY: the caller's promise is the one that is asked for.
    match unsafe { ErrorBuffer::take(error) } {
        Ok(ErrorReport { kind, code, message, detail }) => {
            Details { kind, code, message, traceback: detail }.into()
        }
        Err(invalid) => Failure::new(ErrorKind::InvalidReply, invalid.to_string()),
    }
}

/// Raises the error of a method that was called.
#[cold]
pub(super) fn of_call(
    stack: &Stack<'_>,
    object: &Object,
    called: &Called,
    method: &str,
    failure: &Failure,
) -> Raised {
    let bundle = object.bundle_name().to_owned();
    let mut message = format!("{bundle}: {}.{method}: {}", called.name, what(failure.kind));
    for (before, text, after) in [(": ", &failure.message, ""), (" (", &failure.traceback, ")")] {
        if !text.is_empty() {
            message.push_str(before);
            message.push_str(text);
            message.push_str(after);
        }
    }
    let fields = [
        ("message", message.as_str()),
        ("reason", reason(failure.kind)),
        ("bundle", &bundle),
        ("contract", &called.name),
        ("method", method),
        ("said", &failure.message),
        ("detail", &failure.traceback),
    ];
    raise(stack, &fields, failure.code)
}

/// Raises the error of a request for a proxy.
#[cold]
pub(in super::super) fn of_request(stack: &Stack<'_>, contract: &str, failure: &Failure) -> Raised {
    let mut message = failure.message.clone();
    if !failure.traceback.is_empty() {
        message = format!("{message} ({})", failure.traceback);
    }
    let fields = [
        ("message", message.as_str()),
        ("reason", reason(failure.kind)),
        ("contract", contract),
        ("said", &failure.message),
        ("detail", &failure.traceback),
    ];
    raise(stack, &fields, failure.code)
}

/// Raises a table with these fields, whose text is its message.
fn raise(stack: &Stack<'_>, fields: &[(&str, &str)], code: u16) -> Raised {
    if stack.reserve(8).is_err() {
        return Raised;
    }
    let state = stack.state();
    // SAFETY: the stack has room, in the host's section; the metatable was kept when the
    // interpreter was made.
    unsafe {
        ffi::lua_createtable(state, 0, fields.len() as c_int + 1);
        for (name, value) in fields {
            stack.push_own_text(name.as_bytes());
            stack.push_own_text(value.as_bytes());
            ffi::lua_rawset(state, -3);
        }
        stack.push_own_text(b"kind");
        ffi::lua_pushnumber(state, code.into());
        ffi::lua_rawset(state, -3);
        stack.push_own_text(METATABLE.as_bytes());
        ffi::lua_rawget_(state, ffi::LUA_REGISTRYINDEX);
        ffi::lua_setmetatable(state, -2);
    }
    Raised
}

/// The field of the registry with the metatable of errors.
const METATABLE: &str = "polyplug.Error";

/// Makes the metatable of errors, in a new interpreter.
///
/// # Safety
///
/// The stack has room for four values, in the host's section.
pub(in super::super) unsafe fn keep_error_metatable(state: *mut lua_State) {
    // SAFETY: the caller's promise.
    unsafe {
        let text = |text: &str| ffi::lua_pushlstring_(state, text.as_ptr().cast(), text.len());
        text(METATABLE);
        ffi::lua_createtable(state, 0, 2);
        text("__tostring");
        ffi::lua_pushcclosure(state, to_string, 0);
        ffi::lua_rawset(state, -3);
        text("__metatable");
        text(METATABLE);
        ffi::lua_rawset(state, -3);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
    }
}

unsafe extern "C-unwind" fn to_string(state: *mut lua_State) -> c_int {
    // SAFETY: called with an error, protected; this frame has nothing to drop.
    unsafe {
        if ffi::lua_type(state, 1) != ffi::LUA_TTABLE {
            return 0;
        }
        ffi::lua_pushlstring_(state, c"message".as_ptr(), 7);
        ffi::lua_rawget_(state, 1);
        1
    }
}

/// What happened, as a word that scripts compare with.
fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Panicked => "panicked",
        ErrorKind::Plugin => "plugin",
        ErrorKind::InvalidArgument => "invalid_argument",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Unloaded | ErrorKind::Withdrawn => "unloaded",
        ErrorKind::StateLost => "state_lost",
        ErrorKind::Poisoned => "poisoned",
        ErrorKind::Reentrant => "reentrant",
        ErrorKind::Limit => "limit",
        ErrorKind::InvalidReply => "invalid_reply",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Undeclared => "undeclared",
        ErrorKind::Incompatible => "incompatible",
    }
}

/// What happened, as a text.
fn what(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Panicked => "the plugin panicked",
        ErrorKind::Plugin | ErrorKind::InvalidArgument => "the plugin failed",
        ErrorKind::Unavailable => "the provider is older than the method",
        ErrorKind::Unloaded => "the bundle is not loaded any more",
        ErrorKind::Withdrawn => "the host has withdrawn the service",
        ErrorKind::StateLost => "a reload lost the state of the instance; `renew` it",
        ErrorKind::Poisoned => "an earlier call left the state broken; `renew` it",
        ErrorKind::Reentrant => "the call would wait for itself",
        ErrorKind::Limit => "a limit was reached",
        ErrorKind::InvalidReply => "the reply is invalid",
        ErrorKind::NotFound => "nobody provides what was asked for",
        ErrorKind::Undeclared => "the bundle asked for what it did not declare",
        ErrorKind::Incompatible => "the provider has other methods than its caller knows",
    }
}

/// Raises an error about how a method was called.
#[cold]
pub(super) fn of_use(stack: &Stack<'_>, method: &CalledMethod, why: &str) -> Raised {
    stack.raise(format_args!("{}: {why}", method.name))
}
