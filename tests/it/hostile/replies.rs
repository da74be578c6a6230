//! Replies of native functions that do not have the form of their type.

use fixture_failing_contracts::{Liar, LiarProxy};
use polyplug_runtime::{Failure, Runtime};

use crate::lying::invalid_reply;
use crate::support::{library, runtime};

fn liar() -> (Runtime, LiarProxy) {
    let runtime = runtime();
    runtime.load(library("fixture-liar")).unwrap();
    let liar = runtime.get::<dyn Liar>().unwrap();
    (runtime, liar)
}

/// That a lie was found, that it is told where and why, and that the next call
/// works.
fn found(liar: &LiarProxy, method: &str, why: &str, failure: Failure) {
    assert_eq!(failure.bundle(), "fixture-liar");
    assert_eq!(failure.contract(), "test.liar");
    assert_eq!(failure.method(), method);
    assert_eq!(failure.message(), why, "{method}");
    assert_eq!(liar.honest().unwrap(), 42, "{method}");
}

/// Calls each method, whose reply is found to be wrong.
macro_rules! finds {
    ($($method:ident: $why:literal,)*) => {
        let (_runtime, liar) = liar();
        $(found(&liar, stringify!($method), $why, invalid_reply(liar.$method()));)*
    };
}

#[test]
fn unknown_statuses_are_invalid_replies() {
    finds! {
        status_of_two: "a status is unknown",
        largest_status: "a status is unknown",
    }
}

#[test]
fn failures_that_are_not_described_as_they_should_be_are_invalid_replies() {
    finds! {
        undescribed_failure: "a failure was announced and not described",
        overlong_message: "a length is larger than any allocation",
        garbled_message: "a text is not UTF-8",
        unknown_failure: "a discriminant is unknown",
        overlarge_code: "a number lies outside the range of its type",
        garbled_detail: "a text is not UTF-8",
        null_detail: "a pointer is null",
        overlong_detail: "a length is larger than any allocation",
        broken_seal: "a failure was announced and not described",
    }
}

#[test]
fn failures_that_are_for_the_host_to_say_are_invalid_replies() {
    finds! {
        claims_unloaded: "a discriminant is unknown",
        claims_state_lost: "a discriminant is unknown",
        claims_poisoned: "a discriminant is unknown",
    }
}

#[test]
fn texts_and_sequences_of_the_wrong_form_are_invalid_replies() {
    finds! {
        garbled_text: "a text is not UTF-8",
        overlong_text: "a length is larger than any allocation",
        null_text: "a pointer is null",
        misaligned_numbers: "a pointer is not aligned for its type",
        too_many_numbers: "a length is larger than any allocation",
        garbled_texts: "a text is not UTF-8",
        overlong_texts: "a length is larger than any allocation",
        short_capacity: "a length is larger than the capacity",
        short_capacity_of_texts: "a length is larger than the capacity",
    }
}

#[test]
fn numbers_outside_of_their_type_are_invalid_replies() {
    finds! {
        flag_of_two: "a number lies outside the range of its type",
        surrogate: "a number lies outside the range of its type",
        byte_of_256: "a number lies outside the range of its type",
        too_small: "a number lies outside the range of its type",
        unit_of_one: "a number lies outside the range of its type",
    }
}

#[test]
fn results_of_the_wrong_form_are_invalid_replies() {
    finds! {
        seventh_side: "a discriminant is unknown",
        garbled_error: "a text is not UTF-8",
        overlong_error: "a length is larger than any allocation",
        overlarge_kind: "a number lies outside the range of its type",
    }
}

#[test]
fn what_looks_like_a_lie_and_is_none_is_taken() {
    let (_runtime, liar) = liar();
    assert_eq!(liar.lent_text().unwrap(), "lent");
    assert_eq!(liar.lent_texts().unwrap(), ["lent", "too"]);
    assert_eq!(liar.empty_text().unwrap(), "");
    assert_eq!(liar.released().unwrap(), 0);
}

#[test]
fn parts_of_the_wrong_form_are_invalid_replies() {
    finds! {
        third_state: "a discriminant is unknown",
        second_level: "a discriminant is unknown",
        ninth_variant: "a discriminant is unknown",
        half_variant: "a number lies outside the range of its type",
        long_nanos: "a number lies outside the range of its type",
        one_marker: "a number lies outside the range of its type",
        garbled_option: "a text is not UTF-8",
        garbled_tuple: "a text is not UTF-8",
        garbled_array: "a text is not UTF-8",
        flagged_entry: "a number lies outside the range of its type",
    }
}

#[test]
fn every_part_of_an_invalid_reply_is_released_once() {
    let (_runtime, liar) = liar();
    let mut released = 0;
    let mut gives = |count| {
        released += count;
        assert_eq!(liar.released().unwrap(), released);
    };
    invalid_reply(liar.half_variant());
    gives(1);
    invalid_reply(liar.garbled_option());
    gives(1);
    invalid_reply(liar.garbled_tuple());
    gives(3);
    invalid_reply(liar.garbled_array());
    gives(3);
    invalid_reply(liar.flagged_entry());
    gives(2);
}

#[test]
fn what_is_to_be_kept_and_has_the_wrong_form_is_an_invalid_reply() {
    finds! {
        null_kept: "a pointer is null",
        overlong_kept: "a length is larger than any allocation",
        misaligned_kept: "a pointer is not aligned for its type",
        short_capacity_kept: "a length is larger than the capacity",
        garbled_kept: "a text is not UTF-8",
        misaligned_lease: "a pointer is not aligned for its type",
        endless_lease: "a pointer is null",
        garbled_among_kept: "a text is not UTF-8",
    }
}

#[test]
fn what_was_to_be_kept_and_is_not_is_released() {
    let (_runtime, liar) = liar();
    invalid_reply(liar.garbled_kept());
    assert_eq!(liar.released().unwrap(), 1);
    invalid_reply(liar.misaligned_lease());
    assert_eq!(liar.released().unwrap(), 2);
    invalid_reply(liar.endless_lease());
    assert_eq!(liar.released().unwrap(), 3);
    invalid_reply(liar.garbled_among_kept());
    assert_eq!(liar.released().unwrap(), 6);
    assert_eq!(liar.unleased().unwrap().as_str(), "copied");
    assert_eq!(liar.released().unwrap(), 7);
}

#[test]
fn what_an_invalid_reply_owned_is_released() {
    let (_runtime, liar) = liar();
    invalid_reply(liar.garbled_text());
    assert_eq!(liar.released().unwrap(), 1);
    invalid_reply(liar.garbled_texts());
    assert_eq!(liar.released().unwrap(), 4);
    invalid_reply(liar.garbled_error());
    assert_eq!(liar.released().unwrap(), 5);
    invalid_reply(liar.overlarge_kind());
    assert_eq!(liar.released().unwrap(), 6);
    invalid_reply(liar.garbled_detail());
    assert_eq!(liar.released().unwrap(), 7);
}

#[test]
fn a_bundle_that_lied_is_reclaimed() {
    let (runtime, liar) = liar();
    invalid_reply(liar.garbled_text());
    invalid_reply(liar.largest_status());
    let outcome = runtime.unload("fixture-liar").unwrap();
    assert_eq!(outcome, polyplug_runtime::Unloaded::Reclaimed);
}
