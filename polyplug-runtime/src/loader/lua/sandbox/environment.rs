//! The allow-list: what plugin code finds in its globals.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use mlua::{Function, Lua, Table};

use super::{
    builtin::{entry, guarded, guarded_wrap},
    library::{Find, Gmatch, Gsub, Load, Log, Match, NATIVE, Print, Release, Require},
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
    // SAFETY: the closure takes nothing off the stack and leaves nothing there; it
    // runs protected, and has nothing to drop.
    unsafe {
        lua.exec_raw::<()>((), |state| {
            ffi::luaL_checkstack_(state, SLOTS, std::ptr::null());
            open_ffi(state);
            keep_what_is_named(state);
        })?;
    }
    if timed {
        replace_slow(lua)?;
    }
    // SAFETY: as above.
    unsafe {
        lua.exec_raw::<()>((), |state| {
            ffi::luaL_checkstack_(state, SLOTS, std::ptr::null());
            guard(state);
            add_own(state);
            set_string_methods(state);
            forget_libraries(state);
        })
    }
}

/// How many stack slots each of the functions below needs. They run protected,
/// with that much room, above frames that have nothing to drop: what they raise,
/// for want of memory, ends in an error of [`install`]. None of them runs a
/// metamethod.
const SLOTS: c_int = 16;

/// Sets up 64-bit integers; the library's own table stays out of reach.
///
/// A literal such as `1LL` would open it, in the middle of plugin code. Its
/// table has to stay alive: LuaJIT holds what an index into an integer looks
/// at through that table alone, and would read freed memory.
///
/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn open_ffi(state: *mut lua_State) {
    // SAFETY: the caller's promise; opens the library as LuaJIT itself does.
    unsafe {
        push_text(state, "polyplug.ffi");
        ffi::lua_pushcclosure(state, ffi::luaopen_ffi, 0);
        ffi::lua_call(state, 0, 1);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
    }
}

/// Empties the table that all code has for its environment, but for what the lists
/// name; libraries become tables of ours.
///
/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn keep_what_is_named(state: *mut lua_State) {
    // SAFETY: the caller's promise. A table may lose fields while it is walked.
    unsafe {
        let top = ffi::lua_gettop(state);
        let (globals, kept) = (top + 1, top + 2);
        ffi::lua_pushvalue(state, ffi::LUA_GLOBALSINDEX);
        ffi::lua_createtable(state, 0, (GLOBALS.len() + LIBRARIES.len()) as c_int);
        copy(state, globals, kept, GLOBALS);
        for (library, names) in LIBRARIES {
            push_text(state, library);
            ffi::lua_createtable(state, 0, names.len() as c_int);
            push_field(state, globals, library);
            copy(state, kept + 3, kept + 2, names);
            ffi::lua_settop(state, kept + 2);
            ffi::lua_rawset(state, kept);
        }
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, globals) != 0 {
            ffi::lua_settop(state, -2);
            ffi::lua_pushvalue(state, -1);
            ffi::lua_pushnil(state);
            ffi::lua_rawset(state, globals);
        }
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, kept) != 0 {
            ffi::lua_pushvalue(state, -2);
            ffi::lua_insert(state, -2);
            ffi::lua_rawset(state, globals);
        }
        push_text(state, "_G");
        ffi::lua_pushvalue(state, globals);
        ffi::lua_rawset(state, globals);
        ffi::lua_settop(state, top);
    }
}

/// Puts functions that can be interrupted in the place of those that cannot.
fn replace_slow(lua: &Lua) -> mlua::Result<()> {
    // SAFETY: as in `install`.
    unsafe {
        lua.exec_raw::<()>((), |state| {
            ffi::luaL_checkstack_(state, SLOTS, std::ptr::null());
            push_field(state, ffi::LUA_GLOBALSINDEX, "string");
            let string = ffi::lua_gettop(state);
            let functions: [(&str, ffi::lua_CFunction); 4] = [
                ("find", entry::<Find>),
                ("match", entry::<Match>),
                ("gmatch", entry::<Gmatch>),
                ("gsub", entry::<Gsub>),
            ];
            for (name, function) in functions {
                push_text(state, name);
                ffi::lua_pushcclosure(state, function, 0);
                ffi::lua_rawset(state, string);
            }
            ffi::lua_settop(state, string - 1);
        })?;
    }
    let globals = lua.globals();
    let table = globals.raw_get::<Table>("table")?;
    let chunk = lua.load(TIMED).set_name("=table");
    let (insert, sort) = chunk.call::<(Function, Function)>(globals)?;
    table.raw_set("insert", insert)?;
    table.raw_set("sort", sort)
}

