//! The protocol under loom: the caller's half is the code that proxies inline, the
//! other half is this module's. Both sides have fences, as where there is no
//! barrier for all threads.
//!
//! Run by `.ci/loom`.

mod holding;

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::cell::UnsafeCell;
use loom::thread;
use polyplug_guest::abi::{
    CallFrame, ContractClient, ErrorBuffer, FRAMES, Function, ProxyBinding, ProxyCell, ProxyVtable,
    RawPin, RawProxy, RawStr, ThreadRecord,
};
use polyplug_guest::private::Frame;
use polyplug_guest::private::sync::{CallFence, leave_out};

use super::barrier::Barrier;
use super::domain::Domain;
use super::place::{Absent, Bound, Place, Target};
use super::record::Record;

/// What a call uses, and what is destroyed: loom reports a use that does not come
/// before the destruction.
struct Instance {
    used: UnsafeCell<u32>,
    destroyed: Arc<AtomicUsize>,
}

// SAFETY: that no use races with the destruction is what the models show.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: as above.
        self.used.with_mut(|used| unsafe { *used = u32::MAX });
        self.destroyed.fetch_add(1, Ordering::Relaxed);
    }
}

struct World {
    domain: Domain,
    place: Place<Instance>,
    destroyed: Arc<AtomicUsize>,
}

std::thread_local! {
    /// The world of the model that runs: loom runs all threads of it on this one.
    static WORLD: Cell<*const World> = const { Cell::new(ptr::null()) };
}

impl World {
    /// A world with one instance, and the threads' way to it.
    fn begin() -> &'static Self {
        let destroyed = Arc::new(AtomicUsize::new(0));
        // Callers take the inlined path, which has fences under loom; so has the
        // barrier.
        let domain = Domain::new(Barrier::Process, FRAMES as u32);
        let place = Place::new(instance(&destroyed), &VTABLE, unused_record);
        // Leaked by a model that fails: what is loom's must not outlive it.
        let world: &'static Self = Box::leak(Box::new(Self { domain, place, destroyed }));
        WORLD.set(world);
        world
    }

    fn present() -> &'static Self {
        // SAFETY: `end` comes after all threads of the model.
        unsafe { &*WORLD.get() }
    }

    fn cell(&self) -> *const ProxyCell {
        (&raw const self.place).cast()
    }

    /// A call, with the nested one that it makes.
    fn call(&self, record: &'static Record, nested: bool) {
        // SAFETY: the place outlives the frame, and the record is this thread's.
        let mut frame = unsafe { Frame::enter_in(self.cell(), record.shared()) };
        if frame.binding().waits == 1 {
            let mut error = ErrorBuffer::cleared();
            // SAFETY: the buffer is this function's.
            assert_eq!(unsafe { frame.settle(error.as_mut_ptr()) }, Some(true));
        }
        let binding = frame.binding();
        if !binding.functions.is_null() {
            // SAFETY: `instance` made it so.
            let target = unsafe { &*std::ptr::from_ref(binding).cast::<Target<Instance>>() };
            // SAFETY: see `Instance`.
            let used = target.value().used.with(|used| unsafe { *used });
            assert_eq!(used, 7, "the instance was destroyed under the call");
            if nested {
                self.call(record, false);
            }
        }
    }

    /// Ends what the world began with, as an unload does.
    fn unload(&self) {
        drop(self.domain.retire(self.place.swap(Bound::Absent(Absent::Unloaded))));
    }

    fn replace(&self) {
        drop(self.domain.retire(self.place.swap(instance(&self.destroyed))));
    }

    /// All threads are done: what was replaced has been destroyed.
    fn end(&'static self, destroyed: usize) {
        let so_far = self.destroyed.load(Ordering::Relaxed);
        assert_eq!(so_far, destroyed, "nobody took apart what no call is in any more");
        // SAFETY: it came from `begin`, and nobody uses it any more.
        drop(unsafe { Box::from_raw(ptr::from_ref(self).cast_mut()) });
    }
}

