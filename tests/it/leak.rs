//! What is loaded, called and unloaded many times leaves nothing behind.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::env;
use std::path::Path;
use std::process::Command;

use polyplug_runtime::Unloaded;

use crate::outside::{SMALL_LIBRARY, Transform};
use crate::place::Place;

/// The library to load: set for a process that does nothing else, whose memory
/// can be measured.
const LIBRARY: &str = "POLYPLUG_TEST_LEAK_LIBRARY";

const CYCLES: u32 = 2000;

/// Cycles after which caches have the size that they keep.
const WARM_UP: u32 = 400;

/// How much a cycle may grow the memory on average, in bytes: less than the
/// smallest block that an allocator gives, so that no cycle leaks any.
const NOISE: u32 = 8;

#[test]
fn two_thousand_cycles_leave_no_memory_and_no_file_behind() {
    if let Some(library) = env::var_os(LIBRARY) {
        return run_cycles(Path::new(&library));
    }
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "leak::two_thousand_cycles_leave_no_memory_and_no_file_behind"]);
    let output = child.arg("--nocapture").env(LIBRARY, &*SMALL_LIBRARY).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn run_cycles(library: &Path) {
    let place = Place::new();
    let runtime = place.runtime();
    let mut before = 0;
    for cycle in 0..CYCLES {
        if cycle == WARM_UP {
            before = memory_in_use();
        }
        runtime.load(library).unwrap();
        let transform = runtime.get::<dyn Transform>().unwrap();
        assert_eq!(transform.transform("hello").unwrap(), "HELLO");
        assert_eq!(runtime.unload("upper").unwrap(), Unloaded::Reclaimed);
    }
    let grown = memory_in_use() as i64 - before as i64;
    assert!(place.copies().is_empty());
    assert!(grown < i64::from(NOISE * (CYCLES - WARM_UP)), "grown by {grown} bytes");
}

/// What the process, with all the libraries in it, has allocated, in bytes.
fn memory_in_use() -> usize {
    // SAFETY: it takes nothing, and any thread may call it.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}
