//! A reload takes effect at the next call, and leaves calls alone that run.

use std::fs;
use std::path::PathBuf;
use std::thread;

use fixture_life_contract::{Extra, Label, LabelProxy, Tally, Worker};
use polyplug_runtime::{CallError, LoadError, ReloadError, Runtime, Unloaded};

use crate::place::{Place, is_mapped, wait_until};
use crate::support::library;

/// The first version, loaded, and a proxy of it.
fn begin(place: &Place) -> (Runtime, LabelProxy) {
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    assert_eq!(label.generation().unwrap(), 1);
    (runtime, label)
}

/// Why the bundle cannot be loaded anew.
fn load_error(runtime: &Runtime) -> LoadError {
    match runtime.reload("life") {
        Err(ReloadError::Load { source, .. }) => *source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_was_overwritten_in_place_is_new_code_for_the_same_proxy() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    place.install("fixture-life-next");
    assert_eq!(label.generation().unwrap(), 1, "nothing changes before the reload");
    let bundle = runtime.reload("life").unwrap();
    assert_eq!((bundle.name(), bundle.version().to_string()), ("life", "0.2.0".to_owned()));
    assert_eq!(label.generation().unwrap(), 2);
    assert_eq!(label.label().unwrap(), "kept", "the config is kept");
}

#[test]
fn a_file_that_was_replaced_by_another_is_new_code_for_the_same_proxy() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    for (fixture, generation) in [("fixture-life-next", 2), ("fixture-life", 1)] {
        place.install_by_rename(fixture);
        runtime.reload("life").unwrap();
        assert_eq!(label.generation().unwrap(), generation);
        assert_eq!(label.clone().label().unwrap(), "kept");
    }
}

#[test]
fn a_file_that_was_cut_or_removed_harms_nobody() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    let path = place.install("fixture-life");
    fs::write(&path, &fs::read(library("fixture-life-next")).unwrap()[..5000]).unwrap();
    assert_eq!(label.generation().unwrap(), 1);
    assert!(matches!(load_error(&runtime), LoadError::Loader { .. }));
    fs::remove_file(&path).unwrap();
    assert!(matches!(load_error(&runtime), LoadError::Unreadable { .. }));
    assert_eq!(label.generation().unwrap(), 1);
    assert_eq!(place.copies().len(), 1);
}

#[test]
fn a_call_finishes_in_the_version_in_which_it_began() {
    let in_place = |place: &Place| place.install("fixture-life-next");
    let by_rename = |place: &Place| place.install_by_rename("fixture-life-next");
    let elsewhere = |place: &Place| {
        let path = place.path("other").with_extension(std::env::consts::DLL_EXTENSION);
        fs::copy(library("fixture-life-next"), &path).unwrap();
        path
    };
    let ways: [fn(&Place) -> PathBuf; 3] = [in_place, by_rename, elsewhere];
    for replace in ways {
        let place = Place::new();
        let (runtime, label) = begin(&place);
        let before = place.copies();
        let (started, release) = (place.text("started"), place.text("release"));
        thread::scope(|scope| {
            let running = scope.spawn(|| label.wait(&started, &release));
            wait_until(|| place.path("started").exists());
            runtime.reload_from("life", replace(&place)).unwrap();
            // The old call is held until after this, so this waits for nobody.
            assert_eq!(label.generation().unwrap(), 2, "a new call runs the new code");
            assert!(is_mapped(&before[0]), "the running call keeps its version");
            assert!(!running.is_finished());
            assert_eq!(place.copies().len(), 2);
            place.touch("release");
            assert_eq!(running.join().unwrap().unwrap(), 1);
        });
        assert!(!is_mapped(&before[0]), "the call was the last to hold it");
        assert_eq!(place.copies().len(), 1);
        assert_eq!(place.journal(), ["create 1", "create 2", "unload 1", "drop 1"]);
    }
}

#[test]
fn a_version_that_nobody_calls_is_closed_by_the_reload() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    let before = place.copies();
    runtime.reload("life").unwrap();
    assert!(!is_mapped(&before[0]));
    assert!(!before[0].exists());
    assert_eq!(label.generation().unwrap(), 1);
}

