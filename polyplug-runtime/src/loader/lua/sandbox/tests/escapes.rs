use super::vm::{Outcome, Vm};
use crate::loader::lua::{VmOptions, sandbox::LimitHit};

/// Each script returns `true` if it got hold of something.
const ATTEMPTS: &[(&str, &str)] = &[
    ("the ffi library", "return ffi ~= nil or rawget(_G, 'ffi') ~= nil"),
    ("ffi through require", "local x = 1LL return (pcall(require, 'ffi'))"),
    ("jit through require", "return (pcall(require, 'jit'))"),
    ("string.buffer through require", "return (pcall(require, 'string.buffer'))"),
    ("table.new through require", "return (pcall(require, 'table.new'))"),
    ("a library through require", "return (pcall(require, 'io')) or (pcall(require, 'os'))"),
    ("package", "local x = 1LL return package ~= nil"),
    ("the metatable of an int64", "return type(getmetatable(1LL)) == 'table'"),
    ("a member of an int64", "return (pcall(function() return (1LL).x end))"),
    ("a call of an int64", "return (pcall(function() return (1LL)('int') end))"),
    ("an element of an int64", "return (pcall(function() return (1LL)[0] end))"),
    ("a write to an int64", "return (pcall(function() local x = 1LL x[0] = 1 end))"),
    ("a pointer from an int64", "return (pcall(function() return (1LL + 'x') end))"),
    ("an element beyond a complex", "return (pcall(function() local z = 1i z[99] = 1 end))"),
    ("io", "return io ~= nil"),
    ("os.execute", "return (os.execute or os.getenv or os.exit or os.remove or os.tmpname) ~= nil"),
    ("debug", "return debug ~= nil"),
    ("jit", "return jit ~= nil"),
    ("loadfile", "return (loadfile or dofile) ~= nil"),
    ("module", "return module ~= nil"),
    ("newproxy", "return newproxy ~= nil"),
    ("getfenv", "return (getfenv or setfenv) ~= nil"),
    ("string.dump", "return string.dump ~= nil or ('').dump ~= nil"),
    ("bytecode", "return load('\\27LJ\\2\\n') ~= nil"),
    ("bytecode, said to be text", "return load('\\27LJ\\2\\n', 'x', 't') ~= nil"),
    ("bytecode, asked for", "return load('return 1', 'x', 'b') ~= nil"),
    ("bytecode behind a header line", "return load('#x\\n\\27LJ\\2\\n') ~= nil"),
    ("bytecode behind a byte order mark", "return load('\\239\\187\\191\\27LJ\\2\\n') ~= nil"),
    ("bytecode behind both", "return load('\\239\\187\\191#\\n\\27LJ\\2\\n') ~= nil"),
    (
        "bytecode in pieces",
        "local p = {'\\27', 'LJ', '\\2\\n'} local i = 0
         return load(function() i = i + 1 return p[i] end) ~= nil",
    ),
    ("bytecode through loadstring", "return loadstring('\\27LJ\\2\\n') ~= nil"),
    ("another environment through load", "return load('return _G')() ~= _G"),
    (
        "globals behind an empty environment",
        "return load('return _G or string or require', 'x', 't', {})() ~= nil",
    ),
    ("the metatable of strings", "return type(getmetatable('')) == 'table'"),
    ("a change of the metatable of strings", "return (pcall(setmetatable, '', {}))"),
    ("a metatable of functions", "return getmetatable(print) ~= nil or getmetatable(pcall) ~= nil"),
    ("a metatable of coroutines", "return getmetatable(coroutine.create(print)) ~= nil"),
    ("a metatable of nil or numbers", "return (getmetatable(nil) or getmetatable(1)) ~= nil"),
    (
        "a finalizer",
        "local ran = false
         do local t = setmetatable({}, { __gc = function() ran = true end }) end
         for i = 1, 1e4 do local x = {i} end
         return ran",
    ),
    ("the collector", "return (pcall(collectgarbage)) or (pcall(collectgarbage, 'stop'))"),
    (
        "more in an error of a function of C",
        "local ok, e = pcall(string.rep) return type(e) ~= 'string'",
    ),
    (
        "more in an error of the sandbox",
        "local ok, e = pcall(require, 'nothing') return type(e) ~= 'string'",
    ),
    (
        "more in an error of the parser",
        "local f, e = load('=') return f ~= nil or type(e) ~= 'string'",
    ),
    (
        "an environment through a coroutine",
        "local co = coroutine.wrap(function() return _G end) return co() ~= _G",
    ),
    (
        "locals of the sandbox through an error handler",
        "local seen xpcall(table.sort, function(...) seen = select('#', ...) end, 1)
         return seen ~= 1",
    ),
    ("a function of the host through __index of _G", "return getmetatable(_G) ~= nil"),
    (
        "the table of loaded modules",
        "local sdk = require 'polyplug' sdk.leak = 1
         return require('polyplug').leak ~= 1 or package ~= nil",
    ),
    ("the loaded table by name", "return _LOADED ~= nil or rawget(_G, '_LOADED') ~= nil"),
    ("mlua's own pcall", "local ok, e = pcall(error, {}) return type(e) ~= 'table'"),
];

