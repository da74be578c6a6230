//! What a Lua plugin costs, beside the same function called by hand.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use bench_contracts::{Arithmetic, Bytes};
use mlua::ffi::{self, lua_State};
use mlua::{Function, Lua, Table as LuaTable};
use polyplug_benches::{Options, Table};
use polyplug_runtime::{LuaLoader, Runtime, Source};

const MANIFEST: &str = r#"
name = "bench-lua"
version = "1.0.0"
loader = "lua"
provides = ["bench.arithmetic@1.0", "bench.bytes@1.0"]
"#;

const CLASS: &str = r#"
local Class = {}
function Class:add(a, b) return (a + b) % 4294967296 end
function Class:echo(text) return text end
function Class:sum(bytes)
  local sum = 0
  for i = 1, #bytes do sum = sum + bytes:byte(i) end
  return sum
end
"#;

const BUNDLE: &str = r#"
return require("polyplug").bundle { ["bench.arithmetic@1"] = Class, ["bench.bytes@1"] = Class }
"#;

fn main() {
    let options = Options::from_env();
    options.announce("lua");
    let runtime = runtime();
    load(&runtime);
    count_allocations(&runtime);
    add(&runtime, options);
    echo("echo(&str) -> String in Lua, 16 bytes", &runtime, 16, 1.8, options);
    echo("echo(&str) -> String in Lua, 4 KiB", &runtime, 4096, 1.6, options);
    sum(&runtime, options);
    instances(&runtime, options);
    bundles(options.slow());
}

fn runtime() -> Runtime {
    let builder = Runtime::builder().contract::<dyn Arithmetic>().contract::<dyn Bytes>();
    builder.loader(LuaLoader::new()).build().unwrap()
}

fn source() -> Source {
    Source::Text(format!("{CLASS}{BUNDLE}"))
}

fn load(runtime: &Runtime) {
    runtime.load_source(MANIFEST, source()).unwrap();
}

/// The class in an interpreter of the bench's own.
struct ByHand {
    lua: Lua,
    state: *mut lua_State,
    object: c_int,
    add: c_int,
    echo: c_int,
    sum: c_int,
}

impl ByHand {
    fn new() -> Self {
        let lua = Lua::new();
        let class: LuaTable = lua.load(format!("{CLASS} return Class")).eval().unwrap();
        let state = lua.state();
        let mut references = [0; 4];
        for (reference, name) in references.iter_mut().zip(["", "add", "echo", "sum"]) {
            lua.set_named_registry_value("bench", &class).unwrap();
            if !name.is_empty() {
                let function: Function = class.get(name).unwrap();
                lua.set_named_registry_value("bench", function).unwrap();
            }
            // SAFETY: the registry has the field, and the stack room for a value.
            *reference = unsafe {
                ffi::lua_getfield_(state, ffi::LUA_REGISTRYINDEX, c"bench".as_ptr());
                ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)
            };
        }
        let [object, add, echo, sum] = references;
        Self { lua, state, object, add, echo, sum }
    }

    fn function(&self, name: &str) -> (LuaTable, Function) {
        let class: LuaTable = self.lua.load(format!("{CLASS} return Class")).eval().unwrap();
        let function = class.get(name).unwrap();
        (class, function)
    }

    fn add(&self, a: u32, b: u32) -> u32 {
        // SAFETY: the references are this interpreter's; the stack has room.
        unsafe {
            ffi::lua_rawgeti_(self.state, ffi::LUA_REGISTRYINDEX, self.add);
            ffi::lua_rawgeti_(self.state, ffi::LUA_REGISTRYINDEX, self.object);
            ffi::lua_pushnumber(self.state, a.into());
            ffi::lua_pushnumber(self.state, b.into());
            assert_eq!(ffi::lua_pcall(self.state, 3, 1, 0), ffi::LUA_OK);
            let sum = ffi::lua_tonumber(self.state, -1) as u32;
            ffi::lua_settop(self.state, -2);
            sum
        }
    }

    /// Calls a function that takes bytes, and looks at its result.
    fn call<R>(&self, function: c_int, bytes: &[u8], read: impl FnOnce(*mut lua_State) -> R) -> R {
        // SAFETY: as for `add`.
        unsafe {
            ffi::lua_rawgeti_(self.state, ffi::LUA_REGISTRYINDEX, function);
            ffi::lua_rawgeti_(self.state, ffi::LUA_REGISTRYINDEX, self.object);
            let start: *const c_char = bytes.as_ptr().cast();
            ffi::lua_pushlstring_(self.state, start, bytes.len());
            assert_eq!(ffi::lua_pcall(self.state, 2, 1, 0), ffi::LUA_OK);
            let result = read(self.state);
            ffi::lua_settop(self.state, -2);
            result
        }
    }

    /// The copy that any caller has to make, into memory that is there already.
    fn echo(&self, bytes: &[u8], copy: &mut Vec<u8>) {
        self.call(self.echo, bytes, |state| {
            let mut len = 0;
            // SAFETY: the result is a string, which stays while it is copied.
            let text = unsafe {
                let start = ffi::lua_tolstring(state, -1, &mut len);
                std::slice::from_raw_parts(start.cast::<u8>(), len)
            };
            copy.clear();
            copy.extend_from_slice(text);
        });
    }

    fn sum(&self, bytes: &[u8]) -> u64 {
        // SAFETY: the result is a number.
        self.call(self.sum, bytes, |state| unsafe { ffi::lua_tonumber(state, -1) as u64 })
    }
}

