use std::time::{Duration, Instant};

use super::vm::{Outcome, Vm};
use crate::loader::lua::{VmOptions, sandbox::LimitHit};

/// Scripts that go on forever, or for very long.
const ENDLESS: &[&str] = &[
    "while true do end",
    "for i = 1, 1e15 do end",
    "while true do pcall(function() while true do end end) end",
    "xpcall(function() while true do end end, function() while true do end end)",
    "xpcall(error, function() while true do end end)",
    "while true do xpcall(error, function() while true do end end) end",
    "coroutine.wrap(function() while true do end end)()",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "local co = coroutine.wrap(function() while true do coroutine.yield() end end)
     while true do co() end",
    "return setmetatable({}, { __index = function() while true do end end }).x",
    "return setmetatable({}, { __add = function() while true do end end }) + 1",
    "return setmetatable({}, { __concat = function() while true do end end }) .. 'x'",
    "local m = { __eq = function() while true do end end }
     return setmetatable({}, m) == setmetatable({}, m)",
    "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    "print(setmetatable({}, { __tostring = function() while true do end end }))",
    "return ('%s'):format(setmetatable({}, { __tostring = function() while true do end end }))",
    "table.sort({3, 2, 1}, function() while true do end end)",
    "return (('x'):gsub('x', function() while true do end end))",
    "return (('x'):gsub('x', setmetatable({}, { __index = function() while true do end end })))",
    "load(function() while true do end end)",
    "load('while true do end')()",
    "load(function() return ' ' end)",
    "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(41))",
    "return ('a'):rep(1000):find('.-.-.-.-.-.-.-.-b')",
    "return ('a'):rep(1000):match('(.*)(.*)(.*)(.*)(.*)(.*)b')",
    "return ('a'):rep(3000):gsub('.-.-.-.-.-b', '')",
    "for _ in ('a'):rep(3000):gmatch('.-.-.-.-.-b') do end",
    "return ('a'):rep(1e6):find(('a'):rep(5e5) .. 'b', 1, true)",
    "return ('('):rep(1e6):find('%b()')",
    "return ('x'):rep(1e6):find('[' .. ('a'):rep(1e6) .. ']')",
    "return ('x'):rep(1e5):find('(x*)%1%1%1b')",
    "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1000) .. i end while true do table.sort(t) end",
    "local a, b = ('x'):rep(1e6) .. 'a', ('x'):rep(1e6) .. 'b' local t = {}
     for i = 1, 1e5 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
    "local t = {} for i = 1, 1e5 do t[i] = i end for i = 1, 1e9 do table.insert(t, 1, i) end",
    "pcall(table.insert, {}, -2147483647, 1) while true do end",
    "for i = 1, 1e9 do local s = ('x'):rep(1e6) end",
    "table.move({}, 1, 1e15, 2)",
    "while true do local ok, e = pcall(require, 'nothing') end",
    "while true do load('return 1') end",
    "local function f() while true do end end
     while true do pcall(pcall, pcall, pcall, xpcall, f, f) end",
    "local function loop() pcall(loop) while true do end end loop()",
    "goto l ::l:: goto l",
    "local s = 'x' while true do s = s .. s end",
    "local f = function() while true do end end
     for _, c in pairs { pcall, xpcall, coroutine.wrap } do pcall(c, f, f) pcall(c(f) or f) end
     while true do end",
];

#[test]
fn time_runs_out_for_every_script() {
    let mut slowest = (Duration::ZERO, "");
    for script in ENDLESS {
        let vm = Vm::timed();
        let begun = Instant::now();
        let outcome = vm.run(script);
        let took = begun.elapsed();
        assert!(outcome.hit.is_some(), "{script}\n{outcome:?}");
        // Far more than any takes, also on a machine that is slow or busy.
        assert!(took < Duration::from_secs(30), "{script}\ntook {took:?}");
        slowest = slowest.max((took, script));
        assert_eq!(vm.value("return ('ab'):find('b')"), "2");
    }
    println!("slowest: {slowest:?}");
}

#[test]
fn a_call_that_ran_out_of_time_says_where() {
    let vm = Vm::timed();
    let outcome = vm.run("local function spin() while true do end end spin()");
    assert!(matches!(outcome.hit, Some(LimitHit::Time { .. })));
    let traceback = vm.limits.take_traceback().unwrap();
    assert!(traceback.contains("script:1"), "{traceback}");
}

