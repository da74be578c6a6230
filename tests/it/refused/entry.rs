//! Entries that fail.

use polyplug_runtime::{GuestError, InterfaceError, LoadError};

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
