//! Calls from several threads, and calls that come back.
//!
//! `print` leaves the interpreter for the host's log: a subscriber that calls a
//! proxy is what a service will be.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use fixture_contracts::{Greeter, GreeterProxy};
use polyplug_runtime::{CallError, Runtime, Source, Unloaded};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::support::{greeter, runtime, source};

/// Runs `code`, and in it `on_print` for each `print` of this thread.
pub(crate) fn printing<R>(on_print: impl FnMut() + 'static, code: impl FnOnce() -> R) -> R {
    thread_local! {
        static ON_PRINT: RefCell<Vec<Box<dyn FnMut()>>> = const { RefCell::new(Vec::new()) };
    }
    struct Calls;
    impl Subscriber for Calls {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event() && metadata.name() == "record"
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {
            let taken = ON_PRINT.with_borrow_mut(Vec::pop);
            if let Some(mut on_print) = taken {
                on_print();
                ON_PRINT.with_borrow_mut(|all| all.push(on_print));
            }
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }
    ON_PRINT.with_borrow_mut(|all| all.push(Box::new(on_print)));
    // A `Dispatch` of the thread is not asked while it is itself at work, so the
    // calls are made with another one in its place.
    let result = tracing::subscriber::with_default(Calls, code);
    ON_PRINT.with_borrow_mut(Vec::pop);
    result
}

const PRINTS: &str = "
function Class:greet(name)
  if name == 'print' then print(name) end
  if name == 'coroutine' then coroutine.wrap(function() print(name) end)() end
  if name == 'fail' then error('failed') end
  return 'hello ' .. name
end
function Class:on_unload() end
function Class.new() return {} end
";

fn loaded(name: &str, runtime: &Runtime) -> GreeterProxy {
    source(runtime, name, "test.greeter@1.0", "test.greeter@1", PRINTS).unwrap();
    runtime.get_from::<dyn Greeter>(name).unwrap()
}

#[test]
fn any_thread_may_call() {
    let runtime = runtime();
    let proxy = loaded("shared", &runtime);
    thread::scope(|scope| {
        for number in 0..8 {
            let (runtime, proxy) = (&runtime, proxy.clone());
            scope.spawn(move || {
                let own = runtime.get::<dyn Greeter>().unwrap();
                for i in 0..500 {
                    // Long enough to notice arenas that are mixed up.
                    let name = format!("{number} {i} ").repeat(200);
                    assert_eq!(proxy.greet(&name).unwrap(), format!("hello {name}"));
                    assert_eq!(own.greet(&name).unwrap(), format!("hello {name}"));
                }
            });
        }
    });
}

#[test]
fn a_call_may_come_back_on_its_own_thread() {
    for way in ["print", "coroutine"] {
        let runtime = runtime();
        let proxy = loaded("loop", &runtime);
        let (inner, done) = (proxy.clone(), Arc::new(AtomicBool::new(false)));
        let seen = Arc::clone(&done);
        let other = runtime.clone();
        let back = move || {
            assert_eq!(inner.greet("again").unwrap(), "hello again");
            assert!(matches!(inner.greet("fail"), Err(CallError::Plugin(_))));
            // Making and destroying neither wait.
            let made = other.get::<dyn Greeter>().unwrap();
            assert_eq!(made.greet("new").unwrap(), "hello new");
            drop(made);
            seen.store(true, Ordering::Relaxed);
        };
        let answer = printing(back, || proxy.greet(way).unwrap());
        assert_eq!(answer, format!("hello {way}"));
        assert!(done.load(Ordering::Relaxed), "{way}");
        assert_eq!(proxy.greet("after").unwrap(), "hello after");
    }
}

#[test]
fn a_bundle_may_be_unloaded_by_its_own_call() {
    let runtime = runtime();
    let proxy = loaded("itself", &runtime);
    let other = runtime.clone();
    let unload = move || {
        assert!(matches!(other.unload("itself"), Ok(Unloaded::Pending { .. })));
    };
    assert_eq!(printing(unload, || proxy.greet("print").unwrap()), "hello print");
    assert!(matches!(proxy.greet("more"), Err(CallError::Unloaded(_))));
}

#[test]
fn two_interpreters_that_wait_for_each_other_are_told_apart() {
    let runtime = runtime();
    let (first, second) = (loaded("first", &runtime), loaded("second", &runtime));
    let both_inside = Arc::new(Barrier::new(2));
    let (outcomes, received) = mpsc::channel();
    thread::scope(|scope| {
        for (mine, theirs) in [(first.clone(), second.clone()), (second, first)] {
            let (both_inside, outcomes) = (Arc::clone(&both_inside), outcomes.clone());
            scope.spawn(move || {
                let cross = move || {
                    both_inside.wait();
                    outcomes
                        .send(
                            theirs
                                .greet("across")
                                .map_err(|error| matches!(error, CallError::Reentrant(_))),
                        )
                        .unwrap();
                };
                assert_eq!(printing(cross, || mine.greet("print").unwrap()), "hello print");
            });
        }
        let mut results: Vec<_> =
            (0..2).map(|_| received.recv_timeout(Duration::from_secs(10)).unwrap()).collect();
        results.sort();
        assert_eq!(results, [Ok("hello across".to_owned()), Err(true)]);
    });
}

#[test]
fn dropping_never_waits_for_a_running_call() {
    let runtime = runtime();
    let proxy = loaded("busy", &runtime);
    let others: Vec<_> = (0..4).map(|_| runtime.get::<dyn Greeter>().unwrap()).collect();
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let caller = scope.spawn(move || {
            let stay = move || {
                inside.send(()).unwrap();
                may_go_on.recv().unwrap();
            };
            printing(stay, || proxy.greet("print").unwrap())
        });
        is_inside.recv().unwrap();
        let started = Instant::now();
        drop(others);
        assert!(started.elapsed() < Duration::from_secs(5));
        go_on.send(()).unwrap();
        assert_eq!(caller.join().unwrap(), "hello print");
    });
    assert_eq!(runtime.unload("busy").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_call_that_is_unloaded_meanwhile_finishes_and_closes() {
    let runtime = runtime();
    let proxy = loaded("going", &runtime);
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let caller = scope.spawn(move || {
            let stay = move || {
                inside.send(()).unwrap();
                may_go_on.recv().unwrap();
            };
            printing(stay, || proxy.greet("print").unwrap())
        });
        is_inside.recv().unwrap();
        assert!(matches!(runtime.unload("going"), Ok(Unloaded::Pending { .. })));
        go_on.send(()).unwrap();
        assert_eq!(caller.join().unwrap(), "hello print");
    });
    greeter(&runtime, PRINTS).unwrap();
}

