//! All instances of the fixtures that there are, told by themselves: each goes once, and
//! before its library. It is looked at throughout the suite, and ends it at the first one
//! for which that is not so.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::io::{self, Write};
use std::process;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The instances that live, by their numbers, with an address of their library.
static LIVE: Mutex<Live> = Mutex::new(Live { instances: BTreeMap::new(), born: 0 });

struct Live {
    instances: BTreeMap<u64, usize>,
    born: u64,
}

fn live() -> MutexGuard<'static, Live> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what is wrong. A panic would be caught by who calls the fixture.
fn fail(what: &str) -> ! {
    // What is printed would be captured, and lost.
    let _ = writeln!(io::stderr(), "{what}");
    process::abort()
}

#[unsafe(no_mangle)]
extern "C" fn polyplug_tests_born(code: *const c_void) -> u64 {
    static AT_EXIT: Once = Once::new();

    AT_EXIT.call_once(|| {
        // SAFETY: the function may be called at the end of the process.
        assert_eq!(unsafe { libc::atexit(look_at_what_is_left) }, 0);
    });
    let mut live = live();
    live.born += 1;
    let number = live.born;
    live.instances.insert(number, code as usize);
    number
}

#[unsafe(no_mangle)]
extern "C" fn polyplug_tests_gone(number: u64) {
    if live().instances.remove(&number).is_none() {
        fail(&format!("instance {number} was destroyed twice"));
    }
}

#[unsafe(no_mangle)]
extern "C" fn polyplug_tests_closed(code: *const c_void) {
    let left = live().instances.values().filter(|of| **of == code as usize).count();
    if left > 0 {
        fail(&format!("a library was closed before {left} instances of it were destroyed"));
    }
}

extern "C" fn look_at_what_is_left() {
    let live = live();
    if !live.instances.is_empty() {
        let left = live.instances.len();
        fail(&format!("{left} of {} instances were never destroyed", live.born));
    }
}

#[test]
fn instances_are_counted_by_those_who_are_counted() {
    let before = live().born;
    let one = fixture_live::Live::new();
    assert!(live().born > before);
    drop(one);
}
