//! Entries that fail.

use fixture_failing_contracts::{Interpreted, Liar};
use polyplug_runtime::{GuestError, InterfaceError, LoadError, Unloaded};

use super::image::Image;
use super::stage::Stage;

/// A library whose entry tells `lie` is refused; gives what the entry said.
fn guest_error(lie: &str, parts: &[&str]) -> GuestError {
    let stage = Stage::new();
    let path = Image::that_tells(lie).saved(&stage, "liar.so");
    let error = stage.refuse(path, parts);
    let LoadError::Loader { source, .. } = error else { panic!("{error}") };
    *source.downcast().unwrap()
}

#[test]
fn an_init_that_fails_after_registering_is_refused() {
    let error = guest_error("fails after registering", &["the socket is taken"]);
    assert_eq!(error.message(), "the socket is taken");
    assert!(!error.is_panic());
}

#[test]
fn an_init_that_does_not_say_why_it_fails_is_refused() {
    guest_error(
        "fails and does not say why",
        &["a failure was announced and not described", "build the plugin"],
    );
}

#[test]
fn an_unknown_status_of_an_init_is_refused() {
    guest_error("status of seven", &["the unknown status 7", "build the plugin"]);
}

#[test]
fn what_was_refused_is_the_reason_when_the_entry_passes_it_on() {
    let stage = Stage::new();
    let path = Image::that_tells("passes a refusal on").saved(&stage, "liar.so");
    let error = stage.refuse(path, &["came with the id"]);
    let LoadError::Interface { source, .. } = error else { panic!("{error}") };
    assert!(matches!(source, InterfaceError::Id { .. }));
}

#[test]
fn a_bundle_that_was_refused_can_be_loaded_once_it_is_put_right() {
    let stage = Stage::new();
    let path = Image::that_tells("fails after registering").saved(&stage, "liar.so");
    stage.refuse(&path, &["the socket is taken"]);
    Image::new().saved(&stage, "liar.so");
    assert_eq!(stage.runtime.load(&path).unwrap().version().to_string(), "0.2.0");
}

#[test]
fn tables_of_the_first_version_and_of_a_later_one_are_taken() {
    let stage = Stage::new();
    let path = Image::that_tells("tables of other versions").saved(&stage, "liar.so");
    stage.runtime.load(&path).unwrap();
    let liar = stage.runtime.get_from::<dyn Liar>("fixture-liar@0.2.0").unwrap();
    assert_eq!(liar.honest().unwrap(), 42);
    let from = |version| stage.runtime.get_from::<dyn Interpreted>(version);
    let mut interpreted = from("fixture-liar@0.2.0").unwrap();
    assert_eq!((interpreted.count().unwrap(), interpreted.count().unwrap()), (1, 2));
    drop(interpreted);
    let outcome = stage.runtime.unload("fixture-liar@0.2.0").unwrap();
    assert_eq!(outcome, Unloaded::Reclaimed);
    // Also in the place of a version whose tables are of today.
    stage.runtime.reload_from("fixture-liar", &path).unwrap();
    assert_eq!(from("fixture-liar").unwrap().join("a", "b").unwrap(), "ab");
    stage.runtime.reload_from("fixture-liar", crate::support::library("fixture-liar")).unwrap();
    assert_eq!(from("fixture-liar").unwrap().join("b", "a").unwrap(), "ba");
}
