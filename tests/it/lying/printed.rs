//! What panics print: nothing where they are caught and reported, and what they
//! always print anywhere else.

use fixture_failing_contracts::Panicky;

use crate::refused::child::child;
use crate::support::{library, runtime};

/// Tells the worker how to panic.
const WORKER: &str = "POLYPLUG_TEST_PANIC";

/// What a process prints that panics in one way.
fn printed(way: &str) -> String {
    let mut child = child("lying::printed::worker", WORKER, way);
    let output = child.env("RUST_BACKTRACE", "1").output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}\n{said}\n{printed}", output.status);
    assert!(said.contains("1 passed"), "{said}");
    printed
}

#[test]
fn a_panic_inside_of_a_plugin_prints_nothing() {
    assert_eq!(printed("inside"), "");
}

#[test]
fn a_panic_on_a_thread_of_a_plugin_is_printed() {
    let printed = printed("elsewhere");
    assert!(printed.contains("panicked at"), "{printed}");
    assert!(printed.contains("a thread of my own"), "{printed}");
}

#[test]
fn a_panic_of_the_host_is_printed_also_when_a_plugin_has_panicked() {
    let printed = printed("host");
    assert!(printed.contains("the host's own"), "{printed}");
    assert_eq!(printed.matches("panicked at").count(), 1, "{printed}");
}

#[test]
fn a_panic_on_top_of_another_ends_the_process_and_says_where_both_were() {
    let mut child = child("lying::printed::worker", WORKER, "two at once");
    let output = child.env("RUST_BACKTRACE", "0").output().unwrap();
    assert!(!output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("a splinter"), "{printed}");
    assert!(printed.contains("the panic before it was at"), "{printed}");
    assert!(printed.matches("panicky/src/lib.rs:").count() >= 2, "{printed}");
}

#[test]
#[ignore = "run in a process of its own, by the tests above"]
fn worker() {
    let Ok(way) = std::env::var(WORKER) else { return };
    let runtime = runtime();
    runtime.load(library("fixture-panicky")).unwrap();
    let mut proxy = runtime.get_with::<dyn Panicky>("panic in drop").unwrap();
    match &*way {
        "two at once" => drop(proxy.shout("two at once")),
        "elsewhere" => assert!(proxy.panic_elsewhere("a thread of my own").unwrap()),
        _ => {
            proxy.shout("in a method").unwrap_err();
            proxy.panic_with_a_number().unwrap_err();
            proxy.panic_with_a_bomb().unwrap_err();
            proxy.break_down("in an exclusive method").unwrap_err();
            runtime.get_with::<dyn Panicky>("panic in create").unwrap_err();
            runtime.get_with::<dyn Panicky>("bomb in create").unwrap_err();
            drop(runtime.get_with::<dyn Panicky>("bomb in drop").unwrap());
            drop(runtime.get_with::<dyn Panicky>("panic in on_unload").unwrap());
        }
    }
    if way == "host" {
        std::panic::catch_unwind(|| panic!("the host's own")).unwrap_err();
    }
    drop(proxy);
    runtime.unload("fixture-panicky").unwrap();
}
