//! Limits end the call that reaches them, whatever the script does about it.

use std::time::{Duration, Instant};

use fixture_contracts::Greeter;
use polyplug_runtime::{CallError, LuaLoader};

use super::support::{greeter, with_loader};

/// Greets with this body under these limits: the call fails for a limit, and the
/// next one works.
#[track_caller]
fn limited(loader: LuaLoader, body: &str) -> String {
    let runtime = with_loader(loader);
    let class = format!(
        "function Class:greet(name)\n  if name == 'again' then return 'fine' end\n  {body}\nend"
    );
    greeter(&runtime, &class).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    let message = match proxy.greet("Ada") {
        Err(CallError::Limit(failure)) => failure.message().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(proxy.greet("again").unwrap(), "fine");
    message
}

const HOARD: &str = "local all = {} for i = 1, 1e9 do all[i] = ('x'):rep(1000) .. i end";

#[test]
fn memory_ends_a_call() {
    let loader = || LuaLoader::new().memory_limit(4 << 20);
    assert!(limited(loader(), HOARD).contains("4194304 bytes"));
    let stubborn = format!("while true do pcall(function() {HOARD} end) end");
    limited(loader(), &stubborn);
    limited(loader(), "return ('x'):rep(1e9)");
}

#[test]
fn time_ends_a_call() {
    let loader = || LuaLoader::new().time_limit(Duration::from_millis(50));
    let started = Instant::now();
    assert!(limited(loader(), "while true do end").contains("50ms"));
    limited(loader(), "while true do pcall(function() while true do end end) end");
    limited(loader(), "return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30) .. 'b')");
    let stubborn = "error(setmetatable({}, { __tostring = function() while true do end end }))";
    let runtime = with_loader(loader());
    greeter(&runtime, &format!("function Class:greet() {stubborn} end")).unwrap();
    assert!(runtime.get::<dyn Greeter>().unwrap().greet("").is_err());
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn limits_hold_while_a_bundle_is_loaded() {
    let runtime = with_loader(LuaLoader::new().time_limit(Duration::from_millis(50)));
    assert!(greeter(&runtime, "while true do end").is_err());
    let runtime = with_loader(LuaLoader::new().memory_limit(4 << 20));
    assert!(greeter(&runtime, HOARD).is_err());
    assert!(runtime.bundles().is_empty());
}