fn add(runtime: &Runtime, options: Options) {
    let by_hand = ByHand::new();
    let (class, function) = by_hand.function("add");
    let proxy = runtime.get::<dyn Arithmetic>().unwrap();
    let is_sum = |sum: u32, calls: u64| {
        let expected = (0..calls).fold(0, |sum: u32, i| sum.wrapping_add(i as u32));
        assert_eq!(sum, expected);
    };
    let floor = |calls| is_sum((0..calls).fold(0, |sum, i| by_hand.add(sum, i as u32)), calls);
    let mut table = Table::new("add(u32, u32) -> u32 in Lua", "bare lua_pcall, with self", floor);
    table.arm("following proxy", Some(1.6), |calls| {
        is_sum((0..calls).fold(0, |sum, i| proxy.add(sum, i as u32).unwrap()), calls);
    });
    table.arm("mlua's Function::call", None, |calls| {
        let call = |sum: u32, i| function.call((&class, sum, i as u32)).unwrap();
        is_sum((0..calls).fold(0, call), calls);
    });
    table.run(options);
}

fn echo(title: &'static str, runtime: &Runtime, len: usize, budget: f64, options: Options) {
    let by_hand = ByHand::new();
    let (class, function) = by_hand.function("echo");
    let proxy = runtime.get::<dyn Bytes>().unwrap();
    let text = black_box("x".repeat(len));
    let mut copy = Vec::with_capacity(len);
    let floor = |calls| {
        (0..calls).for_each(|_| by_hand.echo(text.as_bytes(), &mut copy));
        assert_eq!(copy.len(), len);
    };
    let mut table = Table::new(title, "bare lua_pcall, with self, and a copy", floor);
    table.arm("following proxy", Some(budget), |calls| {
        (0..calls).for_each(|_| assert_eq!(proxy.echo(&text).unwrap().len(), len));
    });
    table.arm("mlua's Function::call", None, |calls| {
        for _ in 0..calls {
            let copy: String = function.call((&class, &*text)).unwrap();
            assert_eq!(copy.len(), len);
        }
    });
    table.run(options);
}

