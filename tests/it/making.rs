//! An instance that is being made while its bundle changes under it.

use std::thread;

use fixture_life_contract::{Label, LabelProxy};
use polyplug_runtime::{LookupError, Runtime, Unloaded};

use crate::place::{Place, is_mapped, wait_until};

/// Runs `change` while an instance is being made, and returns what becomes of the
/// lookup that makes it.
fn while_made(
    place: &Place,
    runtime: &Runtime,
    change: impl FnOnce(),
) -> Result<LabelProxy, LookupError> {
    let [started, release] = ["started", "release"].map(|name| place.text(name));
    let config = format!("{}started = '{started}'\nrelease = '{release}'\n", place.config("x"));
    thread::scope(|scope| {
        let making = scope.spawn(|| runtime.get_with::<dyn Label>(config));
        wait_until(|| place.path("started").exists());
        change();
        place.touch("release");
        making.join().unwrap()
    })
}

#[test]
fn an_unload_waits_for_nobody_and_nothing_is_left() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let copies = place.copies();
    let made = while_made(&place, &runtime, || {
        let outcome = runtime.unload("life").unwrap();
        assert!(matches!(outcome, Unloaded::Pending { .. }), "{outcome:?}");
        assert!(is_mapped(&copies[0]));
    });
    assert!(matches!(made, Err(LookupError::NotFound { .. })), "{made:?}");
    assert!(!is_mapped(&copies[0]));
    assert!(place.copies().is_empty());
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn a_reload_gives_the_lookup_an_instance_of_the_new_version() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let made = while_made(&place, &runtime, || {
        place.install("fixture-life-next");
        runtime.reload("life").unwrap();
    });
    assert_eq!(made.unwrap().generation().unwrap(), 2);
    assert_eq!(place.copies().len(), 1);
    assert_eq!(place.journal_count("create 1"), 1);
    assert_eq!(place.journal_count("drop 1"), 1);
}

#[test]
fn a_runtime_that_others_hold_is_not_ended_by_one_of_them() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let clone = runtime.clone();
    let made = while_made(&place, &runtime, || drop(clone));
    assert_eq!(made.unwrap().label().unwrap(), "x");
}
