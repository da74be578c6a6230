//! What becomes of a bundle that is unloaded.

use std::thread;

use fixture_life_contract::{Extra, Label, Tally, Worker};
use polyplug_runtime::{CallError, Contract, LookupError, UnloadError, Unloaded};

use crate::place::{Place, is_mapped, wait_until};
use crate::support::library;

#[test]
fn an_idle_bundle_is_reclaimed() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    let copies = place.copies();
    assert!(is_mapped(&copies[0]));

    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);

    assert!(!is_mapped(&copies[0]));
    assert!(place.copies().is_empty());
    assert_eq!((runtime.registry().count(), runtime.bundles().len()), (0, 0));
    assert!(matches!(label.label(), Err(CallError::Unloaded(_))));
    let error = worker.count().unwrap_err();
    assert_eq!(error.failure().unwrap().bundle(), "life");
    assert!(matches!(runtime.get::<dyn Label>(), Err(LookupError::NotFound { .. })));
    assert_eq!(place.journal_count("unload 1"), 2);
    assert_eq!(place.journal_count("drop 1"), 2);
    let error = runtime.unload("life").unwrap_err();
    assert!(matches!(error, UnloadError::NotLoaded { loaded, .. } if loaded == "none"));
}

#[test]
fn a_proxy_does_not_revive_when_its_bundle_is_loaded_again() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    let worker = runtime.get::<dyn Worker>().unwrap();
    assert_eq!(worker.count_in_static().unwrap(), 1);
    runtime.unload("life").unwrap();
    runtime.load(&path).unwrap();
    assert!(matches!(worker.count(), Err(CallError::Unloaded(_))));
    assert!(matches!(worker.renew(), Err(CallError::Unloaded(_))));
    assert_eq!(runtime.get::<dyn Worker>().unwrap().count_in_static().unwrap(), 1);
}

#[test]
fn a_running_call_makes_it_pending_and_then_closes_it() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    let idle = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    let copies = place.copies();
    let (started, release) = (place.text("started"), place.text("release"));
    thread::scope(|scope| {
        let running = scope.spawn(|| worker.wait(&started, &release));
        wait_until(|| place.path("started").exists());

        let outcome = runtime.unload("life").unwrap();

        let Unloaded::Pending { holders } = outcome else { panic!("{outcome:?}") };
        assert_eq!(holders, ["test.worker"]);
        assert!(is_mapped(&copies[0]));
        assert_eq!(place.journal_count("drop 1"), 1, "the idle instance is gone");
        assert!(matches!(worker.count(), Err(CallError::Unloaded(_))), "no new call begins");
        assert!(matches!(idle.label(), Err(CallError::Unloaded(_))));
        assert_eq!(runtime.registry().count(), 0);
        place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), 1);
    });
    assert!(!is_mapped(&copies[0]), "the last call to return closed it");
    assert!(place.copies().is_empty());
    assert_eq!(place.journal_count("unload 1"), 2);
    assert_eq!(place.journal_count("drop 1"), 2);
}

#[test]
fn a_bundle_can_be_loaded_again_while_its_last_call_runs() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    let worker = runtime.get::<dyn Worker>().unwrap();
    let (started, release) = (place.text("started"), place.text("release"));
    thread::scope(|scope| {
        let running = scope.spawn(|| worker.wait(&started, &release));
        wait_until(|| place.path("started").exists());
        assert!(matches!(runtime.unload("life").unwrap(), Unloaded::Pending { .. }));
        runtime.load(&path).unwrap();
        assert_eq!(runtime.get::<dyn Worker>().unwrap().count().unwrap(), 1);
        assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
        place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), 1);
    });
    assert!(place.copies().is_empty());
}

#[test]
fn a_thread_that_the_plugin_leaves_behind_keeps_its_code_mapped() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    let copies = place.copies();
    let release = place.text("release");
    // On a thread that ends, so that it is the other one that keeps the code.
    thread::scope(|scope| {
        scope.spawn(|| worker.leave_thread(&release).unwrap()).join().unwrap();
    });

    let outcome = runtime.unload("life").unwrap();

    let Unloaded::StillMapped { why } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("thread"), "{why}");
    assert!(is_mapped(&copies[0]));
    assert!(matches!(worker.count(), Err(CallError::Unloaded(_))));
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
    assert_eq!(runtime.registry().count(), 0);
    assert!(place.copies().is_empty());
    place.touch("release");
    wait_until(|| !is_mapped(&copies[0]));
}

#[test]
fn a_thread_local_of_the_plugin_keeps_its_code_mapped_until_the_thread_ends() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    for (on_a_thread_that_ends, expected) in [(true, "Reclaimed"), (false, "StillMapped")] {
        runtime.load(&path).unwrap();
        let worker = runtime.get::<dyn Worker>().unwrap();
        if on_a_thread_that_ends {
            thread::scope(|scope| {
                scope.spawn(|| worker.use_thread_local().unwrap()).join().unwrap();
            });
        } else {
            worker.use_thread_local().unwrap();
        }
        let outcome = format!("{:?}", runtime.unload("life").unwrap());
        assert!(outcome.starts_with(expected), "{outcome}");
    }
}

#[test]
fn dropping_the_last_clone_of_a_runtime_unloads_everything() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    runtime.load(library("fixture-types")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    let provider = runtime.providers::<dyn Label>().remove(0);
    let copies = place.copies();
    assert_eq!(copies.len(), 2);
    let clone = runtime.clone();
    drop(runtime);
    assert_eq!(label.generation().unwrap(), 1, "a clone is left");
    drop(clone);
    assert!(copies.iter().all(|copy| !is_mapped(copy)));
    assert!(place.copies().is_empty());
    assert!(matches!(label.label(), Err(CallError::Unloaded(_))));
    assert!(matches!(provider.get(), Err(LookupError::Unloaded { .. })));
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn a_call_outlives_its_runtime() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    let (started, release) = (place.text("started"), place.text("release"));
    thread::scope(|scope| {
        let running = scope.spawn(|| label.wait(&started, &release));
        wait_until(|| place.path("started").exists());
        drop(runtime);
        assert!(matches!(label.label(), Err(CallError::Unloaded(_))));
        assert_eq!(place.copies().len(), 1);
        place.touch("release");
        assert_eq!(running.join().unwrap().unwrap(), 1);
    });
    assert!(place.copies().is_empty());
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn another_bundle_is_left_alone() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    runtime.load(library("fixture-life-next")).unwrap();
    let old = runtime.get_from::<dyn Worker>("life@0.1.0").unwrap();
    let new = runtime.get_from::<dyn Worker>("life@0.2.0").unwrap();
    assert_eq!((old.count().unwrap(), new.count().unwrap()), (1, 1));
    runtime.reload("life@0.1.0").unwrap();
    assert!(matches!(old.count(), Err(CallError::StateLost(_))));
    assert_eq!(new.count().unwrap(), 2);
    runtime.unload("life@0.1.0").unwrap();
    assert_eq!(new.count().unwrap(), 3);
    assert_eq!(runtime.registry().find(<dyn Tally>::ID), None);
    assert!(runtime.registry().find(<dyn Extra>::ID).is_some());
}
