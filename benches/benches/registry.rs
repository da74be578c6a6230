//! What lookups and registrations cost, with few and with many contracts.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bench_calculator::Calculator;
use bench_contracts::Arithmetic;
use bench_loops::{in_turn, raw_add};
use polyplug_benches::{Options, SyntheticBundle, Table, floor_add, runtime_with, timed};
use polyplug_guest::abi::GuestContractInterface;
use polyplug_guest::private::interface;
use polyplug_runtime::{ContractHandle, ContractId, Registry, Runtime};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    let options = Options::from_env();
    options.announce("registry");
    let registries: Vec<_> = SIZES.into_iter().map(Filled::new).collect();
    find(&registries, options);
    resolve(&registries, options);
    two_threads(registries.last().unwrap(), options);
    slowest_find(options);
    load_one(options);
    register_one(options);
}

fn like() -> &'static GuestContractInterface {
    interface::<Calculator, dyn Arithmetic>()
}

/// A registry with some contracts, in an order that has nothing to do with that
/// of their registration.
struct Filled {
    runtime: Runtime,
    ids: Vec<ContractId>,
    handles: Vec<ContractHandle>,
}

impl Filled {
    fn new(contracts: usize) -> Self {
        let (runtime, mut ids) = runtime_with(contracts, like());
        // Ids are hashes, so sorting them shuffles.
        ids.sort();
        let handles = ids.iter().map(|id| runtime.registry().find(*id).unwrap()).collect();
        Self { runtime, ids, handles }
    }

    fn registry(&self) -> &Registry {
        self.runtime.registry()
    }

    fn find(&self, ids: &[ContractId], calls: u64) {
        let registry = self.registry();
        let found = in_turn(ids, calls, |id| u64::from(registry.find(id).is_some()));
        assert_eq!(found, calls);
    }

    fn resolve(&self, handles: &[ContractHandle], calls: u64) {
        let registry = self.registry();
        let methods = in_turn(handles, calls, |handle| {
            registry.resolve(handle).map_or(0, |found| u64::from(found.method_count()))
        });
        assert_eq!(methods, calls);
    }
}

fn find(registries: &[Filled], options: Options) {
    lookups("find by id", 16.0, registries, options, |filled, many, calls| {
        filled.find(if many { &filled.ids } else { &filled.ids[..1] }, calls);
    });
}

fn resolve(registries: &[Filled], options: Options) {
    lookups("resolve a handle", 12.0, registries, options, |filled, many, calls| {
        filled.resolve(if many { &filled.handles } else { &filled.handles[..1] }, calls);
    });
}

/// One contract over and over, then all in turn, for each size.
fn lookups(
    title: &'static str,
    budget: f64,
    registries: &[Filled],
    options: Options,
    look_up: impl Fn(&Filled, bool, u64) + Copy,
) {
    let add = floor_add();
    let mut table = Table::new(title, "raw dlsym, by value", |calls| {
        black_box(raw_add(add, calls));
    });
    for many in [false, true] {
        let which = if many { "all in turn" } else { "the same one" };
        let mut arms = Vec::new();
        for (filled, size) in registries.iter().zip(SIZES) {
            let name = format!("{which}, of {size}");
            arms.push(table.arm(&name, Some(budget), move |calls| look_up(filled, many, calls)));
        }
        let (fewest, most) = (arms[0], arms[arms.len() - 1]);
        let name = format!("  {which}, of 10,000 beside of 10");
        table.row(&name, None, move |round| round.ns(most) / round.ns(fewest));
    }
    table.run(options);
}

type LookUp = fn(&Filled, u64);

/// Whether lookups on two threads stand in each other's way.
fn two_threads(filled: &Filled, options: Options) {
    let add = floor_add();
    let raw = move |calls| {
        black_box(raw_add(add, calls));
    };
    let floor = move |calls| on_two_threads(|| raw(calls));
    let title = "per thread, of 10,000, the same one";
    let mut table = Table::with_timed_floor(title, "raw dlsym, on each of two threads", floor);
    let arms: [(&str, LookUp, f64); 2] = [
        ("find", |filled, calls| filled.find(&filled.ids[..1], calls), 16.0),
        ("resolve", |filled, calls| filled.resolve(&filled.handles[..1], calls), 12.0),
    ];
    let alone = table.measure_timed("raw dlsym, alone", |calls| timed(|| raw(calls)));
    for (name, look_up, budget) in arms {
        let two = table.timed_arm(&format!("{name}, on each of two"), Some(budget), move |calls| {
            on_two_threads(|| look_up(filled, calls))
        });
        let one = table.measure_timed(name, move |calls| timed(|| look_up(filled, calls)));
        // What the machine takes from two threads it takes from the floor as well.
        table.row(&format!("  {name}, two beside alone, less what the floor loses"), None, {
            move |round| {
                let floor = round.ns(Table::FLOOR) / round.ns(alone);
                round.ns(two) / round.ns(one) / floor
            }
        });
    }
    table.run(options);
}

/// The mean time of `work` on two threads that begin together.
fn on_two_threads(work: impl Fn() + Sync) -> Duration {
    let begin = Barrier::new(2);
    let one = || {
        begin.wait();
        timed(&work)
    };
    thread::scope(|scope| {
        let other = scope.spawn(one);
        (one() + other.join().unwrap()) / 2
    })
}

