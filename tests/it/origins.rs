//! A bundle behaves the same, loaded or linked in; and each runtime is a world
//! of its own.

use fixture_life_contract::{Label, Tally, Worker};
use polyplug_runtime::{Bundle, CallError, Contract, LoadError, Runtime, Unloaded};

use crate::place::Place;
use crate::support::{library, runtime};

/// What holds for a bundle wherever it comes from.
fn works(load: impl Fn(&Runtime) -> Bundle) {
    let place = Place::new();
    let runtime = place.runtime();
    let bundle = load(&runtime);
    assert_eq!((bundle.name(), bundle.version().to_string()), ("life", "0.1.0".to_owned()));
    assert_eq!(bundle.provides().len(), 3);

    let label = runtime.get_with::<dyn Label>(place.config("x")).unwrap();
    assert_eq!((label.label().unwrap(), label.generation().unwrap()), ("x".to_owned(), 1));
    assert_eq!(label.origin().unwrap(), format!("life {}", bundle.path().display()));
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    assert_eq!([worker.count().unwrap(), worker.count().unwrap()], [1, 2]);
    let error = worker.panic("ouch").unwrap_err();
    let CallError::Panicked(failure) = &error else { panic!("{error}") };
    assert_eq!(failure.message(), "ouch");
    assert!(failure.location().contains("lib.rs:"), "{}", failure.location());
    let mut tally = runtime.get_from::<dyn Tally>("life@0.1.0").unwrap();
    assert_eq!(tally.add(4).unwrap(), 4);

    let handle = runtime.registry().find(<dyn Label>::ID).unwrap();
    runtime.reload("life").unwrap();
    assert_eq!(runtime.registry().find(<dyn Label>::ID), Some(handle));
    assert_eq!(label.label().unwrap(), "x");
    assert!(matches!(worker.count(), Err(CallError::StateLost(_))));
    worker.renew().unwrap();
    assert_eq!(worker.count().unwrap(), 1);

    let outcome = runtime.unload("life").unwrap();
    match bundle.loader() {
        "static" => assert!(matches!(outcome, Unloaded::StillMapped { .. })),
        _ => assert_eq!(outcome, Unloaded::Reclaimed),
    }
    assert!(matches!(label.label(), Err(CallError::Unloaded(_))));
    assert_eq!(runtime.registry().count(), 0);
    assert_eq!(place.journal_count("create 1"), 4);
    assert_eq!(place.journal_count("unload 1"), 4);
    assert_eq!(place.journal_count("drop 1"), 4);
    load(&runtime);
}

#[test]
fn a_bundle_that_is_loaded_works() {
    works(|runtime| runtime.load(library("fixture-life")).unwrap());
}

#[test]
fn a_bundle_that_is_linked_in_works_the_same() {
    works(|runtime| {
        let bundle = runtime.load_static(&fixture_life::BUNDLE).unwrap();
        assert_eq!((bundle.loader(), bundle.path().to_str()), ("static", Some("")));
        bundle
    });
}

#[test]
fn one_bundle_cannot_be_linked_in_and_loaded_at_once() {
    let runtime = runtime();
    runtime.load_static(&fixture_life::BUNDLE).unwrap();
    let error = runtime.load(library("fixture-life")).unwrap_err();
    assert!(matches!(error, LoadError::AlreadyLoaded { .. }), "{error}");
    let error = runtime.load_static(&fixture_life::BUNDLE).unwrap_err();
    assert!(matches!(error, LoadError::AlreadyLoaded { .. }), "{error}");
    assert!(error.to_string().contains("(linked in or in memory)"), "{error}");
}

#[test]
fn several_bundles_of_one_program_keep_to_their_own_entries() {
    let runtime = runtime();
    runtime.load_static(&fixture_life::BUNDLE).unwrap();
    runtime.load_static(&fixture_types::BUNDLE).unwrap();
    runtime.load_static(&fixture_evolve_old::BUNDLE).unwrap();
    let names: Vec<_> = runtime.bundles().iter().map(|one| one.name().to_owned()).collect();
    assert_eq!(names, ["life", "fixture-types", "old"]);
    let side = runtime.get::<dyn fixture_evolve_old::Evolving>().unwrap().side().unwrap();
    assert_eq!(side, "old");
}

#[test]
fn a_linked_in_bundle_is_replaced_by_a_library_and_back() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load_static(&fixture_life::BUNDLE).unwrap();
    let label = runtime.get_with::<dyn Label>("label = 'kept'").unwrap();
    let bundle = runtime.reload_from("life", place.install("fixture-life-next")).unwrap();
    assert_eq!(bundle.loader(), "native");
    assert_eq!((label.generation().unwrap(), label.label().unwrap()), (2, "kept".to_owned()));
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn runtimes_know_nothing_of_each_other() {
    let place = Place::new();
    let (first, second) = (place.runtime(), place.runtime());
    let path = place.install("fixture-life");
    first.load(&path).unwrap();
    assert!(second.get::<dyn Worker>().is_err());
    second.load(&path).unwrap();
    let (one, two) = (first.get::<dyn Worker>().unwrap(), second.get::<dyn Worker>().unwrap());
    assert_eq!(one.count_in_static().unwrap(), 1);
    assert_eq!(one.count_in_static().unwrap(), 2);
    assert_eq!(two.count_in_static().unwrap(), 1, "each has a copy of the library");
    place.install("fixture-life-next");
    second.reload("life").unwrap();
    assert_eq!(one.generation().unwrap(), 1);
    drop(second);
    assert!(matches!(two.count(), Err(CallError::Unloaded(_))));
    assert_eq!(one.count_in_static().unwrap(), 3);
    assert_eq!(place.copies().len(), 1);
}