fn instance(destroyed: &Arc<AtomicUsize>) -> Bound<Instance> {
    let instance = Instance { used: UnsafeCell::new(7), destroyed: Arc::clone(destroyed) };
    let functions: *const Function = std::ptr::dangling();
    // SAFETY: nobody calls the functions.
    let target: Arc<_> =
        unsafe { Target::new(ProxyBinding::new(functions, std::ptr::null_mut()), instance) };
    Bound::To(target)
}

static VTABLE: ProxyVtable = ProxyVtable {
    size: size_of::<ProxyVtable>(),
    enter: unused_enter,
    attend,
    poison: unused_poison,
    renew: unused_renew,
    retain: unused_reference,
    release: unused_reference,
    bundle_name: unused_name,
    rebind: unused_rebind,
    pin: unused_pin,
    settle: holding::settle,
};

unsafe extern "C" fn attend(record: *const ThreadRecord) {
    // SAFETY: the frames of the models are in records of the domain.
    let record = unsafe { Record::of(record) };
    if record.is_wanted(record.depth()) {
        drop(World::present().domain.collect(record));
    }
}

unsafe extern "C" fn unused_record() -> *const ThreadRecord {
    unreachable!()
}

unsafe extern "C" fn unused_enter(_: *const ProxyCell, _: *const ThreadRecord, _: *mut CallFrame) {
    unreachable!()
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

/// Explores `model`, with up to `preemptions` of each thread, and one fence left
/// out if asked.
fn check(preemptions: usize, without: Option<CallFence>, model: impl Fn() + Send + Sync + 'static) {
    leave_out(without);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

fn a_call_beside_an_unload(without: Option<CallFence>) {
    check(3, without, || {
        let world = World::begin();
        let record = world.domain.acquire();
        let caller = thread::spawn(move || World::present().call(record, false));
        world.unload();
        caller.join().unwrap();
        world.end(1);
    });
}

#[test]
fn nothing_is_destroyed_under_a_call_and_somebody_destroys_it() {
    a_call_beside_an_unload(None);
}

#[test]
#[should_panic = "Causality violation"]
fn without_the_fence_of_entering_an_instance_is_destroyed_under_a_call() {
    a_call_beside_an_unload(Some(CallFence::Enter));
}

#[test]
#[should_panic = "nobody took apart what no call is in any more"]
fn without_the_fence_of_leaving_nobody_takes_apart() {
    a_call_beside_an_unload(Some(CallFence::Leave));
}

#[test]
fn two_calls_of_one_thread_beside_a_replacement() {
    check(2, None, || {
        let world = World::begin();
        let record = world.domain.acquire();
        let caller = thread::spawn(move || {
            World::present().call(record, false);
            World::present().call(record, false);
        });
        world.replace();
        caller.join().unwrap();
        world.end(1);
    });
}

#[test]
fn a_nested_call_beside_an_unload() {
    check(2, None, || {
        let world = World::begin();
        let record = world.domain.acquire();
        let caller = thread::spawn(move || World::present().call(record, true));
        world.unload();
        caller.join().unwrap();
        world.end(1);
    });
}

#[test]
fn two_threads_that_replace_beside_a_call() {
    check(3, None, || {
        let world = World::begin();
        let record = world.domain.acquire();
        let caller = thread::spawn(move || World::present().call(record, false));
        let other = thread::spawn(|| World::present().replace());
        world.replace();
        caller.join().unwrap();
        other.join().unwrap();
        world.end(2);
    });
}

#[test]
fn a_lease_beside_an_unload() {
    check(3, None, || {
        let world = World::begin();
        let other = thread::spawn(|| {
            let world = World::present();
            // The standard `Arc` orders its last drop behind all uses; loom, which does
            // not see into it, would take a use of the instance for a race.
            if let Bound::To(_lease) = world.place.lease(&world.domain) {
                assert_eq!(world.destroyed.load(Ordering::Relaxed), 0);
            }
        });
        world.unload();
        other.join().unwrap();
        world.end(1);
    });
}
