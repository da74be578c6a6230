//! Loads, calls and unloads a bundle 100,000 times, and looks at what the process
//! holds meanwhile: after the first tenth it must not grow.
//!
//! Each arm is a process of its own. Prints a curve for each, and draws them into the
//! file that `--svg` names. Fails when more than [`BUDGET`] was kept.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;

use bench_contracts::{Bytes, Counter};
use polyplug_benches::{Chart, Memory, library};
use polyplug_runtime::{LuaLoader, NativeLoader, Runtime, Source, Unloaded};

/// How much memory may be kept for each thousand cycles, in bytes.
const BUDGET: f64 = 1024.0;

/// What a run looks at memory after, in cycles.
const STEP: u32 = 1000;

/// Set in the processes that measure: which arm it is.
const ARM: &str = "POLYPLUG_SOAK_ARM";

const ARMS: [&str; 2] = ["native", "lua"];

fn main() -> ExitCode {
    let options = Options::from_env();
    if let Ok(arm) = env::var(ARM) {
        run(&arm, options.cycles);
        return ExitCode::SUCCESS;
    }
    if Memory::now().is_none() {
        println!("soak: what a process holds is known on Linux with glibc alone");
        return ExitCode::SUCCESS;
    }
    let title = format!("Memory over {} cycles of load, call, unload", options.cycles);
    let mut chart = Chart::new(title, "cycles", "KiB more");
    let mut grows = false;
    for arm in ARMS {
        let samples = measure(arm, options.cycles);
        grows |= report(arm, &samples);
        let warm = samples[samples.len() / 10].memory;
        for (what, of) in CURVES {
            // The first sample is of an empty runtime.
            let points = samples[1..].iter().map(|sample| {
                let more = of(sample.memory) as f64 - of(warm) as f64;
                (f64::from(sample.cycles), more / 1024.0)
            });
            chart.push(format!("{arm}, {what}"), points.collect());
        }
    }
    if let Some(file) = options.svg {
        fs::write(&file, chart.to_svg()).unwrap();
        println!("drawn into {file}");
    }
    ExitCode::from(u8::from(grows))
}

type Curve = (&'static str, fn(Memory) -> u64);

const CURVES: [Curve; 2] =
    [("allocated", |memory| memory.allocated), ("resident", |memory| memory.resident)];

struct Options {
    cycles: u32,
    svg: Option<String>,
}

impl Options {
    fn from_env() -> Self {
        let value = |name: &str| env::args().skip_while(|arg| arg != name).nth(1);
        // `cargo test --benches` only tries it out.
        let default = if env::args().any(|arg| arg == "--bench") { 100_000 } else { 2_000 };
        let cycles = value("--cycles").map_or(default, |cycles| cycles.parse().unwrap());
        Self { cycles: cycles.max(2 * STEP), svg: value("--svg") }
    }
}

#[derive(Clone, Copy)]
struct Sample {
    cycles: u32,
    memory: Memory,
}

/// Runs an arm in a process of its own.
fn measure(arm: &str, cycles: u32) -> Vec<Sample> {
    let begun = Instant::now();
    let mut child = Command::new(env::current_exe().unwrap());
    child.env(ARM, arm).args(["--cycles", &cycles.to_string()]);
    let output = child.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{failed}");
    println!("\n{arm}: {cycles} cycles in {:.0?}", begun.elapsed());
    let samples = said.lines().map(|line| {
        let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        let [cycles, allocated, resident, mappings] = numbers[..] else { panic!("{line}") };
        let cycles = u32::try_from(cycles).unwrap();
        Sample { cycles, memory: Memory { allocated, resident, mappings } }
    });
    samples.collect()
}

/// Prints the curve; returns whether it rises.
fn report(arm: &str, samples: &[Sample]) -> bool {
    println!("{:>10} {:>14} {:>14} {:>9}", "cycles", "allocated", "resident", "mappings");
    let every = samples.len().div_ceil(20);
    let last = samples.len() - 1;
    for (number, Sample { cycles, memory }) in samples.iter().enumerate() {
        if number % every == 0 || number == last {
            let Memory { allocated, resident, mappings } = memory;
            println!("{cycles:>10} {allocated:>14} {resident:>14} {mappings:>9}");
        }
    }
    let (warm, end) = (samples[samples.len() / 10], samples[last]);
    let thousands = f64::from(end.cycles - warm.cycles) / 1000.0;
    let mut grows = end.memory.mappings > warm.memory.mappings;
    for (what, of) in CURVES {
        let grown = (of(end.memory) as f64 - of(warm.memory) as f64) / thousands;
        let verdict = if grown < BUDGET { "within" } else { "OVER" };
        grows |= grown >= BUDGET;
        println!("{arm}, {what}: {grown:.1} bytes per 1,000 cycles, {verdict} {BUDGET}");
    }
    grows
}

/// Runs cycles, and prints what the process holds after every [`STEP`] of them.
fn run(arm: &str, cycles: u32) {
    let runtime = runtime();
    for cycle in 0..=cycles {
        if cycle % STEP == 0 {
            let Memory { allocated, resident, mappings } = Memory::now().unwrap();
            println!("{cycle} {allocated} {resident} {mappings}");
        }
        match arm {
            "native" => drop(runtime.load(library("bench-calculator")).unwrap()),
            _ => drop(runtime.load_source(MANIFEST, Source::Text(BUNDLE.to_owned())).unwrap()),
        }
        call(&runtime);
        let [bundle] = &runtime.bundles()[..] else { panic!("one bundle is loaded") };
        assert_eq!(runtime.unload(bundle.name()).unwrap(), Unloaded::Reclaimed);
    }
}

fn runtime() -> Runtime {
    let builder = Runtime::builder().contract::<dyn Bytes>().contract::<dyn Counter>();
    // SAFETY: the benches load fixtures of this repository alone.
    let native = unsafe { NativeLoader::new() };
    builder.loader(native).loader(LuaLoader::new()).build().unwrap()
}

/// Calls an instance with state and one without, which allocate on both sides.
fn call(runtime: &Runtime) {
    let bytes = runtime.get::<dyn Bytes>().unwrap();
    assert_eq!(bytes.echo("hello").unwrap(), "hello");
    let counter = runtime.get_with::<dyn Counter>("").unwrap();
    assert_eq!([counter.count().unwrap(), counter.count().unwrap()], [1, 2]);
}

const MANIFEST: &str = r#"
name = "soak"
version = "1.0.0"
loader = "lua"
provides = ["bench.bytes@1.0", "bench.counter@1.0"]
"#;

const BUNDLE: &str = r#"
local Bytes, Counter = {}, {}
function Bytes:echo(text) return text end
function Bytes:sum(bytes) return #bytes end
function Counter.new(cx) return { count_so_far = 0 } end
function Counter:count()
  self.count_so_far = self.count_so_far + 1
  return self.count_so_far
end
return require("polyplug").bundle { ["bench.bytes@1"] = Bytes, ["bench.counter@1"] = Counter }
"#;
