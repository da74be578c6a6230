//! Bundles that may not take the place of another one.

use polyplug_runtime::ReloadError;

use super::image::Image;
use super::stage::{Stage, text};

#[test]
fn another_bundle_does_not_take_the_place_of_one() {
    let stage = Stage::new();
    let error = stage.refuse_reload(crate::support::library("fixture-sample"));
    assert!(matches!(&error, ReloadError::OtherBundle { found, .. } if found == "fixture-sample"));
    assert!(text(&error).contains("unload the one and load the other"), "{error}");
}

#[test]
fn a_version_that_cannot_make_an_instance_which_is_in_use_is_refused() {
    let stage = Stage::new();
    let path = Image::that_tells("cannot be made").saved(&stage, "liar.so");
    let error = stage.refuse_reload(&path);
    let ReloadError::Create { source, .. } = &error else { panic!("{error}") };
    assert!(source.is_panic());
    assert_eq!((source.message(), source.location()), ("no parts", "maker.rs:3:5"));
}

#[test]
fn a_version_that_is_loaded_beside_does_not_take_the_place_of_another() {
    let stage = Stage::new();
    let path = Image::new().saved(&stage, "liar.so");
    stage.runtime.load(&path).unwrap();
    let error = stage.runtime.reload_from("fixture-liar@0.1.0", &path).unwrap_err();
    assert!(text(&error).contains("`fixture-liar@0.2.0`"), "{error}");
    assert_eq!(stage.runtime.bundles().len(), 2);
}
