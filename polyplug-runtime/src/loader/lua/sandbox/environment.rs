//! The allow-list: what plugin code finds in its globals.

use mlua::{Function, Lua, LuaString, Table, Value, ffi};

use super::{
    builtin::{Builtin, entry, guarded, guarded_wrap},
    library::{Find, Gmatch, Gsub, Load, Match, Print, Require},
};

/// The functions of LuaJIT that are global, as they are.
const GLOBALS: &[&str] = &[
    "_VERSION",
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "xpcall",
];

/// The libraries, and what is taken from each.
const LIBRARIES: &[(&str, &[&str])] = &[
    (
        "bit",
        &[
            "arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror", "rshift",
            "tobit", "tohex",
        ],
    ),
    ("coroutine", &["create", "isyieldable", "resume", "running", "status", "wrap", "yield"]),
    (
        "math",
        &[
            "abs",
            "acos",
            "asin",
            "atan",
            "atan2",
            "ceil",
            "cos",
            "cosh",
            "deg",
            "exp",
            "floor",
            "fmod",
            "frexp",
            "huge",
            "ldexp",
            "log",
            "log10",
            "max",
            "min",
            "modf",
            "pi",
            "pow",
            "rad",
            "random",
            "randomseed",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
        ],
    ),
    ("os", &["clock", "date", "difftime", "time"]),
    (
        "string",
        &[
            "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep",
            "reverse", "sub", "upper",
        ],
    ),
    ("table", &["concat", "insert", "maxn", "move", "remove", "sort"]),
];

/// The functions that run Lua code from C: they look at the thread's stack first.
const GUARDED: &[(&str, &[&str])] = &[
    ("coroutine", &["resume"]),
    ("os", &["time"]),
    ("string", &["format", "gsub"]),
    ("table", &["sort"]),
];

/// The functions written in Lua that stand in for others under a time limit.
const TIMED: &str = include_str!("timed.lua");

/// Replaces everything global by what the lists name.
pub(super) fn install(lua: &Lua, timed: bool) -> mlua::Result<()> {
    open_ffi(lua)?;
    let before = lua.globals();
    let after = lua.create_table()?;
    copy(&before, &after, GLOBALS)?;
    for (library, names) in LIBRARIES {
        let table = lua.create_table()?;
        copy(&before.get::<Table>(*library)?, &table, names)?;
        after.raw_set(*library, table)?;
    }
    if timed {
        replace_slow(lua, &after)?;
    }
    guard(lua, &after)?;
    add_own(lua, &after)?;
    let strings = lua.create_table()?;
    strings.raw_set("__index", after.get::<Table>("string")?)?;
    strings.raw_set("__metatable", false)?;
    lua.set_type_metatable::<LuaString>(Some(strings));
    // What the libraries left here holds all that was not taken.
    lua.set_named_registry_value("_LOADED", lua.create_table()?)?;
    lua.set_named_registry_value("_PRELOAD", Value::Nil)?;
    become_globals(&before, &after)
}

/// Sets up 64-bit integers; the library's own table stays out of reach.
///
/// A literal such as `1LL` would open it, in the middle of plugin code. Its
/// table has to stay alive: LuaJIT holds what an index into an integer looks
/// at through that table alone, and would read freed memory.
fn open_ffi(lua: &Lua) -> mlua::Result<()> {
    // SAFETY: opens the library as LuaJIT itself does.
    let open = unsafe { lua.create_c_function(ffi::luaopen_ffi)? };
    lua.set_named_registry_value("polyplug.ffi", open.call::<Table>(())?)
}

fn copy(from: &Table, to: &Table, names: &[&str]) -> mlua::Result<()> {
    for name in names {
        to.raw_set(*name, from.raw_get::<Value>(*name)?)?;
    }
    Ok(())
}

/// Puts functions that can be interrupted in the place of those that cannot.
fn replace_slow(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    let string = globals.get::<Table>("string")?;
    string.raw_set("find", builtin::<Find>(lua)?)?;
    string.raw_set("match", builtin::<Match>(lua)?)?;
    string.raw_set("gmatch", builtin::<Gmatch>(lua)?)?;
    string.raw_set("gsub", builtin::<Gsub>(lua)?)?;
    let table = globals.get::<Table>("table")?;
    let chunk = lua.load(TIMED).set_name("=table");
    let (insert, sort) = chunk.call::<(Function, Function)>(globals)?;
    table.raw_set("insert", insert)?;
    table.raw_set("sort", sort)
}

fn guard(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    for (library, names) in GUARDED {
        let library = globals.get::<Table>(*library)?;
        for name in *names {
            let original = library.raw_get::<Function>(*name)?;
            library.raw_set(*name, over(lua, guarded, original)?)?;
        }
    }
    let coroutine = globals.get::<Table>("coroutine")?;
    let wrap = coroutine.raw_get::<Function>("wrap")?;
    coroutine.raw_set("wrap", over(lua, guarded_wrap, wrap)?)
}

fn add_own(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    let to_string = globals.raw_get::<Function>("tostring")?;
    globals.raw_set("print", over(lua, entry::<Print>, to_string)?)?;
    globals.raw_set("require", over(lua, entry::<Require>, lua.create_table()?)?)?;
    let load = builtin::<Load>(lua)?;
    globals.raw_set("load", &load)?;
    globals.raw_set("loadstring", load)?;
    // SAFETY: the function keeps to what LuaJIT asks of one.
    let collect = unsafe { lua.create_c_function(count_garbage)? };
    globals.raw_set("collectgarbage", collect)
}

/// Moves the new globals into the table that all code has for its environment.
fn become_globals(before: &Table, after: &Table) -> mlua::Result<()> {
    for pair in before.pairs::<Value, Value>().collect::<mlua::Result<Vec<_>>>()? {
        before.raw_set(pair.0, Value::Nil)?;
    }
    for pair in after.pairs::<Value, Value>() {
        let (name, value) = pair?;
        before.raw_set(name, value)?;
    }
    before.raw_set("_G", before)
}

fn builtin<B: Builtin>(lua: &Lua) -> mlua::Result<Function> {
    // SAFETY: `entry` keeps to what LuaJIT asks of a function, in a VM of ours.
    unsafe { lua.create_c_function(entry::<B>) }
}

/// A function of C with one upvalue.
fn over(
    lua: &Lua,
    function: ffi::lua_CFunction,
    upvalue: impl mlua::IntoLua,
) -> mlua::Result<Function> {
    // SAFETY: the upvalue is the one argument on the stack, and the closure
    // the one value that is left.
    unsafe {
        lua.exec_raw(upvalue.into_lua(lua)?, |state| ffi::lua_pushcclosure(state, function, 1))
    }
}

/// `collectgarbage("count")`: a plugin may look at the heap, not steer it.
///
/// # Safety
///
/// Called by LuaJIT.
unsafe extern "C-unwind" fn count_garbage(state: *mut ffi::lua_State) -> std::ffi::c_int {
    // SAFETY: a function of C has slots to spare, and nothing needs dropping.
    unsafe {
        let option = super::stack::bytes_at(state, 1);
        if option != Some(b"count") {
            let message = c"collectgarbage: a plugin can only ask for \"count\"";
            return ffi::luaL_error(state, message.as_ptr());
        }
        let kib = f64::from(ffi::lua_gc(state, ffi::LUA_GCCOUNT, 0));
        let rest = f64::from(ffi::lua_gc(state, ffi::LUA_GCCOUNTB, 0));
        ffi::lua_pushnumber(state, kib + rest / 1024.0);
    }
    1
}
