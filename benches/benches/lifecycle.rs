//! What instances and bundles cost to make and to take away.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use bench_calculator::Calculator;
use bench_contracts::{Arithmetic, Counter, KeptCounter, KeptCounterProxy};
use bench_loops::raw_add;
use libloading::Library;
use polyplug_benches::{Options, Table, fill, floor_add, library, timed};
use polyplug_guest::private::interface;
use polyplug_runtime::{BundleId, NativeLoader, Runtime, Unloaded};

const BUNDLE: &str = "bench-calculator";

fn main() {
    let options = Options::from_env();
    options.announce("lifecycle");
    let copies = tempfile::tempdir().unwrap();
    instances(copies.path(), options);
    two_threads(copies.path(), options.slow());
    bundles(copies.path(), options.slow());
    kept(copies.path(), options.slow());
    beside_many(copies.path(), options.slow());
}

/// A runtime that makes its private copies where the load by hand makes its own.
fn runtime(copies: &Path) -> Runtime {
    // SAFETY: the loader gets a fixture of this repository alone.
    let loader = unsafe { NativeLoader::new() }.copy_dir(copies);
    Runtime::builder().loader(loader).build().unwrap()
}

fn instances(copies: &Path, options: Options) {
    let runtime = runtime(copies);
    runtime.load(library(BUNDLE)).unwrap();
    let add = floor_add();
    let provider = runtime.providers::<dyn Arithmetic>().remove(0);

    let floor = |calls| {
        black_box(raw_add(add, calls));
    };
    let mut table = Table::new("create and destroy an instance", "raw dlsym, by value", floor);
    table.arm("stateless: get, drop", Some(40.0), |times| {
        for _ in 0..times {
            drop(black_box(runtime.get::<dyn Arithmetic>().unwrap()));
        }
    });
    table.arm("stateful: get, drop", Some(60.0), |times| {
        for _ in 0..times {
            drop(black_box(runtime.get::<dyn Counter>().unwrap()));
        }
    });
    table.arm("stateful: get with a config of 16 bytes, drop", None, |times| {
        for _ in 0..times {
            drop(black_box(runtime.get_with::<dyn Counter>("sixteen bytes ..").unwrap()));
        }
    });
    table.arm("stateless: get of a provider, drop", None, |times| {
        for _ in 0..times {
            drop(black_box(provider.get().unwrap()));
        }
    });
    let kept: Vec<_> = (0..10_000).map(|_| runtime.get::<dyn Counter>().unwrap()).collect();
    assert_eq!(kept[9_999].count().unwrap(), 1);
    table.run(options);
    let title = "create and destroy an instance beside 10,000 others";
    let mut table = Table::new(title, "raw dlsym, by value", floor);
    table.arm("stateful: get, drop", Some(60.0), |times| {
        for _ in 0..times {
            drop(black_box(runtime.get::<dyn Counter>().unwrap()));
        }
    });
    table.run(options);
}

/// What instances cost each of two threads that make and destroy some at the same time.
fn two_threads(copies: &Path, options: Options) {
    let runtime = runtime(copies);
    runtime.load(library(BUNDLE)).unwrap();
    let make = |times: u64| {
        for _ in 0..times {
            drop(black_box(runtime.get::<dyn Counter>().unwrap()));
        }
    };
    let title = "create and destroy a stateful instance, two threads";
    let mut table = Table::with_timed_floor(title, "one thread", |times| timed(|| make(times)));
    table.timed_arm("on each of two", None, |times| {
        let begin = Barrier::new(2);
        let make = || {
            begin.wait();
            timed(|| make(times))
        };
        let both = thread::scope(|scope| {
            let other = scope.spawn(make);
            make() + other.join().unwrap()
        });
        both / 2
    });
    table.run(options);
}

/// What it costs to carry state over a reload.
fn kept(copies: &Path, options: Options) {
    let runtimes = [0, 1, 1000].map(|instances| {
        let runtime = runtime(copies);
        runtime.load(library(BUNDLE)).unwrap();
        let get = |_| runtime.get::<dyn KeptCounter>().unwrap();
        let kept: Vec<_> = (0..instances).map(get).collect();
        (runtime, kept)
    });
    let [none, one, many] = &runtimes;
    let reload = |(runtime, kept): &(Runtime, Vec<KeptCounterProxy>), times: u64| {
        let before = kept.last().map(|kept| kept.count().unwrap());
        for _ in 0..times {
            runtime.reload(BUNDLE).unwrap();
        }
        let after = kept.last().map(|kept| kept.count().unwrap());
        assert_eq!(after, before.map(|before| before + 1));
    };
    let title = "reload a native bundle with state that is saved and restored";
    let mut table = Table::new(title, "a reload without instances", |times| reload(none, times));
    table.arm("with one instance", None, |times| reload(one, times));
    table.arm("with 1,000 instances", None, |times| reload(many, times));
    table.run(options);
}

