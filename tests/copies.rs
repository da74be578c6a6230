//! Values that cross without a copy: that none is made, how long they keep the bundle that
//! they came from, and very large ones.

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "it/place.rs"]
mod place;
#[allow(dead_code, reason = "as above")]
#[path = "it/support.rs"]
mod support;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use fixture_copies::{Copies, CopiesProxy, large_allocations};
use place::{Place, is_mapped, wait_until};
use polyplug_runtime::{AbiString, AbiVec, CallError, Runtime, Unloaded};

const MIB: u64 = 1 << 20;

/// Allocations are counted for the whole process, so tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Loaded {
    runtime: Runtime,
    copies: CopiesProxy,
    library: PathBuf,
    place: Place,
    _turn: MutexGuard<'static, ()>,
}

impl Loaded {
    fn new() -> Self {
        let turn = turn();
        let place = Place::new();
        let runtime = place.runtime();
        runtime.load(place.install("fixture-copies")).unwrap();
        let copies = runtime.get::<dyn Copies>().unwrap();
        let library = place.copies()[0].clone();
        Self { runtime, copies, library, place, _turn: turn }
    }

    /// How many large allocations the host and the plugin make in `work`.
    fn count<T>(&self, work: impl FnOnce(&CopiesProxy) -> T) -> (T, (u64, u64)) {
        let before = (large_allocations(), self.copies.made().unwrap());
        let done = work(&self.copies);
        let after = (large_allocations(), self.copies.made().unwrap());
        (done, (after.0 - before.0, after.1 - before.1))
    }

    fn unload(&self) -> Unloaded {
        self.runtime.unload("fixture-copies").unwrap()
    }
}

#[test]
fn results_are_not_copied() {
    let loaded = Loaded::new();
    let (text, made) = loaded.count(|copies| copies.text(MIB).unwrap());
    assert_eq!((text.len() as u64, made), (MIB, (0, 1)));
    let (numbers, made) = loaded.count(|copies| copies.numbers(MIB).unwrap());
    assert_eq!((numbers[9], numbers.len() as u64, made), (9, MIB, (0, 1)));
    let (pages, made) = loaded.count(|copies| copies.pages(MIB).unwrap());
    assert_eq!((pages[1].len() as u64, made), (MIB, (0, 2)));
    // For contrast, which also shows that the host's are counted.
    let (_, made) = loaded.count(|copies| copies.copied_text(MIB).unwrap());
    assert_eq!(made, (1, 1));
}

#[test]
fn arguments_are_not_copied() {
    let loaded = Loaded::new();
    let numbers: AbiVec<u64> = (0..MIB).collect();
    let text = AbiString::from("x".repeat(MIB as usize));
    let (sum, made) = loaded.count(|copies| copies.sum(numbers).unwrap());
    assert_eq!((sum, made), (MIB * (MIB - 1) / 2, (0, 0)));
    let (len, made) = loaded.count(|copies| copies.len(text).unwrap());
    assert_eq!((len, made), (MIB, (0, 0)));
}

#[test]
fn what_comes_home_is_taken_over_and_what_is_foreign_is_copied() {
    let loaded = Loaded::new();
    let (text, made) = loaded.count(|copies| {
        copies.keep("x".repeat(MIB as usize).into()).unwrap();
        copies.give_back().unwrap()
    });
    assert_eq!(made, (1, 0), "but for the one that it is");
    let (text, made) = loaded.count(|_| text.into_string());
    assert_eq!((text.len() as u64, made), (MIB, (0, 0)));
    let foreign = loaded.copies.text(MIB).unwrap();
    let (text, made) = loaded.count(|_| foreign.into_string());
    assert_eq!((text.len() as u64, made), (MIB, (1, 0)));
    assert_eq!(loaded.unload(), Unloaded::Reclaimed);
}

