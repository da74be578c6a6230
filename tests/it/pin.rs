//! A pinned proxy stays on its version.

use std::fs;
use std::thread;
use std::time::Duration;

use fixture_life_contract::{Label, Tally, Worker};
use polyplug_runtime::{CallError, Runtime, UnloadError, Unloaded};

use crate::place::{Place, is_mapped, wait_until};

fn begin(place: &Place) -> Runtime {
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    runtime
}

#[test]
fn a_pin_stays_on_its_version_over_a_reload_and_keeps_it_open() {
    let place = Place::new();
    let runtime = begin(&place);
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let copy = place.copies()[0].clone();
    let pinned = label.pin().unwrap();
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    assert_eq!((label.generation().unwrap(), pinned.generation().unwrap()), (2, 1));
    assert_eq!(pinned.label().unwrap(), "kept");
    assert!(is_mapped(&copy));
    drop(pinned);
    assert!(!is_mapped(&copy), "the last pin closes the version");
    assert_eq!(label.pin().unwrap().generation().unwrap(), 2);
}

#[test]
fn an_unload_is_pending_while_a_pin_is_held_and_says_so() {
    let place = Place::new();
    let runtime = begin(&place);
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let copy = place.copies()[0].clone();
    let (first, second) = (label.pin().unwrap(), label.pin().unwrap());
    let Unloaded::Pending { holders } = runtime.unload("life").unwrap() else { panic!() };
    assert_eq!(holders, ["test.label (2 pins)"]);
    assert!(matches!(label.generation(), Err(CallError::Unloaded(_))));
    assert!(matches!(label.pin(), Err(CallError::Unloaded(_))));
    drop(first);
    assert_eq!(second.generation().unwrap(), 1);
    assert!(is_mapped(&copy));
    // From another thread: whoever lets go last takes it apart.
    thread::scope(|scope| scope.spawn(move || drop(second)).join().unwrap());
    assert!(!is_mapped(&copy));
    assert_eq!(place.journal_count("drop 1"), 1);
}

#[test]
fn a_thread_in_a_pinned_call_never_waits() {
    let place = Place::new();
    let runtime = begin(&place);
    let worker = runtime.get_with::<dyn Worker>(place.config("kept")).unwrap();
    let pinned = worker.pin().unwrap();
    let (started, release) = (place.text("started"), place.text("release"));
    thread::scope(|scope| {
        let call = scope.spawn(|| pinned.wait(&started, &release).unwrap());
        wait_until(|| fs::exists(&started).unwrap());
        let Unloaded::Pending { holders } = runtime.unload("life").unwrap() else { panic!() };
        assert_eq!(holders, ["test.worker", "test.worker (1 pin)"]);
        fs::write(&release, "").unwrap();
        assert_eq!(call.join().unwrap(), 1);
    });
    assert!(matches!(runtime.unload("life"), Err(UnloadError::NotLoaded { .. })));
}

#[test]
fn exclusive_methods_are_pinned_by_who_has_the_proxy_for_itself() {
    let place = Place::new();
    let runtime = begin(&place);
    let mut tally = runtime.get_with::<dyn Tally>(place.config("kept")).unwrap();
    let mut pinned = tally.pin().unwrap();
    assert_eq!((pinned.add(2).unwrap(), pinned.add(3).unwrap()), (2, 5));
    drop(pinned);
    assert_eq!(tally.add(1).unwrap(), 6);
}

#[test]
fn an_unload_waits_for_a_pin_as_long_as_it_is_told_to() {
    let place = Place::new();
    let runtime = begin(&place);
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let pinned = label.pin().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(100));
            drop(pinned);
        });
        let outcome = runtime.unload_within("life", Duration::from_secs(20)).unwrap();
        assert_eq!(outcome, Unloaded::Reclaimed);
    });
    assert_eq!(place.copies().len(), 0);
}

#[test]
fn a_shutdown_says_what_came_of_each_bundle() {
    let place = Place::new();
    let runtime = begin(&place);
    runtime.load(crate::support::library("fixture-sample")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let pinned = label.pin().unwrap();
    let outcomes = runtime.shutdown(Duration::from_millis(50));
    let held = Unloaded::Pending { holders: vec!["test.label (1 pin)".to_owned()] };
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0].1, Unloaded::Reclaimed);
    assert_eq!(outcomes[1], ("life".to_owned(), held));
    assert!(runtime.bundles().is_empty());
    assert_eq!(pinned.generation().unwrap(), 1);
    drop(pinned);
    assert_eq!(place.copies().len(), 0);
    assert!(runtime.shutdown(Duration::ZERO).is_empty());
}
