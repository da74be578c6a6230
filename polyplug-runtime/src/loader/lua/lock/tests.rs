use std::sync::atomic::AtomicU32;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;

#[test]
fn the_holder_may_take_it_again() {
    let lock = VmLock::new();
    let others_may_take_it = || {
        thread::scope(|scope| {
            let take = || lock.try_acquire() && lock.release() == Left::Free;
            scope.spawn(take).join().unwrap()
        })
    };
    lock.acquire().unwrap();
    lock.acquire().unwrap();
    assert!(!others_may_take_it());
    assert_eq!(lock.release(), Left::Inside);
    assert!(!others_may_take_it());
    assert_eq!(lock.release(), Left::Free);
    assert!(others_may_take_it());
}

#[test]
fn others_wait_their_turn() {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let lock = VmLock::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    lock.acquire().unwrap();
                    // Not atomic as a whole: only the lock makes it right.
                    let count = COUNT.load(Ordering::Relaxed);
                    COUNT.store(count + 1, Ordering::Relaxed);
                    lock.release();
                }
            });
        }
    });
    assert_eq!(COUNT.load(Ordering::Relaxed), 40_000);
}

#[test]
fn a_favoured_thread_and_one_that_comes_later_exclude_each_other() {
    // A lock favours somebody once, so each round has one of its own.
    for round in 0..2_000_u32 {
        let lock = VmLock::new();
        let count = AtomicU32::new(0);
        let add = || {
            // Not atomic as a whole: only the lock makes it right.
            let before = count.load(Ordering::Relaxed);
            if round % 64 == 0 {
                thread::yield_now();
            }
            count.store(before + 1, Ordering::Relaxed);
        };
        lock.acquire_again().unwrap();
        assert_eq!(lock.release(), Left::Free);
        thread::scope(|scope| {
            for waits in [true, false] {
                let (lock, add) = (&lock, &add);
                scope.spawn(move || {
                    for _ in 0..round % 50 {
                        std::hint::spin_loop();
                    }
                    if waits {
                        lock.acquire().unwrap();
                    } else {
                        while !lock.try_acquire() {
                            thread::yield_now();
                        }
                    }
                    add();
                    lock.release();
                });
            }
            for _ in 0..100 {
                lock.acquire_again().unwrap();
                lock.acquire_again().unwrap();
                assert_eq!(lock.release(), Left::Inside);
                add();
                lock.release();
            }
        });
        assert_eq!(count.load(Ordering::Relaxed), 102);
    }
}

#[test]
fn a_favoured_thread_that_is_inside_keeps_the_lock() {
    let lock = VmLock::new();
    lock.acquire_again().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| assert!(!lock.try_acquire())).join().unwrap();
        scope.spawn(|| assert!(lock.leave_work())).join().unwrap();
    });
    lock.acquire_again().unwrap();
    assert_eq!(lock.release(), Left::Inside);
    assert_eq!(lock.release(), Left::WithWork);
    thread::scope(|scope| {
        scope.spawn(|| assert!(lock.try_acquire() && lock.release() == Left::Free));
    });
    assert!(lock.try_acquire());
    assert_eq!(lock.release(), Left::Free);
}

/// Threads that each have one lock and then want the next one's.
fn ring(size: usize) -> usize {
    let locks: Vec<_> = (0..size).map(|_| VmLock::new()).collect();
    let all_hold = std::sync::Barrier::new(size);
    let (results, received) = mpsc::channel();
    thread::scope(|scope| {
        for i in 0..size {
            let (locks, all_hold, results) = (&locks, &all_hold, results.clone());
            scope.spawn(move || {
                locks[i].acquire_again().unwrap();
                all_hold.wait();
                let next = &locks[(i + 1) % locks.len()];
                let result = next.acquire();
                if result.is_ok() {
                    next.release();
                }
                locks[i].release();
                results.send(result.is_err()).unwrap();
            });
        }
        let outcomes = (0..size).map(|_| received.recv_timeout(Duration::from_secs(20)).unwrap());
        outcomes.filter(|gave_way| *gave_way).count()
    })
}

#[test]
fn of_those_who_wait_for_each_other_one_gives_way() {
    for _ in 0..200 {
        assert_eq!(ring(2), 1);
        assert_eq!(ring(3), 1);
    }
}

#[test]
fn work_is_left_with_the_holder_alone() {
    let lock = VmLock::new();
    assert!(!lock.leave_work());
    lock.acquire().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(!lock.try_acquire());
            assert!(lock.leave_work());
        });
    });
    assert_eq!(lock.release(), Left::WithWork);
    assert!(lock.try_acquire());
    assert_eq!(lock.release(), Left::Free);
}
