//! Threads that call, look up, load, reload and unload at once. Each test runs for a
//! second or two; `POLYPLUG_TEST_SECONDS` makes it longer.

mod handles;
mod plugins;
mod traffic;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fixture_life_contract::{Label, LabelProxy, Tally, Worker};
use polyplug_runtime::{CallError, Contract, LookupError, Runtime};

use crate::place::Place;
use crate::support::library;

/// How long a test runs: `default`, unless somebody asks for more.
fn run_time(default: Duration) -> Duration {
    let asked = std::env::var("POLYPLUG_TEST_SECONDS").ok();
    asked.map_or(default, |seconds| Duration::from_secs(seconds.parse().unwrap()))
}

/// Runs `step` on the calling thread for a while, and says `done` at the end, also
/// when `step` panics: others wait for that.
fn for_a_while(done: &AtomicBool, step: impl FnMut()) {
    run_for(run_time(Duration::from_millis(800)), done, step);
}

fn run_for(time: Duration, done: &AtomicBool, mut step: impl FnMut()) {
    let _done = Done(done);
    let begun = Instant::now();
    while begun.elapsed() < time {
        step();
    }
}

/// Says `done` when it is dropped.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `step` until somebody is done, and once more. Returns how often.
fn until(done: &AtomicBool, mut step: impl FnMut()) -> u64 {
    let mut times = 0;
    loop {
        let is_last = done.load(Ordering::Relaxed);
        step();
        times += 1;
        if is_last {
            return times;
        }
    }
}

/// Calls, and checks that what comes is right: an answer, or that the bundle is gone.
fn call(label: &LabelProxy) -> bool {
    match label.label() {
        Ok(text) => {
            assert_eq!(text, "kept");
            true
        }
        Err(CallError::Unloaded(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn calls_are_answered_rightly_while_the_bundle_is_reloaded() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let shared = runtime.get_with::<dyn Label>("label = 'kept'").unwrap();
    let (done, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            let clone = shared.clone();
            scope.spawn(|| {
                let own = runtime.get_with::<dyn Label>("label = 'kept'").unwrap();
                let clone = clone;
                let times = until(&done, || {
                    assert!([&own, &clone, &shared].into_iter().all(call));
                });
                calls.fetch_add(times, Ordering::Relaxed);
            });
        }
        let mut generation = 1;
        for_a_while(&done, || {
            generation = 3 - generation;
            place.install_by_rename(["", "fixture-life", "fixture-life-next"][generation as usize]);
            runtime.reload("life").unwrap();
            assert_eq!(shared.generation().unwrap(), generation);
        });
    });
    assert!(calls.load(Ordering::Relaxed) > 0);
    assert_eq!(place.copies().len(), 1);
}

#[test]
fn calls_are_answered_or_told_so_while_the_bundle_is_unloaded_and_loaded() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    let done = AtomicBool::new(false);
    let answered = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut label = None::<LabelProxy>;
                until(&done, || {
                    if !label.as_ref().is_some_and(call) {
                        label = match runtime.get_with::<dyn Label>("label = 'kept'") {
                            Ok(proxy) => Some(proxy),
                            Err(LookupError::NotFound { .. }) => None,
                            Err(other) => panic!("{other}"),
                        };
                    }
                    if label.as_ref().is_some_and(call) {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            });
        }
        for_a_while(&done, || {
            runtime.unload("life").unwrap();
            runtime.load(&path).unwrap();
            // Long enough for some to notice.
            thread::sleep(Duration::from_micros(200));
        });
    });
    assert!(answered.load(Ordering::Relaxed) > 0);
    drop(runtime);
    assert!(place.copies().is_empty());
}

