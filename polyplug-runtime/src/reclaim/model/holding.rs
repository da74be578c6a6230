//! Calls beside an instance whose state is carried over: what is held, who is let through
//! and when it is saved are the code of everybody. The lock and who waits behind it are
//! like those of `instance::hold`.

use loom::sync::{Condvar, Mutex};
use polyplug_guest::abi::Status;

use super::*;
use crate::reclaim::{Held, look_again, rename};

/// Who calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// Waits for what is held.
    Outside,
    /// Is in a call in the same bundle, and so is let through.
    Inside,
    /// As `Inside`, but names what is held after the lock: what must not be.
    Late,
}

struct Bundle {
    held: Mutex<Option<Held<Instance>>>,
    settled: Condvar,
    caller: Caller,
}

std::thread_local! {
    static BUNDLE: Cell<*const Bundle> = const { Cell::new(ptr::null()) };
}

/// Stands for the one place of a world.
const KEY: usize = 0;

impl Bundle {
    fn begin(caller: Caller) -> &'static Self {
        let held = Mutex::new(None);
        let bundle: &'static Self =
            Box::leak(Box::new(Self { held, settled: Condvar::new(), caller }));
        BUNDLE.set(bundle);
        bundle
    }

    fn present() -> &'static Self {
        // SAFETY: it is freed after all threads of the model.
        unsafe { &*BUNDLE.get() }
    }

    fn end(&'static self) {
        // SAFETY: it came from `begin`, and nobody uses it any more.
        drop(unsafe { Box::from_raw(ptr::from_ref(self).cast_mut()) });
    }

    fn settle(&self, frame: &mut CallFrame) {
        let world = World::present();
        loop {
            let mut held = self.held.lock().unwrap();
            while let Some(present) = &mut *held {
                if self.caller != Caller::Outside && present.lets_through(false) {
                    let target = present.let_through(KEY, |_| None).unwrap();
                    if self.caller == Caller::Late {
                        let target = Arc::clone(target);
                        drop(held);
                        // SAFETY: the frame is the innermost. That this is not enough is
                        // what the model shows.
                        return unsafe { rename(frame, target.binding()) };
                    }
                    // SAFETY: the frame is the innermost, and the lock is held.
                    return unsafe { rename(frame, target.binding()) };
                }
                held = self.settled.wait(held).unwrap();
            }
            drop(held);
            // SAFETY: the frame is the innermost, of a call through the place.
            unsafe { look_again(world.cell(), frame) };
            if world.place.absent() != Some(Absent::Held) {
                return;
            }
        }
    }

    /// Carries the instance over if nobody is in it, else lets it go on. Says which.
    fn reload(&self) -> bool {
        let world = World::present();
        let mut held = self.held.lock().unwrap();
        let before = world.place.swap(Bound::Absent(Absent::Held)).unwrap();
        *held = Some(Held::new(vec![(KEY, before.target())]));
        drop(held);
        drop(world.domain.retire([before]));

        let mut held = self.held.lock().unwrap();
        let present = held.as_mut().unwrap();
        present.begin_saving();
        let targets = present.targets();
        drop(held);
        let is_idle = world.domain.are_idle(&targets, Held::<Instance>::IDLE);
        if is_idle {
            // Written to, so that loom reports whoever is in it.
            // SAFETY: that no use races with this is what the model shows.
            targets[0].value().used.with_mut(|used| assert_eq!(unsafe { *used }, 7));
        }
        let mut held = self.held.lock().unwrap();
        let present = held.as_mut().unwrap();
        if is_idle {
            assert!(present.end_saving());
        } else {
            present.drain();
        }
        drop(held);
        self.settled.notify_all();
        drop(targets);

        let mut held = self.held.lock().unwrap();
        let mut taken = held.take().unwrap();
        let is_carried = taken.is_settled();
        let bound = match is_carried {
            true => instance(&world.destroyed),
            false => Bound::To(Arc::clone(taken.target(KEY, |_| None).unwrap())),
        };
        assert!(world.place.swap(bound).is_none());
        drop(held);
        self.settled.notify_all();
        drop(world.domain.retire_leases(taken.into_targets()));
        is_carried
    }
}

pub(super) unsafe extern "C" fn settle(
    _: *const ProxyCell,
    frame: *mut CallFrame,
    _: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller lends its frame.
    Bundle::present().settle(unsafe { &mut *frame });
    Status::Ok as u32
}

/// A call beside a reload that carries the instance over, and an unload after that.
fn a_call_beside_a_reload(caller: Caller) {
    let model = move || {
        let (world, bundle) = (World::begin(), Bundle::begin(caller));
        let record = world.domain.acquire();
        let caller = thread::spawn(move || World::present().call(record, false));
        let is_carried = bundle.reload();
        world.unload();
        caller.join().unwrap();
        bundle.end();
        world.end(1 + usize::from(is_carried));
    };
    check(2, None, model);
}

#[test]
fn a_new_call_waits_while_a_state_is_carried_over() {
    a_call_beside_a_reload(Caller::Outside);
}

#[test]
fn nobody_is_in_what_is_saved_nor_is_it_destroyed_under_who_was_let_through() {
    a_call_beside_a_reload(Caller::Inside);
}

#[test]
#[should_panic = "Causality violation"]
fn what_is_named_after_the_lock_is_saved_or_destroyed_under_a_call() {
    a_call_beside_a_reload(Caller::Late);
}
