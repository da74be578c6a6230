//! A placeholder for the sandbox: an interpreter without the dangerous names.
//
// Wanted here, besides `open`:
// - `pub(super) unsafe fn enter(state: *mut lua_State)` and `leave(state) ->
//   Option<Limit>`: around each outermost entry of a thread into the VM (the
//   clock starts; on leaving, which limit was hit, if any). Called by
//   `vm::Entered`.
// - `pub(super) unsafe fn host_section(state, bool)`: suspends the memory limit
//   while the host itself pushes and reads.
// - `print` and whatever else calls out of the VM wraps the foreign code in
//   `super::vm::call_out(state, || ..)`, so that a call which comes back on the
//   same thread runs on the `lua_State` that called out.
// - the SDK's sources are `lua_guest::MODULES`.
// - CTState must exist when `open` returns (a chunk with `1LL` compiled once, and
//   `package.loaded.ffi` cleared after): `integer.rs` compiles such a chunk.

use std::path::Path;

use mlua::{Lua, LuaOptions, StdLib};

use super::VmOptions;
use super::vm::call_out;

/// Why no sandbox could be set up.
#[derive(Debug, thiserror::Error)]
#[error("the interpreter cannot be set up")]
pub struct SandboxError(#[from] mlua::Error);

pub(super) fn open(
    _options: &VmOptions,
    _bundle_root: Option<&Path>,
    bundle_name: &str,
) -> Result<Lua, SandboxError> {
    let lua = Lua::new_with(
        StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::BIT,
        LuaOptions::new(),
    )?;
    let modules = lua.create_table()?;
    for module in lua_guest::MODULES {
        modules.set(
            module.name,
            lua.load(module.source).set_name(module.name).eval::<mlua::Value>()?,
        )?;
    }
    let require = lua.create_function(move |_, name: String| modules.get::<mlua::Value>(name))?;
    let globals = lua.globals();
    globals.set("require", require)?;
    let bundle = bundle_name.to_owned();
    let print = lua.create_function(move |lua, values: mlua::Variadic<mlua::Value>| {
        let texts = values.iter().map(mlua::Value::to_string).collect::<Result<Vec<_>, _>>()?;
        // SAFETY: Lua called this function on its present state.
        unsafe { call_out(lua.state(), || tracing::info!(bundle, "{}", texts.join("\t"))) };
        Ok(())
    })?;
    globals.set("print", print)?;
    for name in ["loadfile", "dofile", "newproxy"] {
        globals.set(name, mlua::Nil)?;
    }
    lua.load("local _ = 1LL").exec()?;
    Ok(lua)
}
