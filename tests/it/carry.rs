//! The state of instances is carried over a reload, or the reload does not happen.

mod inside;
mod subject;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use polyplug_runtime::{CallError, Event, ReloadError, Runtime};

use subject::{Beside, Carry, CarryProxy, Stack, Subject};

fn runtime() -> Runtime {
    runtime_with(Duration::from_secs(20))
}

fn runtime_with(timeout: Duration) -> Runtime {
    let runtime = Runtime::builder().state_timeout(timeout).build().unwrap();
    runtime.load_static(&subject::BUNDLE).unwrap();
    runtime
}

/// Gives a hook that says that it was reached, and waits until it is let go.
fn stop() -> (impl Fn() + Send + Sync, impl Fn(), impl FnOnce()) {
    let (reached, at) = channel();
    let (go, gone) = channel::<()>();
    let gone = Mutex::new(gone);
    let hook = move || {
        let _ = reached.send(());
        // Once let go, it stays so.
        let _ = gone.lock().unwrap().recv();
    };
    (hook, move || at.recv_timeout(Duration::from_secs(20)).unwrap(), move || drop(go))
}

/// Has the next call of `Beside` stop, and then add 7 to `carry`.
fn calls_from_beside(subject: &Subject, carry: &CarryProxy) -> (impl Fn(), impl FnOnce()) {
    let (hook, reached, go) = stop();
    let through = carry.clone();
    subject.hook("beside", move || {
        hook();
        through.add(7).unwrap();
    });
    (reached, go)
}

#[test]
fn state_goes_on_in_the_new_version_and_each_instance_is_destroyed_once() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let clone = carry.clone();
    assert_eq!(carry.add(5).unwrap(), 5);
    for round in 1..=3 {
        runtime.reload("carry").unwrap();
        assert_eq!(carry.restored().unwrap(), round);
        assert_eq!(clone.add(1).unwrap(), u64::from(5 + round));
        assert_eq!(subject.alive(), 1);
    }
    drop((carry, clone));
    assert_eq!((subject.made(), subject.alive()), (4, 0));
}

#[test]
fn a_running_call_is_waited_for_and_new_calls_wait() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let (hook, reached, go) = stop();
    subject.hook("run", hook);
    thread::scope(|scope| {
        let running = scope.spawn(|| carry.run().unwrap());
        reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        let late = scope.spawn(|| {
            // The reload holds the instance by now, or the call is another one before it.
            thread::sleep(Duration::from_millis(50));
            carry.add(1).unwrap()
        });
        thread::sleep(Duration::from_millis(150));
        assert!(!late.is_finished(), "a new call waits");
        assert!(!reload.is_finished(), "the reload waits for the call");
        go();
        assert_eq!(running.join().unwrap(), 100, "what the call added is in the state");
        reload.join().unwrap().unwrap();
        assert_eq!(late.join().unwrap(), 101);
    });
    assert_eq!((carry.restored().unwrap(), subject.alive()), (1, 1));
}

#[test]
fn a_reload_gives_up_on_a_call_that_does_not_end_and_names_it() {
    let (runtime, subject) = (runtime_with(Duration::from_millis(50)), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let (hook, reached, go) = stop();
    subject.hook("run", hook);
    thread::scope(|scope| {
        let running = scope.spawn(|| carry.run().unwrap());
        reached();
        match runtime.reload("carry") {
            Err(ReloadError::Busy { holders, .. }) => assert_eq!(holders, "test.carry"),
            other => panic!("{other:?}"),
        }
        assert_eq!(carry.add(1).unwrap(), 1, "the old version goes on");
        go();
        assert_eq!(running.join().unwrap(), 101);
    });
    runtime.reload("carry").unwrap();
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (101, 1));
    assert_eq!(subject.alive(), 1);
}