#[test]
fn a_reload_from_another_place_stays_there() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    let other = place.path("other").with_extension(std::env::consts::DLL_EXTENSION);
    fs::copy(library("fixture-life-next"), &other).unwrap();
    let bundle = runtime.reload_from("life", &other).unwrap();
    assert_eq!(bundle.path(), other);
    assert_eq!(label.origin().unwrap(), format!("life {}", other.display()));
    fs::copy(library("fixture-life"), &other).unwrap();
    assert_eq!(runtime.reload("life").unwrap().path(), other);
    assert_eq!(label.generation().unwrap(), 1);
    assert_eq!(runtime.bundles()[0].path(), other);
}

#[test]
fn a_failed_reload_from_another_place_leaves_the_place_as_it_was() {
    let place = Place::new();
    let (runtime, label) = begin(&place);
    let path = runtime.bundles()[0].path().to_owned();
    assert!(runtime.reload_from("life", place.path("nothing")).is_err());
    let error = runtime.reload_from("life", library("fixture-types")).unwrap_err();
    assert!(error.to_string().contains(library("fixture-types").to_str().unwrap()), "{error}");
    assert!(matches!(&error, ReloadError::OtherBundle { found, .. } if found == "fixture-types"));
    assert_eq!(runtime.reload("life").unwrap().path(), path);
    assert_eq!(label.generation().unwrap(), 1);
}

#[test]
fn a_contract_that_the_new_version_lacks_is_gone_for_good() {
    let place = Place::new();
    let (runtime, _) = begin(&place);
    let mut tally = runtime.get::<dyn Tally>().unwrap();
    assert_eq!(tally.add(3).unwrap(), 3);
    assert!(runtime.get::<dyn Extra>().is_err());
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    assert!(matches!(tally.add(3), Err(CallError::Unloaded(_))));
    assert!(runtime.get::<dyn Tally>().is_err());
    assert_eq!(runtime.get::<dyn Extra>().unwrap().seven().unwrap(), 7);
    place.install("fixture-life");
    runtime.reload("life").unwrap();
    assert!(matches!(tally.add(3), Err(CallError::Unloaded(_))), "it never revives");
    assert!(tally.renew().is_err());
    assert_eq!(runtime.get::<dyn Tally>().unwrap().add(3).unwrap(), 3);
}

#[test]
fn a_reload_starts_with_fresh_statics() {
    let place = Place::new();
    let (runtime, _) = begin(&place);
    let count = || runtime.get::<dyn Worker>().unwrap().count_in_static().unwrap();
    assert_eq!([count(), count()], [1, 2]);
    runtime.reload("life").unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn state_is_lost_until_the_proxy_is_renewed() {
    let place = Place::new();
    let (runtime, _) = begin(&place);
    let worker = runtime.get_with::<dyn Worker>(place.config("kept")).unwrap();
    assert_eq!([worker.count().unwrap(), worker.count().unwrap()], [1, 2]);
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    let clone = worker.clone();
    for proxy in [&worker, &clone] {
        assert!(matches!(proxy.count(), Err(CallError::StateLost(_))));
    }
    worker.renew().unwrap();
    assert_eq!((worker.count().unwrap(), clone.count().unwrap()), (1, 2), "clones share it");
    assert_eq!(worker.generation().unwrap(), 2);
    runtime.reload("life").unwrap();
    assert!(matches!(worker.count(), Err(CallError::StateLost(_))), "lost once more");
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
    assert!(matches!(worker.renew(), Err(CallError::Unloaded(_))));
}

#[test]
fn state_that_was_lost_is_not_found_again_by_the_next_reload() {
    let place = Place::new();
    let (runtime, _) = begin(&place);
    let worker = runtime.get::<dyn Worker>().unwrap();
    runtime.reload("life").unwrap();
    runtime.reload("life").unwrap();
    assert!(matches!(worker.count(), Err(CallError::StateLost(_))));
}
