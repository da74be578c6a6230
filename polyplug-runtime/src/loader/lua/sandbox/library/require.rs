//! `require`, which finds the SDK and the files of the bundle.

use std::ffi::{CString, c_int};

use mlua::ffi;

use super::super::{
    builtin::Builtin,
    modules::{ModuleError, Source},
    stack::{Raised, Stack},
};

/// `require(name)`. Upvalue 1 is the table of what was loaded.
pub(in super::super) struct Require;

const LOADED: c_int = 1;

/// The field of the registry with what the modules of the SDK are given, beside their
/// name.
pub(in super::super) const NATIVE: &[u8] = b"polyplug.native";

impl Builtin for Require {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        if stack.kind(1) != ffi::LUA_TSTRING {
            return Err(stack.bad_argument(1, "require", "string expected, got "));
        }
        let name = stack.argument(1, "require")?;
        stack.push_field_of_upvalue(LOADED, name);
        if stack.kind(-1) != ffi::LUA_TNIL {
            return Ok(1);
        }
        stack.pop();
        let modules = &stack.shared.modules;
        let source = modules.find(name).map_err(|error| raise(stack, &error))?;
        let _loading = modules.begin(&source.name).map_err(|error| raise(stack, &error))?;
        run(stack, &source)?;
        if stack.kind(-1) == ffi::LUA_TNIL {
            stack.pop();
            stack.push_true();
        }
        stack.push_copy(-1);
        stack.set_field_of_upvalue(LOADED, name);
        Ok(1)
    }
}

/// Runs a module, and leaves its value.
fn run(stack: &Stack<'_>, source: &Source) -> Result<(), Raised> {
    if !stack.shared.limits.admits(source.text.len()) {
        return Err(stack.raise("not enough memory"));
    }
    let chunk = CString::new(source.chunk.as_str()).unwrap_or_default();
    if stack.compile(source.text.as_bytes(), &chunk).is_err() {
        let message = stack.text(-1).unwrap_or_default();
        let message = String::from_utf8_lossy(message).into_owned();
        let name = &source.name;
        return Err(stack.raise(format_args!("module '{name}' cannot be compiled: {message}")));
    }
    stack.push_copy(1);
    if !source.is_sdk {
        return stack.call(1);
    }
    stack.push_own_text(NATIVE);
    // SAFETY: the registry is read without metamethods, with room on the stack.
    unsafe { ffi::lua_rawget_(stack.state(), ffi::LUA_REGISTRYINDEX) };
    stack.call(2)
}

fn raise(stack: &Stack<'_>, error: &ModuleError) -> Raised {
    stack.raise(error)
}