#[test]
fn a_reload_waits_for_pins_and_names_them() {
    let (runtime, subject) = (runtime_with(Duration::from_millis(50)), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let pinned = carry.pin().unwrap();
    match runtime.reload("carry") {
        Err(ReloadError::Busy { holders, .. }) => assert_eq!(holders, "test.carry (1 pin)"),
        other => panic!("{other:?}"),
    }
    assert_eq!((pinned.add(2).unwrap(), carry.add(2).unwrap()), (2, 4));
    drop(pinned);
    runtime.reload("carry").unwrap();
    assert_eq!(carry.add(0).unwrap(), 4);
}

#[test]
fn a_thread_in_a_call_of_the_bundle_is_let_through() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let beside = runtime.get_with::<dyn Beside>(subject.config()).unwrap();
    let (hook, reached, go) = stop();
    subject.hook("run", hook);
    let (beside_reached, beside_go) = calls_from_beside(&subject, &carry);
    thread::scope(|scope| {
        let running = scope.spawn(|| carry.run().unwrap());
        let inside = scope.spawn(|| beside.run().unwrap());
        reached();
        beside_reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        thread::sleep(Duration::from_millis(100));
        beside_go();
        inside.join().unwrap();
        assert!(!reload.is_finished(), "the other call still runs");
        go();
        assert_eq!(running.join().unwrap(), 107);
        reload.join().unwrap().unwrap();
    });
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (107, 1));
    subject.forget_hooks();
}

#[test]
fn what_was_saved_is_saved_again_when_somebody_was_let_through() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let beside = runtime.get_with::<dyn Beside>(subject.config()).unwrap();
    let (restoring, restore_reached, restore_go) = stop();
    subject.hook("restore", restoring);
    let (beside_reached, beside_go) = calls_from_beside(&subject, &carry);
    thread::scope(|scope| {
        let inside = scope.spawn(|| beside.run().unwrap());
        beside_reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        restore_reached();
        beside_go();
        inside.join().unwrap();
        restore_go();
        reload.join().unwrap().unwrap();
    });
    assert_eq!((carry.add(0).unwrap(), carry.restored().unwrap()), (7, 1));
    assert_eq!(subject.alive(), 2, "one of each contract");
    subject.forget_hooks();
}

#[test]
fn what_those_do_who_are_let_through_all_the_time_is_never_lost() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let beside = runtime.get_with::<dyn Beside>(subject.config()).unwrap();
    let (adder, pinner, added) = (carry.clone(), carry.clone(), Arc::new(AtomicU64::new(0)));
    let (done, ended) = (Arc::new(AtomicBool::new(false)), Arc::clone(&added));
    let is_done = Arc::clone(&done);
    subject.hook("beside", move || {
        while !is_done.load(Ordering::Relaxed) {
            adder.add(1).unwrap();
            // A pin that is given up at any moment of the search for it.
            pinner.pin().unwrap().add(1).unwrap();
            added.fetch_add(2, Ordering::Relaxed);
            thread::sleep(Duration::from_micros(200));
        }
    });
    let reloads = 30;
    thread::scope(|scope| {
        let inside = [(); 2].map(|()| scope.spawn(|| beside.run().unwrap()));
        for _ in 0..reloads {
            runtime.reload("carry").unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for one in inside {
            one.join().unwrap();
        }
    });
    assert_eq!(carry.add(0).unwrap(), ended.load(Ordering::Relaxed));
    assert_eq!((carry.restored().unwrap(), subject.alive()), (reloads, 2));
    subject.forget_hooks();
}

#[test]
fn a_state_that_cannot_be_saved_or_restored_leaves_the_old_version_running() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let other = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    carry.add(3).unwrap();
    other.add(4).unwrap();
    for (at, is_save) in [("fail save", true), ("panic save", true), ("fail restore", false)] {
        subject.hook(at, || ());
        match runtime.reload("carry") {
            Err(ReloadError::Save { contract, .. }) if is_save => {
                assert_eq!(contract, "test.carry");
            }
            Err(ReloadError::Restore { contract, .. }) if !is_save => {
                assert_eq!(contract, "test.carry");
            }
            other => panic!("{at}: {other:?}"),
        }
        assert_eq!((carry.add(0).unwrap(), other.add(0).unwrap()), (3, 4), "{at}");
        assert_eq!((carry.restored().unwrap(), subject.alive()), (0, 2), "{at}");
        subject.forget_hooks();
    }
    runtime.reload("carry").unwrap();
    assert_eq!((carry.add(0).unwrap(), other.add(0).unwrap()), (3, 4));
    assert_eq!(subject.alive(), 2);
}

#[test]
fn who_reloads_does_not_wait_for_itself() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let (told, outcome) = channel();
    let again = carry.clone();
    subject.hook("save", move || {
        let _ = told.send((
            matches!(again.add(1), Err(CallError::Reentrant(_))),
            matches!(again.pin(), Err(CallError::Reentrant(_))),
            matches!(again.renew(), Err(CallError::Reentrant(_))),
        ));
    });
    runtime.reload("carry").unwrap();
    assert_eq!(outcome.recv().unwrap(), (true, true, true));
    assert_eq!(carry.add(0).unwrap(), 0);
    subject.forget_hooks();
}

