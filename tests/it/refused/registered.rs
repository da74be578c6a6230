//! Interfaces that a library registers and that cannot be used.

use polyplug_runtime::{InterfaceError, LoadError};

use super::image::Image;
use super::stage::Stage;

/// A library that registers `lie` is refused; says why.
pub(crate) fn refused(lie: &str, parts: &[&str]) -> InterfaceError {
    let stage = Stage::new();
    let path = Image::that_tells(lie).saved(&stage, "liar.so");
    let remedy = "build the plugin";
    let error = stage.refuse(path, &[parts, &["registered something", remedy]].concat());
    let LoadError::Interface { source, .. } = error else { panic!("{error}") };
    source
}

#[test]
fn an_interface_that_is_null_misaligned_or_too_small_is_refused() {
    for lie in ["null interface", "misaligned interface", "small interface"] {
        let error = refused(lie, &["the interface is null, misaligned or too small"]);
        assert!(matches!(error, InterfaceError::Schema(_)));
    }
}

#[test]
fn a_wrong_contract_id_is_refused() {
    let error = refused("wrong id", &["`test.liar` came with the id"]);
    assert!(matches!(error, InterfaceError::Id { .. }));
}

#[test]
fn a_table_that_contradicts_its_schema_is_refused() {
    for (lie, part) in [
        ("wrong version", "version or fingerprint"),
        ("wrong fingerprint", "version or fingerprint"),
        ("wrong fingerprints", "fingerprint of a method"),
        ("too many functions", "number of functions"),
    ] {
        let error = refused(lie, &["`test.liar`", part]);
        assert!(matches!(error, InterfaceError::Contradiction { .. }), "{lie}");
    }
}

#[test]
fn an_unknown_dispatch_kind_is_refused() {
    let error = refused("unknown dispatch", &["`test.liar`", "unknown dispatch kind 3"]);
    assert!(matches!(error, InterfaceError::DispatchKind { number: 3, .. }));
}

#[test]
fn null_functions_are_refused() {
    for (lie, part) in [
        ("null functions", "`functions`"),
        ("misaligned functions", "`functions`"),
        ("null function", "a function in `functions`"),
        ("null call", "`call`"),
        ("null fingerprints", "`method_fingerprints`"),
        ("create alone", "`create_instance` or `destroy_instance`, but not both,"),
        ("unload alone", "`create_instance` or `destroy_instance`, but not both,"),
    ] {
        let error = refused(lie, &["`test.liar`", part, "null"]);
        assert!(matches!(error, InterfaceError::Null { .. }), "{lie}");
    }
}