fn sum(runtime: &Runtime, options: Options) {
    let by_hand = ByHand::new();
    let (class, function) = by_hand.function("sum");
    let proxy = runtime.get::<dyn Bytes>().unwrap();
    let bytes = black_box(vec![1_u8; 1024]);
    let is_all = |sum: u64| assert_eq!(sum, 1024);
    let floor = |calls| (0..calls).for_each(|_| is_all(by_hand.sum(&bytes)));
    let title = "sum(&[u8]) -> u64 in Lua, 1 KiB";
    let mut table = Table::new(title, "bare lua_pcall, with self", floor);
    table.arm("following proxy", None, |calls| {
        (0..calls).for_each(|_| is_all(proxy.sum(&bytes).unwrap()));
    });
    table.arm("mlua's Function::call", None, |calls| {
        let bytes = || mlua::BString::from(&bytes[..]);
        (0..calls).for_each(|_| is_all(function.call((&class, bytes())).unwrap()));
    });
    table.run(options);
}

fn instances(runtime: &Runtime, options: Options) {
    let by_hand = ByHand::new();
    // SAFETY: the stack has room for three values.
    let floor = |times| {
        for _ in 0..times {
            // SAFETY: the references are this interpreter's; the stack has room.
            unsafe {
                ffi::lua_createtable(by_hand.state, 0, 0);
                ffi::lua_rawgeti_(by_hand.state, ffi::LUA_REGISTRYINDEX, by_hand.object);
                ffi::lua_setmetatable(by_hand.state, -2);
                let object = ffi::luaL_ref(by_hand.state, ffi::LUA_REGISTRYINDEX);
                ffi::luaL_unref(by_hand.state, ffi::LUA_REGISTRYINDEX, object);
            }
        }
    };
    let title = "create and destroy an instance in Lua";
    let mut table = Table::new(title, "a table with a metatable, by hand", floor);
    table.arm("get, drop", None, |times| {
        for _ in 0..times {
            drop(black_box(runtime.get::<dyn Arithmetic>().unwrap()));
        }
    });
    table.run(options);
}

fn bundles(options: Options) {
    let (loading, reloading) = (runtime(), runtime());
    load(&reloading);
    let floor = |times| {
        for _ in 0..times {
            let lua = Lua::new();
            let native = lua.create_table().unwrap();
            let sdk: mlua::Value =
                lua.load(lua_guest::MODULES[0].source).call(("polyplug", native)).unwrap();
            let require = lua.create_function(move |_, _: String| Ok(sdk.clone())).unwrap();
            lua.globals().set("require", require).unwrap();
            let bundle: LuaTable = lua.load(format!("{CLASS}{BUNDLE}")).eval().unwrap();
            black_box(bundle);
        }
    };
    let title = "load and reload a Lua bundle";
    let mut table = Table::new(title, "a fresh LuaJIT state that runs it, by hand", floor);
    table.arm("load, unload", Some(1.2), |times| {
        for _ in 0..times {
            load(&loading);
            loading.unload("bench-lua").unwrap();
        }
    });
    table.arm("reload", Some(1.2), |times| {
        (0..times).for_each(|_| drop(reloading.reload("bench-lua").unwrap()));
    });
    table.run(options);
}

/// Prints how often the host allocates for a call once it is warm.
fn count_allocations(runtime: &Runtime) {
    const CALLS: u64 = 1000;
    let (numbers, bytes) =
        (runtime.get::<dyn Arithmetic>().unwrap(), runtime.get::<dyn Bytes>().unwrap());
    let text = "x".repeat(4096);
    let counted = |name: &str, call: &dyn Fn()| {
        (0..CALLS).for_each(|_| call());
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        (0..CALLS).for_each(|_| call());
        let count = ALLOCATIONS.load(Ordering::Relaxed) - before;
        println!(
            "allocations per call, those of the interpreter included: {name} {}",
            count as f64 / CALLS as f64
        );
    };
    counted("add", &|| assert_eq!(numbers.add(1, 2).unwrap(), 3));
    counted("echo, 16 bytes", &|| assert_eq!(bytes.echo(&text[..16]).unwrap().len(), 16));
    counted("echo, 4 KiB", &|| assert_eq!(bytes.echo(&text).unwrap().len(), 4096));
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(ptr, layout, size) }
    }
}