fn bundles(copies: &Path, options: Options) {
    let (by_hand, runtime) = (ByHand::new(copies), runtime(copies));
    let other = self::runtime(copies);
    other.load(library(BUNDLE)).unwrap();
    let proxy = other.get::<dyn Arithmetic>().unwrap();

    let title = "load, reload, unload a native bundle";
    let floor_name = "by hand: copied, opened, two symbols, closed, deleted";
    let mut table = Table::new(title, floor_name, |times| by_hand.load_and_close(times));
    table.arm("load and unload", Some(2.0), |times| {
        for _ in 0..times {
            load(&runtime);
            unload(&runtime);
        }
    });
    table.arm("reload: loads the new, closes the old", Some(2.0), |times| {
        for _ in 0..times {
            other.reload(BUNDLE).unwrap();
        }
        assert_eq!(proxy.add(1, 2).unwrap(), 3);
    });
    table.timed_arm("load alone", None, |times| load_alone(&runtime, times));
    table.timed_arm("unload alone", None, |times| unload_alone(&runtime, times));
    table.timed_arm("by hand: the copy alone", None, |times| by_hand.copy_alone(times));
    table.run(options);
}

fn beside_many(copies: &Path, options: Options) {
    let (none, many) = (runtime(copies), runtime(copies));
    fill(&many, 10_000, interface::<Calculator, dyn Arithmetic>());
    let floor = |times| load_alone(&none, times);
    let title = "load a native bundle beside 10,000 contracts";
    let mut table = Table::with_timed_floor(title, "load beside none", floor);
    table.timed_arm("load", Some(1.2), |times| load_alone(&many, times));
    let none_unload = table.measure_timed("unload", |times| unload_alone(&none, times));
    let many_unload = table.measure_timed("unload", |times| unload_alone(&many, times));
    table.row("unload, beside the same beside none", None, move |round| {
        round.ns(many_unload) / round.ns(none_unload)
    });
    table.run(options);
}

fn load_alone(runtime: &Runtime, times: u64) -> Duration {
    let load = |_| {
        let took = timed(|| load(runtime));
        unload(runtime);
        took
    };
    (0..times).map(load).sum()
}

fn unload_alone(runtime: &Runtime, times: u64) -> Duration {
    let unload = |_| {
        load(runtime);
        timed(|| unload(runtime))
    };
    (0..times).map(unload).sum()
}

fn load(runtime: &Runtime) {
    black_box(runtime.load(library(BUNDLE)).unwrap());
}

fn unload(runtime: &Runtime) {
    assert_eq!(runtime.unload(BUNDLE).unwrap(), Unloaded::Reclaimed);
}

/// What a program does that loads the same file on its own.
struct ByHand<'a> {
    copies: &'a Path,
    entry: String,
}

impl<'a> ByHand<'a> {
    fn new(copies: &'a Path) -> Self {
        Self { copies, entry: format!("polyplug_entry_{}", BundleId::of(BUNDLE)) }
    }

    fn load_and_close(&self, times: u64) {
        for number in 0..times {
            let copy = self.copy(number);
            self.open_and_close(&copy);
            fs::remove_file(copy).unwrap();
        }
    }

    fn copy_alone(&self, times: u64) -> Duration {
        let copy = |number| {
            let mut copied = PathBuf::new();
            let took = timed(|| copied = self.copy(number));
            fs::remove_file(copied).unwrap();
            took
        };
        (0..times).map(copy).sum()
    }

    fn copy(&self, number: u64) -> PathBuf {
        let copy = self.copies.join(format!("by-hand-{number}{}", std::env::consts::DLL_SUFFIX));
        fs::copy(library(BUNDLE), &copy).unwrap();
        copy
    }

    fn open_and_close(&self, copy: &Path) {
        // SAFETY: the fixture has no initialisers of its own.
        let library = unsafe { open(copy) };
        // SAFETY: only the address is looked at.
        let entry = unsafe { library.get::<extern "C" fn()>(&*self.entry) }.unwrap();
        black_box(*entry);
        // SAFETY: this is the symbol's type.
        let answer =
            unsafe { library.get::<extern "C" fn() -> u32>("bench_calculator_answer") }.unwrap();
        assert_eq!(answer(), 42);
        library.close().unwrap();
    }
}

/// Opens as the native loader does.
///
/// # Safety
///
/// The library's initialisers are sound to run.
#[cfg(unix)]
unsafe fn open(path: &Path) -> Library {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: the caller vouches for the initialisers.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.unwrap().into()
}

/// Opens as the native loader does.
///
/// # Safety
///
/// The library's initialisers are sound to run.
#[cfg(not(unix))]
unsafe fn open(path: &Path) -> Library {
    // SAFETY: the caller vouches for the initialisers.
    unsafe { Library::new(path) }.unwrap()
}
