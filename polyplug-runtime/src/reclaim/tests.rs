//! The protocol on real threads, with the process's own records.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ptr;
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use polyplug_guest::abi::{
    CallFrame, ContractClient, ErrorBuffer, FRAMES, Function, ProxyBinding, ProxyCell, ProxyVtable,
    RawPin, RawProxy, RawStr,
};
use polyplug_guest::private::{Frame, present_record};

use super::record::Record;
use super::*;

/// Says where it was destroyed.
struct Instance {
    destroyed: mpsc::Sender<ThreadId>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.destroyed.send(thread::current().id());
    }
}

type Destroyed = mpsc::Receiver<ThreadId>;

fn instance() -> (Bound<Instance>, Destroyed) {
    let (destroyed, receiver) = mpsc::channel();
    let functions: *const Function = ptr::dangling();
    // SAFETY: nobody calls the functions.
    let target = unsafe {
        Target::new(ProxyBinding::new(functions, ptr::null_mut()), Instance { destroyed })
    };
    (Bound::To(target), receiver)
}

fn place() -> (Place<Instance>, Destroyed) {
    let (bound, destroyed) = instance();
    (Place::new(bound, &VTABLE, thread_record), destroyed)
}

fn call<R>(place: &Place<Instance>, body: impl FnOnce() -> R) -> R {
    // SAFETY: the place is borrowed, and the frame stays here.
    let _frame = unsafe { Frame::enter(ptr::from_ref(place).cast()) };
    body()
}

/// Unloads, and says how many calls hold what was there.
fn unload(place: &Place<Instance>) -> usize {
    domain().retire(place.swap(Bound::Absent(Absent::Unloaded))).held().count()
}

fn is_alive(destroyed: &Destroyed) -> bool {
    destroyed.try_recv().is_err()
}

static VTABLE: ProxyVtable = ProxyVtable {
    size: size_of::<ProxyVtable>(),
    enter,
    attend,
    poison: unused_poison,
    renew: unused_renew,
    retain: unused_reference,
    release: unused_reference,
    bundle_name: unused_name,
    rebind: unused_rebind,
    pin: unused_pin,
    settle: unused_settle,
};

unsafe extern "C" fn unused_settle(
    _: *const ProxyCell,
    _: *mut CallFrame,
    _: *mut ErrorBuffer,
) -> u32 {
    unreachable!("nothing is held")
}

unsafe extern "C" fn unused_rebind(
    _: *const ProxyCell,
    _: *const ContractClient,
    _: *mut RawProxy,
    _: *mut ErrorBuffer,
) -> u32 {
    unreachable!()
}

unsafe extern "C" fn unused_pin(_: *const ProxyCell, _: *mut RawPin, _: *mut ErrorBuffer) -> u32 {
    unreachable!()
}

unsafe extern "C" fn unused_poison(_: *const ProxyCell, _: *const ProxyBinding) {
    unreachable!()
}

unsafe extern "C" fn unused_renew(_: *const ProxyCell, _: *mut ErrorBuffer) -> u32 {
    unreachable!()
}

unsafe extern "C" fn unused_reference(_: *const ProxyCell) {
    unreachable!()
}

unsafe extern "C" fn unused_name(_: *const ProxyCell) -> RawStr {
    unreachable!()
}

#[test]
fn what_no_call_is_in_goes_at_once() {
    let (place, destroyed) = place();
    call(&place, || ());
    assert_eq!(unload(&place), 0);
    assert_eq!(destroyed.recv().unwrap(), thread::current().id());
}

#[test]
fn a_call_keeps_what_it_is_in_and_takes_it_apart_when_it_leaves() {
    let (place, destroyed) = place();
    let place = &place;
    let (entered, is_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let caller = scope.spawn(move || {
            call(place, || {
                entered.send(()).unwrap();
                may_leave.recv().unwrap();
            });
        });
        is_entered.recv().unwrap();
        assert_eq!(unload(place), 1);
        assert!(is_alive(&destroyed));
        leave.send(()).unwrap();
        assert_eq!(destroyed.recv().unwrap(), caller.thread().id());
    });
}

#[test]
fn a_stalled_call_delays_its_own_alone() {
    let (stalled, stalled_destroyed) = place();
    let (other, other_destroyed) = place();
    call(&stalled, || {
        assert_eq!(unload(&stalled), 1);
        call(&other, || ());
        assert_eq!(unload(&other), 0);
        assert_eq!(other_destroyed.recv().unwrap(), thread::current().id());
        assert!(is_alive(&stalled_destroyed));
    });
    assert_eq!(stalled_destroyed.recv().unwrap(), thread::current().id());
}