/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn guard(state: *mut lua_State) {
    let wrap: &[(&str, &[&str])] = &[("coroutine", &["wrap"])];
    let guards: [(&[_], ffi::lua_CFunction); 2] = [(GUARDED, guarded), (wrap, guarded_wrap)];
    // SAFETY: the caller's promise.
    unsafe {
        for (libraries, guard) in guards {
            for (library, names) in libraries {
                push_field(state, ffi::LUA_GLOBALSINDEX, library);
                let library = ffi::lua_gettop(state);
                for name in *names {
                    push_text(state, name);
                    push_field(state, library, name);
                    ffi::lua_pushcclosure(state, guard, 1);
                    ffi::lua_rawset(state, library);
                }
                ffi::lua_settop(state, library - 1);
            }
        }
    }
}

/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn add_own(state: *mut lua_State) {
    // SAFETY: the caller's promise.
    unsafe {
        push_text(state, "print");
        push_field(state, ffi::LUA_GLOBALSINDEX, "tostring");
        ffi::lua_pushcclosure(state, entry::<Print>, 1);
        ffi::lua_rawset(state, ffi::LUA_GLOBALSINDEX);
        push_text(state, "require");
        ffi::lua_createtable(state, 0, 0);
        ffi::lua_pushcclosure(state, entry::<Require>, 1);
        ffi::lua_rawset(state, ffi::LUA_GLOBALSINDEX);
        push_text(state, "load");
        ffi::lua_pushcclosure(state, entry::<Load>, 0);
        push_text(state, "loadstring");
        ffi::lua_pushvalue(state, -2);
        ffi::lua_rawset(state, ffi::LUA_GLOBALSINDEX);
        ffi::lua_rawset(state, ffi::LUA_GLOBALSINDEX);
        push_text(state, "collectgarbage");
        ffi::lua_pushcclosure(state, count_garbage, 0);
        ffi::lua_rawset(state, ffi::LUA_GLOBALSINDEX);
        ffi::lua_pushlstring_(state, NATIVE.as_ptr().cast(), NATIVE.len());
        ffi::lua_createtable(state, 0, 2);
        push_text(state, "log");
        push_field(state, ffi::LUA_GLOBALSINDEX, "tostring");
        ffi::lua_pushcclosure(state, entry::<Log>, 1);
        ffi::lua_rawset(state, -3);
        push_text(state, "release");
        ffi::lua_pushcclosure(state, entry::<Release>, 0);
        ffi::lua_rawset(state, -3);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
    }
}

/// Strings find their methods in the table `string`, and show no metatable.
///
/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn set_string_methods(state: *mut lua_State) {
    // SAFETY: the caller's promise. Setting the metatable of a string sets that of
    // all strings.
    unsafe {
        push_text(state, "");
        ffi::lua_createtable(state, 0, 2);
        push_text(state, "__index");
        push_field(state, ffi::LUA_GLOBALSINDEX, "string");
        ffi::lua_rawset(state, -3);
        push_text(state, "__metatable");
        ffi::lua_pushboolean(state, 0);
        ffi::lua_rawset(state, -3);
        ffi::lua_setmetatable(state, -2);
        ffi::lua_settop(state, -2);
    }
}

/// What the libraries left in the registry holds all that was not taken.
///
/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn forget_libraries(state: *mut lua_State) {
    // SAFETY: the caller's promise.
    unsafe {
        push_text(state, "_LOADED");
        ffi::lua_createtable(state, 0, 0);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
        push_text(state, "_PRELOAD");
        ffi::lua_pushnil(state);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
    }
}

/// # Safety
///
/// As [`SLOTS`] says; both indices are absolute, or pseudo-indices, of tables.
unsafe fn copy(state: *mut lua_State, from: c_int, to: c_int, names: &[&str]) {
    for name in names {
        // SAFETY: the caller's promise.
        unsafe {
            push_text(state, name);
            push_field(state, from, name);
            ffi::lua_rawset(state, to);
        }
    }
}

/// # Safety
///
/// As for [`copy`].
unsafe fn push_field(state: *mut lua_State, table: c_int, name: &str) {
    // SAFETY: the caller's promise.
    unsafe {
        push_text(state, name);
        ffi::lua_rawget_(state, table);
    }
}

/// # Safety
///
/// As [`SLOTS`] says.
unsafe fn push_text(state: *mut lua_State, text: &str) {
    // SAFETY: the caller's promise.
    unsafe { ffi::lua_pushlstring_(state, text.as_ptr().cast(), text.len()) }
}

/// `collectgarbage("count")`: a plugin may look at the heap, not steer it.
///
/// # Safety
///
/// Called by LuaJIT.
unsafe extern "C-unwind" fn count_garbage(state: *mut lua_State) -> c_int {
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
