//! Failures when an instance is made, and when it goes.

use std::sync::{Arc, Mutex};

use fixture_failing_contracts::{Panicky, PanickyProxy};
use polyplug_runtime::{CallError, Event, GuestError, LookupError, Runtime, Unloaded};

use super::panics::source_line;
use crate::support::{library, runtime};

/// A runtime that notes how instances fail.
fn panicky() -> (Runtime, Arc<Mutex<Vec<GuestError>>>) {
    let runtime = runtime();
    let failures = Arc::<Mutex<Vec<GuestError>>>::default();
    let told = Arc::clone(&failures);
    runtime.on_event(move |event| {
        if let Event::InstanceFailed { bundle, contract, error, .. } = event {
            assert_eq!((&**bundle, event.bundle()), ("fixture-panicky", "fixture-panicky"));
            assert_eq!(contract, "test.panicky");
            told.lock().unwrap().push(error.clone());
        }
    });
    runtime.load(library("fixture-panicky")).unwrap();
    (runtime, failures)
}

/// That there is no instance for a config; gives what the plugin said.
fn cannot_be_made(runtime: &Runtime, config: &str) -> GuestError {
    let error = runtime.get_with::<dyn Panicky>(config).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("fixture-panicky") && text.contains("test.panicky"), "{text}");
    let LookupError::Create { source, .. } = error else { panic!("{error}") };
    source
}

#[test]
fn a_panic_in_create_comes_back_with_its_message_and_location() {
    let (runtime, failures) = panicky();
    let error = cannot_be_made(&runtime, "panic in create");
    assert!(error.is_panic());
    assert_eq!(error.message(), "no nerves for `panic in create`");
    assert_eq!(source_line(error.location()), "panic!(\"no nerves for `{config}`\")");
    let error = cannot_be_made(&runtime, "bomb in create");
    assert_eq!(error.message(), "the panic carried no text");
    assert_eq!(source_line(error.location()), "panic_any(Bomb)");
    assert_eq!(runtime.get::<dyn Panicky>().unwrap().calm().unwrap(), 42);
    assert_eq!(runtime.unload("fixture-panicky").unwrap(), Unloaded::Reclaimed);
    assert_eq!(*failures.lock().unwrap(), [], "what was not made does not go");
}

#[test]
fn an_error_of_create_comes_back_with_its_kind() {
    let (runtime, _) = panicky();
    let error = cannot_be_made(&runtime, "fail in create");
    assert!(!error.is_panic());
    assert_eq!((error.message(), error.kind()), ("not today", 7));
}

/// How a drop of the only proxy, made from `config`, is told.
fn told(config: &str) -> Vec<GuestError> {
    let (runtime, failures) = panicky();
    let proxy: PanickyProxy = runtime.get_with::<dyn Panicky>(config).unwrap();
    assert_eq!(proxy.calm().unwrap(), 42);
    drop(proxy);
    assert_eq!(runtime.get::<dyn Panicky>().unwrap().calm().unwrap(), 42);
    assert_eq!(runtime.unload("fixture-panicky").unwrap(), Unloaded::Reclaimed);
    failures.lock().unwrap().clone()
}

#[test]
fn an_instance_that_goes_in_peace_is_not_told() {
    assert_eq!(told("calm"), []);
}

#[test]
fn a_panic_in_drop_is_told_with_its_message_and_location() {
    let errors = told("panic in drop");
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(error.is_panic());
    assert_eq!(error.message(), "afraid of the end");
    assert_eq!(source_line(error.location()), "panic!(\"afraid of the end\")");
}

#[test]
fn a_panic_in_drop_whose_payload_panics_is_told() {
    let errors = told("bomb in drop");
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(error.is_panic());
    assert_eq!(source_line(error.location()), "panic_any(Bomb)");
}

#[test]
fn a_failure_of_on_unload_is_told_and_no_veto() {
    let errors = told("panic in on_unload");
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!((error.is_panic(), error.message()), (true, "too early to go"));
    let errors = told("fail in on_unload");
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!((error.is_panic(), error.message(), error.kind()), (false, "not ready", 8));
}

#[test]
fn a_panic_in_drop_does_not_keep_an_unload_from_finishing() {
    let (runtime, failures) = panicky();
    let proxies: Vec<_> = ["panic in drop", "calm", "bomb in drop"]
        .map(|config| runtime.get_with::<dyn Panicky>(config).unwrap())
        .into();
    assert_eq!(runtime.unload("fixture-panicky").unwrap(), Unloaded::Reclaimed);
    assert_eq!(failures.lock().unwrap().len(), 2);
    for proxy in proxies {
        assert!(matches!(proxy.calm(), Err(CallError::Unloaded(_))));
    }
    assert_eq!(failures.lock().unwrap().len(), 2, "each instance goes once");
}

#[test]
fn a_panic_in_drop_does_not_keep_a_runtime_from_going() {
    let (runtime, failures) = panicky();
    let proxy = runtime.get_with::<dyn Panicky>("panic in drop").unwrap();
    drop(runtime);
    assert_eq!(failures.lock().unwrap().len(), 1);
    assert!(matches!(proxy.calm(), Err(CallError::Unloaded(_))));
}

#[test]
fn a_panic_in_drop_does_not_keep_a_reload_from_finishing() {
    let (runtime, failures) = panicky();
    let proxy = runtime.get_with::<dyn Panicky>("panic in drop").unwrap();
    runtime.reload("fixture-panicky").unwrap();
    assert_eq!(failures.lock().unwrap().len(), 1);
    assert!(matches!(proxy.calm(), Err(CallError::StateLost(_))));
    proxy.renew().unwrap();
    assert_eq!(proxy.calm().unwrap(), 42);
}

#[test]
fn a_renewal_after_an_unload_says_so() {
    let (runtime, _) = panicky();
    let mut proxy = runtime.get_with::<dyn Panicky>("calm").unwrap();
    proxy.add(3).unwrap();
    runtime.unload("fixture-panicky").unwrap();
    assert!(matches!(proxy.renew(), Err(CallError::Unloaded(_))));
    assert!(matches!(proxy.add(1), Err(CallError::Unloaded(_))));
}
