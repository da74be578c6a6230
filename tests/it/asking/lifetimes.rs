//! Calls between bundles while these come and go.

use std::thread;

use fixture_plug_contract::{Asker, Logging};
use polyplug_runtime::{CallError, Runtime, UnloadError, Unloaded};

use super::{Whence, both};
use crate::place::{Place, wait_until};
use crate::support::library;

#[test]
fn a_provider_goes_when_nobody_holds_a_proxy_that_it_asked_for() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        let error = world.runtime.unload("word").unwrap_err();
        let UnloadError::Dependents { dependents, .. } = &error else { panic!("{error}") };
        assert_eq!(*dependents, ["asker"]);
        let outcomes = world.runtime.unload_cascade("word").unwrap();
        let names: Vec<_> = outcomes.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["asker", "word"]);
        if world.whence == Whence::Loaded {
            assert!(outcomes.iter().all(|(_, outcome)| *outcome == Unloaded::Reclaimed));
        }
        assert!(matches!(asker.kept(), Err(CallError::Unloaded(_))));
    });
}

#[test]
fn an_unload_in_the_middle_of_a_call_between_bundles_waits_for_nobody() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        let (started, release) = (world.place.text("started"), world.place.text("release"));
        let running = thread::spawn(move || asker.wait(&started, &release));
        wait_until(|| world.place.path("started").exists());
        let outcomes = world.runtime.unload_cascade("word").unwrap();
        for (bundle, outcome) in &outcomes {
            assert!(matches!(outcome, Unloaded::Pending { .. }), "{bundle}: {outcome:?}");
        }
        world.place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), "kept");
        if world.whence == Whence::Loaded {
            wait_until(|| world.place.copies().is_empty());
        }
    });
}

#[test]
fn a_call_that_runs_in_an_unloaded_bundle_can_ask_for_nothing_more() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        let handle = asker.clone();
        let (started, release) = (world.place.text("started"), world.place.text("release"));
        let running = thread::spawn(move || handle.wait(&started, &release));
        wait_until(|| world.place.path("started").exists());
        world.runtime.unload("asker").unwrap();
        assert!(matches!(asker.anew("", ""), Err(CallError::Unloaded(_))));
        world.place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), "kept");
    });
}

#[test]
fn the_provider_is_reloaded_under_a_call_that_runs_in_it() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        let other = asker.clone();
        let (started, release) = (world.place.text("started"), world.place.text("release"));
        let running = thread::spawn(move || asker.wait(&started, &release));
        wait_until(|| world.place.path("started").exists());
        world.runtime.reload("word").unwrap();
        assert!(other.kept().unwrap().starts_with("kept "));
        world.place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), "kept");
    });
}

#[test]
fn plugins_are_made_and_called_while_their_provider_is_reloaded() {
    both(|world| {
        world.load_both();
        let threads: Vec<_> = (0..3)
            .map(|i| {
                let runtime = world.runtime.clone();
                thread::spawn(move || {
                    for _ in 0..100 {
                        let asker = runtime.get_with::<dyn Asker>("kept").unwrap();
                        asker.kept().unwrap();
                        match i {
                            0 => asker.anew("", "x").map(drop).unwrap(),
                            1 => asker.anew_on_a_thread().map(drop).unwrap(),
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            world.runtime.reload("word").unwrap();
            world.runtime.reload("asker").unwrap();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        world.runtime.unload_cascade("word").unwrap();
    });
}

#[test]
fn a_handle_that_outlives_its_bundle_says_that_this_is_gone() {
    both(|world| {
        world.load_both();
        let asker = world.asker("late");
        asker.ask_on_a_thread_until_refused(&world.place.text("said")).unwrap();
        drop(asker);
        let outcome = world.runtime.unload("asker").unwrap();
        assert!(matches!(outcome, Unloaded::StillMapped { .. }), "its thread runs: {outcome:?}");
        let said = || std::fs::read_to_string(world.place.path("said")).unwrap_or_default();
        wait_until(|| !said().is_empty());
        assert_eq!(said(), "bundle `asker` is not loaded any more");
    });
}

#[test]
fn a_handle_that_outlives_its_runtime_says_so_too() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(library("fixture-word")).unwrap();
    runtime.load(library("fixture-asker")).unwrap();
    let asker = runtime.get_with::<dyn Asker>("late").unwrap();
    asker.ask_on_a_thread_until_refused(&place.text("said")).unwrap();
    drop(runtime);
    // The thread may have the runtime for the moment in which it asks, and then is the last.
    wait_until(|| matches!(asker.about(), Err(CallError::Unloaded(_))));
    let said = || std::fs::read_to_string(place.path("said")).unwrap_or_default();
    wait_until(|| !said().is_empty());
    assert!(
        ["bundle `asker` is not loaded any more", "the runtime of bundle `asker` is gone"]
            .contains(&&*said()),
        "{}",
        said()
    );
}

#[test]
fn a_thread_that_outlives_its_bundle_may_go_on_logging() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(library("fixture-logging")).unwrap();
    let logging = runtime.get::<dyn Logging>().unwrap();
    let (release, done) = (place.text("release"), place.text("done"));
    logging.log_on_a_thread(&release, &done).unwrap();
    let outcome = runtime.unload("logging").unwrap();
    assert!(matches!(outcome, Unloaded::StillMapped { .. }), "{outcome:?}");
    drop(runtime);
    place.touch("release");
    wait_until(|| place.path("done").exists());
}

#[test]
fn the_last_runtime_may_go_while_a_plugin_asks() {
    for _ in 0..20 {
        let place = Place::new();
        let runtime = place.runtime();
        runtime.load(library("fixture-word")).unwrap();
        runtime.load(library("fixture-asker")).unwrap();
        let asker = runtime.get_with::<dyn Asker>("kept").unwrap();
        let asking = thread::spawn(move || {
            let mut count = 0_u32;
            while asker.anew("", "x").is_ok() {
                count += 1;
            }
            count
        });
        let runtime: Runtime = runtime;
        thread::sleep(std::time::Duration::from_millis(2));
        drop(runtime);
        asking.join().unwrap();
        wait_until(|| place.copies().is_empty());
    }
}
