//! Replies of a provider with one function for all methods that do not have the form
//! of their type.

use fixture_failing_contracts::{Interpreted, InterpretedProxy};
use polyplug_runtime::Failure;

use crate::lying::invalid_reply;
use crate::support::{library, runtime};

/// That a lie was found, that it is told where and why, and that the next call works.
fn found(proxy: &InterpretedProxy, method: &str, why: &str, failure: Failure) {
    assert_eq!(failure.bundle(), "fixture-liar");
    assert_eq!((failure.contract(), failure.method()), ("test.interpreted", method));
    assert_eq!(failure.message(), why, "{method}");
    assert_eq!(proxy.join("still ", "there").unwrap(), "still there", "{method}");
}

#[test]
fn lies_are_invalid_replies() {
    let runtime = runtime();
    runtime.load(library("fixture-liar")).unwrap();
    let mut proxy = runtime.get::<dyn Interpreted>().unwrap();
    macro_rules! finds {
        ($($method:ident($($argument:expr)?): $why:literal,)*) => {$(
            let failure = invalid_reply(proxy.$method($($argument)?));
            found(&proxy, stringify!($method), $why, failure);
        )*};
    }
    finds! {
        status_of_nine(): "a status is unknown",
        undescribed_failure(): "a failure was announced and not described",
        garbled_text("given up all the same".to_owned()): "a text is not UTF-8",
        flag_of_two(): "a number lies outside the range of its type",
        half_a_char(): "a number lies outside the range of its type",
        third_side(): "a discriminant is unknown",
        overlong_text(): "a length is larger than any allocation",
        misaligned_numbers(): "a pointer is not aligned for its type",
        null_text(): "a pointer is null",
        claims_poisoned(): "a discriminant is unknown",
    }
}
