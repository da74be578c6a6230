//! A provider with one function for all methods, behind the same proxy.

use fixture_failing_contracts::{Interpreted, InterpretedProxy};
use polyplug_runtime::{CallError, Runtime, Unloaded};

use crate::support::{library, runtime};

fn interpreted() -> (Runtime, InterpretedProxy) {
    let runtime = runtime();
    runtime.load(library("fixture-liar")).unwrap();
    let proxy = runtime.get::<dyn Interpreted>().unwrap();
    (runtime, proxy)
}

#[test]
fn a_text_that_is_lent_by_the_arena_arrives() {
    let (_runtime, proxy) = interpreted();
    assert_eq!(proxy.join("grün", "grau").unwrap(), "grüngrau");
    assert_eq!(proxy.join("", "").unwrap(), "");
    let long = "x".repeat(1 << 20);
    assert_eq!(proxy.join(&long, "y").unwrap().len(), long.len() + 1);
}

#[test]
fn owned_values_pass_in_both_directions() {
    let (_runtime, proxy) = interpreted();
    assert_eq!(proxy.reverse("größe".to_owned()).unwrap(), "eßörg");
    assert_eq!(proxy.shift(vec![i64::MIN, 0, 7], 127).unwrap(), [i64::MIN + 127, 127, 134]);
    assert!(proxy.shift(Vec::new(), -128).unwrap().is_empty());
}

#[test]
fn slices_are_read_and_written_in_place() {
    let (_runtime, proxy) = interpreted();
    let mut numbers = [1, 2, 1 << 30];
    proxy.double(&mut numbers).unwrap();
    assert_eq!(numbers, [2, 4, 1 << 31]);
    proxy.double(&mut []).unwrap();
    assert_eq!(proxy.sum(&[0.5, 0.25]).unwrap(), 0.75);
}

#[test]
fn numbers_of_every_width_arrive() {
    let (_runtime, proxy) = interpreted();
    assert!(proxy.is_even(254).unwrap());
    assert!(!proxy.is_even(255).unwrap());
    assert_eq!(proxy.after('z').unwrap(), '{');
    assert_eq!(proxy.after('🦀').unwrap(), '🦁');
}

#[test]
fn a_result_is_the_methods_own() {
    let (_runtime, proxy) = interpreted();
    assert_eq!(proxy.divide(-42, 6).unwrap(), -7);
    let Err(CallError::Method(error)) = proxy.divide(1, 0) else { panic!("an error") };
    assert_eq!(error, "division by zero");
}

#[test]
fn each_proxy_has_an_instance_of_its_own() {
    let (runtime, mut first) = interpreted();
    let mut second = runtime.get::<dyn Interpreted>().unwrap();
    assert_eq!((first.count().unwrap(), first.count().unwrap()), (1, 2));
    assert_eq!(second.count().unwrap(), 1);
    first.renew().unwrap();
    assert_eq!(first.count().unwrap(), 1);
}

#[test]
fn failures_carry_their_kind_message_and_traceback() {
    let (_runtime, proxy) = interpreted();
    let Err(CallError::Plugin(failure)) = proxy.fail("no such key") else { panic!("an error") };
    assert_eq!((failure.message(), failure.location()), ("no such key", "line 7, in fail"));
    assert_eq!((failure.kind(), failure.method()), (5, "fail"));
    let Err(CallError::Limit(failure)) = proxy.exhaust() else { panic!("an error") };
    assert_eq!(failure.message(), "out of time");
}

#[test]
fn an_interpreted_provider_is_unloaded_like_any_other() {
    let (runtime, proxy) = interpreted();
    assert_eq!(runtime.unload("fixture-liar").unwrap(), Unloaded::Reclaimed);
    assert!(matches!(proxy.join("a", "b"), Err(CallError::Unloaded(_))));
}