#[test]
fn no_attempt_gets_anywhere() {
    for vm in [Vm::free(), Vm::patient(), Vm::small()] {
        for (what, script) in ATTEMPTS {
            assert_eq!(vm.value(script), "false", "got hold of {what}");
        }
    }
}

#[test]
fn integers_of_64_bits_work() {
    let vm = Vm::free();
    assert_eq!(vm.value("return 9007199254740993LL + 1"), "9007199254740994LL");
    assert_eq!(vm.value("return 18446744073709551615ULL"), "18446744073709551615ULL");
    assert_eq!(vm.value("return tonumber(5LL) + 1"), "6");
    assert_eq!(vm.value("return 5LL == 5"), "true");
}

#[test]
fn an_index_into_an_integer_is_an_error_after_a_collection_too() {
    let vm = Vm::free();
    for _ in 0..20 {
        vm.value("local t = {} for i = 1, 1e4 do t[i] = { i } end");
        vm.lua.gc_collect().unwrap();
        assert_eq!(vm.value("return (pcall(function() return (1LL).x end))"), "false");
    }
}

#[test]
fn what_plugins_need_works() {
    for vm in [Vm::free(), Vm::patient()] {
        assert_eq!(vm.value("return ('abc'):upper():reverse()"), "CBA");
        assert_eq!(vm.value("return #os.date() > 0 and os.time() > 0 and os.clock() >= 0"), "true");
        assert_eq!(vm.value("return select('#', load('return ...')(1, 2))"), "2");
        assert_eq!(vm.value("return load('return x', 'c', 't', { x = 7 })()"), "7");
        assert_eq!(
            vm.value("return select(2, load('x ='))"),
            "[string \"x =\"]:1: unexpected symbol near '<eof>'"
        );
        assert_eq!(vm.value("print('a', nil, {}, 1LL) return collectgarbage('count') > 1"), "true");
        let script = "local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1)
            return b * 2 end) return co(1) .. ' ' .. co(5)";
        assert_eq!(vm.value(script), "2 10");
        let script =
            "local co = coroutine.create(function() pcall(coroutine.yield, 1) error('e', 0) end)
            local a, b = coroutine.resume(co) local c, d = coroutine.resume(co)
            return tostring(a) .. b .. tostring(c) .. d .. coroutine.status(co)";
        assert_eq!(vm.value(script), "true1falseedead");
        let script = "local t = {5, 2, 8, 1, 9, 3} table.sort(t, function(a, b) return a > b end)
            table.insert(t, 2, 7) table.insert(t, 0) return table.concat(t, ',')";
        assert_eq!(vm.value(script), "9,7,8,5,3,2,1,0");
    }
}

/// Recursion from Lua through C into Lua, for which LuaJIT has no bound.
const RECURSIONS: &[&str] = &[
    "local function f() local ok, e = coroutine.resume(coroutine.create(f))
     if not ok then error(e, 0) end end f()",
    "local function f() coroutine.wrap(f)() end f()",
    "local function f() for _ in coroutine.wrap(f) do end end f()",
    "local function f() string.gsub('x', 'x', f) end f()",
    "local t t = setmetatable({}, { __index = function() ('x'):gsub('x', t) end }) ;('x'):gsub('x', t)",
    "local function f() table.sort({1, 2, 3}, f) end f()",
    "local m = {} m.__lt = function(a, b) table.sort({a, b, a}) end
     local a, b = setmetatable({}, m), setmetatable({}, m) table.sort({a, b, a})",
    "local t = setmetatable({}, { __tostring = function(t) return string.format('%s', t) end })
     return tostring(t)",
    "local t = setmetatable({}, { __tostring = function(t) print(t) end }) print(t)",
    "local t = setmetatable({}, { __index = function(t) return os.time(t) end }) os.time(t)",
    "local function f() load(f) end f()",
    "local function f() ('x'):gsub('x', coroutine.wrap(f)) end f()",
    "local function f(...) return f(1, ...) + 1 end f()",
    "local t = {} for i = 1, 1e5 do t = setmetatable({}, { __index = t }) end return t.x",
    "local function f() local g = coroutine.wrap(function() f() end) table.sort({1, 2}, g) end f()",
    "local function h(e) error(e) end xpcall(error, h, 1) xpcall(h, function(e) xpcall(error, h) end)
     error 'done'",
    "return load(('('):rep(1e5))()",
    "return load('return ' .. ('{'):rep(1e5))()",
];

#[test]
fn recursion_through_c_ends_in_an_error() {
    for vm in [Vm::free(), Vm::patient(), Vm::small()] {
        for script in RECURSIONS {
            let Outcome { value, hit } = vm.run(script);
            assert!(value.is_err() || hit.is_some(), "{script}\n{value:?}");
        }
        assert_eq!(vm.value("return 1 + 1"), "2");
    }
}

#[test]
fn a_deep_host_leaves_less_depth() {
    let vm = Vm::new(&VmOptions { depth_limit: Some(2), ..VmOptions::default() });
    let _outer = vm.limits.enter().unwrap();
    let inner = vm.limits.enter().unwrap();
    assert_eq!(vm.limits.enter().err(), Some(LimitHit::Depth));
    drop(inner);
    assert!(vm.limits.enter().is_ok());
}
