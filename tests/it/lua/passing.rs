//! Proxies as values for plugins in Lua, and for Lua code that calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fixture_contracts::{Greeter, GreeterProxy};
use fixture_passing::{Passing, PassingProxy, Steps, StepsProxy, Word, WordProxy};
use polyplug_runtime::{CallError, LuaLoader, Runtime, Unloaded};

use super::calling::{load_runner, raised, run};
use super::support::{fixture, source};
use crate::support::{builder, library};

/// A word of the host's own.
struct Own {
    dropped: Arc<AtomicU32>,
}

impl Word for Own {
    fn word(&self) -> String {
        "own".to_owned()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn own() -> (WordProxy, Arc<AtomicU32>) {
    let dropped = Arc::new(AtomicU32::new(0));
    (WordProxy::local(Arc::new(Own { dropped: Arc::clone(&dropped) })), dropped)
}

/// Counts, and panics at three.
struct Own3(u32);

impl Steps for Own3 {
    fn step(&mut self) -> u32 {
        self.0 += 1;
        assert!(self.0 < 3, "too far");
        self.0
    }
}

/// A runtime with both plugins, and the one in Lua.
fn both() -> (Runtime, PassingProxy) {
    let builder = builder().loader(LuaLoader::new()).contract::<dyn Greeter>();
    let runtime = builder.build().unwrap();
    runtime.load(library("fixture-passing")).unwrap();
    runtime.load(fixture("passing")).unwrap();
    let passing = runtime.get_from::<dyn Passing>("lua-passing").unwrap();
    (runtime, passing)
}

/// Code that runs beside both, with `p` for each of them.
fn caller(runtime: &Runtime) -> GreeterProxy {
    load_runner(runtime, "runner", "{ 'test.passing@1', 'test.word@1', 'test.steps@1' }").unwrap();
    runtime.get_from::<dyn Greeter>("runner").unwrap()
}

const BUNDLES: [&str; 2] = ["passing", "lua-passing"];

fn get(bundle: &str) -> String {
    format!("local p = cx:get('test.passing@1', {{ bundle = '{bundle}' }}) ")
}

#[test]
fn lua_calls_the_proxy_that_it_gets() {
    let (runtime, passing) = both();
    let (word, dropped) = own();
    assert_eq!(passing.ask(word.clone()).unwrap(), "own");
    for (bundle, said) in BUNDLES.into_iter().zip(["fixed", "lua"]) {
        let word = runtime.get_from::<dyn Word>(bundle).unwrap();
        assert_eq!(passing.ask(word).unwrap(), said);
    }
    let native = runtime.get_from::<dyn Passing>("passing").unwrap();
    assert_eq!(passing.ask(native.make("made".to_owned()).unwrap()).unwrap(), "made");
    drop((word, passing));
    assert_eq!(runtime.unload("lua-passing").unwrap(), Unloaded::Reclaimed);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn lua_gives_a_proxy_back() {
    let (runtime, passing) = both();
    let (word, _) = own();
    let back = passing.echo(word).unwrap();
    assert_eq!((back.word().unwrap(), back.bundle_name()), ("own".to_owned(), "local"));
    let back = passing.echo(runtime.get_from::<dyn Word>("passing").unwrap()).unwrap();
    assert_eq!((back.word().unwrap(), back.bundle_name()), ("fixed".to_owned(), "passing"));
}

#[test]
fn proxies_cross_inside_of_other_values_to_lua() {
    let (_runtime, passing) = both();
    let (word, dropped) = own();
    let back = passing.echo_all(vec![Some(word.clone()), None, Some(word)]).unwrap();
    let said: Vec<_> = back.iter().map(|word| word.as_ref().map(|w| w.word().unwrap())).collect();
    let (own, nothing) = ("own".to_owned(), "nothing".to_owned());
    assert_eq!(said, [Ok(own.clone()), Err(&nothing), Ok(own)]);
    drop(back);
    assert_eq!(dropped.load(Ordering::Relaxed), 0);
    drop((passing, _runtime));
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn what_changes_moves_through_lua() {
    let (runtime, passing) = both();
    let (mut steps, count) = passing.step(runtime.get::<dyn Steps>().unwrap()).unwrap();
    assert_eq!((count, steps.step().unwrap()), (1, 2));
    let local = StepsProxy::local(Arc::new(Own3(0)));
    let (mut local, count) = passing.step(local).unwrap();
    assert_eq!((count, local.step().unwrap()), (1, 2));
    // What panicked in the middle is not trusted any more, by whoever calls.
    assert!(matches!(local.step(), Err(CallError::Panicked(_))));
    let message = passing.step(local).unwrap_err().to_string();
    assert!(message.contains("an earlier call left the state broken"), "{message}");
}

#[test]
fn what_lua_kept_is_handed_on() {
    let (runtime, passing) = both();
    let native = runtime.get_from::<dyn Passing>("passing").unwrap();
    let (word, dropped) = own();
    passing.keep(word).unwrap();
    passing.keep(runtime.get_from::<dyn Word>("lua-passing").unwrap()).unwrap();
    passing.hand_on(native.clone()).unwrap();
    assert!(passing.kept().unwrap().is_empty());
    let kept = || native.kept().unwrap();
    assert_eq!(kept(), [Ok("own".to_owned()), Ok("lua".to_owned())]);
    // What was passed on is bound for its receiver, and for nobody between.
    drop(passing);
    assert_eq!(runtime.unload("lua-passing").unwrap(), Unloaded::Reclaimed);
    assert_eq!(kept()[0], Ok("own".to_owned()));
    assert!(kept()[1].as_ref().unwrap_err().ends_with("the bundle is not loaded any more"));
    assert_eq!(dropped.load(Ordering::Relaxed), 0);
    drop(native);
    assert_eq!(runtime.unload("passing").unwrap(), Unloaded::Reclaimed);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn bundles_that_hold_each_other_are_unloaded() {
    for order in [BUNDLES, ["lua-passing", "passing"]] {
        let (runtime, lua) = both();
        let native = runtime.get_from::<dyn Passing>("passing").unwrap();
        lua.keep(runtime.get_from::<dyn Word>("passing").unwrap()).unwrap();
        native.keep(runtime.get_from::<dyn Word>("lua-passing").unwrap()).unwrap();
        lua.keep(runtime.get_from::<dyn Word>("lua-passing").unwrap()).unwrap();
        assert_eq!(lua.kept().unwrap().len(), 2);
        for bundle in order {
            assert_eq!(runtime.unload(bundle).unwrap(), Unloaded::Reclaimed);
        }
        for gone in [lua, native] {
            assert!(matches!(gone.made(), Err(CallError::Unloaded(_))));
        }
    }
}

#[test]
fn lua_passes_proxies_to_what_it_calls() {
    let (runtime, _) = both();
    let proxy = caller(&runtime);
    for bundle in BUNDLES {
        let code = "local word = cx:get('test.word@1', { bundle = 'lua-passing' })
            local back = p:echo(word)
            return p:ask(word) .. back:word() .. word:word() .. back:bundle_name()";
        assert_eq!(run(&proxy, &format!("{}{code}", get(bundle))), "lualualualua-passing");
        let code = "local word = cx:get 'test.word@1'
            local back = p:echo_all({ word, nil, word, n = 3 })
            return back[1].ok:word() .. back[2].err .. back[3].ok:word()";
        assert_eq!(run(&proxy, &format!("{}{code}", get(bundle))), "fixednothingfixed");
    }
}

#[test]
fn a_proxy_that_changes_moves_out_of_lua() {
    let (runtime, _) = both();
    let proxy = caller(&runtime);
    for bundle in BUNDLES {
        let get = format!("{} local steps = cx:get 'test.steps@1' ", get(bundle));
        let code = "local back = p:step(steps) return back[2] + back[1]:step() + back[1]:step()";
        assert_eq!(run(&proxy, &format!("{get}{code}")), "6");
        let message = raised(&proxy, &format!("{get} p:step(steps) return steps:step()"));
        assert!(message.contains("released or handed on"), "{message}");
        let message = raised(&proxy, &format!("{get} p:step(steps) p:step(steps)"));
        assert!(message.contains("argument 1") && message.contains("handed on"), "{message}");
    }
}

#[test]
fn what_is_no_such_proxy_is_refused_before_the_call() {
    let (runtime, _) = both();
    let proxy = caller(&runtime);
    for bundle in BUNDLES {
        for (code, part) in [
            ("p:ask({})", "a table"),
            ("p:ask()", "nil"),
            ("p:ask(io)", "nil"),
            ("p:ask(p)", "a proxy of another contract"),
            ("p:echo_all({ 7 })", "element 1"),
            ("local w = cx:get 'test.word@1' polyplug.release(w) p:ask(w)", "released"),
        ] {
            let message = raised(&proxy, &format!("{} {code}", get(bundle)));
            assert!(message.contains("argument 1") && message.contains(part), "{code}: {message}");
        }
    }
}

/// Calls back into the plugin that calls it.
struct CallsBack(PassingProxy);

impl Steps for CallsBack {
    fn step(&mut self) -> u32 {
        self.0.made().unwrap()
    }
}

#[test]
fn what_changes_is_not_called_twice_at_once_nor_handed_on_meanwhile() {
    let (runtime, native) = both();
    drop(native);
    let body = "
        function Class:step(steps) held = steps return { steps, steps:step() } end
        function Class:made()
          local _, again = pcall(held.step, held)
          local given = { pcall(function() return other:step(held) end) }
          said = again.reason .. '|' .. tostring(given[2])
          return 7
        end
        function Class:hand_on(proxy) other = proxy end
        function Class:make() return held end
        function Class:ask() return said end
        for _, name in ipairs { 'echo', 'echo_all', 'keep', 'kept' } do
          Class[name] = function() end
        end";
    source(&runtime, "back", "test.passing@1.0", "test.passing@1", body).unwrap();
    let back = runtime.get_from::<dyn Passing>("back").unwrap();
    back.hand_on(runtime.get_from::<dyn Passing>("passing").unwrap()).unwrap();
    let (_steps, count) = back.step(StepsProxy::local(Arc::new(CallsBack(back.clone())))).unwrap();
    let said = back.ask(own().0).unwrap();
    assert_eq!(count, 7);
    assert!(said.starts_with("reentrant|") && said.contains("is being called"), "{said}");
    // What was handed on is gone.
    let error = back.make(String::new()).unwrap_err().to_string();
    assert!(error.contains("must return") && error.contains("handed on"), "{error}");
}