#[test]
fn a_value_keeps_the_bundle_and_unloading_says_so() {
    let loaded = Loaded::new();
    let text = loaded.copies.text(3).unwrap();
    assert_eq!(
        loaded.unload(),
        Unloaded::Pending { holders: vec!["an owned value of `fixture-copies`".to_owned()] }
    );
    assert!(matches!(loaded.copies.text(3), Err(CallError::Unloaded(_))));
    assert_eq!(text, "xxx");
    assert!(is_mapped(&loaded.library));
    let copy = text.clone();
    drop(text);
    assert!(!is_mapped(&loaded.library), "the last value closes it");
    assert_eq!(copy, "xxx");
    assert!(loaded.place.copies().is_empty());
}

#[test]
fn the_last_of_many_values_closes_it_on_its_thread() {
    let loaded = Loaded::new();
    let numbers = loaded.copies.numbers(1000).unwrap();
    let pages = loaded.copies.pages(5).unwrap();
    let Unloaded::Pending { holders } = loaded.unload() else { panic!("not pending") };
    assert_eq!(holders, ["3 owned values of `fixture-copies`"]);
    drop(pages);
    assert!(is_mapped(&loaded.library));
    let sum = thread::spawn(move || numbers.iter().sum::<u64>()).join().unwrap();
    assert_eq!(sum, 499_500);
    assert!(!is_mapped(&loaded.library));
}

#[test]
fn values_outlive_the_runtime() {
    let Loaded { runtime, copies, library, .. } = Loaded::new();
    let text = copies.text(7).unwrap();
    drop((runtime, copies));
    assert!(is_mapped(&library));
    assert_eq!(text, "xxxxxxx");
    drop(text);
    assert!(!is_mapped(&library));
}

#[test]
fn a_value_of_a_version_that_was_replaced_keeps_that_alone() {
    let loaded = Loaded::new();
    let old = loaded.copies.text(4).unwrap();
    loaded.runtime.reload("fixture-copies").unwrap();
    assert!(is_mapped(&loaded.library));
    assert_eq!(loaded.unload(), Unloaded::Reclaimed);
    assert_eq!(old, "xxxx");
    drop(old);
    assert!(!is_mapped(&loaded.library));
}

#[test]
fn a_value_dropped_in_an_event_handler_of_the_unload_is_no_obstacle() {
    let loaded = Loaded::new();
    let text = Mutex::new(Some(loaded.copies.text(4).unwrap()));
    loaded.runtime.on_event(move |_| drop(text.lock().unwrap().take()));
    assert_eq!(loaded.unload(), Unloaded::Reclaimed);
    assert!(!is_mapped(&loaded.library));
}

#[test]
fn a_bundle_that_keeps_a_value_of_its_own_is_closed() {
    let loaded = Loaded::new();
    let text = loaded.copies.text(4).unwrap();
    loaded.copies.keep(text).unwrap();
    loaded.unload();
    wait_until(|| !is_mapped(&loaded.library));
}

#[test]
fn a_bundle_that_keeps_a_value_of_another_keeps_that() {
    let loaded = Loaded::new();
    // A second copy of the same bundle, which knows nothing of the first.
    let other = loaded.place.runtime();
    other.load(support::library("fixture-copies")).unwrap();
    let keeper = other.get::<dyn Copies>().unwrap();
    keeper.keep(loaded.copies.text(5).unwrap()).unwrap();
    assert!(matches!(loaded.unload(), Unloaded::Pending { .. }));
    assert!(is_mapped(&loaded.library));
    assert_eq!(keeper.give_back().unwrap(), "xxxxx");
    assert!(!is_mapped(&loaded.library));
}

#[test]
fn values_come_and_go_while_the_bundle_is_reloaded_and_unloaded() {
    let loaded = Loaded::new();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut kept = Vec::new();
                for i in 0.. {
                    match loaded.copies.pages(40) {
                        Ok(pages) => kept.push(pages),
                        Err(CallError::Unloaded(_)) => break,
                        Err(error) => panic!("{error}"),
                    }
                    if i % 7 == 0 {
                        kept.truncate(3);
                    }
                    assert!(kept.iter().flatten().all(|page| page.len() == 40));
                }
            });
        }
        for _ in 0..20 {
            loaded.runtime.reload("fixture-copies").unwrap();
        }
        loaded.unload();
    });
    wait_until(|| loaded.place.copies().is_empty());
}
