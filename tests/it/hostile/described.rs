//! Descriptions of contracts that cannot be read.

use fixture_failing_contracts::{Interpreted, Liar};
use polyplug_guest::private::Invalid;
use polyplug_runtime::{Contract, InterfaceError, SchemaError};

use super::refuses;

const TYPES: usize = 1 << 20;
const ITEMS: usize = 1 << 16;

fn invalid(what: &'static str, invalid: Invalid) -> SchemaError {
    SchemaError::Invalid { what, invalid }
}

fn fingerprint(what: &str) -> SchemaError {
    SchemaError::Fingerprint { what: what.to_owned() }
}

fn too_much(what: &'static str, limit: usize) -> SchemaError {
    SchemaError::TooMuch { what, limit }
}

fn refuses_schemas(table: impl IntoIterator<Item = (&'static str, SchemaError)>) {
    refuses(table.into_iter().map(|(lie, error)| (lie, InterfaceError::Schema(error))));
}

#[test]
fn contracts_that_lie_are_refused() {
    let (name, methods) = ("the contract's name", "the list of methods");
    let table = || SchemaError::Table { what: "the schema" };
    refuses_schemas([
        ("null schema", table()),
        ("misaligned schema", table()),
        ("small schema", table()),
        ("garbled name", invalid(name, Invalid::Utf8)),
        ("null name", invalid(name, Invalid::Null)),
        ("endless name", invalid(name, Invalid::Length)),
        ("bad name", SchemaError::Name { name: "Test..Liar".to_owned() }),
        ("long name", SchemaError::Name { name: "a".repeat(4096) }),
        ("endless methods", too_much(methods, ITEMS)),
        ("null methods", invalid(methods, Invalid::Null)),
        ("misaligned methods", invalid(methods, Invalid::Alignment)),
        ("one method less", fingerprint("contract `test.liar`")),
        ("wrong schema fingerprint", fingerprint("contract `test.liar`")),
    ]);
    let (expected, found) = (<dyn Interpreted>::ID, <dyn Liar>::ID.to_u64());
    let name = "test.interpreted".to_owned();
    refuses([("another schema", InterfaceError::Id { name, expected, found })]);
}

#[test]
fn methods_that_lie_are_refused() {
    let table = |what| SchemaError::Table { what };
    let (method, arguments) = ("a method's schema", "the list of arguments");
    refuses_schemas([
        ("null method", table(method)),
        ("small method", table(method)),
        ("garbled method", invalid("a method's name", Invalid::Utf8)),
        ("renamed method", fingerprint("method `honestly`")),
        ("wrong method fingerprint", fingerprint("method `honest`")),
        ("unknown receiver", SchemaError::Unknown { what: "a receiver", number: 2 }),
        ("endless arguments", too_much(arguments, ITEMS)),
        ("null arguments", invalid(arguments, Invalid::Null)),
        ("null argument", table("an argument's schema")),
        ("argument without type", table("a type's schema")),
        ("garbled argument", invalid("an argument's name", Invalid::Utf8)),
        ("another argument", fingerprint("method `honest`")),
    ]);
}

#[test]
fn types_that_lie_are_refused() {
    let table = || SchemaError::Table { what: "a type's schema" };
    let form = |what| SchemaError::Form { what };
    let parameters = |kind, count, expected| SchemaError::Parameters { kind, count, expected };
    refuses_schemas([
        ("null result", table()),
        ("small type", table()),
        ("unknown type", SchemaError::Unknown { what: "a type", number: 999 }),
        ("wrong type fingerprint", fingerprint("type `u32`")),
        ("vector of nothing", parameters("Vec", 0, 1)),
        ("number of numbers", parameters("u32", 1, 0)),
        ("null parameters", invalid("the list of a type's parameters", Invalid::Null)),
        ("option of nothing", parameters("Option", 0, 1)),
        ("empty tuple", form("a type does not have as many parts as names")),
        ("empty enum", form("a type does not have as many parts as names")),
        ("struct of two names", form("a type does not have as many parts as names")),
        ("struct without name", form("a struct, an enum or a contract has no name")),
        ("variant of a number", form("a variant of an enum has other parts than fields")),
        ("lent result", form("a method returns something that is lent")),
        ("vector of lent texts", form("something is lent where nothing can be")),
        ("slice of flags", form("something is lent where nothing can be")),
        ("garbled names", invalid("the names of fields", Invalid::Utf8)),
        ("null names", invalid("the names of fields", Invalid::Null)),
        ("renamed field", fingerprint("type `S`")),
        ("endless array", too_much("the size of a type", 1 << 20)),
        ("circular type", too_much("the nesting of a type", 64)),
        ("deep type", too_much("the nesting of a type", 64)),
        ("wide type", too_much("the number of types", TYPES)),
    ]);
}
