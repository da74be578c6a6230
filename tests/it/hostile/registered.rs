//! Interfaces that cannot be used.

use fixture_failing_contracts::Liar;
use polyplug_runtime::{Contract, InterfaceError, SchemaError};

use super::refuses;

fn table(what: &'static str) -> InterfaceError {
    InterfaceError::Schema(SchemaError::Table { what })
}

fn contradiction(what: &'static str) -> InterfaceError {
    InterfaceError::Contradiction { name: "test.liar".to_owned(), what }
}

fn null(what: &'static str) -> InterfaceError {
    InterfaceError::Null { name: "test.liar".to_owned(), what }
}

#[test]
fn interfaces_that_lie_are_refused() {
    let name = || "test.liar".to_owned();
    let id = <dyn Liar>::ID;
    let found = id.to_u64() ^ 1;
    let alone = "`create_instance` or `destroy_instance`, but not both,";
    refuses([
        ("null interface", table("the interface")),
        ("misaligned interface", table("the interface")),
        ("small interface", table("the interface")),
        ("interface of odd size", table("the interface")),
        ("wrong id", InterfaceError::Id { name: name(), expected: id, found }),
        ("wrong version", contradiction("version or fingerprint")),
        ("wrong fingerprint", contradiction("version or fingerprint")),
        ("wrong fingerprints", contradiction("fingerprint of a method")),
        ("null fingerprints", null("`method_fingerprints`")),
        ("misaligned fingerprints", null("`method_fingerprints`")),
        ("too many functions", contradiction("number of functions")),
        ("endless functions", contradiction("number of functions")),
        ("unknown dispatch", InterfaceError::DispatchKind { name: name(), number: 3 }),
        ("null functions", null("`functions`")),
        ("misaligned functions", null("`functions`")),
        ("null function", null("a function in `functions`")),
        ("null trusting function", null("a function in `trusting_functions`")),
        ("misaligned trusting functions", null("a function in `trusting_functions`")),
        ("null adapter", null("a function in `uniform`")),
        ("misaligned adapters", null("a function in `uniform`")),
        ("null call", null("`call`")),
        ("create alone", null(alone)),
        ("destroy alone", null(alone)),
        ("unload alone", null(alone)),
    ]);
}