#[test]
fn each_outermost_call_has_its_own_time() {
    let vm = Vm::timed();
    for _ in 0..3 {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(30) {}
        assert_eq!(vm.value("for i = 1, 1e4 do end return 1"), "1");
    }
}

/// Scripts that need more memory than there is.
const HUNGRY: &[&str] = &[
    "return #('x'):rep(1e9)",
    "return #('x'):rep(1e3, ('y'):rep(1e6))",
    "local t = {} for i = 1, 1e8 do t[i] = i end",
    "local t = {} for i = 1, 1e8 do t[i] = {} end",
    "local t = {} for i = 1, 1e8 do t['k' .. i] = i end",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) if #t > 1e9 then break end error 'x' end",
    "local t = {} for i = 1, 1e8 do t[i] = coroutine.create(print) end",
    "local t = {} for i = 1, 1e8 do t[i] = function() return i end end",
    "return #table.concat({('x'):rep(1e6), ('x'):rep(1e6), ('x'):rep(1e6), ('x'):rep(1e6)}, ('y'):rep(4e6))",
    "return (('x'):rep(1e6):gsub('x', ('y'):rep(1e5)))",
    "local s = ('x'):rep(3e6) return #s:gsub('x', '%0%0%0')",
    "return #('%s%s%s%s'):format(('x'):rep(3e6), ('x'):rep(3e6), ('x'):rep(3e6), ('x'):rep(3e6))",
    "load(function() return ('x'):rep(1e5) end)",
    "load('return {' .. ('{},'):rep(2e6) .. '}')",
    "local t = {} for i = 1, 1e8 do t[i] = 1LL + i end",
    "local t = {} for c in ('x'):rep(4e6):gmatch('.') do t[#t + 1] = { c } end",
    "local t = {} t[1e7] = 1 for i = 1e7, 1, -1 do t[i] = i end",
];

#[test]
fn memory_runs_out_for_every_script() {
    let both = VmOptions {
        memory_limit: Some(8 << 20),
        time_limit: Some(Duration::from_secs(20)),
        ..VmOptions::default()
    };
    for options in [VmOptions { time_limit: None, ..both.clone() }, both] {
        let vm = Vm::new(&options);
        for script in HUNGRY {
            let outcome = vm.run(script);
            let expected = Some(LimitHit::Memory { limit: 8 << 20 });
            assert_eq!(outcome.hit, expected, "{script}\n{outcome:?}");
            assert_eq!(vm.value("local t = {} for i = 1, 1e4 do t[i] = i end return #t"), "10000");
        }
    }
}

#[test]
fn memory_that_a_script_was_refused_stays_refused_until_the_call_ends() {
    let vm = Vm::small();
    let script = "local ok = pcall(string.rep, 'x', 1e9)
        return tostring(ok) .. tostring(pcall(function() return {} end))";
    let Outcome { hit, .. } = vm.run(script);
    assert_eq!(hit, Some(LimitHit::Memory { limit: 8 << 20 }));
    assert_eq!(vm.run("return pcall(function() return {} end)").value, Ok("true".to_owned()));
}

#[test]
fn garbage_does_not_count_for_long() {
    let vm = Vm::small();
    vm.value("local keep = ('x'):rep(3e6) for i = 1, 1e5 do local t = { i, {} } end return #keep");
    vm.value("for i = 1, 2000 do local s = ('x'):rep(2e5) .. i end");
}

#[test]
fn the_host_allocates_beyond_the_limit() {
    let vm = Vm::small();
    let call = vm.limits.enter().unwrap();
    {
        let _host = vm.limits.host_section();
        assert!(vm.lua.create_string(vec![b'x'; 16 << 20]).is_ok());
    }
    assert_eq!(call.leave(), None);
}

#[test]
fn a_vm_that_hit_its_limits_often_works_on() {
    let vm = Vm::new(&VmOptions {
        memory_limit: Some(4 << 20),
        time_limit: Some(Duration::from_millis(5)),
        ..VmOptions::default()
    });
    for _ in 0..200 {
        assert!(vm.run("while true do end").hit.is_some());
        assert!(vm.run("local t = {} while true do t = { t, ('x'):rep(1000) } end").hit.is_some());
        assert_eq!(vm.value("return 'still here'"), "still here");
    }
}
