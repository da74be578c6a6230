//! What a call costs that a Lua plugin makes, beside the same loop over a function of C.

use std::ffi::c_int;
use std::sync::Arc;

use bench_calculator::Calculator;
use bench_contracts::Arithmetic;
use mlua::ffi::{self, lua_State};
use mlua::{Function, Lua};
use polyplug_benches::{Options, Table, library};
use polyplug_runtime::{LuaLoader, NativeLoader, Runtime, Source};

fn main() {
    let options = Options::from_env();
    options.announce("lua_caller");
    let builder = Runtime::builder().contract::<dyn Arithmetic>().loader(LuaLoader::new());
    // SAFETY: the loader gets a fixture of this repository alone.
    let runtime = builder.loader(unsafe { NativeLoader::new() }).build().unwrap();
    let _service = runtime.provide::<dyn Arithmetic>(Arc::new(Calculator)).unwrap();
    runtime.load(library("bench-calculator")).unwrap();
    load(&runtime, "service-caller", "cx:service");
    load(&runtime, "plugin-caller", "cx:get");
    add(&runtime, options);
}

/// A class that calls what it asks for as often as it is told.
fn load(runtime: &Runtime, name: &str, ask: &str) {
    let source = format!(
        r#"
local Caller = {{}}
function Caller.new(cx) return {{ callee = {ask} "bench.arithmetic@1" }} end
function Caller:add(calls)
  local callee, sum = self.callee, 0
  for _ = 1, calls do sum = callee:add(sum, 1) end
  return sum
end
return require("polyplug").bundle {{
  depends = {{ "bench.arithmetic@1" }},
  ["bench.arithmetic@1"] = Caller,
}}
"#
    );
    let manifest = format!(
        r#"
name = "{name}"
version = "1.0.0"
loader = "lua"
provides = ["bench.arithmetic@1.0"]
"#
    );
    runtime.load_source(&manifest, Source::Text(source)).unwrap();
}

/// The same loop over a table with a function of C.
const BARE: &str = "
local callee = ...
return function(calls)
  local sum = 0
  for _ = 1, calls do sum = callee:add(sum, 1) end
  return sum
end
";

/// `add(self, a, b)`.
unsafe extern "C-unwind" fn bare_add(state: *mut lua_State) -> c_int {
    // SAFETY: the interpreter calls this with three arguments.
    unsafe {
        let (a, b) = (ffi::lua_tonumber(state, 2) as u32, ffi::lua_tonumber(state, 3) as u32);
        ffi::lua_pushnumber(state, a.wrapping_add(b).into());
    }
    1
}

fn add(runtime: &Runtime, options: Options) {
    let lua = Lua::new();
    let callee = lua.create_table().unwrap();
    // SAFETY: the function keeps to what the interpreter asks of one.
    callee.set("add", unsafe { lua.create_c_function(bare_add).unwrap() }).unwrap();
    let bare: Function = lua.load(BARE).call(callee).unwrap();
    let service = runtime.get_from::<dyn Arithmetic>("service-caller").unwrap();
    let plugin = runtime.get_from::<dyn Arithmetic>("plugin-caller").unwrap();

    let floor = |calls: u64| assert_eq!(bare.call::<u64>(calls).unwrap(), calls);
    let title = "add(u32, u32) -> u32, called from Lua";
    let mut table = Table::new(title, "a bare lua_CFunction, in the same loop", floor);
    table.arm("a service of the host", Some(2.0), |calls| {
        assert_eq!(u64::from(service.add(calls as u32, 0).unwrap()), calls);
    });
    table.arm("a native plugin", None, |calls| {
        assert_eq!(u64::from(plugin.add(calls as u32, 0).unwrap()), calls);
    });
    table.run(options);
}
