//! Many reloads, one after the other and from many threads.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use fixture_contracts::Greeter;
use fixture_life_contract::Label;
use polyplug_runtime::{ContractId, Event, Runtime, Source};

use crate::lua;
use crate::place::Place;
use crate::support::library;

/// Reloads the bundle `name` from four threads. After each of them `check` is made.
fn reload_from_four_threads(runtime: &Runtime, name: &str, check: impl Fn() + Sync) {
    const THREADS: usize = 4;
    const EACH: usize = 10;

    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let inside = AtomicU32::new(0);
    let listener = runtime.on_event(move |event| {
        // Long enough for another thread to come in between, if it could.
        match event {
            Event::Preparing { .. } => assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0),
            _ => assert_eq!(inside.fetch_sub(1, Ordering::Relaxed), 1),
        }
        thread::yield_now();
        tell.lock().unwrap().push(event.clone());
    });
    let registry = runtime.registry();
    let revision = registry.revision();
    let begin = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                begin.wait();
                for _ in 0..EACH {
                    let bundle = runtime.reload(name).unwrap();
                    assert_eq!(bundle.name(), name);
                    for (contract, version) in bundle.provides() {
                        let id = ContractId::of_version(contract, version);
                        let handle = registry.find_in_bundle(name, id).unwrap();
                        assert_eq!(registry.resolve(handle).unwrap().bundle_name(), name);
                    }
                    check();
                }
            });
        }
    });
    assert!(runtime.remove_listener(listener));
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(told.len(), THREADS * EACH * 2, "one `Reloaded` for each that succeeded");
    for pair in told.chunks(2) {
        let [before, after] = pair else { unreachable!() };
        assert!(matches!(before, Event::Preparing { .. }), "{before:?}");
        assert!(matches!(after, Event::Reloaded { .. }), "{after:?}");
        assert_eq!((before.bundle(), after.bundle()), (name, name));
    }
    assert_eq!(registry.revision(), revision + (THREADS * EACH) as u64);
}

#[test]
fn reloads_from_many_threads_take_turns() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    reload_from_four_threads(&runtime, "life", || {
        assert_eq!(label.label().unwrap(), "kept");
        assert_eq!(runtime.get::<dyn Label>().unwrap().generation().unwrap(), 1);
    });
    assert_eq!(place.journal_count("create 1"), 41);
    assert_eq!(place.journal_count("drop 1"), 40);
    assert_eq!(place.copies().len(), 1);
}

#[test]
fn reloads_of_lua_from_many_threads_take_turns() {
    let runtime = lua::support::runtime();
    lua::support::greeter(&runtime, &greeting(1)).unwrap();
    let greeter = runtime.get::<dyn Greeter>().unwrap();
    reload_from_four_threads(&runtime, "greeter", || {
        assert_eq!(greeter.greet("Ada").unwrap(), "1 Ada");
        assert_eq!(runtime.get::<dyn Greeter>().unwrap().greet("Bob").unwrap(), "1 Bob");
    });
}

fn greeting(word: u32) -> String {
    format!("function Class:greet(who) return '{word} ' .. who end")
}

#[test]
fn a_hundred_reloads_of_lua_to_and_fro_answer_rightly_each_time() {
    let runtime = lua::support::runtime();
    lua::support::greeter(&runtime, &greeting(0)).unwrap();
    let greeter = runtime.get::<dyn Greeter>().unwrap();
    for round in 1..=100 {
        let word = round % 2;
        let text = format!(
            "local Class = {{}}\n{}\n\
             return require('polyplug').bundle {{ ['test.greeter@1'] = Class }}",
            greeting(word)
        );
        runtime.reload_source("greeter", Source::Text(text)).unwrap();
        assert_eq!(greeter.greet("Ada").unwrap(), format!("{word} Ada"));
    }
}

#[test]
fn a_hundred_reloads_to_and_fro_answer_rightly_each_time() {
    let place = Place::new();
    let runtime = place.runtime();
    let [old, new] = ["fixture-life", "fixture-life-next"].map(library);
    runtime.load(&old).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    for round in 1..=100 {
        let (path, generation) = if round % 2 == 1 { (&new, 2) } else { (&old, 1) };
        runtime.reload_from("life", path).unwrap();
        assert_eq!(label.generation().unwrap(), generation);
        assert_eq!(label.label().unwrap(), "kept");
    }
    assert_eq!(place.copies().len(), 1);
    assert_eq!(place.journal_count("drop 1"), 50);
    assert_eq!(place.journal_count("drop 2"), 50);
}
