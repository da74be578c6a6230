//! Methods that an older plugin lacks, and that have a body in the trait: it runs on
//! the caller's side.

use fixture_evolve_new::{Counted, CountedProxy};
use polyplug_runtime::{CallError, LuaLoader, Runtime};

use crate::lua::fixture;
use crate::support::{builder, library};

/// The older plugin, as a library and in Lua, each behind a proxy of the newer contract.
fn older() -> [(Runtime, CountedProxy); 2] {
    [library("fixture-evolve-old"), fixture("counted-1.0")].map(|path| {
        let runtime = builder().loader(LuaLoader::new()).contract::<dyn Counted>();
        let runtime = runtime.build().unwrap();
        runtime.load(path).unwrap();
        let counted = runtime.get::<dyn Counted>().unwrap();
        (runtime, counted)
    })
}

#[test]
fn a_body_calls_what_the_plugin_has() {
    for (_runtime, mut counted) in older() {
        assert_eq!(counted.twice().unwrap(), 0);
        assert_eq!(counted.add(3).unwrap(), 3);
        assert_eq!(counted.twice().unwrap(), 6);
    }
}

#[test]
fn a_body_calls_other_bodies() {
    for (_runtime, mut counted) in older() {
        counted.add(3).unwrap();
        assert_eq!(counted.four_times().unwrap(), 12);
    }
}

#[test]
fn a_body_changes_what_it_is_called_on() {
    for (_runtime, mut counted) in older() {
        assert_eq!(counted.add_twice(&[1, 2, 4]).unwrap(), 7);
        assert_eq!(counted.count().unwrap(), 7);
    }
}

#[test]
fn what_has_no_body_is_unavailable() {
    for (_runtime, counted) in older() {
        let error = counted.limit("a").unwrap_err();
        let CallError::Unavailable(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.method(), failure.message()), ("limit", ""));
    }
}

#[test]
fn a_failure_in_a_body_is_that_of_the_call() {
    for (_runtime, counted) in older() {
        let error = counted.rest("abc".to_owned()).unwrap_err();
        let CallError::Unavailable(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.method(), failure.bundle()), ("rest", "old"));
        assert_eq!(failure.message(), "in `test.counted.limit`");
        // Nothing is left behind.
        assert_eq!(counted.count().unwrap(), 0);
    }
}

#[test]
fn a_body_that_panics_is_stopped() {
    for (_runtime, mut counted) in older() {
        let error = counted.fail("no way").unwrap_err();
        let CallError::Panicked(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.method(), failure.message()), ("fail", "no way"));
        // It took the plugin's state with it.
        assert!(matches!(counted.count(), Err(CallError::Poisoned(_))));
        counted.renew().unwrap();
        assert_eq!(counted.twice().unwrap(), 0);
    }
}

#[test]
fn a_plugin_of_today_runs_its_own() {
    let runtime = builder().build().unwrap();
    runtime.load(library("fixture-evolve-new")).unwrap();
    let mut counted = runtime.get::<dyn Counted>().unwrap();
    assert_eq!(counted.twice().unwrap(), 1000);
    // The plugin was built with the body, which calls the plugin's own methods.
    assert_eq!(counted.four_times().unwrap(), 2000);
    assert_eq!(counted.add_twice(&[1, 1]).unwrap(), 2);
    assert_eq!(counted.rest("abc".to_owned()).unwrap(), 2);
    assert_eq!(counted.limit("abc").unwrap(), 3);
}

#[test]
fn plugins_of_both_times_live_side_by_side() {
    let [(runtime, mut older), _] = older();
    runtime.load(library("fixture-evolve-new")).unwrap();
    let newer = runtime.get_from::<dyn Counted>("new").unwrap();
    older.add(1).unwrap();
    assert_eq!((newer.twice().unwrap(), older.twice().unwrap()), (1000, 2));
}