/// The slowest of the finds that come first after many publishes: none of them
/// may have to clear up for the writers.
fn slowest_find(options: Options) {
    const BUDGET: Duration = Duration::from_micros(20);
    let title = "slowest of 1,000 single finds right after the registrations";
    if !options.wants(title) {
        return;
    }
    let (contracts, trials) = if options.quick { (100, 2) } else { (10_000, 9) };
    let bundles: Vec<_> =
        (0..contracts).map(|i| SyntheticBundle::new(&format!("single-{i}"), 1, like())).collect();
    let mut slowest = Vec::new();
    for _ in 0..trials {
        let runtime = Runtime::builder().build().unwrap();
        for bundle in &bundles {
            bundle.load(&runtime);
        }
        slowest.push(slowest_of(&runtime, &bundles));
    }
    slowest.sort();
    let (least, middle, most) = (slowest[0], slowest[trials / 2], slowest[trials - 1]);
    let ratio = middle.as_secs_f64() / BUDGET.as_secs_f64();
    let verdict =
        if ratio <= 1.0 { "within".to_owned() } else { format!("missed by {ratio:.2} x") };
    println!("\n{title}, {contracts} of them");
    println!("  median {middle:.1?}, budget {BUDGET:.0?}  {verdict}");
    println!("  {trials} trials, {least:.1?} to {most:.1?}");
}

fn slowest_of(runtime: &Runtime, bundles: &[SyntheticBundle]) -> Duration {
    let ids: Vec<_> = bundles.iter().flat_map(SyntheticBundle::contracts).collect();
    let find = |i: usize| {
        let id = ids[i * 7919 % ids.len()];
        let start = Instant::now();
        let found = black_box(runtime.registry().find(black_box(id)));
        let took = start.elapsed();
        assert!(found.is_some());
        took
    };
    (0..1_000).map(find).max().unwrap_or_default()
}

/// A whole load, which includes the reading of the manifest and the checks.
fn load_one(options: Options) {
    let runtimes: Vec<_> =
        [0, 100, 10_000].map(|size| runtime_with(size, like()).0).into_iter().collect();
    let one = SyntheticBundle::new("one", 1, like());
    let floor = |loads| load(&runtimes[0], one, loads);
    let title = "load a linked-in bundle of one contract";
    let mut table = Table::with_timed_floor(title, "beside none", floor);
    table.timed_arm("beside 100", Some(1.2), |loads| load(&runtimes[1], one, loads));
    table.timed_arm("beside 10,000", Some(1.2), |loads| load(&runtimes[2], one, loads));
    table.run(options);
}

/// What one more contract costs: a thirty-second of what a bundle of 33 takes
/// longer than one of 1.
fn register_one(options: Options) {
    const MORE: usize = 32;
    let runtimes: Vec<_> =
        [100, 10_000].map(|size| runtime_with(size, like()).0).into_iter().collect();
    let one = SyntheticBundle::new("one", 1, like());
    let many = SyntheticBundle::new("many", MORE + 1, like());
    let map = Mutex::new((0..10_000_u64).map(|key| (hash(key), key)).collect::<HashMap<_, _>>());

    let title = "register one more contract of a bundle, with all that a load does for it";
    let floor = |inserts| insert(&map, inserts);
    let mut table = Table::with_timed_floor(title, "insert into a locked HashMap of 10,000", floor);
    let arms: Vec<_> = runtimes
        .iter()
        .map(|runtime| {
            let one = table.measure_timed("one", move |loads| load(runtime, one, loads));
            let many = table.measure_timed("many", move |loads| load(runtime, many, loads));
            (one, many)
        })
        .collect();
    let (few, full) = (arms[0], arms[1]);
    let cost = |round: &polyplug_benches::Round<'_>, (one, many)| {
        (round.ns(many) - round.ns(one)) / MORE as f64
    };
    table.row("beside 100", None, move |round| cost(round, few) / round.ns(Table::FLOOR));
    table.row("beside 10,000", Some(20.0), move |round| cost(round, full) / round.ns(Table::FLOOR));
    table.row("  beside 10,000 to beside 100", Some(2.0), move |round| {
        cost(round, full) / cost(round, few)
    });
    table.run(options);
}

/// Loads, and unloads again outside of the time.
fn load(runtime: &Runtime, bundle: SyntheticBundle, loads: u64) -> Duration {
    (0..loads)
        .map(|_| {
            let took = timed(|| drop(black_box(bundle.load(runtime))));
            runtime.unload(bundle.name()).unwrap();
            took
        })
        .sum()
}

/// Inserts, and removes again outside of the time.
fn insert(map: &Mutex<HashMap<u64, u64>>, inserts: u64) -> Duration {
    const BATCH: u64 = 64;
    let mut total = Duration::ZERO;
    let mut left = inserts;
    while left > 0 {
        let keys = 1_000_000..1_000_000 + left.min(BATCH);
        total += timed(|| {
            for key in keys.clone() {
                assert!(map.lock().unwrap().insert(black_box(hash(key)), key).is_none());
            }
        });
        left -= keys.end - keys.start;
        for key in keys {
            map.lock().unwrap().remove(&hash(key));
        }
    }
    total
}

/// Spreads keys as ids are spread.
fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}