#[test]
fn lookups_race_with_everything() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(library("fixture-life-next")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            until(&done, || {
                let all = runtime.get_all::<dyn Label>().unwrap();
                assert!((1..=2).contains(&all.len()), "one bundle is always there");
            })
        });
        scope.spawn(|| {
            until(&done, || {
                let label = runtime.get::<dyn Label>().unwrap();
                assert!(matches!(label.generation(), Ok(1 | 2) | Err(CallError::Unloaded(_))));
                let worker = runtime.get_from::<dyn Worker>("life@0.1.0");
                match worker.map(|worker| worker.count()) {
                    Ok(Ok(1) | Err(CallError::Unloaded(_) | CallError::StateLost(_))) => {}
                    Err(LookupError::NotInBundle { .. }) => {}
                    other => panic!("{other:?}"),
                }
            })
        });
        scope.spawn(|| {
            until(&done, || {
                for provider in runtime.providers::<dyn Tally>() {
                    assert!(matches!(provider.get(), Ok(_) | Err(LookupError::Unloaded { .. })));
                }
            })
        });
        for_a_while(&done, || {
            runtime.load(&path).unwrap();
            runtime.reload("life@0.1.0").unwrap();
            runtime.reload("life@0.2.0").unwrap();
            runtime.unload("life@0.1.0").unwrap();
        });
    });
}

#[test]
fn readers_of_the_registry_see_whole_bundles() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    let (done, seen) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let registry = runtime.registry();
                let contracts = [<dyn Worker>::ID, <dyn Tally>::ID, <dyn Label>::ID];
                until(&done, || {
                    let revision = registry.revision();
                    let counts = contracts.map(|contract| registry.find_all(contract).len());
                    let (all, handle) = (registry.count(), registry.find(contracts[0]));
                    let resolves = handle.is_some_and(|handle| registry.resolve(handle).is_ok());
                    if registry.revision() != revision {
                        return;
                    }
                    assert!(counts == [0; 3] || counts == [1; 3], "{counts:?}");
                    assert_eq!((all, resolves), (counts[0] * 3, counts[0] == 1));
                    seen.fetch_add(1, Ordering::Relaxed);
                });
            });
        }
        for_a_while(&done, || {
            runtime.load(&path).unwrap();
            runtime.reload("life").unwrap();
            runtime.unload("life").unwrap();
        });
    });
    assert!(seen.load(Ordering::Relaxed) > 0);
}

#[test]
fn renewals_race_with_reloads() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let done = AtomicBool::new(false);
    let worker = runtime.get_with::<dyn Worker>(place.config("")).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            let clone = worker.clone();
            let done = &done;
            scope.spawn(move || {
                until(done, || match clone.count() {
                    Ok(_) => {}
                    Err(CallError::StateLost(_)) => clone.renew().unwrap(),
                    Err(other) => panic!("{other}"),
                })
            });
        }
        for_a_while(&done, || drop(runtime.reload("life").unwrap()));
    });
    drop(worker);
    assert_eq!(place.journal_count("create 1"), place.journal_count("drop 1"));
}

#[test]
fn a_reload_comes_to_an_end_while_instances_are_made_all_the_time() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut kept = VecDeque::new();
                until(&done, || {
                    kept.push_back(runtime.get_with::<dyn Label>("label = 'kept'").unwrap());
                    if kept.len() > 50 {
                        kept.pop_front();
                    }
                })
            });
        }
        thread::sleep(Duration::from_millis(100));
        let reloads: Vec<_> = (0..5).map(|_| runtime.reload("life")).collect();
        // The others end first, whatever came of it.
        done.store(true, Ordering::Relaxed);
        for reload in reloads {
            reload.unwrap();
        }
    });
    assert_eq!(place.copies().len(), 1);
}

#[test]
fn runtimes_of_many_threads_do_not_get_in_each_others_way() {
    let place = Place::new();
    let path = place.install("fixture-life");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let runtime: Runtime = place.runtime();
                    runtime.load(&path).unwrap();
                    let worker = runtime.get::<dyn Worker>().unwrap();
                    assert_eq!(worker.count_in_static().unwrap(), 1);
                }
            });
        }
    });
    assert!(place.copies().is_empty());
}
