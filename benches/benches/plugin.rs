//! What a call costs that a plugin makes.

use std::sync::Arc;

use bench_calculator::Calculator;
use bench_contracts::{Arithmetic, Caller};
use bench_loops::{dyn_add, raw_add};
use polyplug_benches::{Options, Table, floor_add, library};
use polyplug_runtime::{NativeLoader, Runtime};

fn main() {
    let options = Options::from_env();
    options.announce("plugin");
    // SAFETY: the loader gets fixtures of this repository alone.
    let runtime = Runtime::builder().loader(unsafe { NativeLoader::new() }).build().unwrap();
    let _service = runtime.provide::<dyn Arithmetic>(Arc::new(Calculator)).unwrap();
    runtime.load(library("bench-calculator")).unwrap();
    runtime.load(library("bench-caller")).unwrap();
    add(&runtime, options);
    log(&runtime, options);
}

fn add(runtime: &Runtime, options: Options) {
    let add = floor_add();
    let in_process: Box<dyn Arithmetic> = Box::new(Calculator);
    let in_process = std::hint::black_box(&*in_process);
    let caller = runtime.get::<dyn Caller>().unwrap();

    let floor = |calls| is_sum(raw_add(add, calls), calls);
    let title = "add(u32, u32) -> u32, called by a native plugin";
    let mut table = Table::new(title, "raw dlsym, by value, from the host", floor);
    let dyn_arm =
        table.arm("dyn Trait in process", None, |calls| is_sum(dyn_add(in_process, calls), calls));
    let service = table.arm("a service of the host", Some(3.5), |calls| {
        is_sum(caller.through_service(calls).unwrap(), calls);
    });
    table.row("  the same beside dyn Trait", None, move |round| {
        round.ns(service) / round.ns(dyn_arm)
    });
    table.arm("another plugin", Some(3.5), |calls| {
        is_sum(caller.through_bundle(calls).unwrap(), calls);
    });
    table.arm("another plugin, pinned", Some(1.6), |calls| {
        is_sum(caller.through_pinned_bundle(calls).unwrap(), calls);
    });
    table.run(options);
}

fn log(runtime: &Runtime, options: Options) {
    let caller = runtime.get::<dyn Caller>().unwrap();
    let floor = |calls| assert_eq!(caller.branch_in_vain(calls).unwrap(), calls);
    let title = "a record of a plugin that nobody wants";
    let mut table = Table::new(title, "a branch that is not taken", floor);
    table.arm("log, level off", None, |calls| {
        assert_eq!(caller.log_in_vain(calls).unwrap(), calls);
    });
    table.run(options);
}

/// That the numbers below `calls` were added up, which also keeps the work alive.
fn is_sum(sum: u32, calls: u64) {
    assert_eq!(sum, (calls * calls.saturating_sub(1) / 2) as u32);
}
