//! Panics in methods: errors with a message and a location.

use fixture_failing_contracts::{Panicky, PanickyProxy};
use polyplug_runtime::{CallError, Failure, Runtime};

use crate::support::{library, runtime};

fn panicky() -> (Runtime, PanickyProxy) {
    let runtime = runtime();
    runtime.load(library("fixture-panicky")).unwrap();
    let proxy = runtime.get::<dyn Panicky>().unwrap();
    (runtime, proxy)
}

/// That a call panicked in the fixture; gives what is known of it.
fn panicked<T, E: std::fmt::Debug>(result: Result<T, CallError<E>>) -> Failure {
    let Err(CallError::Panicked(failure)) = result else { panic!("no panic came back") };
    assert_eq!((failure.bundle(), failure.contract()), ("fixture-panicky", "test.panicky"));
    *failure
}

/// The line of the fixture that a location names.
pub(super) fn source_line(location: &str) -> &'static str {
    let (file, place) = location.split_once("lib.rs:").expect(location);
    assert!(file.replace('\\', "/").ends_with("panicky/src/"), "{file}");
    let (line, column) = place.split_once(':').expect(location);
    let (line, column): (usize, usize) = (line.parse().unwrap(), column.parse().unwrap());
    let source = include_str!("../../fixtures/panicky/src/lib.rs");
    let code = &source.lines().nth(line - 1).expect(location)[column - 1..];
    code.trim_end_matches([',', ';'])
}

#[test]
fn a_panic_in_a_method_comes_back_with_its_message_and_location() {
    let (_runtime, proxy) = panicky();
    let failure = panicked(proxy.shout("größer als 5"));
    assert_eq!((failure.message(), failure.method()), ("größer als 5", "shout"));
    assert_eq!(source_line(failure.location()), "panic!(\"{message}\")");
    assert_eq!(proxy.calm().unwrap(), 42);
}

#[test]
fn a_long_message_is_cut_at_a_character_boundary() {
    let (_runtime, proxy) = panicky();
    let failure = panicked(proxy.shout(&"ß".repeat(1000)));
    assert_eq!(failure.message(), "ß".repeat(256));
    let failure = panicked(proxy.shout(&format!("x{}", "ß".repeat(1000))));
    assert_eq!(failure.message().len(), 511);
}

#[test]
fn a_panic_without_text_comes_back_with_its_location() {
    let (_runtime, proxy) = panicky();
    let failure = panicked(proxy.panic_with_a_number());
    assert_eq!(failure.message(), "the panic carried no text");
    assert_eq!(source_line(failure.location()), "panic_any(7_u32)");
}

#[test]
fn a_panic_whose_payload_panics_when_it_is_dropped_comes_back() {
    let (_runtime, proxy) = panicky();
    for _ in 0..3 {
        let bomb = panicked(proxy.panic_with_a_bomb());
        assert_eq!(bomb.message(), "the panic carried no text");
        assert_eq!(source_line(bomb.location()), "panic_any(Bomb)");
    }
    assert_eq!(proxy.calm().unwrap(), 42);
}

#[test]
fn a_panic_that_nobody_has_seen_comes_back_without_a_location() {
    let (_runtime, proxy) = panicky();
    panicked(proxy.panic_with_a_bomb());
    let failure = panicked(proxy.resume());
    assert_eq!((failure.message(), failure.location()), ("from nowhere", ""));
}

#[test]
fn a_shared_method_that_panicked_poisons_nothing() {
    let (_runtime, mut proxy) = panicky();
    assert_eq!(proxy.add(3).unwrap(), 3);
    panicked(proxy.shout("once"));
    assert_eq!(proxy.add(4).unwrap(), 7);
}

#[test]
fn an_exclusive_method_that_panicked_poisons_its_instance_until_it_is_renewed() {
    let (runtime, mut proxy) = panicky();
    let mut other = runtime.get::<dyn Panicky>().unwrap();
    proxy.add(3).unwrap();
    assert_eq!(panicked(proxy.break_down("worn out")).message(), "worn out");
    assert!(matches!(proxy.add(4), Err(CallError::Poisoned(_))));
    assert!(matches!(proxy.calm(), Err(CallError::Poisoned(_))));
    let Err(CallError::Poisoned(failure)) = proxy.panic_with_a_number() else { panic!("poison") };
    assert_eq!(failure.method(), "panic_with_a_number");
    assert_eq!(other.add(5).unwrap(), 5);
    proxy.renew().unwrap();
    assert_eq!(proxy.add(4).unwrap(), 4);
}

#[test]
fn a_poisoned_instance_says_so_after_a_reload_too() {
    let (runtime, mut proxy) = panicky();
    panicked(proxy.break_down("worn out"));
    runtime.reload("fixture-panicky").unwrap();
    assert!(matches!(proxy.calm(), Err(CallError::Poisoned(_))));
    proxy.renew().unwrap();
    assert_eq!(proxy.add(1).unwrap(), 1);
}

#[test]
fn a_panic_on_many_threads_comes_back_to_each() {
    let (runtime, _) = panicky();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let runtime = &runtime;
            scope.spawn(move || {
                let proxy = runtime.get::<dyn Panicky>().unwrap();
                for call in 0..50 {
                    let message = format!("{thread} in {call}");
                    assert_eq!(panicked(proxy.shout(&message)).message(), message);
                }
            });
        }
    });
}
