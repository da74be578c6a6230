//! Proxies as values: passed in, given back, kept, and handed on.

mod clones;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fixture_evolve_new as new;
use fixture_evolve_old as old;
use fixture_passing::{BUNDLE, Passing, PassingProxy, Steps, StepsProxy, Word, WordProxy};
use polyplug_guest::abi::RawProxy;
use polyplug_guest::private::{Invalid, Value};
use polyplug_runtime::{CallError, Runtime, Unloaded};

use crate::local::Counter;
use crate::support::{library, runtime};

/// The plugin as a library, and linked in.
fn loaded_and_linked() -> [(Runtime, PassingProxy); 2] {
    let (loaded, linked) = (runtime(), runtime());
    loaded.load(library("fixture-passing")).unwrap();
    linked.load_static(&BUNDLE).unwrap();
    [loaded, linked].map(|runtime| {
        let passing = runtime.get::<dyn Passing>().unwrap();
        (runtime, passing)
    })
}

/// A word of the host's own.
struct Own {
    dropped: Arc<AtomicU32>,
}

impl Word for Own {
    fn word(&self) -> String {
        "own".to_owned()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn own() -> (WordProxy, Arc<AtomicU32>) {
    let dropped = Arc::new(AtomicU32::new(0));
    (WordProxy::local(Arc::new(Own { dropped: Arc::clone(&dropped) })), dropped)
}

#[test]
fn a_proxy_is_called_by_whoever_gets_it() {
    for (runtime, passing) in loaded_and_linked() {
        let (word, dropped) = own();
        assert_eq!(passing.ask(word.clone()).unwrap(), "own");
        assert_eq!(passing.ask(runtime.get::<dyn Word>().unwrap()).unwrap(), "fixed");
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
        drop(word);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_proxy_comes_back() {
    for (runtime, passing) in loaded_and_linked() {
        let (word, dropped) = own();
        let back = passing.echo(word).unwrap();
        assert_eq!((back.word().unwrap(), back.bundle_name()), ("own".to_owned(), "local"));
        drop(back);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
        let back = passing.echo(runtime.get::<dyn Word>().unwrap()).unwrap();
        assert_eq!((back.word().unwrap(), back.bundle_name()), ("fixed".to_owned(), "passing"));
    }
}

#[test]
fn proxies_cross_inside_of_other_values() {
    for (_runtime, passing) in loaded_and_linked() {
        let (word, dropped) = own();
        let words = vec![Some(word.clone()), None, Some(word)];
        let back = passing.echo_all(words).unwrap();
        let said: Vec<_> =
            back.iter().map(|word| word.as_ref().map(|w| w.word().unwrap())).collect();
        let (own, nothing) = ("own".to_owned(), "nothing".to_owned());
        assert_eq!(said, [Ok(own.clone()), Err(&nothing), Ok(own)]);
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
        drop(back);
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn what_changes_moves_with_its_proxy() {
    for (runtime, passing) in loaded_and_linked() {
        let steps = runtime.get::<dyn Steps>().unwrap();
        let (mut steps, count) = passing.step(steps).unwrap();
        assert_eq!((count, steps.step().unwrap()), (1, 2));
        let (_steps, count) = passing.step(steps).unwrap();
        assert_eq!(count, 3);
    }
}

#[test]
fn a_plugin_makes_a_proxy_of_its_own() {
    for (_runtime, passing) in loaded_and_linked() {
        let word = passing.make("made".to_owned()).unwrap();
        assert_eq!(word.word().unwrap(), "made");
        assert_eq!(passing.ask(word.clone()).unwrap(), "made");
        let kept = passing.made().unwrap();
        drop(word);
        assert_eq!(passing.made().unwrap(), kept - 1);
    }
}

#[test]
fn a_proxy_of_a_bundle_says_when_that_is_unloaded() {
    let [(loaded, passing), (linked, other)] = loaded_and_linked();
    let fixed = loaded.get::<dyn Word>().unwrap();
    other.keep(fixed.clone()).unwrap();
    other.keep(passing.make("made".to_owned()).unwrap()).unwrap();
    let said: Vec<_> = other.kept().unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(said, ["fixed", "made"]);
    // Proxies that somebody keeps hold nothing.
    assert_eq!(loaded.unload("passing").unwrap(), Unloaded::Reclaimed);
    for said in other.kept().unwrap() {
        let error = said.unwrap_err();
        assert!(error.ends_with("the bundle is not loaded any more"), "{error}");
    }
    // It is passed on all the same.
    assert!(matches!(other.echo(fixed).unwrap().word(), Err(CallError::Unloaded(_))));
    drop(linked);
}

#[test]
fn what_was_kept_is_handed_on() {
    let [(_loaded, passing), (linked, other)] = loaded_and_linked();
    let (word, dropped) = own();
    passing.keep(word).unwrap();
    passing.keep(linked.get::<dyn Word>().unwrap()).unwrap();
    passing.hand_on(other.clone()).unwrap();
    assert!(passing.kept().unwrap().is_empty());
    let said: Vec<_> = other.kept().unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!((said, dropped.load(Ordering::Relaxed)), (vec!["own".into(), "fixed".into()], 0));
    drop((other, linked));
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn bundles_that_hold_each_other_are_unloaded() {
    let [(first, one), (second, other)] = [runtime(), runtime()].map(|runtime| {
        runtime.load(library("fixture-passing")).unwrap();
        let passing = runtime.get::<dyn Passing>().unwrap();
        (runtime, passing)
    });
    one.keep(second.get::<dyn Word>().unwrap()).unwrap();
    one.keep(other.make("made".to_owned()).unwrap()).unwrap();
    other.keep(first.get::<dyn Word>().unwrap()).unwrap();
    other.keep(one.make("made".to_owned()).unwrap()).unwrap();
    // Each holds itself as well.
    one.keep(first.get::<dyn Word>().unwrap()).unwrap();
    other.keep(other.make("made".to_owned()).unwrap()).unwrap();
    assert_eq!((one.kept().unwrap().len(), other.kept().unwrap().len()), (3, 3));
    assert_eq!(first.unload("passing").unwrap(), Unloaded::Reclaimed);
    let said: Vec<_> = other.kept().unwrap().iter().map(Result::is_ok).collect();
    assert_eq!(said, [false, false, true]);
    assert_eq!(second.unload("passing").unwrap(), Unloaded::Reclaimed);
}

/// As a receiver that was built with the newer contract.
fn received<P: Value<Abi = RawProxy>>(proxy: impl Value<Abi = RawProxy>) -> Result<P, Invalid> {
    // SAFETY: the reference is one to a cell, and is taken over once.
    unsafe { P::from_abi(proxy.into_abi()) }
}

#[test]
fn a_receiver_runs_default_bodies_of_its_own() {
    let proxy = old::CountedProxy::local(Arc::new(Counter::default()));
    let mut newer: new::CountedProxy = received(proxy).unwrap();
    assert_eq!(newer.add_twice(&[1, 2]).unwrap(), 3);
    assert_eq!(newer.four_times().unwrap(), 12);
    assert!(matches!(newer.limit("a"), Err(CallError::Unavailable(_))));
    let mut older: old::CountedProxy = received(newer).unwrap();
    assert_eq!(older.add(1).unwrap(), 4);
}

#[test]
fn what_is_poisoned_stays_so() {
    let mut proxy = old::CountedProxy::local(Arc::new(Counter::default()));
    assert!(matches!(proxy.add(11), Err(CallError::Panicked(_))));
    assert!(matches!(proxy.add(1), Err(CallError::Poisoned(_))));
    let newer: new::CountedProxy = received(proxy).unwrap();
    assert!(matches!(newer.count(), Err(CallError::Poisoned(_))));
}

#[test]
fn another_contract_is_refused_and_released_once() {
    let (word, dropped) = own();
    let refused = received::<StepsProxy>(word).unwrap_err();
    assert_eq!((refused, dropped.load(Ordering::Relaxed)), (Invalid::Contract, 1));
    let runtime = runtime();
    runtime.load(library("fixture-passing")).unwrap();
    let steps = runtime.get::<dyn Steps>().unwrap();
    assert_eq!(received::<WordProxy>(steps).unwrap_err(), Invalid::Contract);
    assert_eq!(runtime.unload("passing").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn what_is_no_proxy_is_refused() {
    for (cell, expected) in [(0, Invalid::Null), (1, Invalid::Alignment)] {
        let cell = std::ptr::without_provenance(cell);
        // SAFETY: it is nothing that could be followed.
        let refused = unsafe { WordProxy::from_abi(RawProxy { cell }) };
        assert_eq!(refused.unwrap_err(), expected);
    }
}