#[test]
fn a_thread_that_is_let_through_to_a_panic_is_not_let_through_again() {
    let (runtime, subject) = (runtime(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let beside = runtime.get_with::<dyn Beside>(subject.config()).unwrap();
    let stack = Mutex::new(runtime.get_with::<dyn Stack>(subject.config()).unwrap());
    let (hook, reached, go) = stop();
    subject.hook("run", hook);
    let (hook, beside_reached, beside_go) = stop();
    let (told, outcome) = channel();
    subject.hook("beside", move || {
        hook();
        let mut stack = stack.lock().unwrap();
        let first = matches!(stack.panic(), Err(CallError::Panicked(_)));
        let second = matches!(stack.push(1), Err(CallError::Poisoned(_)));
        told.send((first, second)).unwrap();
    });
    thread::scope(|scope| {
        let running = scope.spawn(|| carry.run().unwrap());
        let inside = scope.spawn(|| beside.run().unwrap());
        reached();
        beside_reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        thread::sleep(Duration::from_millis(100));
        beside_go();
        inside.join().unwrap();
        go();
        running.join().unwrap();
        reload.join().unwrap().unwrap();
    });
    assert_eq!(outcome.recv().unwrap(), (true, true));
    subject.forget_hooks();
}

#[test]
fn a_thread_in_another_bundle_gives_way_to_saving_that_waits_for_it() {
    let (runtime, other) = (runtime_with(Duration::from_millis(50)), runtime());
    let (subject, another) = (Subject::new(), Subject::new());
    let carry = runtime.get_with::<dyn Carry>(subject.config()).unwrap();
    let outer = other.get_with::<dyn Carry>(another.config()).unwrap();
    let (saving, is_saving) = channel();
    let (done, is_done) = channel();
    let (saving, is_done) = (Mutex::new(saving), Mutex::new(is_done));
    subject.hook("save", move || {
        saving.lock().unwrap().send(()).unwrap();
        is_done.lock().unwrap().recv().unwrap();
    });
    let through = carry.clone();
    another.hook("run", move || {
        assert!(matches!(through.add(1), Err(CallError::Reentrant(_))));
    });
    thread::scope(|scope| {
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        is_saving.recv().unwrap();
        outer.run().unwrap();
        done.send(()).unwrap();
        reload.join().unwrap().unwrap();
    });
    assert_eq!((carry.add(1).unwrap(), carry.restored().unwrap()), (1, 1));
    subject.forget_hooks();
    another.forget_hooks();
}

#[test]
fn a_panic_while_it_is_held_poisons_what_comes_after() {
    let (runtime, subject) = (runtime(), Subject::new());
    let mut stack = runtime.get_with::<dyn Stack>(subject.config()).unwrap();
    stack.push(1).unwrap();
    let (hook, reached, go) = stop();
    subject.hook("stack", hook);
    thread::scope(|scope| {
        let running = scope.spawn(|| matches!(stack.panic(), Err(CallError::Panicked(_))));
        reached();
        let reload = scope.spawn(|| runtime.reload("carry").map(drop));
        thread::sleep(Duration::from_millis(50));
        go();
        assert!(running.join().unwrap());
        reload.join().unwrap().unwrap();
    });
    assert!(matches!(stack.push(2), Err(CallError::Poisoned(_))));
    subject.forget_hooks();
    stack.renew().unwrap();
    assert_eq!(stack.push(5).unwrap(), 5);
}

#[test]
fn whoever_prepares_is_told_what_is_kept() {
    let (runtime, subject) = (runtime(), Subject::new());
    let (told, kept) = channel();
    runtime.on_event(move |event| {
        if let Event::Preparing { losing_state, keeping_state, .. } = event {
            let _ = told.send((losing_state.clone(), keeping_state.clone()));
        }
    });
    let _proxies = [(); 2].map(|()| runtime.get_with::<dyn Carry>(subject.config()).unwrap());
    runtime.reload("carry").unwrap();
    assert_eq!(kept.recv().unwrap(), (vec![], vec![("test.carry".to_owned(), 2)]));
}