#[test]
fn calls_nest_without_end() {
    fn nest(depth: usize) {
        if depth == 0 {
            return;
        }
        let (place, destroyed) = place();
        call(&place, || {
            assert!(is_inside_call());
            nest(depth - 1);
            assert_eq!(unload(&place), 1);
            assert!(is_alive(&destroyed));
        });
        assert_eq!(destroyed.recv().unwrap(), thread::current().id());
    }
    nest(4 * FRAMES);
    assert!(!is_inside_call());
}

#[test]
fn what_has_gone_is_seen_through_the_binding() {
    let (place, _) = place();
    unload(&place);
    // SAFETY: as in `call`.
    let frame = unsafe { Frame::enter(ptr::from_ref(&place).cast()) };
    assert!(frame.binding().functions.is_null());
    assert_eq!(frame.binding().why_absent(), polyplug_guest::abi::ErrorKind::Unloaded);
}

#[test]
fn a_lease_keeps_what_it_is_on() {
    let (place, destroyed) = place();
    let lease = place.lease(domain());
    assert_eq!(unload(&place), 1);
    assert!(is_alive(&destroyed));
    drop(lease);
    assert!(!is_alive(&destroyed));
}

#[test]
fn a_thread_in_a_turn_takes_apart_at_its_end() {
    let (place, destroyed) = place();
    let turn = TurnSection::begin();
    call(&place, || assert_eq!(unload(&place), 1));
    assert!(is_alive(&destroyed));
    drop(turn);
    assert_eq!(destroyed.recv().unwrap(), thread::current().id());
}

#[test]
fn records_are_handed_on() {
    let records: HashSet<_> = (0..100)
        .map(|_| {
            let (place, _destroyed) = place();
            let caller = thread::spawn(move || {
                call(&place, || ());
                present_record() as usize
            });
            caller.join().unwrap()
        })
        .collect();
    // Tests that run beside this one take some.
    assert!(records.len() < 50, "{} records for one thread at a time", records.len());
}

#[test]
fn destructors_of_thread_locals_may_call() {
    type Saying = mpsc::Sender<(bool, bool)>;
    struct Late(RefCell<Option<(Place<Instance>, Saying)>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let (place, said) = self.0.take().unwrap();
            let before = present_record().is_null();
            // A nested call shares the record.
            call(&place, || call(&place, || assert!(is_inside_call())));
            said.send((before, present_record().is_null())).unwrap();
        }
    }
    thread_local! {
        static LATE: Late = const { Late(RefCell::new(None)) };
    }
    let (said, says) = mpsc::channel();
    let (place, destroyed) = place();
    let caller = thread::spawn(move || {
        // Before the guard of the record, so it is destroyed behind it.
        LATE.with(|_| ());
        call(&place, || ());
        LATE.with(|late| late.0.replace(Some((place, said))));
    });
    caller.join().unwrap();
    let (before, after) = says.recv().unwrap();
    assert_eq!((before, after), (cfg!(target_os = "linux") || before, before));
    assert!(!is_alive(&destroyed));
}

#[test]
fn flat_out_beside_replacements() {
    let (bound, _first) = instance();
    let place = &Place::new(bound, &VTABLE, thread_record);
    let until = Instant::now() + Duration::from_secs(1);
    let mut all_destroyed = Vec::new();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while Instant::now() < until {
                    for _ in 0..1000 {
                        call(place, || call(place, || ()));
                    }
                }
            });
        }
        while Instant::now() < until {
            let (bound, destroyed) = instance();
            drop(domain().retire(place.swap(bound)));
            all_destroyed.push(destroyed);
        }
    });
    let present = all_destroyed.pop().unwrap();
    assert!(is_alive(&present));
    for destroyed in all_destroyed {
        destroyed.recv_timeout(Duration::from_secs(10)).expect("what was replaced is gone");
    }
}

#[test]
fn records_are_found_from_what_callers_know_of_them() {
    let (place, _destroyed) = place();
    call(&place, || {
        let present = present_record();
        // SAFETY: the record of this thread.
        assert_eq!(unsafe { Record::of(present) }.shared(), present);
    });
}
