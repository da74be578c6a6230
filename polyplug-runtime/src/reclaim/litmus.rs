//! The store buffer that the protocol rests on, on the processor at hand: one side
//! has what a call has, the other the process-wide barrier. Of two stores, each
//! followed by a load of the other's place, at least one must be seen.
//!
//! Built with `--cfg polyplug_without="barrier"` the test fails: `.ci/litmus` checks
//! that, so the test is known to notice.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use polyplug_guest::private::sync::{CallFence, light_fence};

use super::barrier::Barrier;

const ROUNDS: usize = if cfg!(polyplug_without = "barrier") { usize::MAX } else { 200_000 };
/// On a machine with other things to do. Without the barrier the two must meet once at
/// the right moment: on a busy machine that may take a while.
const AT_MOST: Duration =
    Duration::from_secs(if cfg!(polyplug_without = "barrier") { 120 } else { 3 });

/// A word in a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

/// In which round neither side saw the other's store, if that happened.
fn reordering(caller: impl Fn() + Sync, reclaimer: impl Fn() + Sync) -> Option<usize> {
    let named = Apart::<AtomicU32>::default();
    let replaced = Apart::<AtomicU32>::default();
    let seen_by_caller = Apart::<AtomicU32>::default();
    let begun = Apart::<AtomicUsize>::default();
    let done = Apart::<AtomicUsize>::default();
    let mut reordering = None;
    let end = Instant::now() + AT_MOST;
    thread::scope(|scope| {
        scope.spawn(|| {
            stay_on_processor(1);
            for round in 1.. {
                wait_for(&begun.0, round);
                if begun.0.load(Ordering::Relaxed) == usize::MAX {
                    break;
                }
                named.0.store(1, Ordering::Release);
                caller();
                let seen = replaced.0.load(Ordering::Acquire);
                seen_by_caller.0.store(seen, Ordering::Relaxed);
                done.0.store(round, Ordering::Release);
            }
        });
        stay_on_processor(0);
        for round in (1..ROUNDS).take_while(|_| Instant::now() < end) {
            named.0.store(0, Ordering::Relaxed);
            replaced.0.store(0, Ordering::Relaxed);
            begun.0.store(round, Ordering::Release);
            // The two meet at different moments.
            for _ in 0..round % 64 {
                std::hint::spin_loop();
            }
            replaced.0.store(1, Ordering::Release);
            reclaimer();
            let seen = named.0.load(Ordering::Acquire);
            wait_for(&done.0, round);
            if seen == 0 && seen_by_caller.0.load(Ordering::Relaxed) == 0 {
                reordering = Some(round);
                break;
            }
        }
        begun.0.store(usize::MAX, Ordering::Release);
    });
    reordering
}

/// Keeps the calling thread on one of the processors that it may use, so that the two
/// threads never run by turns on the same one: then nothing could be reordered.
#[cfg(target_os = "linux")]
fn stay_on_processor(which: usize) {
    // SAFETY: both calls fill or read the set alone, which may be all zeroes.
    unsafe {
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size_of_val(&allowed), &mut allowed) != 0 {
            return;
        }
        let processors = 0..libc::CPU_SETSIZE as usize;
        let mut allowed = processors.filter(|processor| libc::CPU_ISSET(*processor, &allowed));
        if let Some(processor) = allowed.nth(which) {
            let mut only: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(processor, &mut only);
            // Refused, the thread goes where the system likes.
            let _ = libc::sched_setaffinity(0, size_of_val(&only), &only);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn stay_on_processor(_: usize) {}

fn wait_for(counter: &AtomicUsize, round: usize) {
    let mut tries = 0_u32;
    while counter.load(Ordering::Acquire) < round {
        tries += 1;
        // With fewer processors than threads the other one must be let in.
        if tries.is_multiple_of(1 << 8) { thread::yield_now() } else { std::hint::spin_loop() }
    }
}

#[test]
fn with_the_barrier_a_store_is_seen_by_one_side_at_least() {
    let barrier = Barrier::choose();
    let caller = || match barrier {
        Barrier::Process => light_fence(CallFence::Enter),
        Barrier::Fences => std::sync::atomic::fence(Ordering::SeqCst),
    };
    assert_eq!(reordering(caller, || assert!(barrier.issue())), None);
}
