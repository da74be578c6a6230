//! The life of what Lua code holds elsewhere, and calls that come back.

use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use fixture_contracts::{Greeter, GreeterProxy};
use polyplug_runtime::{CallError, LuaLoader, Runtime, Unloaded};

use super::calling::{load_runner, raised, run};
use super::calls::printing;
use super::support::{runtime, with_loader};
use crate::place::Place;
use crate::support::library;

/// Makes more garbage than the collector leaves alone.
const COLLECT: &str = "for i = 1, 200000 do junk = { i } end";

/// A runtime with `life`, and a bundle that runs code.
fn beside_life(place: &Place) -> (Runtime, GreeterProxy) {
    let runtime = runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    load_runner(&runtime, "runner", "{ { bundle = 'life' } }").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    (runtime, proxy)
}

fn worker(place: &Place) -> String {
    format!("cx:get('test.worker@1', {{ config = [[{}]] }})", place.config("x"))
}

#[test]
fn a_proxy_that_is_collected_destroys_its_instance() {
    let place = Place::new();
    let (_runtime, proxy) = beside_life(&place);
    let get = worker(&place);
    assert_eq!(run(&proxy, &format!("self.p = {get} return self.p:count()")), "1");
    assert_eq!(run(&proxy, "return self.p:count()"), "2");
    assert_eq!(place.journal(), ["create 1"]);
    // Whenever the collector runs, the instance goes when the call is over, at the latest.
    let code = format!("self.p = nil {COLLECT} {COLLECT}");
    run(&proxy, &code);
    run(&proxy, &code);
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn a_proxy_that_is_released_goes_with_the_call() {
    let place = Place::new();
    let (_runtime, proxy) = beside_life(&place);
    run(&proxy, &format!("polyplug.release({})", worker(&place)));
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn what_a_bundle_holds_goes_when_it_is_unloaded() {
    let place = Place::new();
    let (runtime, proxy) = beside_life(&place);
    run(&proxy, &format!("self.p = {}", worker(&place)));
    assert_eq!(runtime.unload("runner").unwrap(), Unloaded::Reclaimed);
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
    assert!(matches!(proxy.greet("return 1"), Err(CallError::Unloaded(_))));
}

#[test]
fn a_panic_on_the_other_side_is_an_error_with_its_location() {
    let place = Place::new();
    let (_runtime, proxy) = beside_life(&place);
    run(&proxy, &format!("self.p = {}", worker(&place)));
    let code = "local ok, e = pcall(self.p.panic, self.p, 'ouch')
        return table.concat({ e.reason, e.said, e.detail, e.method }, '|')";
    let told = run(&proxy, code);
    assert!(told.starts_with("panicked|ouch|") && told.ends_with("|panic"), "{told}");
    assert!(told.contains(".rs:"), "{told}");
    assert_eq!(run(&proxy, "return self.p:generation()"), "1");
}

#[test]
fn a_proxy_follows_reloads_and_says_that_state_was_lost() {
    let place = Place::new();
    let (runtime, proxy) = beside_life(&place);
    run(&proxy, &format!("self.p = {}", worker(&place)));
    runtime.reload_from("life", place.install("fixture-life-next")).unwrap();
    let code = "local _, e = pcall(self.p.count, self.p) return e.reason";
    assert_eq!(run(&proxy, code), "state_lost");
    assert_eq!(run(&proxy, "self.p:renew() return self.p:generation()"), "2");
}

/// Two bundles that may call each other.
fn two(loader: LuaLoader) -> (Runtime, [GreeterProxy; 2]) {
    let runtime = with_loader(loader);
    runtime.load(library("fixture-sample")).unwrap();
    let proxies = ["first", "second"].map(|name| {
        load_runner(&runtime, name, "{ 'test.greeter@1' }").unwrap();
        runtime.get_from::<dyn Greeter>(name).unwrap()
    });
    for (proxy, other) in proxies.iter().zip(["second", "first"]) {
        run(proxy, &format!("polyplug.other = cx:get('test.greeter@1', {{ bundle = '{other}' }})"));
    }
    (runtime, proxies)
}

#[test]
fn a_call_comes_back_on_its_own_thread() {
    let (runtime, [first, second]) = two(LuaLoader::new());
    let code =
        "return 'a' .. polyplug.other:greet[[return 'b' .. polyplug.other:greet[=[return 'c']=] ]]";
    assert_eq!(run(&first, code), "abc");
    let wrapped = format!("return coroutine.wrap(function() {code} end)()");
    assert_eq!(run(&second, &wrapped), "abc");
    // An error on the way back unwinds each of them.
    let code = "return polyplug.other:greet[[return polyplug.other:greet[=[error('deep', 0)]=] ]]";
    let message = raised(&first, code);
    assert!(message.contains("deep") && message.contains("second"), "{message}");
    // Both hold each other, and go all the same.
    runtime.unload_cascade("first").unwrap();
    for gone in [first, second] {
        assert!(matches!(gone.greet(""), Err(CallError::Unloaded(_))));
    }
    assert_eq!(runtime.bundles().len(), 1);
}

#[test]
fn two_bundles_that_wait_for_each_other_are_told_apart() {
    let (_runtime, proxies) = two(LuaLoader::new());
    let both_inside = Arc::new(Barrier::new(2));
    let (outcomes, received) = mpsc::channel();
    thread::scope(|scope| {
        for proxy in proxies {
            let (both_inside, outcomes) = (Arc::clone(&both_inside), outcomes.clone());
            scope.spawn(move || {
                let wait = move || {
                    both_inside.wait();
                };
                let code = "print 'inside'
                    local ok, e = pcall(polyplug.other.greet, polyplug.other, 'return 1')
                    return ok and e or e.reason";
                outcomes.send(printing(wait, || run(&proxy, code))).unwrap();
            });
        }
        let mut all: Vec<_> =
            (0..2).map(|_| received.recv_timeout(Duration::from_secs(10)).unwrap()).collect();
        all.sort();
        assert_eq!(all, ["1", "reentrant"]);
    });
}

#[test]
fn calls_back_and_forth_without_end_are_stopped() {
    let (_runtime, [first, second]) = two(LuaLoader::new());
    let again = "polyplug.calls = (polyplug.calls or 0) + 1
        return polyplug.other:greet(polyplug.again)";
    for proxy in [&first, &second] {
        run(proxy, &format!("polyplug.again = [[{again}]]"));
    }
    let message = raised(&first, again);
    assert!(
        message.starts_with("second: test.greeter.greet: the plugin failed: first:"),
        "{message}"
    );
    for proxy in [&first, &second] {
        let calls: u32 = run(proxy, "return polyplug.calls").parse().unwrap();
        assert!((3..100_000).contains(&calls), "{calls}");
    }
}

#[test]
fn a_reply_counts_for_the_memory_of_who_gets_it() {
    let runtime = with_loader(LuaLoader::new().memory_limit(8 << 20));
    runtime.load(library("fixture-lua-types")).unwrap();
    load_runner(&runtime, "runner", "{ 'test.types@1' }").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    run(&proxy, "self.p = cx:get 'test.types@1'");
    assert_eq!(run(&proxy, "return #self.p:text(('x'):rep(1000))"), "1000");
    let code = "local s = ('x'):rep(3 * 1024 * 1024) local t = {}
        for i = 1, 4 do t[i] = self.p:text(s .. i) end return #t";
    assert!(matches!(proxy.greet(code), Err(CallError::Limit(_))));
    assert_eq!(run(&proxy, "return 1"), "1");
}