#[test]
fn a_call_finishes_in_the_version_in_which_it_began() {
    let runtime = runtime();
    let body = |word: &str| {
        format!(
            "function Class:greet(name) if name == 'hold' then print(name) end return '{word}' end"
        )
    };
    greeter(&runtime, &body("old")).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let held = proxy.clone();
        let running = scope.spawn(move || {
            let hold = move || {
                started.send(()).unwrap();
                released.recv().unwrap();
            };
            printing(hold, || held.greet("hold").unwrap())
        });
        has_started.recv().unwrap();
        let text = body("new");
        let text = format!(
            "local Class = {{}}\n{text}\n\
             return require('polyplug').bundle {{ ['test.greeter@1'] = Class }}"
        );
        runtime.reload_source("greeter", Source::Text(text)).unwrap();
        // The old interpreter is held until after this, so this waits for nobody.
        assert_eq!(proxy.greet("Ada").unwrap(), "new");
        assert!(!running.is_finished());
        release.send(()).unwrap();
        assert_eq!(running.join().unwrap(), "old");
    });
    assert_eq!(runtime.unload("greeter").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_call_that_reloads_its_own_bundle_ends_in_the_old_version() {
    let runtime = runtime();
    let body = |word: &str| {
        format!(
            "function Class:greet(name) if name == 'go' then print(name) end return '{word}' end"
        )
    };
    greeter(&runtime, &body("old")).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    let text = format!(
        "local Class = {{}}\n{}\n\
         return require('polyplug').bundle {{ ['test.greeter@1'] = Class }}",
        body("new")
    );
    let (again, inner, (tell, within)) = (runtime.clone(), proxy.clone(), mpsc::channel());
    let reload = move || {
        again.reload_source("greeter", Source::Text(text.clone())).unwrap();
        tell.send(inner.greet("Ada").unwrap()).unwrap();
    };
    assert_eq!(printing(reload, || proxy.greet("go").unwrap()), "old");
    assert_eq!(within.recv_timeout(Duration::from_secs(20)).unwrap(), "new");
    assert_eq!(proxy.greet("Ada").unwrap(), "new");
    assert_eq!(runtime.unload("greeter").unwrap(), Unloaded::Reclaimed);
}
