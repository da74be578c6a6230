//! Instances: one for each proxy, and destroyed once, by the code that made it,
//! wherever the proxy goes.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::thread;

use fixture_life_contract::{Label, LabelProxy, Tally, Worker};
use polyplug_runtime::{CallError, Event, Runtime, Unloaded};

use crate::place::{Place, wait_until};

fn begin(place: &Place) -> Runtime {
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    runtime
}

fn label(place: &Place, runtime: &Runtime) -> LabelProxy {
    runtime.get_with::<dyn Label>(place.config("x")).unwrap()
}

#[test]
fn each_lookup_makes_an_instance_and_clones_share_it() {
    let place = Place::new();
    let runtime = begin(&place);
    let worker = runtime.get::<dyn Worker>().unwrap();
    let (clone, other) = (worker.clone(), runtime.get::<dyn Worker>().unwrap());
    assert_eq!(worker.count().unwrap(), 1);
    assert_eq!(clone.count().unwrap(), 2);
    assert_eq!(other.count().unwrap(), 1);
}

#[test]
fn two_contracts_of_one_type_have_separate_instances() {
    let place = Place::new();
    let runtime = begin(&place);
    let worker = runtime.get::<dyn Worker>().unwrap();
    let tally = runtime.get::<dyn Tally>().unwrap();
    assert_eq!([worker.count().unwrap(), worker.count().unwrap()], [1, 2]);
    assert_eq!(tally.count().unwrap(), 0);
}

#[test]
fn an_instance_is_told_to_go_and_destroyed_with_its_last_proxy() {
    let place = Place::new();
    let runtime = begin(&place);
    let first = label(&place, &runtime);
    let second = first.clone();
    drop(first);
    assert_eq!(place.journal(), ["create 1"]);
    drop(second);
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
    assert_eq!(place.journal().len(), 3);
}

#[test]
fn a_proxy_that_goes_after_its_bundle_destroys_nothing_twice() {
    let place = Place::new();
    let runtime = begin(&place);
    let label = label(&place, &runtime);
    runtime.unload("life").unwrap();
    drop(runtime);
    thread::spawn(move || drop(label)).join().unwrap();
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

#[test]
fn a_proxy_that_goes_while_its_clone_is_called_destroys_nothing_yet() {
    let place = Place::new();
    let runtime = begin(&place);
    let first = label(&place, &runtime);
    let second = first.clone();
    let (started, release) = (place.text("started"), place.text("release"));
    let running = thread::spawn(move || second.wait(&started, &release));
    wait_until(|| place.path("started").exists());
    drop(first);
    assert_eq!(place.journal(), ["create 1"]);
    place.touch("release");
    assert_eq!(running.join().unwrap().unwrap(), 1);
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
}

thread_local! {
    static KEPT: RefCell<Vec<LabelProxy>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_proxy_can_go_while_its_thread_ends() {
    let place = Place::new();
    let runtime = begin(&place);
    let (kept, unused) = (label(&place, &runtime), label(&place, &runtime));
    thread::spawn(move || {
        KEPT.with_borrow_mut(|proxies| {
            assert_eq!(kept.generation().unwrap(), 1);
            proxies.extend([kept, unused]);
        });
    })
    .join()
    .unwrap();
    assert_eq!(place.journal_count("drop 1"), 2);
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_proxy_that_goes_while_its_thread_ends_can_be_the_last_of_everything() {
    struct Last(Option<(Runtime, LabelProxy)>);
    impl Drop for Last {
        fn drop(&mut self) {
            let (runtime, label) = self.0.take().unwrap();
            assert_eq!(label.generation().unwrap(), 1, "calls work at this time");
            assert_eq!(runtime.registry().count(), 3);
            drop(runtime);
            assert!(matches!(label.generation(), Err(CallError::Unloaded(_))));
        }
    }
    thread_local!(static LAST: RefCell<Option<Last>> = const { RefCell::new(None) });

    let place = Place::new();
    let runtime = begin(&place);
    let label = label(&place, &runtime);
    thread::spawn(move || LAST.set(Some(Last(Some((runtime, label)))))).join().unwrap();
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
    assert!(place.copies().is_empty());
}

#[test]
fn a_proxy_can_go_inside_a_handler() {
    for at in ["Preparing", "Reloaded", "Unloading", "Unloaded"] {
        let place = Place::new();
        let runtime = begin(&place);
        let kept = Mutex::new(Some(label(&place, &runtime)));
        runtime.on_event(move |event| {
            if format!("{event:?}").starts_with(&format!("{at} ")) {
                kept.lock().unwrap().take().unwrap();
            }
        });
        runtime.reload("life").unwrap();
        assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
        assert_eq!(place.journal_count("create 1"), place.journal_count("drop 1"), "{at}");
    }
}

#[test]
fn an_instance_that_fails_when_it_goes_is_reported_and_gone() {
    for (setting, expected) in
        [("fail_on_unload", "not in the mood"), ("panic_on_drop", "dropped, and not amused")]
    {
        let place = Place::new();
        let runtime = begin(&place);
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        runtime.on_event(move |event| {
            if let Event::InstanceFailed { bundle, contract, error } = event {
                let told = (bundle.clone(), contract.clone(), error.message().to_owned());
                tell.lock().unwrap().push(told);
            }
        });
        let config = format!("{}{setting} = true\n", place.config("x"));
        let kept = runtime.get_with::<dyn Label>(config.clone()).unwrap();
        drop(runtime.get_with::<dyn Label>(config).unwrap());
        assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
        drop(kept);
        let expected = ("life".to_owned(), "test.label".to_owned(), expected.to_owned());
        assert_eq!(*told.lock().unwrap(), [expected.clone(), expected]);
        assert_eq!(place.journal_count("drop 1"), 2);
    }
}

#[test]
fn an_instance_that_cannot_be_made_is_an_error_of_the_lookup() {
    let place = Place::new();
    let runtime = begin(&place);
    place.touch("fail");
    let error = runtime.get_with::<dyn Label>(place.config("x")).unwrap_err();
    let polyplug_runtime::LookupError::Create { bundle, contract, source } = error else {
        panic!("{error:?}")
    };
    assert_eq!((bundle.as_str(), contract.as_str()), ("life", "test.label"));
    assert_eq!((source.message(), source.kind()), ("told to fail", 7));
    let error = runtime.get_with::<dyn Label>("label = 1").unwrap_err();
    let polyplug_runtime::LookupError::Create { source, .. } = error else { panic!("{error:?}") };
    assert!(source.message().starts_with("the config is not as expected"), "{source}");
    let error = runtime.get_with::<dyn Label>(vec![0xff]).unwrap_err();
    let polyplug_runtime::LookupError::Create { source, .. } = error else { panic!("{error:?}") };
    assert!(source.message().starts_with("the config is not UTF-8"), "{source}");
}

#[test]
fn a_panic_names_where_it_happened() {
    let place = Place::new();
    let runtime = begin(&place);
    let worker = runtime.get::<dyn Worker>().unwrap();
    let error = worker.panic("ouch").unwrap_err();
    let CallError::Panicked(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.bundle(), failure.message()), ("life", "ouch"));
    assert!(failure.location().contains("life/src/lib.rs:"), "{}", failure.location());
    assert_eq!(worker.count().unwrap(), 1);
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed, "panics keep nothing mapped");
}
