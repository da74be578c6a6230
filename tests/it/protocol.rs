//! Calls flat out, beside real loads, reloads and unloads of what they call.

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fixture_contracts::{Greeter, GreeterProxy};
use polyplug_runtime::{CallError, Runtime, Unloaded};

use crate::support::{library, runtime};

const FOR: Duration = Duration::from_secs(2);
const AT_LEAST: u32 = 8;

#[test]
fn calls_beside_reloads_and_unloads() {
    beside(|runtime, round| {
        if round % 4 == 3 {
            let outcome = runtime.unload("fixture-sample").unwrap();
            assert!(!matches!(outcome, Unloaded::StillMapped { .. }), "{outcome:?}");
            runtime.load(library("fixture-sample")).unwrap();
        } else {
            runtime.reload("fixture-sample").unwrap();
        }
    });
}

/// Callers without a process-wide barrier, with fences of their own.
#[test]
fn the_same_with_fences() {
    again_with("POLYPLUG_BARRIER", "fences");
}

/// Each call beyond the innermost frame of a record.
#[test]
fn the_same_without_room_in_records() {
    again_with("POLYPLUG_FRAMES", "0");
}

/// How a system makes its barrier is found out once, so it takes another process.
fn again_with(variable: &str, value: &str) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "protocol::calls_beside_reloads_and_unloads"])
        .env(variable, value)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Changes things on this thread while others call.
fn beside(change: impl Fn(&Runtime, u32)) {
    let runtime = runtime();
    runtime.load(library("fixture-sample")).unwrap();
    let (stop, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for word in ["Hello", "Salut", "Ciao"] {
            let (runtime, stop, answers) = (&runtime, &stop, &answers);
            scope.spawn(move || call_until(runtime, word, stop, answers));
        }
        let until = Instant::now() + FOR;
        let mut round = 0;
        while round < AT_LEAST || Instant::now() < until {
            change(&runtime, round);
            round += 1;
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(answers.into_inner() > 1000);
    // Nothing is left behind by all this.
    assert_eq!(runtime.unload("fixture-sample").unwrap(), Unloaded::Reclaimed);
}

fn call_until(runtime: &Runtime, word: &str, stop: &AtomicBool, answers: &AtomicU64) {
    let mut greeter: Option<GreeterProxy> = None;
    while !stop.load(Ordering::Relaxed) {
        let Some(present) = &greeter else {
            greeter = runtime.get_with::<dyn Greeter>(word).ok();
            continue;
        };
        match present.greet("World") {
            Ok(greeting) => {
                assert_eq!(greeting, format!("{word}, World"));
                answers.fetch_add(1, Ordering::Relaxed);
            }
            // The greeter keeps its word, and a reload takes that.
            Err(CallError::StateLost(_)) => {
                let _ = present.renew();
            }
            Err(CallError::Unloaded(_)) => greeter = None,
            Err(error) => panic!("{error:?}"),
        }
    }
}
