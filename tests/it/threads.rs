//! Threads that a plugin starts and leaves behind, and what its thread-locals leave to the
//! threads that called it.

use std::path::PathBuf;
use std::thread;

use fixture_threads::Threads;
use polyplug_runtime::{Contract, Runtime, Unloaded};

use crate::place::{Place, is_mapped, wait_until};
use crate::support::library;

type Proxy = <dyn Threads as Contract>::Proxy;

/// Loads the fixture, lets `work` have an instance of it on a thread that ends, and unloads
/// it at once. Returns where it was mapped and what came of it.
fn load_work_unload(
    place: &Place,
    runtime: &Runtime,
    work: impl FnOnce(&Proxy) + Send,
) -> (PathBuf, Unloaded) {
    runtime.load(library("fixture-threads")).unwrap();
    let copy = place.copies().remove(0);
    let threads = runtime.get_with::<dyn Threads>(place.config("")).unwrap();
    thread::scope(|scope| scope.spawn(|| work(&threads)).join().unwrap());
    let outcome = runtime.unload("threads").unwrap();
    assert!(place.copies().is_empty());
    (copy, outcome)
}

/// What `StillMapped` says, or nothing for `Reclaimed`.
fn why(outcome: Unloaded) -> Option<String> {
    match outcome {
        Unloaded::Reclaimed => None,
        Unloaded::StillMapped { why } => Some(why),
        _ => panic!("{outcome:?}"),
    }
}

#[test]
fn threads_that_were_just_started_keep_the_code_that_they_are_about_to_run() {
    let place = Place::new();
    let runtime = place.runtime();
    let rounds = 300;
    for _ in 0..rounds {
        let (copy, outcome) = load_work_unload(&place, &runtime, |threads| {
            threads.leave(4, 2).unwrap();
        });
        match why(outcome) {
            Some(why) => assert!(why.contains("thread"), "{why}"),
            None => assert!(!is_mapped(&copy)),
        }
        wait_until(|| !is_mapped(&copy));
    }
    assert_eq!(place.journal_count("unload 1"), rounds);
    assert_eq!(place.journal_count("drop 1"), rounds);
}

#[test]
fn many_threads_of_one_library_end_at_once_and_the_last_closes_it() {
    let place = Place::new();
    let runtime = place.runtime();
    let release = place.text("release");
    let (copy, outcome) = load_work_unload(&place, &runtime, |threads| {
        threads.leave_waiting(64, &release).unwrap();
    });
    let why = why(outcome).unwrap();
    assert!(why.starts_with("64 threads of the library run"), "{why}");
    assert!(is_mapped(&copy));
    assert_eq!(place.journal(), ["create 1", "unload 1", "drop 1"]);
    // Each starts another one now, long after the bundle is gone.
    place.touch("release");
    wait_until(|| !is_mapped(&copy));
}

#[test]
fn a_thread_that_cannot_be_started_keeps_nothing() {
    let place = Place::new();
    let runtime = place.runtime();
    for _ in 0..3 {
        let (copy, outcome) = load_work_unload(&place, &runtime, |threads| {
            assert!(!threads.start_too_large().unwrap());
        });
        assert_eq!(outcome, Unloaded::Reclaimed);
        assert!(!is_mapped(&copy));
    }
}

#[test]
fn threads_that_are_joined_when_the_instance_goes_keep_nothing() {
    let place = Place::new();
    let runtime = place.runtime();
    for until_dropped in [false, true] {
        let (copy, outcome) = load_work_unload(&place, &runtime, |threads| {
            threads.keep(until_dropped).unwrap();
        });
        assert_eq!(outcome, Unloaded::Reclaimed);
        assert!(!is_mapped(&copy));
    }
}

#[test]
fn what_the_standard_library_does_when_a_thread_ends_finds_its_code() {
    let place = Place::new();
    let runtime = place.runtime();
    for _ in 0..20 {
        runtime.load(library("fixture-threads")).unwrap();
        let copy = place.copies().remove(0);
        let threads = runtime.get_with::<dyn Threads>(place.config("")).unwrap();
        thread::scope(|scope| {
            let ending = scope.spawn(|| {
                threads.ask_for_thread().unwrap();
                let why = why(runtime.unload("threads").unwrap()).unwrap();
                assert!(why.contains("thread"), "{why}");
                assert!(is_mapped(&copy));
            });
            ending.join().unwrap();
        });
        assert!(!is_mapped(&copy), "it went with the thread");
    }
}

#[test]
fn keys_of_thread_locals_go_with_their_library() {
    /// The first number that is free.
    fn next_key() -> libc::pthread_key_t {
        let mut key = 0;
        // SAFETY: a key that nobody uses is made and deleted.
        unsafe {
            assert_eq!(libc::pthread_key_create(&mut key, None), 0);
            assert_eq!(libc::pthread_key_delete(key), 0);
        }
        key
    }

    let place = Place::new();
    let runtime = place.runtime();
    let before = next_key();
    // Each load has a standard library of its own, which takes a key.
    for _ in 0..100 {
        let (_, outcome) = load_work_unload(&place, &runtime, |threads| {
            threads.ask_for_thread().unwrap();
        });
        assert_eq!(outcome, Unloaded::Reclaimed);
    }
    // Other tests have libraries open.
    assert!(next_key() < before + 80);
}

#[test]
fn a_thread_local_may_start_threads_when_its_thread_ends_after_an_unload() {
    let place = Place::new();
    let runtime = place.runtime();
    for _ in 0..50 {
        runtime.load(library("fixture-threads")).unwrap();
        let copy = place.copies().remove(0);
        let threads = runtime.get_with::<dyn Threads>(place.config("")).unwrap();
        thread::scope(|scope| {
            let ending = scope.spawn(|| {
                threads.start_at_end(4).unwrap();
                let why = why(runtime.unload("threads").unwrap()).unwrap();
                assert!(why.contains("thread-local"), "{why}");
            });
            ending.join().unwrap();
        });
        wait_until(|| !is_mapped(&copy));
    }
}
