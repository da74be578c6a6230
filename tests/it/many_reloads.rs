//! Many reloads, one after the other and from many threads.

use std::sync::{Arc, Mutex};
use std::thread;

use fixture_life_contract::Label;
use polyplug_runtime::Event;

use crate::place::Place;
use crate::support::library;

#[test]
fn reloads_from_many_threads_take_turns() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    runtime.on_event(move |event| tell.lock().unwrap().push(event.clone()));
    let revision = runtime.registry().revision();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    runtime.reload("life").unwrap();
                }
            });
        }
    });
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(told.len(), 40);
    for pair in told.chunks(2) {
        let [before, after] = pair else { unreachable!() };
        assert!(matches!(before, Event::Preparing { .. }), "{before:?}");
        assert!(matches!(after, Event::Reloaded { .. }), "{after:?}");
    }
    assert_eq!(runtime.registry().revision(), revision + 20);
    assert_eq!(label.label().unwrap(), "kept");
    assert_eq!(place.journal_count("create 1"), 21);
    assert_eq!(place.journal_count("drop 1"), 20);
    assert_eq!(place.copies().len(), 1);
}

#[test]
fn a_hundred_reloads_to_and_fro_answer_rightly_each_time() {
    let place = Place::new();
    let runtime = place.runtime();
    let [old, new] = ["fixture-life", "fixture-life-next"].map(library);
    runtime.load(&old).unwrap();
    let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
    for round in 1..=100 {
        let (path, generation) = if round % 2 == 1 { (&new, 2) } else { (&old, 1) };
        runtime.reload_from("life", path).unwrap();
        assert_eq!(label.generation().unwrap(), generation);
        assert_eq!(label.label().unwrap(), "kept");
    }
    assert_eq!(place.copies().len(), 1);
    assert_eq!(place.journal_count("drop 1"), 50);
    assert_eq!(place.journal_count("drop 2"), 50);
}
