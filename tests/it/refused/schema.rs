//! Descriptions of contracts that cannot be read.

use polyplug_runtime::{InterfaceError, SchemaError};

use super::registered;

fn refused(lie: &str, parts: &[&str]) -> SchemaError {
    let parts = [parts, &["the contract's description is refused"]].concat();
    let error = registered::refused(lie, &parts);
    let InterfaceError::Schema(error) = error else { panic!("{error}") };
    error
}

#[test]
fn a_schema_that_is_null_is_refused() {
    let error = refused("null schema", &["the schema is null"]);
    assert!(matches!(error, SchemaError::Table { .. }));
    let error = refused("null method", &["a method's schema is null"]);
    assert!(matches!(error, SchemaError::Table { .. }));
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    let error = refused("garbled name", &["the contract's name", "not UTF-8"]);
    assert!(matches!(error, SchemaError::Invalid { .. }));
    let error = refused("garbled method", &["a method's name", "not UTF-8"]);
    assert!(matches!(error, SchemaError::Invalid { .. }));
}

#[test]
fn a_name_that_is_null_is_refused() {
    let error = refused("null name", &["the contract's name", "null"]);
    assert!(matches!(error, SchemaError::Invalid { .. }));
}

#[test]
fn a_name_that_breaks_the_rules_is_refused() {
    let error = refused("bad name", &["`Test..Liar`", "lower-case"]);
    assert!(matches!(error, SchemaError::Name { .. }));
}

#[test]
fn more_than_any_contract_has_is_refused() {
    let error = refused("endless name", &["the contract's name", "a length"]);
    assert!(matches!(error, SchemaError::Invalid { .. }));
    let error = refused("endless methods", &["the list of methods", "limit"]);
    assert!(matches!(error, SchemaError::TooMuch { .. }));
    let error = refused("circular type", &["the nesting of a type", "limit"]);
    assert!(matches!(error, SchemaError::TooMuch { .. }));
}

#[test]
fn wrong_fingerprints_are_refused() {
    for (lie, part) in [
        ("wrong schema fingerprint", "contract `test.liar`"),
        ("wrong method fingerprint", "method `honest`"),
        ("wrong type fingerprint", "type `u32`"),
    ] {
        let error = refused(lie, &["the fingerprint of", part]);
        assert!(matches!(error, SchemaError::Fingerprint { .. }), "{lie}");
    }
}

#[test]
fn numbers_that_stand_for_nothing_are_refused() {
    for (lie, part) in [("unknown type", "number 999"), ("unknown receiver", "number 2")] {
        let error = refused(lie, &["unknown", part]);
        assert!(matches!(error, SchemaError::Unknown { .. }), "{lie}");
    }
}
