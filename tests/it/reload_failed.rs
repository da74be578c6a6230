//! A reload whose new version cannot make its instances changes nothing.

use fixture_life_contract::{Extra, Label, Worker};
use polyplug_runtime::ReloadError;

use crate::place::Place;

#[test]
fn a_new_version_whose_create_fails_leaves_the_old_one_running() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let worker = runtime.get::<dyn Worker>().unwrap();
    assert_eq!(worker.count().unwrap(), 1);
    let (copies, revision) = (place.copies(), runtime.registry().revision());

    place.install("fixture-life-next");
    place.touch("fail");
    let error = runtime.reload("life").unwrap_err();
    let ReloadError::Create { bundle, source, .. } = &error else { panic!("{error:?}") };
    assert_eq!((bundle.as_str(), source.message(), source.kind()), ("life", "told to fail", 7));
    assert!(!source.is_panic());

    assert_eq!(label.generation().unwrap(), 1);
    assert_eq!(label.label().unwrap(), "kept");
    assert_eq!(worker.count().unwrap(), 2, "not even state is lost");
    assert_eq!(runtime.bundles()[0].version().to_string(), "0.1.0");
    assert!(runtime.get::<dyn Extra>().is_err());
    assert_eq!(runtime.registry().revision(), revision);
    assert_eq!(place.copies(), copies);
    assert_eq!(place.journal(), ["create 1"]);
}

#[test]
fn a_new_version_whose_create_panics_leaves_the_old_one_running() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    place.install("fixture-life-next");
    place.touch("panic");
    let error = runtime.reload("life").unwrap_err();
    let ReloadError::Create { source, .. } = &error else { panic!("{error:?}") };
    assert!(source.is_panic());
    assert_eq!(source.message(), "told to panic");
    assert!(source.location().contains("settings.rs:"), "{}", source.location());
    assert_eq!(label.generation().unwrap(), 1);
}

#[test]
fn instances_of_a_version_that_was_given_up_are_destroyed_once() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let journal = place.text("journal");
    let good: Vec<_> = (0..4)
        .map(|_| runtime.get_with::<dyn Label>(format!("journal = '{journal}'")).unwrap())
        .collect();
    let bad = runtime.get_with::<dyn Label>(place.config("bad")).unwrap();
    place.install("fixture-life-next");
    place.touch("fail");
    runtime.reload("life").unwrap_err();
    assert_eq!(place.journal_count("create 2"), place.journal_count("drop 2"));
    assert_eq!(place.journal_count("drop 1"), 0);
    assert!(good.iter().chain([&bad]).all(|label| label.generation().unwrap() == 1));

    std::fs::remove_file(place.path("fail")).unwrap();
    runtime.reload("life").unwrap();
    assert!(good.iter().chain([&bad]).all(|label| label.generation().unwrap() == 2));
    assert_eq!(place.journal_count("drop 1"), 5);
}

#[test]
fn a_renewal_that_fails_can_be_tried_again() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    runtime.reload("life").unwrap();
    place.touch("fail");
    let error = worker.renew().unwrap_err();
    assert_eq!(error.failure().unwrap().message(), "told to fail");
    assert_eq!(error.failure().unwrap().kind(), 7);
    std::fs::remove_file(place.path("fail")).unwrap();
    worker.renew().unwrap();
    assert_eq!(worker.count().unwrap(), 1);
}
